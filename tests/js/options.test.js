import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { audit, createVerifier, explain, KeySet, verify, verifyJwsSync, verifySync } from "touchstone";
import { claims, currentDate, jwksOf, jwtOf, now, refusal } from "./support.mjs";

const jwks = jwksOf("ES256");
const good = jwtOf("ES256");
const attempt = (options, jwt = good) => verifySync(jwt, jwks, { currentDate, ...options });
const refused = (options, jwt = good) => refusal(() => attempt(options, jwt));

/** Each option with a value that accepts `good`, and one that refuses it, with what it is refused as. */
const pairs = {
  algorithms: [["ES256", "RS256"], ["RS256"], "alg_not_allowed"],
  issuer: ["https://id.example", ["https://id.example/"], "issuer_mismatch"],
  audience: [["api", "x"], "ap", "audience_mismatch"],
  subject: ["ada", "Ada", "subject_mismatch"],
  typ: ["application/jwt", "at+jwt", "typ_mismatch"],
  requiredClaims: [["sub", "exp"], ["jti"], "claim_missing"],
  maxTokenAge: ["10 seconds", 9, "token_too_old"],
  maxTokenSize: [4096, 10, "token_too_large"],
};

describe("options", () => {
  for (const [name, [fits, doesNot, reason]] of Object.entries(pairs)) {
    test(name, () => {
      assert.ok(attempt({ [name]: fits }));
      assert.equal(refused({ [name]: doesNot }).reason, reason);
      // Leaving out, undefined and null are the same.
      assert.ok(attempt({ [name]: undefined }));
      assert.ok(attempt({ [name]: null }));
    });
  }

  test("clockTolerance, in seconds and in words", () => {
    const expired = jwtOf("ES256", { exp: now - 59 });
    assert.equal(refused({ clockTolerance: 59 }, expired).reason, "token_expired");
    assert.ok(attempt({ clockTolerance: 60 }, expired));
    assert.ok(attempt({ clockTolerance: "1 minute" }, expired));
  });

  test("currentDate, to the millisecond, of any realm", () => {
    const at = (ms) => ({ currentDate: new Date(claims.exp * 1000 + ms) });
    assert.ok(attempt(at(-1)));
    assert.equal(refused(at(0)).reason, "token_expired");
    assert.ok(attempt({ currentDate: runInNewContext("new Date(ms)", { ms: now * 1000 }) }));
  });

  test("without currentDate it is now", () => {
    const seconds = Date.now() / 1000;
    assert.ok(verifySync(jwtOf("ES256", { exp: seconds + 60, nbf: seconds - 60 }), jwks));
    assert.equal(refusal(() => verifySync(jwtOf("ES256", { exp: seconds - 60 }), jwks)).reason, "token_expired");
    assert.equal(refusal(() => verifySync(jwtOf("ES256", { nbf: seconds + 60 }), jwks)).reason, "token_not_active");
  });

  test("rejectFutureIat, requireKeyAlg, multipleKeys", () => {
    assert.equal(refused({ rejectFutureIat: true }, jwtOf("ES256", { iat: now + 1 })).reason, "iat_in_future");
    const { alg, ...withoutAlg } = jwks.keys[0];
    const refusalOf = (keys, options) => refusal(() => verifySync(good, { keys }, { currentDate, ...options }));
    assert.equal(refusalOf([withoutAlg], { requireKeyAlg: true }).reason, "key_alg_mismatch");
    const twins = [jwks.keys[0], withoutAlg];
    assert.equal(refusalOf(twins, {}).reason, "multiple_matching_keys");
    assert.ok(verifySync(good, { keys: twins }, { currentDate, multipleKeys: "try" }));
  });

  test("ignoreKid", () => {
    for (const kid of [undefined, "another"]) {
      const chosen = { ...jwks.keys[0], kid };
      assert.equal(refusal(() => verifySync(good, chosen, { currentDate })).reason, "no_matching_key");
      assert.ok(verifySync(good, chosen, { currentDate, ignoreKid: true }));
      assert.equal(explain(good, chosen, { currentDate, ignoreKid: true }).valid, true);
    }
  });

  test("crit, as names and as jose has it", () => {
    const critical = jwtOf("ES256", claims, { crit: ["x"], x: 1 });
    assert.equal(refused({}, critical).reason, "crit_unsupported");
    assert.ok(attempt({ crit: ["x"] }, critical));
    assert.ok(attempt({ crit: { x: true } }, critical));
    assert.ok(attempt({ crit: { x: false, y: true } }, critical));
    for (const crit of [{ x: 1 }, { x: null }, new Map([["x", true]]), "x", [5]]) {
      assert.deepEqual(refused({ crit }).detail, { member: "crit" });
    }
  });

  test("profiles", () => {
    const options = { profile: "id_token", issuer: claims.iss, audience: "api", algorithms: ["ES256"] };
    assert.ok(attempt(options));
    assert.equal(refused({ ...options, nonce: "n" }).reason, "claim_missing");
    assert.ok(attempt({ ...options, nonce: "n" }, jwtOf("ES256", { ...claims, nonce: "n" })));
    assert.equal(refused({ ...options, profile: "access_token" }).reason, "typ_mismatch");
  });
});

