// createVerifier({ cache }): what is remembered, for how long, and for whom.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVerifier, KeySet } from "touchstone";
import { claims, currentDate, jwksOf, jwtOf, refusal } from "./support.mjs";

const jwks = jwksOf("ES256");
const policy = { jwks, issuer: "https://id.example", audience: "api", currentDate };
const verifierOf = (maxEntries, options = {}) => createVerifier({ ...policy, ...options, cache: { maxEntries } });
const at = (seconds) => ({ currentDate: new Date(seconds * 1000) });
const good = jwtOf("ES256");

describe("the cache of verified tokens", () => {
  test("is off unless asked for", () => {
    for (const cache of [undefined, null]) {
      const verifier = createVerifier({ ...policy, cache });
      assert.notEqual(verifier.verifySync(good), verifier.verifySync(good));
    }
  });

  test("hands the same frozen result to all", async () => {
    const verifier = verifierOf(10);
    const verified = verifier.verifySync(good);
    assert.equal(verifier.verifySync(good), verified);
    assert.equal(await verifier.verify(good), verified);
    assert.deepEqual(verified, createVerifier(policy).verifySync(good));
    for (const part of [verified, verified.payload, verified.protectedHeader, verified.key, verified.unchecked]) {
      assert.ok(Object.isFrozen(part));
    }
    const nested = verifierOf(10).verifySync(jwtOf("ES256", { ...claims, deep: { list: [{ a: 1 }] } }));
    assert.ok(Object.isFrozen(nested.payload.deep.list[0]));
  });

  test("knows a token by every character of it", () => {
    const verifier = verifierOf(10);
    verifier.verifySync(good);
    for (let position = 0; position < good.length; position++) {
      const other = good[position] === "A" ? "B" : "A";
      const changed = good.slice(0, position) + other + good.slice(position + 1);
      assert.throws(() => verifier.verifySync(changed), { name: "TouchstoneError" });
    }
    for (const none of [`${good} `, ` ${good}`, good.slice(1), undefined, null, 5, [good], { toString: () => good }]) {
      assert.throws(() => verifier.verifySync(none), { name: "TouchstoneError" });
    }
  });

  test("judges the time claims at every call, as a verifier without it does", () => {
    const options = { clockTolerance: 5, maxTokenAge: 400 };
    const timed = jwtOf("ES256", { ...claims, iat: 1000, nbf: 1100, exp: 1300 });
    const remembering = verifierOf(10, options);
    const plain = createVerifier({ ...policy, ...options });
    const reasonOf = (verifier, now) => {
      try {
        return verifier.verifySync(timed, at(now)).payload.exp;
      } catch (error) {
        return error.reason;
      }
    };
    for (let now = 950; now < 1500; now += 2.5) {
      reasonOf(remembering, 1200); // remembered, again if it was forgotten
      assert.equal(reasonOf(remembering, now), reasonOf(plain, now), `at ${now}`);
    }
    assert.equal(reasonOf(remembering, 1305), "token_expired");
    assert.equal(reasonOf(remembering, 1094), "token_not_active");
  });

  test("remembers no refusal, and no more tokens than it may", () => {
    const verifier = verifierOf(2);
    const tokens = [1, 2, 3].map((jti) => jwtOf("ES256", { ...claims, jti: `${jti}` }));
    const first = verifier.verifySync(tokens[0]);
    const second = verifier.verifySync(tokens[1]);
    for (let i = 0; i < 5; i++) assert.throws(() => verifier.verifySync(`${tokens[2]}A`));
    assert.equal(verifier.verifySync(tokens[0]), first);
    verifier.verifySync(tokens[2]);
    assert.equal(verifier.verifySync(tokens[1]), second);
    assert.notEqual(verifier.verifySync(tokens[0]), first, "the oldest had to go");
  });

  test("is not asked when a call has a nonce of its own, and checks what a call is given", () => {
    const verifier = verifierOf(2);
    verifier.verifySync(good);
    const { reason } = refusal(() => verifier.verifySync(good, { nonce: "n" }));
    assert.equal(reason, refusal(() => createVerifier(policy).verifySync(good, { nonce: "n" })).reason);
    for (const request of [5, "x", [], { issuer: "x" }, { currentDate: "now" }, { currentDate: new Date(NaN) }]) {
      assert.equal(refusal(() => verifier.verifySync(good, request)).reason, "option_invalid");
    }
  });

  test("ends with its key set", () => {
    const keySet = KeySet.parse(jwks);
    const verifier = verifierOf(2, { jwks: keySet });
    verifier.verifySync(good);
    keySet.dispose();
    assert.throws(() => verifier.verifySync(good), TypeError);
  });

  test("options that are none", () => {
    for (const cache of [5, "10", true, [], {}, { maxEntries: 0 }, { maxEntries: -1 }, { maxEntries: 1.5 }, { maxEntries: "5" }, { maxEntries: Infinity }, { maxEntries: 5, ttl: 5 }]) {
      const { reason, detail } = refusal(() => createVerifier({ ...policy, cache }));
      assert.deepEqual([reason, detail.member], ["option_invalid", "cache"]);
    }
  });
});
