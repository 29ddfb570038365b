import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { both, ec, jwks, privateJwk, publicJwk, rsa } from "./both.js";

// RFC 7638 section 3.2, by hand
function expected(jwk, hash = "sha256") {
  const names = { RSA: ["e", "kty", "n"], EC: ["crv", "kty", "x", "y"] }[jwk.kty];
  return createHash(hash).update(JSON.stringify(jwk, names)).digest("base64url");
}

const one = publicJwk(rsa, { kid: "rsa-1" });
const other = publicJwk(ec, { kid: "ec 2" });

test("of one JWK: the thumbprint and nothing else", () => {
  assert.deepEqual(both(["thumbprint", JSON.stringify(one)]), { code: 0, out: `${expected(one)}\n`, err: "" });
  assert.equal(both(["thumbprint", "-"], { input: JSON.stringify(privateJwk(rsa)) }).out, `${expected(one)}\n`);
});

test("with another hash, and as a URI", () => {
  for (const bits of [256, 384, 512]) {
    const thumbprint = expected(one, `sha${bits}`);
    assert.equal(both(["thumbprint", JSON.stringify(one), "--hash", `sha-${bits}`]).out, `${thumbprint}\n`);
    assert.equal(
      both(["thumbprint", JSON.stringify(one), "--hash", `sha-${bits}`, "--uri"]).out,
      `urn:ietf:params:oauth:jwk-thumbprint:sha-${bits}:${thumbprint}\n`,
    );
  }
});

test("of a JWK Set: a line for each key, with its kid", () => {
  const { code, out, err } = both(["thumbprint", "-"], { input: jwks(one, other, publicJwk(ec)) });
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(out, `${expected(one)}  "rsa-1"\n${expected(other)}  "ec 2"\n${expected(other)}\n`);
});

test("a key that has none is named on standard error, and the exit code says so", () => {
  const twice = `{"kty":"EC","crv":"P-256","x":"${other.x}","y":"${other.y}","y":"${other.y}"}`;
  const set = `{"keys":[${JSON.stringify(one)},{"kty":"X"},7,${twice},{"kty":"RSA","e":"AQAB"}]}`;
  const { code, out, err } = both(["thumbprint", set]);
  assert.equal(code, 1);
  assert.equal(out, `${expected(one)}  "rsa-1"\n`);
  assert.match(err, /^touchstone: keys\[1\] has no thumbprint: kty_unsupported .*\n.*keys\[2\].* not_an_object.*\n.*keys\[3\].* duplicate_member.*\n.*keys\[4\].* member_missing \(n\).*\n$/);
  const { keys } = JSON.parse(both(["thumbprint", set, "--json"]).out);
  assert.deepEqual(keys[0], { index: 0, kid: "rsa-1", thumbprint: expected(one) });
  assert.deepEqual(keys.slice(1).map((key) => key.error.reason), ["kty_unsupported", "not_an_object", "duplicate_member", "member_missing"]);
});

test("--json of one JWK", () => {
  assert.deepEqual(JSON.parse(both(["thumbprint", JSON.stringify(one), "--json"]).out), { thumbprint: expected(one) });
});

test("what is no JWK is refused", () => {
  for (const [text, reason] of [
    ["[]", "jwks_malformed"],
    ["{}", "jwks_malformed"],
    ['{"kty":"RSA","n":"AQAB"}', "member_missing"],
    ['{"kty":"EC","kty":"EC"}', "jwks_malformed"],
    [`{"keys":${"[".repeat(100000)}`, "jwks_too_deep"],
  ]) {
    const { code, out } = both(["thumbprint", "-"], { input: text });
    assert.equal(code, 1, text.slice(0, 40));
    assert.ok(out.startsWith(`refused: ${reason}`), out);
  }
});
