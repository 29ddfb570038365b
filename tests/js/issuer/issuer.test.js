// createIssuer() on stores that are shared, slow, away or wrong.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import * as jose from "jose";
import { verifySync } from "touchstone";
import { createIssuer, generateSealingKey, memoryStore, seal, unseal } from "touchstone/issuer";
import { clockAt, hasty, refusalOf } from "./support.mjs";

const start = 1_800_000_000;
const url = "https://id.example";
const sealingKey = generateSealingKey();
const defaults = { issuer: url, sealingKey, policy: hasty };
const issuerOn = (store, more) => createIssuer({ ...defaults, store, ...more });
/** What the store holds. */
const keptIn = async (store) => unseal((await store.load()).text, sealingKey);

/** A store that can be away, and counts what is asked of it. */
function flakyStore(inner = memoryStore()) {
  const store = {
    asked: { load: 0, compareAndSwap: 0 },
    fault: undefined,
    load: () => act("load"),
    compareAndSwap: (...all) => act("compareAndSwap", ...all),
  };
  const act = async (name, ...all) => {
    store.asked[name] += 1;
    await sleep(1);
    if (store.fault) return store.fault();
    return inner[name](...all);
  };
  return store;
}
const away = () => Promise.reject(new Error("ECONNREFUSED"));

