import assert from "node:assert/strict";
import test from "node:test";
import { both, claims, ec, exampleJwks, exampleToken, file, jwks, now, privateJwk, publicJwk, rsa, secret, token } from "./both.js";

const key = publicJwk(ec, { kid: "ec-1", alg: "ES256", use: "sig" });
file("jwks.json", jwks(key));
const at = ["--now", String(now)];
const verify = (jwt, ...options) => verifyAt(now, jwt, ...options);
const verifyAt = (time, jwt, ...options) =>
  both(["verify", "-", "--jwks", "jwks.json", "--now", String(time), ...options], { input: jwt });

test("a valid token: the verdict first, then the key and what was left unchecked", () => {
  const { code, out, err } = verify(token(claims, { kid: "ec-1" }));
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.match(out, /^valid\n  key +keys\[0\], "ec-1", EC P-256\n  thumbprint  [\w-]{43}\n  alg +ES256\n/);
  assert.match(out, /  expires +2027-01-15T09:00:00Z, in 60 minutes\n/);
  assert.match(out, /unchecked +iss: --issuer/);
  assert.match(out, /unchecked +aud: --audience/);
  assert.doesNotMatch(out, /exp:/);
  assert.match(verify(token({}, { kid: "ec-1" })).out, /unchecked +exp: it has none and never ends/);
  const all = verify(token(claims, { kid: "ec-1" }), "--issuer", claims.iss, "--audience", "other", "--audience", "api");
  assert.equal(all.code, 0);
  assert.doesNotMatch(all.out, /unchecked/);
});

test("the token and the set may come as text, from a file or from standard input", () => {
  const example = file("example.json", exampleJwks);
  file("token.jwt", `${exampleToken}\n`);
  const expected = both(["verify", exampleToken, "--jwks", example, ...at]);
  assert.equal(expected.code, 0);
  assert.deepEqual(both(["verify", "token.jwt", "--jwks", example, ...at]), expected);
  assert.deepEqual(both(["verify", "-", "--jwks", exampleJwks, ...at], { input: `${exampleToken}\r\n` }), expected);
  assert.deepEqual(both(["verify", exampleToken, "--jwks", "-", ...at], { input: exampleJwks }), expected);
  file("ey.jwt", exampleToken);
  assert.deepEqual(both(["verify", "./ey.jwt", "--jwks", example, ...at]), expected);
});

test("one line end is left out, nothing else", () => {
  for (const end of ["\n\n", " ", "\n ", "\r\r\n", "\0"]) {
    const { code, out } = verify(exampleToken + end);
    assert.equal(code, 1, JSON.stringify(end));
    assert.match(out, /^refused: token_/);
  }
  // What stands in an argument is the token as it is.
  assert.equal(both(["verify", `${exampleToken}\n`, "--jwks", exampleJwks, ...at]).code, 1);
  const bearer = verify(`Bearer ${exampleToken}`);
  assert.equal(bearer.code, 1);
  assert.match(bearer.out, /hint +leave out "Bearer "/);
});

