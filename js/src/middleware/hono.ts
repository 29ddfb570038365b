/**
 * Bearer tokens (RFC 6750) in Hono:
 *
 *     const app = new Hono<{ Variables: JwtVariables }>();
 *     app.use("/api/*", bearerAuth({ discover: "https://id.example", audience: "api" }));
 *     app.get("/api/me", (c) => c.json(c.get("jwt").payload.sub));
 */
import type { VerifiedJwt, Verifier, VerifierOptions } from "../types.js";
import { bearer, BearerError, type BearerOptions, type RuntimeResponse } from "./bearer.js";

export { type BearerOptions, type RuntimeResponse };

/** For `Hono`'s types: what `c.get("jwt")` gives. Of a route that is `optional`, `Partial` of it. */
export interface JwtVariables<Claims extends object = {}> {
  jwt: VerifiedJwt<Claims>;
}

/** What is used of Hono's Context. */
export interface HonoContext {
  readonly req: { readonly raw: { readonly headers: { get(name: string): string | null } } };
  readonly executionCtx: { waitUntil(promise: Promise<unknown>): void };
  set: unknown;
}

/**
 * Middleware that lets in who has a token that is good, and answers all others.
 *
 * Throws at once `option_invalid`, and what `createVerifier()` throws.
 */
export function bearerAuth(
  keys: Verifier | VerifierOptions,
  options?: BearerOptions<HonoContext>,
): (context: HonoContext, next: () => Promise<void>) => Promise<RuntimeResponse | void> {
  const authenticate = bearer(keys, options);
  return async (context, next) => {
    const authorization = [context.req.raw.headers.get("authorization") ?? []].flat();
    try {
      const jwt = await authenticate(context, authorization, callOf(context));
      if (jwt) (context as { set(name: string, value: unknown): void }).set("jwt", jwt);
    } catch (error) {
      if (error instanceof BearerError) return error.response;
      throw error;
    }
    return next();
  };
}

/** Where there is no ExecutionContext, Hono throws. */
function callOf(context: HonoContext) {
  try {
    const { executionCtx } = context;
    return { waitUntil: (promise: Promise<unknown>) => executionCtx.waitUntil(promise) };
  } catch {
    return undefined;
  }
}