describe("one instance", () => {
  test("makes the first ring, signs, rotates as requests come, and every token verifies until it expires", async () => {
    const clock = clockAt(start);
    const told = [];
    const store = memoryStore();
    const issuer = issuerOn(store, { clock, onChange: (changes) => told.push(...changes.map(({ kind }) => kind)) });
    assert.deepEqual(issuer.health(), { isStoreAvailable: true });
    assert.equal(await store.load(), undefined, "nothing before it is needed");
    const tokens = [];
    for (; clock.seconds < start + 1500; clock.seconds += 10) {
      tokens.push(await issuer.sign({ sub: "ada" }));
      const jwks = await issuer.jwks();
      for (const { token } of tokens.slice(-6)) verifySync(token, jwks, { issuer: url, currentDate: clock() });
    }
    assert.deepEqual(told, ["published", "activated", "published", "retired", "activated", "removed", "published", "retired", "activated", "removed"]);
    assert.equal(new Set(tokens.map(({ kid }) => kid)).size, 3);
    const { ring, policy } = await keptIn(store);
    assert.equal(ring.active.kid, tokens.at(-1).kid);
    assert.equal(policy.rotateEvery, 600);
    assert.deepEqual((await issuer.keys()).map(({ kid }) => kid), ring.keys.map(({ kid }) => kid));
  });

  test("iss is its own", async () => {
    const issuer = issuerOn(memoryStore());
    const { token } = await issuer.sign({ sub: "ada" });
    assert.equal(jose.decodeJwt(token).iss, url);
    const error = await refusalOf(issuer.sign({ iss: "https://evil.example" }));
    assert.deepEqual([error.reason, error.detail.member], ["issuer_mismatch", "iss"]);
    assert.equal((await refusalOf(issuer.sign({ sub: 1 }))).reason, "claim_type_invalid");
    assert.equal((await refusalOf(issuer.sign({}, { expiresIn: 1e6 }))).reason, "token_lifetime_invalid");
  });

  test("rotate() by hand, and revoke() with its cost", async () => {
    const clock = clockAt(start);
    const issuer = issuerOn(memoryStore(), { clock });
    const { kid, token } = await issuer.sign({});
    assert.deepEqual((await issuer.rotate()).changes, []);
    assert.deepEqual((await issuer.rotate({ early: true })).changes.map(({ kind }) => kind), ["published"]);
    clock.seconds += 100;
    assert.equal((await issuer.jwks()).keys.length, 2);
    assert.notEqual((await issuer.sign({})).kid, kid);
    const cost = await issuer.revoke(kid);
    assert.deepEqual(cost.changes.map(({ kind }) => kind), ["revoked"]);
    assert.ok(cost.signatures >= 1 && cost.tokensUntil >= new Date((start + 60) * 1000));
    assert.equal((await refusalOf(async () => verifySync(token, await issuer.jwks()))).reason, "no_matching_key");
    const active = (await issuer.keys()).find(({ state }) => state === "active").kid;
    await issuer.revoke(active);
    assert.notEqual((await issuer.sign({})).kid, active);
    assert.equal((await refusalOf(issuer.revoke("nobody"))).reason, "ring_key_unknown");
    assert.equal(issuer.health().isStoreAvailable, true, "that was not the store's fault");
  });

  test("no key makes more signatures than it may, and rotation keeps up", async () => {
    const clock = clockAt(start);
    const store = memoryStore();
    const issuers = [1, 2, 3].map(() => issuerOn(store, { clock, policy: { ...hasty, maxSignatures: 48 } }));
    const made = new Map();
    for (let i = 0; i < 200; i += 1) {
      const signed = await issuers[i % 3].sign({}).catch((error) => error.reason);
      const name = signed.kid ?? signed;
      made.set(name, (made.get(name) ?? 0) + 1);
      clock.seconds += 6;
    }
    const exhausted = made.get("signing_key_exhausted") ?? 0;
    made.delete("signing_key_exhausted");
    for (const count of made.values()) assert.ok(count <= 48, `${count}`);
    assert.ok(made.size >= 5, `${made.size} keys`);
    assert.equal(exhausted, 0);
  });

  test("a first key of an issuer that has clients already is published ahead", async () => {
    const clock = clockAt(start);
    const issuer = issuerOn(memoryStore(), { clock, policy: { ...hasty, publishFirst: true } });
    assert.equal((await issuer.jwks()).keys.length, 1);
    assert.equal((await refusalOf(issuer.sign({}))).reason, "signing_key_missing");
    clock.seconds += 100;
    assert.ok(await issuer.sign({}));
  });

  test("the policy of the options takes the place of the store's once; without one that holds", async () => {
    const clock = clockAt(start);
    const store = memoryStore();
    await issuerOn(store, { clock }).sign({});
    const later = issuerOn(store, { clock, policy: { ...hasty, alg: "Ed25519" } });
    await later.jwks();
    assert.equal((await keptIn(store)).policy.alg, "Ed25519");
    const third = issuerOn(store, { clock, policy: undefined });
    clock.seconds += 500;
    assert.deepEqual((await third.jwks()).keys.map(({ alg }) => alg), ["ES256", "Ed25519"]);
    // Once: whoever started with another one does not bring it back.
    const fourth = issuerOn(store, { clock, policy: { ...hasty, alg: "ES384" } });
    await fourth.jwks();
    clock.seconds += 10;
    await later.rotate();
    assert.equal((await keptIn(store)).policy.alg, "ES384");
  });

  test("resume: a pending key waits for clients that back off", async () => {
    const clock = clockAt(start);
    const store = memoryStore();
    await issuerOn(store, { clock }).rotate({ early: true });
    clock.seconds += 99;
    await issuerOn(store, { clock, resume: true }).jwks();
    assert.deepEqual((await keptIn(store)).ring.pending.usableFrom, new Date((start + 99 + 40) * 1000));
  });

  test("a timer rotates, too, and stops", async () => {
    const clock = clockAt(start);
    const issuer = issuerOn(memoryStore(), { clock });
    issuer.start();
    issuer.start();
    while (!issuer.health().lastContact) await sleep(5);
    issuer.stop();
    assert.ok(issuer.health().nextRotation);
  });

  test("HMAC keys sign, and are not published", async () => {
    const issuer = issuerOn(memoryStore(), { policy: { ...hasty, alg: "HS256" } });
    const { token } = await issuer.sign({});
    assert.equal(jose.decodeProtectedHeader(token).alg, "HS256");
    assert.deepEqual(await issuer.jwks(), { keys: [] });
  });
});