test("what people give by mistake: the refusal says what to do", () => {
  const withToken = ["verify", "-", "--jwks", exampleJwks, ...at];
  const withSet = ["verify", exampleToken, "--jwks", "-", ...at];
  for (const [args, input, reason, hint] of [
    [withToken, `"${exampleToken}"`, "token_malformed", /^leave out the quotation marks/],
    [withToken, ` ${exampleToken}`, "token_malformed", /^leave out the white space/],
    [withSet, "https://id.example/jwks.json", "jwks_malformed", /^it is a URL/],
    [withSet, '{"keys":{}}', "jwks_malformed", /^is not an array/],
    [withSet, '{"jwks_uri":"https://id.example/jwks"}', "jwks_malformed", /^is missing: this is an issuer's metadata/],
  ]) {
    const { error } = JSON.parse(both([...args, "--json"], { input }).out);
    assert.equal(error.reason, reason);
    assert.match(error.hint, hint);
    const page = both(args, { input }).out.replaceAll(/\n +/g, " ");
    assert.match(page, new RegExp(`hint +${error.member ? `${error.member} ` : ""}`));
    assert.ok(page.includes(error.hint), page);
  }
});

// header and claims to sign, options, the reason, and what else must be said
const refused = [
  [{}, { exp: now - 86400 * 3 }, [], "token_expired (exp) -", /expired +2027-01-12T08:00:00Z, 3 days ago\n  judged at +2027-01-15T08:00:00Z\n/],
  [{}, { exp: now }, [], "token_expired (exp) -", /expired +2027-01-15T08:00:00Z, now/],
  [{}, { nbf: now + 90 }, [], "token_not_active (nbf) -", /valid from +2027-01-15T08:01:30Z, in 90 seconds/],
  [{}, { iat: now - 7200 }, ["--max-age", "1h"], "token_too_old (iat) -", /issued +2027-01-15T06:00:00Z, 2 hours ago/],
  [{}, { iat: now + 7200 }, ["--max-age", "1h"], "iat_in_future (iat) -", /issued +2027-01-15T10:00:00Z, in 2 hours/],
  [{}, { iss: "https://evil.example" }, ["--issuer", "https://id.example"], "issuer_mismatch (iss) -", /expected +"https:\/\/id.example"\n  hint +touchstone decode shows/],
  [{}, { aud: "other" }, ["--audience", "a", "--audience", "b"], "audience_mismatch (aud) -", /expected +"a", "b"\n/],
  [{}, {}, ["--subject", "eve"], "subject_mismatch (sub) -", /signature +valid, by keys\[0\]/],
  [{}, {}, ["--require", "jti"], "claim_missing (jti) -", /hint/],
  [{}, { exp: "soon" }, [], "claim_type_invalid (exp) -", /hint/],
  [{}, {}, ["--typ", "at+jwt"], "typ_mismatch (typ) -", /hint/],
  [{}, {}, ["--profile", "access_token", "--issuer", "https://id.example", "--audience", "api"], "typ_mismatch (typ) -", /hint/],
  [{ kid: "ec-2" }, {}, [], "no_matching_key -", /token +its header, unverified, has kid "ec-2" and alg "ES256"\n  keys\[0\] +"ec-1", EC - kid_mismatch: the key's kid is not the header's\n/],
  [{ alg: "RS256" }, {}, [], "key_alg_mismatch -", /keys\[0\] +"ec-1", EC - /],
  [{}, {}, ["--alg", "RS256"], "alg_not_allowed (alg) -", /hint +--alg names what is allowed/],
  [{ alg: "HS256" }, {}, [], "alg_not_allowed (alg) -", /HS256, HS384 and HS512/],
  [{ crit: ["x"], x: 1 }, {}, [], "crit_unsupported (crit) -", /./],
];
test(`${refused.length} refusals: the reason first, then what helps`, () => {
  for (const [header, more, options, reason, said] of refused) {
    const { code, out, err } = verify(token({ ...claims, ...more }, header), ...options);
    assert.equal(code, 1, reason);
    assert.equal(err, "");
    assert.ok(out.startsWith(`refused: ${reason}`), `${reason}: ${out}`);
    assert.match(out, said);
    assert.match(out.replaceAll("\n  ", " "), /^refused: .* - .*( \(.*\))?$/m);
    assert.doesNotMatch(out, /evil|ada/); // claims are for decode to show
    const json = JSON.parse(verify(token({ ...claims, ...more }, header), ...options, "--json").out);
    assert.equal(json.valid, false);
    assert.equal(json.error.reason, reason.split(" ")[0]);
    assert.equal(json.unverified, undefined);
  }
});

test("a changed signature names the key that was tried", () => {
  const jwt = token(claims, { kid: "ec-1" });
  const { code, out } = verify(jwt.slice(0, -4) + (jwt.endsWith("AAAA") ? "BBBA" : "AAAA"));
  assert.equal(code, 1);
  assert.match(out, /^refused: signature_invalid - .*\n/);
  assert.match(out, /keys\[0\] +"ec-1", EC - matches the header/);
});

test("leeway, in seconds and in words", () => {
  const late = token({ ...claims, exp: now - 100 });
  for (const leeway of ["101", "101s", "2m", "1.9 minutes"]) assert.equal(verify(late, "--leeway", leeway).code, 0, leeway);
  for (const leeway of ["0", "100", "1m"]) assert.equal(verify(late, "--leeway", leeway).code, 1, leeway);
});

test("--now as seconds, date and time, with an offset", () => {
  const jwt = token(claims, { kid: "ec-1" });
  const at = (time) => both(["verify", jwt, "--jwks", "jwks.json", "--now", time]);
  const expected = at(String(now));
  for (const time of ["2027-01-15T08:00:00Z", "2027-01-15T09:00:00+01:00", "2027-01-15 03:00:00-05:00", "2027-01-15T08:00:00.000Z"]) {
    assert.deepEqual(at(time), expected, time);
  }
  assert.match(at("2027-01-16").out, /judged at +2027-01-16T00:00:00Z/);
  assert.match(at("2027-01-15T08:59:59.5Z").out, /^valid/);
  assert.match(at("1800003600").out, /^refused: token_expired/);
});

test("without --now the clock decides", () => {
  const seconds = Math.floor(Date.now() / 1000);
  const alive = token({ exp: seconds + 600 });
  assert.equal(both(["verify", alive, "--jwks", "jwks.json", "--json"]).code, 0);
  const dead = token({ exp: seconds - 2 });
  assert.equal(both(["verify", dead, "--jwks", "jwks.json", "--json"]).code, 1);
});

test("several keys that match are refused, or tried one after the other", () => {
  const other = publicJwk(rsa, { kid: "rsa-1" });
  file("two.json", jwks(other, { ...key, kid: undefined }, { ...key, kid: "ec-9" }));
  const jwt = token(claims);
  const reject = both(["verify", jwt, "--jwks", "two.json", ...at]);
  assert.match(reject.out, /^refused: multiple_matching_keys/);
  assert.match(reject.out, /hint +--multiple-keys try/);
  assert.equal(both(["verify", jwt, "--jwks", "two.json", ...at, "--multiple-keys", "reject"]).code, 1);
  const tried = both(["verify", jwt, "--jwks", "two.json", ...at, "--multiple-keys", "try"]);
  assert.match(tried.out, /^valid\n  key +keys\[1\], without kid, EC P-256\n/);
});

test("many keys: ten are shown, and all with --explain", () => {
  file("many.json", jwks(...Array.from({ length: 25 }, (_, i) => ({ ...key, kid: `k${i}` }))));
  const few = both(["verify", token(claims, { kid: "none" }), "--jwks", "many.json", ...at]);
  assert.equal(few.out.match(/kid_mismatch/g).length, 10);
  assert.match(few.out, /--explain shows all 25 keys/);
  const all = both(["verify", token(claims, { kid: "none" }), "--jwks", "many.json", ...at, "--explain"]);
  assert.equal(all.out.match(/kid_mismatch/g).length, 25);
});

test("an HMAC secret as an oct JWK, when HS256 is named", () => {
  file("secret.json", JSON.stringify({ kty: "oct", k: secret.toString("base64url") }));
  const jwt = token(claims, { alg: "HS256" });
  const valid = both(["verify", jwt, "--jwks", "secret.json", "--alg", "HS256", ...at]);
  assert.match(valid.out, /^valid\n  key +keys\[0\], without kid, oct of 256 bits\n/);
  assert.ok(!valid.out.includes(secret.toString("base64url")));
  const mixed = both(["verify", jwt, "--jwks", jwks(key, { kty: "oct", k: secret.toString("base64url") }), "--alg", "HS256", ...at]);
  assert.match(mixed.out, /^refused: jwks_mixed_symmetric/);
});

test("a private key is not used, and is said to have no business there", () => {
  const jwk = privateJwk(ec, { kid: "ec-1" });
  file("private.json", JSON.stringify(jwk));
  const { code, out } = both(["verify", token(claims), "--jwks", "private.json", ...at]);
  assert.equal(code, 1);
  assert.match(out, /^refused: no_matching_key/);
  assert.match(out, /warning +keys\[0\] is a private key and should not be here/);
  assert.ok(!out.includes(jwk.d));
  file("leaky.json", jwks(key, privateJwk(rsa, { kid: "rsa-1" })));
  const valid = both(["verify", token(claims, { kid: "ec-1" }), "--jwks", "leaky.json", ...at]);
  assert.equal(valid.code, 0);
  assert.match(valid.out, /warning +keys\[1\] is a private key/);
  const json = both(["verify", token(claims, { kid: "ec-1" }), "--jwks", "leaky.json", ...at, "--json"]);
  assert.equal(JSON.parse(json.out).valid, true);
  assert.match(json.err, /^warning: keys\[1\] is a private key/);
});

test("--explain shows the steps and every key", () => {
  const valid = verify(token(claims, { kid: "ec-1" }), "--explain");
  assert.match(valid.out, /\nsteps\n  passed +format: /);
  assert.match(valid.out, /\n  unchecked +issuer: /);
  assert.match(valid.out, /\nkeys\n  keys\[0\] +"ec-1", EC - verified the signature\n$/);
  const late = verify(token({ ...claims, exp: 1 }, { kid: "ec-1" }), "--explain");
  assert.match(late.out, /\n  FAILED +lifetime: /);
  assert.match(late.out, /\n  not reached /);
  const json = JSON.parse(verify(token(claims, { kid: "ec-1" }), "--explain", "--json").out);
  assert.equal(json.valid, true);
  assert.equal(json.steps.find((step) => step.step === "signature").status, "passed");
  assert.equal(json.keys.length, 1);
});

test("claims are shown when asked for, and of a valid token only", () => {
  const jwt = token({ ...claims, name: "Zoë \u001b[31m" }, { kid: "ec-1" });
  assert.doesNotMatch(verify(jwt).out, /Zoë|ada/);
  const shown = verify(jwt, "--claims");
  assert.match(shown.out, /\nclaims\n/);
  assert.match(shown.out, /\n  name +"Zoë \\u001b\[31m"\n/);
  assert.deepEqual(JSON.parse(verify(jwt, "--claims", "--json").out).claims, { ...claims, name: "Zoë \u001b[31m" });
  const late = verifyAt(now + 1e6, jwt, "--claims");
  assert.doesNotMatch(late.out, /Zoë|ada/);
  assert.equal(JSON.parse(verifyAt(now + 1e6, jwt, "--claims", "--json").out).claims, undefined);
});

test("--json is one line of ASCII", () => {
  const { out } = both(["verify", token(claims, { kid: "k\u00e9y" }), "--jwks", jwks({ ...key, kid: "k\u00e9\u009by" }), ...at, "--json", "--explain"]);
  assert.match(out, /^[\x20-\x7e]+\n$/);
  assert.equal(JSON.parse(out).keys[0].kid, "k\u00e9\u009by");
});

test("a JWK Set that cannot be parsed at all", () => {
  const jwt = token(claims);
  const broken = both(["verify", jwt, "--jwks", '{"keys":[}', ...at]);
  assert.equal(broken.code, 1);
  assert.match(broken.out, /^refused: jwks_malformed - /);
  assert.match(broken.out, /where +the parser stopped at byte \d+/);
  assert.match(both(["verify", jwt, "--jwks", "[]", ...at]).out, /^refused: jwks_malformed/);
  assert.match(both(["verify", jwt, "--jwks", '{"keys":[]}', ...at]).out, /keys +the JWK Set is empty/);
  file("key.pem", ec.publicKey.export({ format: "pem", type: "spki" }));
  assert.match(both(["verify", jwt, "--jwks", "key.pem", ...at]).out, /hint +it is PEM; a JWK or JWK Set is JSON/);
  assert.equal(JSON.parse(both(["verify", jwt, "--jwks", "[]", ...at, "--json"]).out).error.reason, "jwks_malformed");
});
