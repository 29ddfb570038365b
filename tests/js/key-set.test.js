import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createVerifier, KeySet, verifySync } from "touchstone";
import { core } from "../../dist/internals.js";
import { claims, currentDate, jwksOf, jwtOf, refusal, signer } from "./support.mjs";

const jwks = jwksOf("ES256", "RS256");
const good = jwtOf("ES256");
const memory = () => core().wasm.memory.buffer.byteLength;

describe("KeySet", () => {
  test("shows its keys and why others were skipped", () => {
    const keySet = KeySet.parse({ keys: [{ kty: "new", kid: "k" }, null, ...jwks.keys] });
    assert.deepEqual(
      keySet.keys.map(({ index, kid, kty, crv, alg, use, bits }) => [index, kid, kty, crv, alg, use, bits]),
      [
        [2, "ES256", "EC", "P-256", "ES256", "sig", 256],
        [3, "RS256", "RSA", undefined, "RS256", "sig", 2048],
      ],
    );
    assert.deepEqual(
      keySet.skipped.map(({ index, kid, reason, code }) => [index, kid, reason, code]),
      [
        [0, "k", "kty_unsupported", "ERR_JWK_INVALID"],
        [1, undefined, "not_an_object", "ERR_JWK_INVALID"],
      ],
    );
    assert.ok(Object.isFrozen(keySet.keys) && Object.isFrozen(keySet.keys[0]));
  });

  test("verifies, at once and as a promise", async () => {
    const keySet = KeySet.parse(JSON.stringify(jwks));
    const verified = keySet.verifySync(good, { currentDate });
    assert.deepEqual(verified.payload, claims);
    assert.deepEqual(await keySet.verify(good, { currentDate }), verified);
    assert.deepEqual(verifySync(good, keySet, { currentDate }), verified);
    assert.equal(keySet.explain(good, { currentDate }).valid, true);
    await assert.rejects(keySet.verify("x"), { reason: "token_malformed" });
  });

  test("does not follow the object it came from", () => {
    const own = structuredClone(jwks);
    const keySet = KeySet.parse(own);
    own.keys.length = 0;
    assert.equal(keySet.verifySync(good, { currentDate }).key.kid, "ES256");
  });

  test("limits", () => {
    const text = JSON.stringify(jwks);
    const reasonOf = (limits) => refusal(() => KeySet.parse(text, limits)).reason;
    assert.equal(KeySet.parse(text, { maxSize: text.length, maxKeys: 2 }).keys.length, 2);
    assert.equal(reasonOf({ maxSize: text.length - 1 }), "jwks_too_large");
    assert.equal(reasonOf({ maxKeys: 1 }), "jwks_too_large");
    const large = `${text}${" ".repeat(2 << 20)}`;
    assert.equal(KeySet.parse(large, { maxSize: 4 << 20 }).keys.length, 2);
    const exposed = { keys: [{ ...jwks.keys[0], d: "AA" }] };
    assert.equal(KeySet.parse(exposed).skipped[0].reason, "private_member");
    const strict = { refusePrivateKeys: true };
    assert.equal(refusal(() => KeySet.parse(exposed, strict)).reason, "jwks_contains_private_key");
  });

  test("limits that are none", () => {
    const strange = [-1, 1.5, NaN, Infinity, 2 ** 32, 2 ** 31, "5", null, [5], {}, () => 5, 5n, true];
    for (const name of ["maxSize", "maxKeys", "refusePrivateKeys", "maxTableMemory", "unknown", "toString", "__proto__"]) {
      for (const value of strange) {
        if (name === "refusePrivateKeys" && value === true) continue;
        const { reason, detail } = refusal(() => KeySet.parse(jwks, Object.fromEntries([[name, value]])));
        assert.deepEqual([reason, detail.member], ["option_invalid", name]);
      }
    }
    assert.equal(refusal(() => KeySet.parse(jwks, [])).reason, "option_invalid");
  });

  test("has no public constructor that would make an empty one", () => {
    assert.throws(() => new KeySet().keys, TypeError);
  });
});

describe("after dispose()", () => {
  test("each use says so", async () => {
    const keySet = KeySet.parse(jwks);
    const verifier = createVerifier({ jwks: keySet, issuer: null, audience: null });
    keySet.dispose();
    keySet.dispose();
    const isClear = { name: "TypeError", message: "this KeySet was disposed of: KeySet.parse() makes another one" };
    assert.throws(() => keySet.verifySync(good), isClear);
    assert.throws(() => keySet.keys, isClear);
    assert.throws(() => keySet.explain(good), isClear);
    assert.throws(() => verifySync(good, keySet), isClear);
    assert.throws(() => verifier.verifySync(good), isClear);
    await assert.rejects(keySet.verify(good), isClear);
    // Others with the same text have their own memory.
    assert.ok(verifySync(good, jwks, { currentDate }));
  });

  test("Symbol.dispose is the same", { skip: !Symbol.dispose }, () => {
    const keySet = KeySet.parse(jwks);
    keySet[Symbol.dispose]();
    assert.throws(() => keySet.keys, TypeError);
  });

  test("the memory is used again", () => {
    const large = { keys: Array.from({ length: 500 }, (_, i) => ({ ...signer("ES256").jwk, kid: `${i}` })) };
    const cycle = () => KeySet.parse(large).dispose();
    for (let i = 0; i < 5; i++) cycle();
    const before = memory();
    for (let i = 0; i < 50; i++) cycle();
    assert.equal(memory(), before);
  });
});