describe("several instances on one store", () => {
  test("each rotation happens once, however many try at the same time", async () => {
    const clock = clockAt(start);
    const store = flakyStore();
    const told = [];
    const issuers = Array.from({ length: 8 }, () =>
      issuerOn(store, { clock, onChange: (changes) => told.push(...changes.map(({ kind, kid }) => `${kind} ${kid}`)) }));
    for (; clock.seconds <= start + 1300; clock.seconds += 50) {
      const sets = await Promise.all(issuers.map((issuer) => issuer.jwks()));
      for (const set of sets) assert.deepEqual(set, sets[0]);
      const signed = await Promise.all(issuers.map((issuer) => issuer.sign({})));
      assert.equal(new Set(signed.map(({ kid }) => kid)).size, 1);
      for (const { token } of signed) verifySync(token, sets[0], { currentDate: clock() });
    }
    assert.equal(told.length, new Set(told).size, "nothing is told twice");
    const kinds = told.map((line) => line.split(" ")[0]);
    assert.deepEqual(kinds.slice(0, 6), ["published", "activated", "published", "retired", "activated", "removed"]);
    // What each set aside is counted: at least what was signed.
    const { ring } = await keptIn(store);
    assert.ok(ring.active.signatures >= 8);
  });

  test("a revocation by one is known to the others within half the propagation", async () => {
    const clock = clockAt(start);
    const store = memoryStore();
    const [one, other] = [issuerOn(store, { clock }), issuerOn(store, { clock })];
    const { kid } = await other.sign({});
    await one.revoke(kid);
    clock.seconds += hasty.propagation / 2;
    assert.notEqual((await other.sign({})).kid, kid);
    assert.ok(!(await other.jwks()).keys.some((key) => key.kid === kid));
  });

  test("requests at once share a look at the store", async () => {
    const store = flakyStore();
    const issuer = issuerOn(store);
    await Promise.all(Array.from({ length: 50 }, () => issuer.sign({})));
    // One makes the ring; the rest set 16, 32 and 64 signatures aside.
    assert.deepEqual(store.asked, { load: 4, compareAndSwap: 4 });
    store.asked.load = 0;
    await Promise.all(Array.from({ length: 10 }, () => issuer.jwks()));
    assert.equal(store.asked.load, 0);
  });

  test("half of what was set aside is there when the store goes away, and no more is signed than that", async () => {
    const store = flakyStore();
    const issuer = issuerOn(store);
    for (let i = 0; i < 100; i += 1) await issuer.sign({});
    store.fault = away;
    let signed = 0;
    while (await issuer.sign({}).catch(({ reason }) => assert.equal(reason, "store_unavailable"))) signed += 1;
    const { active } = (await (store.fault = undefined, keptIn(store))).ring;
    assert.equal(100 + signed, active.signatures);
    assert.ok(signed >= 32, `${signed}`);
  });

  const inWorkers = (t) => {
    const agent = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Cloudflare-Workers" }, configurable: true });
    t.after(() => Object.defineProperty(globalThis, "navigator", agent ?? { value: undefined, configurable: true }));
  };

  test("in Workers no request waits for another's", async (t) => {
    inWorkers(t);
    const store = flakyStore();
    const issuer = issuerOn(store);
    const signed = await Promise.all(Array.from({ length: 5 }, () => issuer.sign({})));
    assert.equal(new Set(signed.map(({ kid }) => kid)).size, 1);
    assert.ok(store.asked.load >= 5);
  });

  test("in Workers a look at the store that ends late brings nothing back", async (t) => {
    inWorkers(t);
    const clock = clockAt(start);
    const inner = memoryStore();
    let gate = Promise.resolve();
    const load = async () => {
      const [stored] = await Promise.all([inner.load(), gate]);
      return stored;
    };
    const issuer = issuerOn({ ...inner, load }, { clock });
    const { kid } = await issuer.sign({});
    clock.seconds += 10;
    let open;
    gate = new Promise((resolve) => (open = resolve));
    const late = issuer.jwks();
    gate = Promise.resolve();
    clock.seconds += 1;
    await issuer.revoke(kid);
    open();
    assert.ok(!(await late).keys.some((key) => key.kid === kid));
    assert.ok(!(await issuer.jwks()).keys.some((key) => key.kid === kid));
    assert.notEqual((await issuer.sign({})).kid, kid);
  });
});

