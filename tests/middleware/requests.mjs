// What every adapter is asked, and what it must answer: routes.mjs has the routes.
import { claims, jwksOf, jwtOf, now } from "../js/support.mjs";

/** The keys and the time of the routes; another set has keys of its own. */
export const world = { jwks: jwksOf("ES256"), others: jwksOf("RS256"), now };

const good = jwtOf("ES256");
const expired = jwtOf("ES256", { ...claims, exp: now - 1 });
const foreign = jwtOf("ES256", { ...claims, aud: "other" });
const forged = `${good.slice(0, -8)}AAAAAAAA`;
const withScope = (members) => jwtOf("ES256", { ...claims, ...members });

const bare = { status: 401, challenge: "Bearer", body: { error: "unauthorized" } };
const described = (error, description) => `error="${error}", error_description="${description}"`;
const malformed = {
  status: 400,
  challenge: `Bearer ${described("invalid_request", "Exactly one well-formed bearer token is expected")}`,
  body: { error: "invalid_request" },
};
const refused = (reason) => ({
  status: 401,
  challenge: `Bearer ${described("invalid_token", "The access token is not accepted")}`,
  body: { error: "invalid_token" },
  reason,
});
const insufficient = (scope, realm = "") => ({
  status: 403,
  challenge: `Bearer ${realm}${described("insufficient_scope", "The access token lacks a scope")}, scope="${scope}"`,
  body: { error: "insufficient_scope" },
});
const unavailable = (reason) => ({
  status: 503,
  challenge: undefined,
  retryAfter: "30",
  body: { error: "temporarily_unavailable" },
  reason,
});
const letIn = { status: 200, body: { sub: "ada" } };
const anonymous = { status: 200, body: { sub: null } };
const parameters = 'realm="the \\"API\\" \\\\ v1", resource_metadata="https://api.example/.well-known/oauth-protected-resource"';