describe("raw sets", () => {
  const calls = (name, run) => {
    const { wasm } = core();
    let count = 0;
    // The exports of a module are frozen, the object that holds them is not.
    core().wasm = { ...wasm, [name]: (...args) => (count++, wasm[name](...args)) };
    try {
      run();
    } finally {
      core().wasm = wasm;
    }
    return count;
  };
  const named = (kid) => ({ keys: [{ ...signer("ES256").jwk, kid }] });
  const verifyNamed = (kid) => verifySync(jwtOf("ES256", claims, { kid }), named(kid), { currentDate });

  test("are parsed once for each text, whatever its form", () => {
    const set = named("once");
    const token = jwtOf("ES256", claims, { kid: "once" });
    const parsed = calls("bridge_key_set_parse", () => {
      for (const form of [set, structuredClone(set), JSON.stringify(set), Buffer.from(JSON.stringify(set))]) {
        verifySync(token, form, { currentDate });
      }
    });
    assert.equal(parsed, 1);
  });

  test("that change are noticed", () => {
    const set = named("before");
    const token = jwtOf("ES256", claims, { kid: "before" });
    assert.ok(verifySync(token, set, { currentDate }));
    set.keys[0].kid = "after";
    assert.equal(refusal(() => verifySync(token, set, { currentDate })).reason, "no_matching_key");
    set.keys.length = 0;
    assert.equal(refusal(() => verifySync(token, set, { currentDate })).reason, "no_matching_key");
  });

  test("beyond sixteen are given back, the least recently used first", () => {
    for (let i = 0; i < 16; i++) verifyNamed(`${i}`);
    assert.equal(calls("bridge_key_set_parse", () => verifyNamed("0")), 0);
    assert.equal(calls("touchstone_key_set_free", () => verifyNamed("16")), 1);
    assert.equal(calls("bridge_key_set_parse", () => verifyNamed("0")), 0);
    assert.equal(calls("bridge_key_set_parse", () => verifyNamed("1")), 1);
    const before = memory();
    for (let i = 0; i < 2000; i++) verifyNamed(`${i}`);
    assert.equal(memory(), before);
  });

  test("that are refused are not remembered", () => {
    const refuse = () => refusal(() => verifySync(good, "{}"));
    assert.equal(calls("bridge_key_set_parse", () => (refuse(), refuse())), 2);
  });

  test("options are read once for each text as well", () => {
    const options = () => ({ currentDate, issuer: "https://id.example", audience: ["api"] });
    const run = () => verifySync(good, jwks, options());
    run();
    assert.equal(calls("bridge_expectations_parse", run), 0);
    const before = memory();
    const freed = calls("touchstone_expectations_free", () => {
      for (let i = 0; i < 1000; i++) verifySync(good, jwks, { currentDate, requiredClaims: ["sub"], maxTokenSize: 5000 + i });
    });
    assert.ok(freed >= 1000 - 64, `${freed}`);
    assert.equal(memory(), before);
  });
});

test("the text of a set does not stay in the module's memory", () => {
  const holds = (text) => Buffer.from(core().bytes).includes(text);
  const { k } = signer("HS256").jwk;
  // As text alone has it: the parsed key has no quotation marks.
  const member = `"k":"${k}","kid"`;
  const set = (more) => JSON.stringify({ ...signer("HS256").jwk, ...more });
  const inScratch = set();
  const inBlock = set({ note: "é" });
  const large = set({ note: "x".repeat(100_000) });
  for (const text of [inScratch, inBlock, large]) {
    assert.ok(text.includes(member));
    KeySet.parse(text);
    assert.ok(!holds(member));
  }
  core().bytes.set(Buffer.from(member), core().wasm.malloc(member.length));
  assert.ok(holds(member));
});

test("a set that nobody holds any more is freed by the garbage collector", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc");
  const { wasm } = core();
  let freed = 0;
  core().wasm = { ...wasm, touchstone_key_set_free: (address) => (freed++, wasm.touchstone_key_set_free(address)) };
  for (let i = 0; i < 20; i++) KeySet.parse(jwks);
  for (let i = 0; i < 20 && freed === 0; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  core().wasm = wasm;
  assert.ok(freed > 0);
});