describe("a store that fails", () => {
  test("away: the set is served and tokens are signed from memory until other instances may have moved on", async () => {
    const clock = clockAt(start);
    const store = flakyStore();
    const errors = [];
    const issuer = issuerOn(store, { clock, onStoreError: (error) => errors.push(error) });
    await issuer.sign({});
    const { signsUntil } = issuer.health();
    assert.deepEqual(signsUntil, new Date((start + 100 - 60 - 5) * 1000));
    store.fault = away;
    clock.seconds = start + 34;
    assert.ok(await issuer.sign({}));
    const health = issuer.health();
    assert.ok(health.error.cause);
    assert.deepEqual([health.isStoreAvailable, health.error.reason, health.error.cause.message], [false, "store_unavailable", "ECONNREFUSED"]);
    assert.equal(errors.length, 1);
    const { asked: { load } } = store;
    await issuer.jwks();
    assert.equal(store.asked.load, load, "not asked again at once");
    clock.seconds = start + 36;
    assert.equal((await refusalOf(issuer.sign({}))).reason, "store_unavailable");
    clock.seconds = start + 5000;
    assert.equal((await issuer.jwks()).keys.length, 1, "the set is still there");
    store.fault = undefined;
    clock.seconds += 5;
    assert.ok(await issuer.sign({}));
    assert.equal(issuer.health().isStoreAvailable, true);
  });

  test("away while a key's time ends: the key goes all the same, and nothing unsaved is published", async () => {
    const clock = clockAt(start);
    const store = flakyStore();
    const issuer = issuerOn(store, { clock });
    await issuer.sign({});
    for (const seconds of [500, 600]) {
      clock.seconds = start + seconds;
      await issuer.jwks();
    }
    const both = await issuer.fetch(new Request(`${url}/.well-known/jwks.json`));
    assert.equal((await both.json()).keys.length, 2);
    store.fault = away;
    clock.seconds = start + 701;
    const one = await issuer.fetch(new Request(`${url}/.well-known/jwks.json`));
    assert.deepEqual((await one.json()).keys.map(({ kid }) => kid), (await issuer.keys()).filter(({ state }) => state === "active").map(({ kid }) => kid));
    assert.notEqual(one.headers.get("etag"), both.headers.get("etag"));
  });

  test("away just after a rotation: what is left for the retired key is used, for tokens that expire while it is in the set", async () => {
    const clock = clockAt(start);
    const store = flakyStore();
    const issuer = issuerOn(store, { clock });
    const { kid } = await issuer.sign({});
    for (const seconds of [500, 600, 625]) {
      clock.seconds = start + seconds;
      await issuer.jwks();
    }
    store.fault = away;
    const { state, removeAt } = (await issuer.keys()).find((key) => key.kid === kid);
    assert.equal(state, "retiring");
    const latest = removeAt / 1000 - 60 - 5;
    assert.equal(latest, start + 635);
    const first = await issuer.sign({});
    assert.equal(first.kid, kid);
    const { lastContact, signsUntil } = issuer.health();
    assert.deepEqual([lastContact, signsUntil], [new Date((start + 625) * 1000), new Date(latest * 1000)]);
    const { load } = store.asked;
    await issuer.sign({});
    assert.equal(store.asked.load, load, "not asked again at once");
    clock.seconds = latest;
    const last = await issuer.sign({});
    assert.equal(last.kid, kid);
    assert.ok(jose.decodeJwt(last.token).exp <= removeAt / 1000 - 5);
    clock.seconds = latest + 1;
    assert.equal((await refusalOf(issuer.sign({}))).reason, "store_unavailable");
    assert.deepEqual(issuer.health().signsUntil, signsUntil);
    store.fault = undefined;
    clock.seconds += 5;
    assert.notEqual((await issuer.sign({})).kid, kid);
  });

  test("away just after a revocation: what is left for the key is left", async () => {
    const clock = clockAt(start);
    const store = flakyStore();
    const issuer = issuerOn(store, { clock });
    const { kid } = await issuer.sign({});
    await issuerOn(store, { clock }).revoke(kid);
    clock.seconds += 60;
    assert.ok(!(await issuer.jwks()).keys.some((key) => key.kid === kid));
    store.fault = away;
    assert.equal((await refusalOf(issuer.sign({}))).reason, "store_unavailable");
  });

  test("slow: a key that is published late signs as much later", async () => {
    const clock = clockAt(start);
    const inner = memoryStore();
    let delay = 0;
    const store = { ...inner, load: () => sleep(delay).then(() => inner.load()) };
    const issuer = issuerOn(store, { clock });
    await issuer.sign({});
    const { publishAhead } = (await keptIn(inner)).policy;
    clock.seconds += 600;
    delay = 1200;
    await issuer.jwks();
    const { publishedAt, usableFrom } = (await issuer.keys()).find(({ state }) => state === "pending");
    const later = (usableFrom - publishedAt) / 1000 - publishAhead;
    assert.ok(later >= 1.19 && later < 5, `${later} s later`);
    assert.deepEqual(issuer.health().nextRotation, usableFrom);
  });

  test("away from the start", async () => {
    const issuer = issuerOn({ load: away, compareAndSwap: away });
    for (const tried of [() => issuer.sign({}), () => issuer.jwks(), () => issuer.rotate(), () => issuer.revoke("x")])
      assert.equal((await refusalOf(tried)).reason, "store_unavailable");
    assert.equal((await issuer.fetch(new Request(`${url}/.well-known/jwks.json`))).status, 503);
  });

  test("one that never answers, and one that never lets a change in", async () => {
    const hanging = issuerOn({ load: () => new Promise(() => {}), compareAndSwap: away }, { timeout: 0.02 });
    const error = await refusalOf(hanging.sign({}));
    assert.deepEqual([error.reason, error.detail.hint], ["store_unavailable", "time-out"]);
    const busy = issuerOn({ load: async () => undefined, compareAndSwap: async () => undefined });
    assert.equal((await refusalOf(busy.sign({}))).reason, "store_conflict");
    const throwing = issuerOn({ load() { throw new Error("at once"); }, compareAndSwap: away });
    assert.equal((await refusalOf(throwing.sign({}))).reason, "store_unavailable");
  });

  test("what is in it under another key, in the clear, or broken, is neither used nor replaced", async () => {
    const store = memoryStore();
    await issuerOn(store).sign({});
    const before = await store.load();
    for (const [more, reason] of [
      [{ sealingKey: generateSealingKey() }, "sealing_key_mismatch"],
      [{ sealingKey: null }, "sealing_key_missing"],
      [{ sealingKey: "short" }, "sealing_key_malformed"],
      [{ sealingKey: async () => generateSealingKey() }, "sealing_key_mismatch"],
      [{ sealingKey: async () => { throw new Error("the KMS is away"); } }, "store_unavailable"],
    ]) {
      assert.equal((await refusalOf(issuerOn(store, more).sign({}))).reason, reason);
    }
    const { ring, policy } = await keptIn(store);
    for (const [text, reason] of [[seal(ring, policy, null), "ring_not_sealed"], ["{}", "ring_not_sealed"], [before.text.slice(1), "sealed_ring_corrupt"]]) {
      const other = memoryStore();
      await other.compareAndSwap(undefined, text);
      assert.equal((await refusalOf(issuerOn(other).sign({}))).reason, reason);
      assert.equal((await other.load()).text, text);
    }
    assert.deepEqual(await store.load(), before);
  });

  test("a sealing key from a callback is asked for once, and again when the store has moved to another", async () => {
    const clock = clockAt(start);
    const store = memoryStore();
    const keys = [sealingKey];
    let asked = 0;
    const issuer = issuerOn(store, { clock, sealingKey: async () => (asked++, keys.at(-1)) });
    await issuer.sign({});
    await issuer.sign({});
    assert.equal(asked, 1);
    const { ring, policy } = await keptIn(store);
    keys.push(generateSealingKey());
    await store.compareAndSwap((await store.load()).version, seal(ring, policy, keys.at(-1)));
    clock.seconds += 10;
    await issuer.jwks();
    assert.equal(issuer.health().error.reason, "sealing_key_mismatch");
    clock.seconds += 5;
    await issuer.jwks();
    assert.deepEqual([issuer.health().isStoreAvailable, asked], [true, 2]);
  });
});

