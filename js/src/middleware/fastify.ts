/**
 * Bearer tokens (RFC 6750) in Fastify:
 *
 *     app.addHook("onRequest", bearerAuth({ discover: "https://id.example", audience: "api" }));
 *     app.get("/me", async (request) => jwtOf(request).payload.sub);
 */
import type { VerifiedJwt, Verifier, VerifierOptions } from "../types.js";
import { authorizationOf, bearer, BearerError, type BearerOptions, type NodeRequest } from "./bearer.js";

export { type BearerOptions, type NodeRequest };

/** What is used of Fastify's request. */
export interface FastifyRequestLike {
  readonly headers: NodeRequest["headers"];
  readonly raw: { readonly rawHeaders?: readonly string[] | undefined };
}

/** What is used of Fastify's reply. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(fields: Record<string, string>): unknown;
  send(body: string): unknown;
}

/**
 * An `onRequest` hook that lets in who has a token that is good, as `request.jwt`, and answers all others.
 *
 * Throws at once `option_invalid`, and what `createVerifier()` throws.
 */
export function bearerAuth(
  keys: Verifier | VerifierOptions,
  options?: BearerOptions<FastifyRequestLike>,
): (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown> {
  const authenticate = bearer(keys, options);
  return async (request, reply) => {
    const { headers, raw } = request;
    try {
      const jwt = await authenticate(request, authorizationOf({ headers, rawHeaders: raw.rawHeaders }));
      if (jwt) Object.assign(request, { jwt });
    } catch (error) {
      if (!(error instanceof BearerError)) throw error;
      reply.code(error.status);
      reply.headers(error.headers);
      return reply.send(error.body);
    }
    return undefined;
  };
}

/**
 * The verified token of a request: `request.jwt`, typed. To declare that member would take Fastify's own module, which
 * is not to be found from here in every layout of node_modules.
 *
 * Throws a TypeError when no `bearerAuth()` let the request in, or one that is `optional` found no token.
 */
export function jwtOf<Claims extends object = {}>(request: object): VerifiedJwt<Claims> {
  const { jwt } = request as { jwt?: VerifiedJwt<Claims> };
  if (!jwt) throw new TypeError("the request has no verified token: is bearerAuth() a hook of its route?");
  return jwt;
}
