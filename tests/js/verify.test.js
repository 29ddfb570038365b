import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { explain, KeySet, TouchstoneError, verify, verifySync } from "touchstone";
import {
  accepting, base64url, claims, currentDate, json, jwksOf, jwtOf, now, refusal, signer, signers,
} from "./support.mjs";

const good = jwtOf("ES256");
const jwks = jwksOf("RS256", "ES256");
const reasonOf = (jwt, options = {}, keys = jwks) =>
  refusal(() => verifySync(jwt, keys, { currentDate, ...options })).reason;

describe("a good token", () => {
  for (const { alg } of signers) {
    test(alg, async () => {
      const verified = await verify(jwtOf(alg), jwksOf(alg), accepting(alg));
      assert.deepEqual(verified.payload, claims);
      assert.deepEqual(verified.protectedHeader, { alg, typ: "JWT", kid: alg });
      const { kid, kty, thumbprint } = verified.key;
      assert.deepEqual([kid, verified.key.alg, kty], [alg, alg, signer(alg).jwk.kty]);
      assert.match(thumbprint, /^[\w-]{43}$/);
      assert.deepEqual(verified.unchecked, ["iss", "aud"]);
    });
  }

  test("what was looked at is not called unchecked", () => {
    const options = { currentDate, issuer: "https://id.example", audience: ["other", "api"] };
    assert.deepEqual(verifySync(good, jwks, options).unchecked, []);
    const endless = jwtOf("ES256", { iss: "https://id.example" });
    assert.deepEqual(verifySync(endless, jwks, { issuer: options.issuer }).unchecked, ["aud", "exp"]);
  });

  test("every form of a set", () => {
    const [, jwk] = jwks.keys;
    const text = JSON.stringify(jwks);
    const bytes = new TextEncoder().encode(text);
    const ofAnotherRealm = runInNewContext("new Uint8Array(bytes)", { bytes });
    const within = new Uint8Array([0, ...bytes, 0]).subarray(1, -1);
    for (const form of [jwks, text, bytes, Buffer.from(text), within, ofAnotherRealm, jwk, KeySet.parse(jwks)]) {
      assert.equal(verifySync(good, form, { currentDate }).payload.sub, "ada");
    }
  });

  test("the key is the one at its place in the set, though others were skipped", () => {
    const keys = [5, { kty: "new" }, signer("RS256").jwk, signer("ES256").jwk];
    const { key } = verifySync(good, { keys }, { currentDate });
    assert.deepEqual([key.index, key.kid], [3, "ES256"]);
  });

  test("a __proto__ claim is a claim", () => {
    const payload = `{"__proto__":{"admin":true},"constructor":1,"exp":${now + 1}}`;
    const verified = verifySync(jwtOf("ES256", payload), jwks, { currentDate });
    assert.deepEqual(Object.keys(verified.payload), ["__proto__", "constructor", "exp"]);
    assert.equal(verified.payload.admin, undefined);
    assert.equal({}.admin, undefined);
  });

  test("claims beyond ASCII arrive as they are", () => {
    const payload = { name: "Åsa 🗝 \u0000 \ufeff", exp: now + 1 };
    assert.deepEqual(verifySync(jwtOf("ES256", payload), jwks, { currentDate }).payload, payload);
  });

  test("the key of a result cannot be changed for the next one", () => {
    const { key } = verifySync(good, jwks, { currentDate });
    assert.throws(() => (key.kid = "mine"), TypeError);
  });
});

describe("a bad token", () => {
  const [header, payload, signature] = good.split(".");
  const flipped = base64url(Buffer.from(signature, "base64url").map((byte, i) => (i === 9 ? byte ^ 1 : byte)));
  const cases = {
    token_malformed: [`${header}.${payload}`, "", "a.b", ` ${good}`, `${good}é`, `${good}\ud800`],
    token_base64_invalid: [`${header}.${payload}.a`],
    token_too_large: [`${good}${"a".repeat(70_000)}`, `.${"é".repeat(33_000)}`, "\ud800".repeat(70_000)],
    jwe_unsupported: ["a.b.c.d.e"],
    header_json_invalid: [`${base64url("[]")}.${payload}.${signature}`],
    header_duplicate_member: [`${base64url('{"alg":"ES256","\\u0061lg":"none"}')}.${payload}.${signature}`],
    alg_none: [`${json({ alg: "none" })}.${payload}.`],
    alg_unsupported: [`${json({ alg: "NONE" })}.${payload}.${signature}`],
    crit_unsupported: [jwtOf("ES256", claims, { crit: ["x"], x: 1 })],
    b64_not_allowed: [jwtOf("ES256", claims, { crit: ["b64"], b64: false })],
    no_matching_key: [jwtOf("ES256", claims, { kid: "other" })],
    signature_invalid: [`${header}.${payload}.${flipped}`],
    signature_length_invalid: [`${header}.${payload}.${base64url(Buffer.alloc(63))}`],
    payload_json_invalid: [jwtOf("ES256", "[]"), jwtOf("ES256", "{}{}")],
    payload_duplicate_member: [jwtOf("ES256", '{"exp":1,"exp":4102444800}'), jwtOf("ES256", '{"":[{"a":1,"a":2}]}')],
    claim_type_invalid: [jwtOf("ES256", { exp: `${now}` })],
    token_expired: [jwtOf("ES256", { exp: now })],
    token_not_active: [jwtOf("ES256", { nbf: now + 1 })],
  };
  for (const [reason, tokens] of Object.entries(cases)) {
    test(reason, () => {
      for (const token of tokens) {
        assert.equal(reasonOf(token), reason);
        // The same refusal, whichever way it is asked for.
        assert.equal(explain(token, jwks, { currentDate }).error.reason, reason);
      }
    });
  }

  test("what is no string is no token", async () => {
    for (const token of [undefined, null, 5, 5n, Symbol("x"), Buffer.from(good), [good], new String(good), {}]) {
      assert.equal(reasonOf(token), "token_malformed");
      await assert.rejects(verify(token, jwks), { reason: "token_malformed" });
    }
  });

  test("algorithms are as narrow as asked", () => {
    assert.equal(reasonOf(good, { algorithms: ["RS256"] }), "alg_not_allowed");
    assert.equal(reasonOf(jwtOf("HS256"), {}, jwksOf("HS256")), "alg_not_allowed");
    assert.equal(reasonOf(jwtOf("HS256"), { algorithms: ["HS256"] }, jwksOf("HS256", "ES256")), "jwks_mixed_symmetric");
  });

  test("the limit is in bytes, and the caller's to set", () => {
    const limit = good.length;
    assert.ok(verifySync(good, jwks, { currentDate, maxTokenSize: limit }));
    assert.equal(reasonOf(good, { maxTokenSize: limit - 1 }), "token_too_large");
    const long = jwtOf("ES256", { text: "x".repeat(100_000), exp: now + 1 });
    assert.equal(reasonOf(long), "token_too_large");
    assert.ok(verifySync(long, jwks, { currentDate, maxTokenSize: 200_000 }));
    // One byte to either side of the default.
    const sized = (length) => "a".repeat(length);
    assert.equal(reasonOf(sized(65_536)), "token_malformed");
    assert.equal(reasonOf(sized(65_537)), "token_too_large");
  });
});