test("options that cannot be kept are refused at once", async () => {
  const store = memoryStore();
  for (const [more, reason, member] of [
    [{ issuer: undefined }, "option_invalid", "issuer"],
    [{ issuer: "http://id.example" }, "issuer_invalid"],
    [{ issuer: "id.example" }, "issuer_invalid"],
    [{ jwksUri: "http://id.example/jwks" }, "jwks_uri_invalid"],
    [{ store: {} }, "option_invalid", "store"],
    [{ sealingKey: undefined }, "option_invalid", "sealingKey"],
    [{ sealingKey: 1 }, "option_invalid", "sealingKey"],
    [{ policy: { retain: 1 } }, "option_invalid", "retain"],
    [{ policy: 1 }, "option_invalid", "policy"],
    [{ metadata: { jwks_uri: "x" } }, "option_invalid", "jwks_uri"],
    [{ timeout: 0 }, "option_invalid", "timeout"],
    [{ clock: 1 }, "option_invalid", "clock"],
    [{ audience: "x" }, "option_invalid", "audience"],
  ]) {
    const error = await refusalOf(() => issuerOn(store, more));
    assert.equal(error.reason, reason, error.message);
    if (member) assert.equal(error.detail.member, member);
  }
  assert.equal((await refusalOf(() => createIssuer())).reason, "option_invalid");
});
