// The routes that every adapter serves, wherever it runs: so nothing is imported here.

/** A provider that cannot be reached, and one whose set lacks the tokens' key. */
const unreachable = async () => {
  throw new TypeError("connect ECONNREFUSED 192.0.2.1:443");
};
const lacking = (keys) => async () => Response.json({ keys });

/**
 * Each route: a verifier or its options, and the middleware's own. `library` is touchstone, `world` its keys and time;
 * `cookieOf` finds that header in a framework's request; `onError` is told what logs are.
 */
export function routesWith({ createVerifier, createRemoteKeySet }, { jwks, others, now }, cookieOf, onError) {
  const currentDate = new Date(now * 1000);
  const policy = { jwks, issuer: "https://id.example", audience: "api", currentDate };
  const verifier = createVerifier(policy);
  const remoteVerifier = (fetch) =>
    createVerifier({ ...policy, jwks: createRemoteKeySet("https://id.example/jwks", { fetch }) });
  return {
    "/verifier": [verifier, { onError }],
    "/options": [policy],
    "/discovered": [{ discover: policy.issuer, audience: "api" }],
    "/challenge": [verifier, { realm: 'the "API" \\ v1', resourceMetadata: "https://api.example/.well-known/oauth-protected-resource" }],
    "/scope": [verifier, { scope: "read write", realm: "api" }],
    "/scopes": [verifier, { scope: ["read", "admin:all"] }],
    "/optional": [verifier, { optional: true, onError }],
    "/cookie": [verifier, { getToken: (request) => /(?:^|; )token=([^;]*)/.exec(cookieOf(request) ?? "")?.[1] }],
    "/unreachable": [remoteVerifier(unreachable), { onError, realm: "api" }],
    "/lacking": [remoteVerifier(lacking(others.keys)), { onError }],
    "/broken": [{ verify: async () => Promise.reject(new RangeError("secret of the server")) }, { onError }],
  };
}

/** What a route says to whom it lets in. */
export const shown = (jwt) => ({ sub: jwt?.payload.sub ?? null });

/** A server by touchstone/fetch, as a Worker has it, or `Deno.serve()`. */
export function fetchHandler({ bearerAuth, BearerError }, library, world, onError) {
  const routes = Object.entries(routesWith(library, world, (request) => request.headers.get("cookie"), onError));
  const authenticate = new Map(routes.map(([path, given]) => [path, bearerAuth(...given)]));
  return async (request, call) => {
    try {
      return Response.json(shown(await authenticate.get(new URL(request.url).pathname)(request, call)));
    } catch (error) {
      return error instanceof BearerError ? error.response : Response.json({ error: "internal" }, { status: 500 });
    }
  };
}
