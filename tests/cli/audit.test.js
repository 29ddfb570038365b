import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import test from "node:test";
import { both, ec, exampleJwks, file, jwks, privateJwk, publicJwk, rsa } from "./both.js";

const good = publicJwk(rsa, { kid: "rsa-1", alg: "RS256", use: "sig" });

test("a set without errors: exit code 0", () => {
  const { code, out, err } = both(["audit", jwks(good)]);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(out, "no errors: 1 key, 1 usable; 0 errors, 0 warnings, 0 notes\n");
  const example = both(["audit", file("example.json", exampleJwks)]);
  assert.equal(example.code, 0);
  assert.match(example.out, /^no errors: 3 keys, 2 usable; 0 errors, \d+ warnings?, 1 note\n/);
});

test("a private key is an error, with the key, what is wrong and what to do", () => {
  const jwk = privateJwk(ec, { kid: "ec-1" });
  const { code, out } = both(["audit", "-"], { input: jwks(good, jwk) });
  assert.equal(code, 1);
  assert.match(out, /^errors: 2 keys, 1 usable; 1 error, /);
  assert.match(out, /\n  error +keys\[1\] "ec-1": private_member \(d\)\n/);
  assert.match(out, /\n  what to do +\S/);
  assert.ok(!out.includes(jwk.d));
});

test("other errors: a weak key, a point off the curve, a kid that stands twice", () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const off = { ...publicJwk(ec), y: publicJwk(ec).x };
  const { code, out } = both(["audit", jwks(publicJwk(weak, { kid: "w" }), { ...off, kid: "o" }, good, good)]);
  assert.equal(code, 1);
  assert.match(out, /keys\[0\] "w": rsa_modulus_too_small/);
  assert.match(out, /keys\[1\] "o": ec_point_invalid/);
  assert.match(out, /rsa-1/);
});

test("a kid cannot steer the terminal or fill it", () => {
  const { out } = both(["audit", jwks({ kty: "RSA", kid: "\u001b[31mred\u0007\n\u202e" }, { kty: "RSA", kid: "k".repeat(100000) })]);
  assert.doesNotMatch(out, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.match(out, /"\\u001b\[31mred\\u0007\\u000a\\u202e"/);
  assert.match(out, /"k{120}"\.\.\.\s+\(100,000 bytes\)/);
});

test("--json is what the core says, on one line", () => {
  const { code, out } = both(["audit", jwks(good, { kty: "RSA" }), "--json"]);
  assert.equal(code, 1);
  assert.match(out, /^[\x20-\x7e]+\n$/);
  const audit = JSON.parse(out);
  assert.equal(audit.keys, 2);
  assert.equal(audit.usable, 1);
  assert.equal(audit.findings.find((finding) => finding.key === 1).severity, "error");
});

test("what is no JWK Set is refused", () => {
  for (const text of ["[]", "{", '{"keys":1}', '{"keys":[]} x', '{"keys":[],"keys":[]}']) {
    const { code, out } = both(["audit", "-"], { input: text });
    assert.equal(code, 1, text);
    assert.match(out, /^refused: jwks_malformed /);
  }
});
