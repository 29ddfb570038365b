// Keys and signatures against jose and OpenSSL, both ways.
import assert from "node:assert/strict";
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, verify as verifyBytes } from "node:crypto";
import { describe, test } from "node:test";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import * as jose from "jose";
import { thumbprint, verifyJwsSync, verifySync } from "touchstone";
import { KeyRing, publicJwks, rotate, sign, SigningKey, signJws } from "touchstone/issuer";
import { ellipticAlgs, hmacAlgs, refusalOf, rsaAlgs, rsaJwk } from "./support.mjs";

const keyOf = (alg) =>
  rsaAlgs.includes(alg) ? SigningKey.import({ ...rsaJwk, alg }) : SigningKey.generate(alg);
const joseKnows = (alg) => alg !== "ES256K";

/** By OpenSSL, of a JWS. */
function isValidForOpenSsl(alg, key, jws) {
  const [header, payload, signature] = jws.split(".");
  const input = Buffer.from(`${header}.${payload}`);
  const bytes = Buffer.from(signature, "base64url");
  const hash = `sha${alg.slice(2, 5)}`;
  if (alg.startsWith("HS")) return createHmac(hash, Buffer.from(key.k, "base64url")).update(input).digest().equals(bytes);
  const options = alg.startsWith("PS") ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : { dsaEncoding: "ieee-p1363" };
  const digest = alg.startsWith("Ed") ? null : hash;
  return verifyBytes(digest, input, { key: createPublicKey({ key, format: "jwk" }), ...options }, bytes);
}

for (const alg of [...ellipticAlgs, ...rsaAlgs, ...hmacAlgs]) {
  test(`${alg}: signed here, verified by OpenSSL, jose and Touchstone; the key imports into them and back`, async () => {
    const key = keyOf(alg);
    assert.equal(key.alg, alg);
    assert.equal(key.kid, key.thumbprint);
    assert.equal(key.isSymmetric, alg.startsWith("HS"));
    const jws = signJws('{"sub":"ada"}', key, { typ: "at+jwt" });
    const whole = key.exportPrivateJwk();
    const verifying = key.publicJwk ?? whole;
    assert.deepEqual(jose.decodeProtectedHeader(jws), { alg, kid: key.kid, typ: "at+jwt" });

    assert.ok(isValidForOpenSsl(alg, verifying, jws));
    assert.equal(verifyJwsSync(jws, { keys: [verifying] }, { algorithms: [alg] }).key.kid, key.kid);
    const tampered = jws.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"eve"}').toString("base64url")}.`);
    assert.ok(!isValidForOpenSsl(alg, verifying, tampered));
    if (joseKnows(alg)) {
      const { payload } = await jose.compactVerify(jws, await jose.importJWK(verifying, alg));
      assert.equal(Buffer.from(payload).toString(), '{"sub":"ada"}');
    }

    // The private half, in both.
    if (key.isSymmetric) {
      assert.equal(key.publicJwk, undefined);
      assert.ok(Buffer.from(whole.k, "base64url").length >= Number(alg.slice(2)) / 8);
    } else {
      assert.equal(thumbprint(key.publicJwk), key.thumbprint);
      const privateKey = createPrivateKey({ key: whole, format: "jwk" });
      assert.deepEqual(publicPart(createPublicKey(privateKey).export({ format: "jwk" })), publicPart(key.publicJwk));
      if (joseKnows(alg)) {
        const byJose = await new jose.CompactSign(Buffer.from("x")).setProtectedHeader({ alg }).sign(await jose.importJWK(whole, alg));
        assert.ok(verifyJwsSync(byJose, { keys: [key.publicJwk] }, { ignoreKid: true }));
      }
    }
    const again = SigningKey.import(JSON.stringify(whole));
    assert.deepEqual(again.exportPrivateJwk(), whole);
    again.dispose();
    assert.throws(() => signJws("x", again), /disposed/);
  });
}

// RFC 6979 has the nonce from the key and the message alone, so that two who follow it make the same signature.
for (const [alg, curve] of Object.entries({ ES256: p256, ES384: p384, ES512: p521, ES256K: secp256k1 })) {
  test(`${alg}: octet by octet what noble signs`, () => {
    for (let i = 0; i < 4; i += 1) {
      const key = SigningKey.generate(alg);
      const [header, payload, signature] = signJws(`{"i":${i}}`, key).split(".");
      const secret = Buffer.from(key.exportPrivateJwk().d, "base64url");
      const theirs = curve.sign(Buffer.from(`${header}.${payload}`), secret, { prehash: true, lowS: false });
      assert.equal(signature, Buffer.from(theirs).toString("base64url"));
    }
  });
}

const publicPart = ({ kty, crv, n, e, x, y }) => ({ kty, crv, n, e, x, y });

