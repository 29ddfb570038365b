/**
 * Bearer tokens (RFC 6750) in Express, 5 and 4, and whatever else takes its handlers:
 *
 *     app.use("/api", bearerAuth({ discover: "https://id.example", audience: "api" }));
 *     app.get("/api/me", (req, res) => res.json(req.jwt.payload.sub));
 */
import type { VerifiedJwt, Verifier, VerifierOptions } from "../types.js";
import { authorizationOf, bearer, BearerError, type BearerOptions, type NodeRequest } from "./bearer.js";

export { type BearerOptions, type NodeRequest };

declare global {
  // Where Express's types look for what middleware adds. It needs them not to be there, nor to be found from here.
  namespace Express {
    interface Request {
      /** The verified token, behind `bearerAuth()` of touchstone/express. */
      jwt?: VerifiedJwt;
    }
  }
}

/** What is used of Node's response. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/**
 * A handler that lets in who has a token that is good, as `req.jwt`, and answers all others.
 *
 * Throws at once `option_invalid`, and what `createVerifier()` throws.
 */
export function bearerAuth(
  keys: Verifier | VerifierOptions,
  options?: BearerOptions<NodeRequest>,
): (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const authenticate = bearer(keys, options);
  return async (request, response, next) => {
    try {
      const jwt = await authenticate(request, authorizationOf(request));
      if (jwt) Object.assign(request, { jwt });
    } catch (error) {
      if (!(error instanceof BearerError)) return next(error);
      response.statusCode = error.status;
      for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
      response.end(error.body);
      return;
    }
    next();
  };
}
