/**
 * Bearer tokens (RFC 6750) where requests are the Fetch API's: Workers, Deno, Bun, edge functions.
 *
 *     const authenticate = bearerAuth({ discover: "https://id.example", audience: "api" });
 *
 *     async function handle(request) {
 *       try {
 *         const { payload } = await authenticate(request);
 *         return Response.json(payload.sub);
 *       } catch (error) {
 *         if (error instanceof BearerError) return error.response;
 *         throw error;
 *       }
 *     }
 */
import type { RequestOptions, VerifiedJwt, Verifier, VerifierOptions } from "../types.js";
import { bearer, BearerError, type BearerOptions, type RuntimeResponse } from "./bearer.js";

export { BearerError, type BearerOptions, type RuntimeResponse };

/** What is used of a Request. */
export interface RequestLike {
  readonly headers: { get(name: string): string | null };
}

/** The runtime's own Request, if it has one. */
export type RuntimeRequest = typeof globalThis extends { Request: { prototype: infer Type } } ? Type : RequestLike;

/**
 * What lets requests in: resolves with the verified token; rejects with a BearerError, whose `response` is the answer
 * to send, or with what is the server's own fault. In Workers, give `{ waitUntil }` with each request.
 *
 * Throws at once `option_invalid`, and what `createVerifier()` throws.
 */
export function bearerAuth<Claims extends object = {}>(
  keys: Verifier | VerifierOptions,
  options: BearerOptions<RuntimeRequest> & { optional: true },
): (request: RequestLike, call?: RequestOptions) => Promise<VerifiedJwt<Claims> | undefined>;
export function bearerAuth<Claims extends object = {}>(
  keys: Verifier | VerifierOptions,
  options?: BearerOptions<RuntimeRequest>,
): (request: RequestLike, call?: RequestOptions) => Promise<VerifiedJwt<Claims>>;
export function bearerAuth(keys: Verifier | VerifierOptions, options?: BearerOptions<RuntimeRequest>) {
  const authenticate = bearer(keys, options);
  return async (request: RequestLike, call?: RequestOptions) =>
    authenticate(request as RuntimeRequest, [request.headers.get("authorization") ?? []].flat(), call);
}