describe("keys of others", () => {
  for (const alg of ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"]) {
    test(`jose's ${alg}`, async () => {
      const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
      const key = SigningKey.import(await jose.exportJWK(privateKey), alg);
      assert.ok(isValidForOpenSsl(alg, key.publicJwk, signJws("x", key)));
    });
  }

  for (const [alg, type, options] of [
    ["RS512", "rsa", { modulusLength: 2048 }],
    ["ES256K", "ec", { namedCurve: "secp256k1" }],
    ["ES512", "ec", { namedCurve: "P-521" }],
    ["Ed25519", "ed25519", {}],
  ]) {
    test(`OpenSSL's ${alg}`, () => {
      const { privateKey } = generateKeyPairSync(type, options);
      const key = SigningKey.import({ ...privateKey.export({ format: "jwk" }), kid: "mine" }, alg);
      assert.equal(key.kid, "mine");
      assert.ok(isValidForOpenSsl(alg, key.publicJwk, signJws(randomBytes(1000), key)));
    });
  }

  test("what is no private key of this build is refused, with the member at fault", async () => {
    const jwk = SigningKey.generate("ES256").exportPrivateJwk();
    const other = SigningKey.generate("ES256").exportPrivateJwk();
    for (const [given, alg, reason, member] of [
      [{ ...jwk, d: undefined }, undefined, "member_missing", "d"],
      [{ ...jwk, d: other.d }, undefined, "private_key_mismatch"],
      [{ ...jwk, d: `${jwk.d}=` }, undefined, "member_invalid", "d"],
      [{ ...jwk, alg: undefined }, undefined, "member_missing", "alg"],
      [jwk, "ES384", "member_invalid", "alg"],
      [{ ...jwk, use: "enc" }, undefined, "use_mismatch", "use"],
      [{ ...jwk, alg: "ML-DSA-44" }, undefined, "signing_alg_unsupported", "alg"],
      ["{", undefined, "jwk_malformed"],
      [undefined, undefined, "jwk_malformed"],
      [" ".repeat(70_000), undefined, "jwk_malformed"],
    ]) {
      const error = await refusalOf(() => SigningKey.import(given, alg));
      assert.deepEqual([error.reason, error.detail?.member], [reason, member], JSON.stringify(error));
    }
    for (const [alg, options, reason] of [
      ["none", undefined, "signing_alg_unsupported"],
      [undefined, undefined, "signing_alg_unsupported"],
      ["RS256", { rsaBits: 1024 }, "option_invalid"],
      ["ES256", { kid: "" }, "option_invalid"],
      ["ES256", { kid: NaN }, "option_invalid"],
      ["ES256", { bits: 1 }, "option_invalid"],
    ]) {
      assert.equal((await refusalOf(() => SigningKey.generate(alg, options))).reason, reason);
    }
  });
});

describe("sign", () => {
  const { ring } = rotate(new KeyRing(), { alg: "Ed25519", tokenLifetime: 600 });

  test("kid, alg, typ, iat and exp are set; what is there stays", () => {
    const currentDate = new Date(1_800_000_000_500);
    const first = sign({ sub: "ada", name: "Zoë 💎" }, ring, { currentDate });
    const { payload, protectedHeader } = verifySync(first.token, publicJwks(ring), { currentDate });
    assert.deepEqual(payload, { sub: "ada", name: "Zoë 💎", iat: 1_800_000_000, exp: 1_800_000_600 });
    assert.deepEqual(protectedHeader, { alg: "Ed25519", kid: ring.active.kid, typ: "JWT" });
    const own = { iat: 1_799_999_999, exp: 1_800_000_100 };
    const second = sign(own, ring, { currentDate, typ: "at+jwt", header: { cty: "x" } });
    assert.deepEqual(jose.decodeJwt(second.token), own);
    assert.deepEqual(jose.decodeProtectedHeader(second.token), { alg: "Ed25519", kid: ring.active.kid, typ: "at+jwt", cty: "x" });
    assert.deepEqual([first.signatures, second.signatures, ring.active.signatures], [1, 2, 2]);
    assert.equal(jose.decodeJwt(sign({}, ring, { currentDate, expiresIn: 30 }).token).exp, 1_800_000_030);
  });

  test("what would not be verified is not signed", async () => {
    for (const [claims, options, reason, member] of [
      ["[]", {}, "payload_json_invalid"],
      [undefined, {}, "payload_json_invalid"],
      [{ big: 1n }, {}, "payload_json_invalid"],
      ['{"a":1,"a":1}', {}, "payload_duplicate_member"],
      [{ exp: "soon" }, {}, "claim_type_invalid", "exp"],
      [{ sub: 1 }, {}, "claim_type_invalid", "sub"],
      [{ exp: 1 }, {}, "token_lifetime_invalid", "exp"],
      [{ exp: 9e9 }, {}, "token_lifetime_invalid", "exp"],
      [{}, { expiresIn: 601 }, "token_lifetime_invalid", "expiresIn"],
      [{}, { expiresIn: NaN }, "option_invalid", "expiresIn"],
      [{}, { expiresIn: "1h" }, "option_invalid", "expiresIn"],
      [{}, { header: { alg: "none" } }, "option_invalid", "alg"],
      [{}, { header: [] }, "option_invalid", "header"],
      [{}, { issuer: "x" }, "option_invalid", "issuer"],
      [{}, { currentDate: new Date(NaN) }, "option_invalid", "currentDate"],
    ]) {
      const error = await refusalOf(() => sign(claims, ring, options));
      assert.deepEqual([error.reason, error.detail?.member], [reason, member]);
    }
    assert.equal((await refusalOf(() => sign({}, new KeyRing()))).reason, "signing_key_missing");
  });
});