describe("an option that is not one", () => {
  // JSON would make of most of these null, {} or text: no check, or another one.
  const strange = [
    /x/, () => "x", Symbol("x"), 5n, NaN, Infinity, new Date(), new URL("https://id.example"), new Set(["x"]),
    { toJSON: () => "x" }, [undefined], [null], [/x/], [["x"]], Array(1), [new URL("https://id.example")],
  ];
  for (const name of [...Object.keys(pairs), "clockTolerance", "rejectFutureIat", "requireKeyAlg", "ignoreKid", "multipleKeys",
    "profile", "nonce", "crit", "signatures", "unknown", "__proto__", "toString", ""]) {
    test(JSON.stringify(name), () => {
      for (const value of strange) {
        const options = Object.fromEntries([[name, value], ["currentDate", currentDate]]);
        const error = refusal(() => verifySync(good, jwks, options));
        assert.equal(error.reason, "option_invalid");
        assert.deepEqual(error.detail?.member ?? "", name);
      }
    });
  }

  test("currentDate", () => {
    for (const value of [0, NaN, "2026-01-01", new Date(NaN), {}, () => {}, Date, Symbol("x"), 5n, Object.create(Date.prototype)]) {
      const { reason, detail } = refusal(() => verifySync(good, jwks, { currentDate: value }));
      assert.deepEqual([reason, detail.member], ["option_invalid", "currentDate"]);
    }
  });

  test("the options themselves", () => {
    class Options {
      get issuer() {
        return "https://other.example";
      }
    }
    const inherited = Object.create({ issuer: "https://other.example" });
    const bare = Object.assign(Object.create(null), { issuer: "https://other.example" });
    const hidden = Object.defineProperty({}, "issuer", { value: "https://other.example" });
    for (const options of ["x", 5, [], new Options(), inherited, new Map(), () => {}, { [Symbol("x")]: 1 }]) {
      assert.equal(refusal(() => verifySync(good, jwks, options)).reason, "option_invalid");
    }
    for (const options of [bare, hidden, runInNewContext("({ issuer: 'https://other.example' })")]) {
      assert.equal(refusal(() => verifySync(good, jwks, options)).reason, "issuer_mismatch");
    }
    // An array says what its elements are, whatever else it can do.
    const audience = Object.assign(["other"], { toJSON: () => null });
    assert.equal(refused({ audience }).reason, "audience_mismatch");
    assert.ok(verifySync(jwtOf("ES256", {}), jwks, null));
  });

  test("in every function that takes options", async () => {
    const options = { algorithm: ["ES256"] };
    const isRefused = { reason: "option_invalid", code: "ERR_TOUCHSTONE_OPTION_INVALID" };
    const keySet = KeySet.parse(jwks);
    await assert.rejects(verify(good, jwks, options), isRefused);
    await assert.rejects(keySet.verify(good, options), isRefused);
    assert.throws(() => explain(good, jwks, options), isRefused);
    assert.throws(() => audit(jwks, options), isRefused);
    assert.throws(() => audit(jwks, { issuer: "x" }), isRefused);
    assert.throws(() => verifyJwsSync(good, jwks, options), isRefused);
    // Whoever expects a claim of a JWS would be let down.
    assert.throws(() => verifyJwsSync(good, jwks, { issuer: "x" }), isRefused);
    assert.throws(() => createVerifier({ jwks, issuer: null, audience: null, ...options }), isRefused);
  });
});