/** Name; path; values of the Authorization fields, in their order; the answer; more fields. */
export const requests = [
  ["no token", "/verifier", [], bare],
  ["a good token", "/verifier", [`Bearer ${good}`], letIn],
  ["a good token, by options", "/options", [`Bearer ${good}`], letIn],
  ["the scheme in any case", "/verifier", [`bEaReR ${good}`], letIn],
  ["several spaces behind the scheme", "/verifier", [`Bearer   ${good}`], letIn],
  ["an expired token", "/verifier", [`Bearer ${expired}`], refused("token_expired")],
  ["a token for others", "/verifier", [`Bearer ${foreign}`], refused("audience_mismatch")],
  ["a forged token", "/verifier", [`Bearer ${forged}`], refused("signature_invalid")],
  ["a token that is no JWT", "/verifier", ["Bearer mF_9.B5f-4.1JqM"], refused("token_base64_invalid")],
  ["an opaque token", "/verifier", ["Bearer abc~+/=="], refused("token_malformed")],
  ["what a script makes of no token", "/verifier", ["Bearer undefined"], refused("token_malformed")],
  ["a token for each algorithm but this", "/verifier", [`Bearer ${jwtOf("RS256")}`], refused("no_matching_key")],
  ["alg none", "/verifier", ["Bearer eyJhbGciOiJub25lIn0.e30."], refused("alg_none")],
  ["a token beyond the limit", "/verifier", [`Bearer ${"A".repeat(9000)}`], refused("token_malformed")],

  ["the scheme alone", "/verifier", ["Bearer"], malformed],
  ["a token with a quotation mark", "/verifier", [`Bearer "${good}"`], malformed],
  ["a token with a space", "/verifier", [`Bearer ${good} x`], malformed],
  ["parameters in place of a token", "/verifier", [`Bearer token="${good}"`], malformed],
  ["a tab behind the scheme", "/verifier", [`Bearer\t${good}`], malformed],
  ["padding inside", "/verifier", ["Bearer a=b"], malformed],
  ["a letter beyond ASCII", "/verifier", ["Bearer \u00e9"], malformed],
  ["two tokens in one field", "/verifier", [`Bearer ${good}, Bearer ${good}`], malformed],
  ["two fields", "/verifier", [`Bearer ${good}`, `Bearer ${good}`], malformed],
  ["two fields, of which one is another scheme's", "/verifier", [`Bearer ${good}`, "Basic YTpi"], malformed],
  ["three fields, and no token let in where none is needed", "/optional", ["Bearer a", "Bearer b", "Bearer c"], malformed],

  ["an empty field", "/verifier", [""], bare],
  ["no token where the keys would have to be found first", "/discovered", [], bare],
  ["another scheme", "/verifier", ["Basic YWRhOnNlY3JldA=="], bare],
  ["another scheme that begins alike", "/verifier", [`BearerX ${good}`], bare],
  ["a token without a scheme", "/verifier", [good], bare],

  ["realm and metadata, without an error", "/challenge", [], { ...bare, challenge: `Bearer ${parameters}` }],
  ["realm and metadata, with one", "/challenge", ["Bearer x"],
    { ...refused(), challenge: `Bearer ${parameters}, ${described("invalid_token", "The access token is not accepted")}` }],
  ["realm and metadata, of a bad request", "/challenge", ["Bearer"],
    { ...malformed, challenge: `Bearer ${parameters}, ${malformed.challenge.slice("Bearer ".length)}` }],

  ["all scopes", "/scope", [`Bearer ${withScope({ scope: "write read more" })}`], letIn],
  ["a scope is missing", "/scope", [`Bearer ${withScope({ scope: "read" })}`], insufficient("read write", 'realm="api", ')],
  ["a scope that only begins alike", "/scope", [`Bearer ${withScope({ scope: "read write2" })}`], insufficient("read write", 'realm="api", ')],
  ["no scope at all", "/scope", [`Bearer ${good}`], insufficient("read write", 'realm="api", ')],
  ["scopes of another type", "/scope", [`Bearer ${withScope({ scope: { read: 1, write: 1 }, scp: 5 })}`], insufficient("read write", 'realm="api", ')],
  ["scopes in an array", "/scopes", [`Bearer ${withScope({ scope: ["admin:all", "read"] })}`], letIn],
  ["scopes in scp", "/scopes", [`Bearer ${withScope({ scp: ["read", "admin:all"] })}`], letIn],
  ["scopes in scp as text", "/scopes", [`Bearer ${withScope({ scp: "read admin:all" })}`], letIn],
  ["scopes in arrays that lack one", "/scopes", [`Bearer ${withScope({ scp: ["read", ["admin:all"], null] })}`], insufficient("read admin:all")],
  ["no token where a scope is needed", "/scope", [], { ...bare, challenge: 'Bearer realm="api"' }],
  ["a bad token with the scope", "/scopes", [`Bearer ${jwtOf("ES256", { ...claims, exp: 1, scope: "read admin:all" })}`], refused()],

  ["optional, without", "/optional", [], anonymous],
  ["optional, with another scheme", "/optional", ["Basic YTpi"], anonymous],
  ["optional, with", "/optional", [`Bearer ${good}`], letIn],
  ["optional, with a bad one", "/optional", [`Bearer ${expired}`], refused("token_expired")],
  ["optional, with a malformed one", "/optional", ["Bearer"], malformed],

  ["a cookie", "/cookie", [], letIn, { cookie: `a=b; token=${good}` }],
  ["a cookie, and the field is not looked at", "/cookie", [`Bearer ${good}`], bare],
  ["an empty cookie", "/cookie", [], bare, { cookie: "token=" }],
  ["a cookie that is no token", "/cookie", [], malformed, { cookie: 'token="x y"' }],
  ["a cookie with a bad token", "/cookie", [], refused(), { cookie: `token=${expired}` }],

  ["keys that cannot be fetched", "/unreachable", [`Bearer ${good}`], unavailable("fetch_failed")],
  ["keys that cannot be fetched, soon again", "/unreachable", [`Bearer ${good}`], unavailable("fetch_failed")],
  ["no token while keys cannot be fetched", "/unreachable", [], { ...bare, challenge: 'Bearer realm="api"' }],
  ["a key that the set lacks", "/lacking", [`Bearer ${jwtOf("ES256", claims, { kid: "1" })}`], refused("no_matching_key")],
  ["another one, too soon to ask for it", "/lacking", [`Bearer ${jwtOf("ES256", claims, { kid: "2" })}`], unavailable("jwks_cooling_down")],
  ["a token that is wrong whatever the set holds", "/lacking", ["Bearer x"], refused("token_malformed")],

  ["a server's own fault", "/broken", [`Bearer ${good}`], { status: 500 }],
];

/** What no answer may hold: of tokens, claims, and why. */
export const secrets = [good, expired, foreign, forged, claims.iss, "other", "expired", "aud", "signature", "192.0.2.1", "ECONNREFUSED", "secret of the server", "RangeError"];
