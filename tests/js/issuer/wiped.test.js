// What the module's memory still holds of private keys, once they were disposed of: nothing in any of their encodings.
import assert from "node:assert/strict";
import { test } from "node:test";

let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...all) {
    super(...all);
    memory = this.exports.memory;
  }
};
const { generateSealingKey, KeyRing, retireEarly, revoke, rotate, seal, sign, SigningKey, signJws, unseal } = await import("touchstone/issuer");

/** Where a secret is, as base64url and as octets. */
const placesOf = (base64url) =>
  [Buffer.from(base64url), Buffer.from(base64url, "base64url")].flatMap((bytes) => {
    const at = Buffer.from(memory.buffer).indexOf(bytes);
    return at < 0 ? [] : [at];
  });
const secretsOf = ({ d, p, q, dp, dq, qi, k }) => [d, p, q, dp, dq, qi, k].filter(Boolean);

for (const alg of ["ES256", "ES512", "ES256K", "Ed25519", "HS256", "PS256"]) {
  test(`${alg}: a key`, () => {
    const made = SigningKey.generate(alg, { rsaBits: 2048 });
    const jwk = made.exportPrivateJwk();
    const read = SigningKey.import(jwk);
    signJws("x", read);
    const secrets = secretsOf(jwk);
    assert.ok(secrets.some((secret) => placesOf(secret).length > 0), "the scan finds what is there");
    made.dispose();
    read.dispose();
    for (const secret of secrets) assert.deepEqual(placesOf(secret), []);
  });

  test(`${alg}: a ring, also what was not to be parsed`, () => {
    const policy = { alg, rsaBits: 2048 };
    const { ring } = rotate(new KeyRing(), policy);
    sign({ sub: "ada" }, ring);
    const text = ring.exportSecrets();
    const sealingKey = generateSealingKey();
    const sealed = seal(ring, policy, sealingKey);
    const again = unseal(sealed, sealingKey).ring;
    const due = retireEarly(again);
    const revoked = revoke(due, due.active.kid, policy);
    assert.throws(() => KeyRing.parse(text.slice(0, -1)));
    assert.throws(() => KeyRing.parse(`${text} ${"x".repeat(100_000)}`));
    assert.throws(() => unseal(sealed, generateSealingKey()));
    const secrets = [sealingKey, ...JSON.parse(text).keys.flatMap(({ jwk }) => secretsOf(jwk))];
    assert.ok(secrets.slice(1).some((secret) => placesOf(secret).length > 0));
    for (const one of [ring, again, due, revoked.ring]) one.dispose();
    for (const secret of secrets) assert.deepEqual(placesOf(secret), []);
  });
}