describe("createVerifier", () => {
  const policy = { jwks, issuer: "https://id.example", audience: "api" };

  test("checks what it was told to, each time", async () => {
    const verifier = createVerifier(policy);
    const verified = await verifier.verify(good, { currentDate });
    assert.deepEqual([verified.payload, verified.unchecked], [claims, []]);
    assert.deepEqual(verifier.verifySync(good, { currentDate }), verified);
    assert.equal(verifier.explain(good, { currentDate }).valid, true);
    const elsewhere = jwtOf("ES256", { ...claims, aud: "other" });
    await assert.rejects(verifier.verify(elsewhere, { currentDate }), { reason: "audience_mismatch" });
    assert.equal(verifier.explain(elsewhere, { currentDate }).error.reason, "audience_mismatch");
  });

  test("takes the time from its options, from the call, or from the clock", () => {
    assert.ok(createVerifier({ ...policy, currentDate }).verifySync(good));
    const late = { currentDate: new Date(claims.exp * 1000) };
    assert.throws(() => createVerifier({ ...policy, currentDate }).verifySync(good, late), { reason: "token_expired" });
    assert.ok(createVerifier({ ...policy, ...late }).verifySync(good, { currentDate }));
    const fresh = jwtOf("ES256", { ...claims, exp: Date.now() / 1000 + 60 });
    assert.ok(createVerifier(policy).verifySync(fresh));
  });

  test("issuer and audience are required; null opts out", () => {
    for (const name of ["issuer", "audience"]) {
      for (const options of [{ ...policy, [name]: undefined }, (({ [name]: _, ...rest }) => rest)(policy)]) {
        const { reason, detail } = refusal(() => createVerifier(options));
        assert.deepEqual([reason, detail.member], ["option_invalid", name]);
      }
    }
    const verifier = createVerifier({ jwks, issuer: null, audience: null, currentDate });
    assert.deepEqual(verifier.verifySync(good).unchecked, ["iss", "aud"]);
    assert.equal(refusal(() => createVerifier()).reason, "option_invalid");
    assert.equal(refusal(() => createVerifier({ issuer: null, audience: null })).detail.member, "jwks");
  });

  test("later changes of its options do not reach it", () => {
    const audience = ["api"];
    const own = structuredClone(jwks);
    const date = new Date(currentDate);
    const verifier = createVerifier({ jwks: own, issuer: null, audience, currentDate: date });
    own.keys.length = 0;
    audience[0] = "other";
    date.setTime(0);
    assert.ok(verifier.verifySync(good));
    date.setTime(NaN);
    assert.ok(verifier.verifySync(good));
  });

  test("the nonce is each request's own", () => {
    const verifier = createVerifier({ ...policy, profile: "id_token", algorithms: ["ES256"], currentDate });
    const token = jwtOf("ES256", { ...claims, nonce: "n-1" });
    assert.ok(verifier.verifySync(token, { nonce: "n-1" }));
    assert.equal(refusal(() => verifier.verifySync(token, { nonce: "n-2" })).reason, "nonce_mismatch");
    // A session that has lost its nonce must not pass for one that needs none.
    for (const nonce of [undefined, null, 5]) {
      assert.equal(refusal(() => verifier.verifySync(token, { nonce })).detail.member, "nonce");
    }
  });

  test("a request cannot change the policy", () => {
    const verifier = createVerifier({ ...policy, currentDate });
    for (const request of [{ audience: null }, { issuer: "x" }, { algorithms: ["HS256"] }]) {
      assert.equal(refusal(() => verifier.verifySync(good, request)).reason, "option_invalid");
    }
  });
});