describe("a bad set", () => {
  const circular = { keys: [] };
  circular.keys.push(circular);
  let deep = {};
  for (let i = 0; i < 100_000; i++) deep = { deep };
  const cases = {
    jwks_malformed: [
      undefined, null, 5, 5n, Symbol("x"), () => {}, "", "{}", [], {}, { keys: {} }, "{} ", circular, deep, { keys: 5n },
      Promise.resolve(jwks), new Date(NaN), '{"keys":[],"keys":[]}', new Uint8Array(), new Uint8Array([0x7b, 0xff]),
      `\ufeff${JSON.stringify(jwks)}`, `{"keys":[],"x":"\ud800"}`, { keys: [], x: "\ud800" },
    ],
    jwks_too_large: [`{"keys":[]}${" ".repeat(1 << 20)}`, { keys: Array(1001).fill({}) }],
    jwks_too_deep: [`{"x":${"[".repeat(100)}${"]".repeat(100)},"keys":[]}`],
  };
  for (const [reason, sets] of Object.entries(cases)) {
    test(reason, () => {
      for (const set of sets) assert.equal(refusal(() => verifySync(good, set)).reason, reason);
    });
  }

  test("bytes that are not UTF-8 are not taken for their replacement", () => {
    const text = JSON.stringify({ keys: [{ ...signer("ES256").jwk, kid: "\ufffd" }] });
    const token = jwtOf("ES256", claims, { kid: "\ufffd" });
    assert.ok(verifySync(token, text, { currentDate }));
    const [before, after] = text.split("\ufffd");
    const broken = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    assert.equal(reasonOf(token, {}, broken), "jwks_malformed");
    assert.equal(reasonOf(token, {}, text.replace("\ufffd", "\udc00")), "jwks_malformed");
  });
});

describe("the error", () => {
  test("says all that its row and the core know", () => {
    const error = refusal(() => verifySync(good, jwks, { currentDate, audience: "other" }));
    assert.ok(error instanceof TouchstoneError && error instanceof Error);
    const { name, code, reason, section, message, claim, detail, payload } = error;
    assert.deepEqual(
      { name, code, reason, section, message, claim, detail, payload },
      {
        name: "TouchstoneError",
        code: "ERR_JWT_CLAIM_VALIDATION_FAILED",
        reason: "audience_mismatch",
        section: "RFC 7519 section 4.1.3",
        message: "aud does not contain the expected audience",
        claim: "aud",
        detail: { member: "aud" },
        payload: claims,
      },
    );
  });

  test("carries the claims only after a valid signature, and into no log", () => {
    const expired = jwtOf("ES256", { ...claims, exp: now });
    const error = refusal(() => verifySync(expired, jwks, { currentDate }));
    assert.deepEqual(error.payload, { ...claims, exp: now });
    assert.ok(!JSON.stringify(error).includes("ada") && !Object.keys(error).includes("payload"));
    const forged = `${expired.slice(0, -10)}${expired.endsWith("A") ? "B" : "A".repeat(10)}`;
    assert.ok(!("payload" in refusal(() => verifySync(forged, jwks, { currentDate }))));
    // A claims set that is not strict JSON is not handed out as if it were.
    assert.ok(!("payload" in refusal(() => verifySync(jwtOf("ES256", '{"a":1,"a":2}'), jwks))));
  });

  test("says why each key was passed over", () => {
    const { detail } = refusal(() => verifySync(jwtOf("ES256", claims, { kid: "RS256" }), jwks));
    assert.deepEqual(detail.keys, [{ index: 0, reason: "kty_mismatch" }]);
  });

  test("holds nothing of the token", () => {
    const secret = "s3cr3tvalue";
    const token = jwtOf("ES256", { iss: secret, exp: now - 5 }, { kid: secret });
    for (const options of [{}, { issuer: "x" }]) {
      const error = refusal(() => verifySync(token, jwks, options));
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes(secret));
    }
  });
});
