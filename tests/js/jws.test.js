import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TouchstoneError, verifyJws, verifyJwsSync } from "touchstone";
import { base64url, json, jwksOf, jwtOf, refusal, signer } from "./support.mjs";

const jwks = jwksOf("ES256", "RS256");
const bytes = new Uint8Array([0, 255, 10, 46]);
const signatureOf = (alg, payload = base64url(bytes), header = {}) => {
  const text = json({ alg, kid: alg, ...header });
  return { protected: text, signature: base64url(signer(alg).sign(`${text}.${payload}`)) };
};
const compact = () => {
  const { protected: header, signature } = signatureOf("ES256");
  return `${header}.${base64url(bytes)}.${signature}`;
};
const flattened = (member = {}) => ({ payload: base64url(bytes), ...signatureOf("ES256"), ...member });
const invalid = { ...signatureOf("RS256"), signature: base64url(Buffer.alloc(256)), header: { note: "x" } };
const general = (...signatures) => ({ payload: base64url(bytes), signatures });

describe("verifyJws", () => {
  test("compact", async () => {
    const verified = await verifyJws(compact(), jwks);
    assert.ok(verified.payload.constructor === Uint8Array);
    assert.deepEqual([...verified.payload], [...bytes]);
    assert.deepEqual(verified.protectedHeader, { alg: "ES256", kid: "ES256" });
    assert.ok(!("unprotectedHeader" in verified));
    assert.equal(verified.key.kid, "ES256");
    const { protectedHeader, key } = verified;
    assert.deepEqual(verified.signatures, [{ protectedHeader, key }]);
  });

  test("flattened, as an object and as text", () => {
    const jws = flattened({ header: { note: "Å" } });
    for (const form of [jws, JSON.stringify(jws), Buffer.from(JSON.stringify(jws))]) {
      const verified = verifyJwsSync(form, jwks);
      assert.deepEqual([...verified.payload], [...bytes]);
      assert.deepEqual(verified.unprotectedHeader, { note: "Å" });
    }
  });

  test("general: the first valid signature speaks, the others are called what they are", () => {
    const verified = verifyJwsSync(general(invalid, signatureOf("ES256"), signatureOf("RS256")), jwks);
    assert.equal(verified.key.kid, "ES256");
    assert.equal(verified.protectedHeader.alg, "ES256");
    const [first, second, third] = verified.signatures;
    assert.ok(first.error instanceof TouchstoneError && first.error.reason === "signature_invalid");
    assert.deepEqual(first.unverifiedHeader, { note: "x", alg: "RS256", kid: "RS256" });
    assert.ok(!("protectedHeader" in first) && !("key" in first));
    assert.deepEqual([second.key.kid, third.key.kid], ["ES256", "RS256"]);
  });

  test("signatures: all", () => {
    const options = { signatures: "all" };
    assert.ok(verifyJwsSync(general(signatureOf("ES256"), signatureOf("RS256")), jwks, options));
    const mixed = general(signatureOf("ES256"), invalid);
    assert.equal(refusal(() => verifyJwsSync(mixed, jwks, options)).reason, "signature_invalid");
  });

  test("a detached payload, as bytes and as text", () => {
    const { protected: header, signature } = signatureOf("ES256");
    const detached = `${header}..${signature}`;
    for (const payload of [bytes, Buffer.from(bytes), new DataView(bytes.buffer)]) {
      assert.deepEqual([...verifyJwsSync(detached, jwks, { payload }).payload], [...bytes]);
    }
    const text = "grüß dich";
    const ofText = signatureOf("ES256", base64url(text));
    const verified = verifyJwsSync(`${ofText.protected}..${ofText.signature}`, jwks, { payload: text });
    assert.equal(new TextDecoder().decode(verified.payload), text);
    const reasonOf = (jws, payload) => refusal(() => verifyJwsSync(jws, jwks, { payload })).reason;
    assert.equal(reasonOf(detached, "other"), "signature_invalid");
    assert.equal(reasonOf(detached, "\ud800"), "signature_invalid");
    for (const none of [undefined, null]) {
      assert.equal(reasonOf({ protected: header, signature }, none), "payload_missing");
      // Two dots in a row may also stand for a payload of no bytes.
      assert.equal(reasonOf(detached, none), "signature_invalid");
    }
    assert.equal(reasonOf(compact(), bytes), "payload_unexpected");
    for (const payload of [5, {}, true, new ArrayBuffer(4), () => bytes]) {
      assert.equal(reasonOf(detached, payload), "option_invalid");
    }
  });

  test("an empty detached payload is a payload", () => {
    const { protected: header, signature } = signatureOf("ES256", "", { b64: false, crit: ["b64"] });
    for (const payload of ["", new Uint8Array()]) {
      assert.equal(verifyJwsSync({ protected: header, signature }, jwks, { payload }).payload.length, 0);
    }
  });

  test("an unencoded payload (RFC 7797)", () => {
    const payload = "$.02 é";
    const { protected: header, signature } = signatureOf("ES256", payload, { b64: false, crit: ["b64"] });
    const verified = verifyJwsSync(`${header}..${signature}`, jwks, { payload });
    assert.equal(new TextDecoder().decode(verified.payload), payload);
    assert.ok(verifyJwsSync({ protected: header, payload, signature }, jwks));
  });

  test("a large one, by permission", () => {
    const large = new Uint8Array(1 << 20).fill(7);
    const jws = { payload: base64url(large), ...signatureOf("ES256", base64url(large)) };
    assert.equal(refusal(() => verifyJwsSync(jws, jwks)).reason, "token_too_large");
    assert.deepEqual(verifyJwsSync(jws, jwks, { maxTokenSize: 2 << 20 }).payload, large);
  });

  test("what is refused", async () => {
    const circular = {};
    circular.circular = circular;
    const cases = [
      [undefined, "token_malformed"],
      [circular, "token_malformed"],
      [5n, "token_malformed"],
      [{}, "jws_malformed"],
      [general(), "jws_malformed"],
      [general(invalid), "signature_invalid"],
      [flattened({ header: { alg: "ES256" } }), "header_duplicate_member"],
      [flattened({ signatures: [] }), "jws_malformed"],
      [`{"payload":"","\ud800":1}`, "jws_malformed"],
    ];
    for (const [jws, reason] of cases) {
      assert.equal(refusal(() => verifyJwsSync(jws, jwks)).reason, reason);
      await assert.rejects(verifyJws(jws, jwks), { reason });
    }
  });

  test("a JWT is a JWS, and its claims are not looked at", () => {
    assert.ok(verifyJwsSync(jwtOf("ES256", { exp: 1 }), jwks));
  });
});
