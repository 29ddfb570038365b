// Remote key sets: what JavaScript adds to the policy, which remote-scenarios.test.js judges.
import assert from "node:assert/strict";
import { after, beforeEach, describe, mock, test } from "node:test";
import {
  createRemoteKeySet, createVerifier, discover, explain, kvCache, verify, verifyJws, verifyJwsSync, verifySync,
} from "touchstone";
import { core, remoteKeys } from "../../dist/internals.js";
import { claims, jwksOf, jwtOf, now, refusal } from "./support.mjs";

const url = "https://id.example/jwks.json";
const token = jwtOf("ES256");

/** A provider behind a `fetch`. */
class Provider {
  requests = [];
  set = jwksOf("ES256");
  headers = { "cache-control": "max-age=600" };
  status = 200;
  /** Holds the answers back while it is pending. */
  gate = undefined;

  fetch = async (at, { headers, signal }) => {
    this.requests.push({ url: at, headers: Object.fromEntries(headers) });
    if (this.gate) await Promise.race([this.gate, aborted(signal)]);
    if (this.status === 0) throw new TypeError("fetch failed");
    const document = typeof this.set === "function" ? this.set(at) : this.set;
    if (document === undefined) return new Response("", { status: 404 });
    const body = this.status === 304 ? null : JSON.stringify(document);
    return new Response(body, { status: this.status, headers: this.headers });
  };

  hold() {
    const { promise, resolve } = withResolvers();
    this.gate = promise;
    return () => {
      this.gate = undefined;
      resolve();
    };
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
const aborted = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
/** What is under way behind an answer, a fetch say, has ended. */
async function settle() {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function rejection(promise) {
  return promise.then(
    () => assert.fail("nothing was refused"),
    (error) => {
      if (error?.constructor?.name !== "TouchstoneError") throw error;
      return error;
    },
  );
}

let provider;
const remoteOf = (options = {}) => createRemoteKeySet(url, { fetch: provider.fetch, ...options });
const pass = (seconds) => mock.timers.setTime(Date.now() + seconds * 1000);
const eventsOf = (remote) => {
  const told = [];
  for (const type of [
    "fetched", "not_modified", "restored", "failed", "served_stale", "cooling_down", "refused", "key_appeared", "key_removed",
  ]) {
    remote.events.addEventListener(type, ({ kid, error }) => told.push([type, kid ?? error?.reason].filter(Boolean).join(" ")));
  }
  return told;
};

mock.timers.enable({ apis: ["Date"], now: now * 1000 });
after(() => mock.timers.reset());
beforeEach(() => {
  mock.timers.setTime(now * 1000);
  provider = new Provider();
});

/** A token that is good whatever the time of a test. */
const lasting = (alg, more = {}) => jwtOf(alg, { ...claims, exp: now + 1e6, ...more });

describe("a remote set", () => {
  test("is fetched when it is needed, once", async () => {
    const remote = remoteOf();
    assert.equal(provider.requests.length, 0);
    assert.equal(remote.times, undefined);
    const verified = await verify(token, remote, { issuer: claims.iss, audience: claims.aud });
    assert.equal(verified.payload.sub, "ada");
    assert.equal(verified.key.kid, "ES256");
    await verify(token, remote);
    assert.equal(verifySync(token, remote).payload.sub, "ada");
    assert.equal(provider.requests.length, 1);
    assert.equal(provider.requests[0].url, url);
    assert.match(provider.requests[0].headers.Accept, /application\/jwk-set\+json/);
    assert.equal(remote.times.fetched.getTime(), now * 1000);
    assert.equal(remote.times.expires.getTime(), (now + 600) * 1000);
  });

  test("1,000 verifications of a cold set make one request", async () => {
    const release = provider.hold();
    const remote = remoteOf();
    const verdicts = Array.from({ length: 1000 }, () => verify(token, remote));
    await settle();
    release();
    for (const { payload } of await Promise.all(verdicts)) assert.equal(payload.sub, "ada");
    assert.equal(provider.requests.length, 1);
  });

  test("on expiry none waits", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    pass(601);
    const release = provider.hold();
    const good = lasting("ES256");
    for (let i = 0; i < 1000; i++) assert.ok(verifySync(good, remote));
    assert.ok(await verify(good, remote));
    assert.equal(provider.requests.length, 2);
    release();
    await settle();
    assert.equal(provider.requests.length, 2);
  });

  test("is fetched again ahead of its time", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    pass(590);
    assert.ok(verifySync(lasting("ES256"), remote));
    await settle();
    assert.equal(provider.requests.length, 2);
    assert.equal(remote.times.fetched.getTime(), (now + 590) * 1000);
  });

  test("asks conditionally, and keeps the set that is confirmed", async () => {
    provider.headers.etag = '"v1"';
    const remote = remoteOf();
    const told = eventsOf(remote);
    await remote.hydrate();
    provider.status = 304;
    pass(700);
    assert.ok(await verify(lasting("ES256"), remote));
    await settle();
    assert.equal(provider.requests[1].headers["If-None-Match"], '"v1"');
    assert.deepEqual(told.filter((event) => event === "not_modified").length, 1);
    assert.ok(verifySync(lasting("ES256"), remote));
  });

  test("at once there is only what is there", async () => {
    const remote = remoteOf();
    const { reason, code, number } = refusal(() => verifySync(token, remote));
    assert.deepEqual([reason, code, number], ["jwks_not_ready", "ERR_TOUCHSTONE_JWKS_NOT_READY", 627]);
    assert.equal(refusal(() => explain(token, remote)).reason, "jwks_not_ready");
    await settle(); // it was asked for meanwhile
    assert.equal(provider.requests.length, 1);
    assert.ok(verifySync(token, remote));
    assert.equal(explain(token, remote).valid, true);
    const { payload } = await verifyJws(token, remote);
    assert.equal(JSON.parse(Buffer.from(payload)).sub, "ada");
  });

  test("a key that appears is found, one that is removed is gone", async () => {
    const remote = remoteOf();
    const told = eventsOf(remote);
    await remote.hydrate();
    provider.set = jwksOf("PS256");
    pass(31);
    assert.ok(await verify(jwtOf("PS256"), remote));
    assert.equal(provider.requests.length, 2);
    const { reason } = refusal(() => verifySync(token, remote));
    assert.equal(reason, "no_matching_key");
    assert.deepEqual(told.slice(-3), ["key_removed ES256", "key_appeared PS256", "fetched"]);
  });

  test("a key that is missed at once is there the next time", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    provider.set = jwksOf("ES256", "PS256");
    pass(31);
    assert.equal(refusal(() => verifySync(jwtOf("PS256"), remote)).reason, "no_matching_key");
    await settle();
    assert.ok(verifySync(jwtOf("PS256"), remote));
  });

  test("a clock that is set back is not trusted with what it said before", async () => {
    const remote = remoteOf();
    const told = eventsOf(remote);
    await remote.hydrate();
    assert.ok(verifySync(token, remote));
    pass(-100);
    assert.ok(verifySync(lasting("ES256", { iat: now - 1000 }), remote));
    assert.ok(told.includes("served_stale"));
  });

  test("keys that came meanwhile are not fetched once more", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    const keys = remote[remoteKeys];
    const before = keys.warm();
    provider.set = jwksOf("PS256");
    pass(31);
    await remote.reload();
    const refused = refusal(() => verifySync(token, remote));
    const after = await keys.newer(token, before, refused, {});
    assert.equal(after, keys.warm());
    assert.equal(provider.requests.length, 2);
  });

  test("a key that nobody has is looked for once, and the refusal says what was considered", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    pass(31);
    const stranger = jwtOf("ES256", claims, { kid: "stranger" });
    const first = await rejection(verify(stranger, remote));
    assert.equal(first.reason, "no_matching_key");
    await Promise.all(Array.from({ length: 100 }, () => rejection(verify(stranger, remote))));
    assert.equal(provider.requests.length, 2);
    const { alg, ...withoutAlg } = jwksOf("ES256").keys[0];
    provider.set = { keys: [withoutAlg] };
    const { detail } = await rejection(verify(token, remoteOf(), { requireKeyAlg: true }));
    assert.deepEqual(detail.keys, [{ index: 0, reason: "key_alg_missing" }]);
    const [header, payload, signature] = stranger.split(".");
    const inJson = { protected: header, payload, signature };
    assert.equal((await rejection(verifyJws(inJson, remote))).reason, "no_matching_key");
    assert.equal(refusal(() => verifyJwsSync(inJson, remote)).reason, "no_matching_key");
  });

  test("a flood of unknown kids makes no more requests than the policy allows", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    const [, payload, signature] = token.split(".");
    const memory = () => core().wasm.memory.buffer.byteLength;
    const before = memory();
    const count = 100_000;
    for (let i = 0; i < count; i++) {
      mock.timers.setTime((now + (60 * i) / count) * 1000);
      const kid = Buffer.from(JSON.stringify({ alg: "ES256", kid: `k${i}` })).toString("base64url");
      try {
        verifySync(`${kid}.${payload}.${signature}`, remote);
        assert.fail("it was not refused");
      } catch (error) {
        assert.equal(error.reason, "no_matching_key");
      }
      if (i % 1000 === 0) {
        await settle();
        assert.ok(verifySync(token, remote));
      }
    }
    // Two in an interval of 30 seconds, of which a minute touches three.
    assert.ok(provider.requests.length >= 3 && provider.requests.length <= 6, `${provider.requests.length} requests`);
    assert.ok(memory() - before <= 1 << 20, `${memory() - before} bytes more`);
  });

  test("an outage is survived with the last good set, and ends with the reason", async () => {
    const remote = remoteOf();
    const told = eventsOf(remote);
    await remote.hydrate();
    provider.status = 503;
    const good = lasting("ES256");
    pass(1000);
    assert.ok(await verify(good, remote)); // once it is known that the provider fails
    pass(3000);
    assert.ok(await verify(good, remote));
    await settle();
    assert.ok(told.includes("failed fetch_failed") && told.includes("served_stale"));
    pass(3600);
    const { reason, cause } = await rejection(verify(good, remote));
    assert.equal(reason, "fetch_failed");
    assert.match(cause.message, /status 503/);
    provider.status = 200;
    pass(700);
    assert.ok(await verify(good, remote));
  });

  test("says what its fetch met", async () => {
    provider.status = 0;
    const { reason, cause } = await rejection(verify(token, remoteOf()));
    assert.equal(reason, "fetch_failed");
    assert.equal(cause.cause.message, "fetch failed");
    const insecure = createRemoteKeySet("http://id.example/jwks", { fetch: provider.fetch });
    assert.equal((await rejection(insecure.hydrate())).reason, "fetch_insecure");
    provider.hold();
    assert.equal((await rejection(remoteOf({ timeout: 0.05 }).hydrate())).reason, "fetch_timed_out");
    provider = new Provider();
    provider.set = { keys: [] };
    assert.equal((await rejection(remoteOf().hydrate())).reason, "jwks_no_usable_keys");
  });

  test("reload fetches, waits and says how it went", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    assert.equal((await rejection(remote.reload().then(() => remote.reload()))).reason, "jwks_cooling_down");
    pass(61);
    provider.set = jwksOf("PS256");
    await remote.reload();
    assert.ok(verifySync(jwtOf("PS256"), remote));
    pass(61);
    provider.status = 500;
    assert.equal((await rejection(remote.reload())).reason, "fetch_failed");
    assert.ok(verifySync(jwtOf("PS256"), remote));
  });

  test("who gives up does so alone", async () => {
    const release = provider.hold();
    const remote = remoteOf();
    const controller = new AbortController();
    const impatient = verify(token, remote, { signal: controller.signal });
    const patient = verify(token, remote);
    controller.abort(new Error("enough"));
    await assert.rejects(impatient, /enough/);
    await assert.rejects(verify(token, remote, { signal: AbortSignal.abort(new Error("before")) }), /before/);
    release();
    assert.ok(await patient);
    assert.equal(provider.requests.length, 1);
  });

  test("waitUntil is given what goes on behind an answer", async () => {
    const promises = [];
    const remote = remoteOf({ waitUntil: (promise) => promises.push(promise) });
    await remote.hydrate();
    assert.equal(promises.length, 0);
    pass(601);
    assert.ok(verifySync(lasting("ES256"), remote));
    assert.equal(promises.length, 1);
    await promises[0];
    pass(601);
    const own = [];
    assert.ok(await verify(lasting("ES256"), remote, { waitUntil: (promise) => own.push(promise) }));
    assert.deepEqual([promises.length, own.length], [1, 1]);
  });

  test("isolated requests make their own fetches, and wait for no other's", async () => {
    const never = new Promise(() => {});
    provider.gate = never;
    const remote = remoteOf({ isolateRequests: true });
    const controller = new AbortController();
    const lost = verify(token, remote, { signal: controller.signal });
    await settle();
    provider.gate = undefined;
    assert.ok(await verify(token, remote)); // while the first one hangs
    assert.equal(provider.requests.length, 2);
    controller.abort(new Error("gone"));
    await assert.rejects(lost, /gone/);
    const other = remoteOf({ isolateRequests: true });
    const leaving = new AbortController();
    provider.gate = never;
    const left = verify(token, other, { signal: leaving.signal });
    await settle();
    leaving.abort(new Error("gone"));
    await assert.rejects(left, /gone/);
    provider.gate = undefined;
    assert.ok(await verify(token, other)); // the provider was not at fault
    provider.requests.length = 2;
    assert.ok(verifySync(token, remote));
    assert.equal(provider.requests.length, 2);
  });

  test("a listener hears of keys and failures", async () => {
    const remote = remoteOf();
    const { promise, resolve } = withResolvers();
    remote.events.addEventListener("key_appeared", resolve);
    await remote.hydrate();
    const event = await promise;
    assert.ok(event instanceof Event);
    assert.deepEqual([event.type, event.kid, event.at.getTime()], ["key_appeared", "ES256", now * 1000]);
    assert.match(event.thumbprint, /^[\w-]{43}$/);
  });

  test("goes on from its last snapshot when the module had to be replaced", async () => {
    const remote = remoteOf();
    await remote.hydrate();
    const instance = core();
    const trap = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    assert.throws(() => instance.call(trap), { reason: "out_of_memory" });
    assert.notEqual(core(), instance);
    assert.ok(verifySync(token, remote));
    assert.ok(await verify(token, remote));
    assert.equal(provider.requests.length, 1);
  });
});

describe("snapshots and shared caches", () => {
  test("a snapshot saves the first request", async () => {
    const first = remoteOf();
    assert.equal(first.snapshot(), undefined);
    await first.hydrate();
    pass(100);
    const second = remoteOf({ snapshot: first.snapshot() });
    assert.ok(verifySync(token, second));
    assert.equal(provider.requests.length, 1);
    assert.equal(second.times.expires.getTime(), (now + 600) * 1000);
    assert.equal(refusal(() => remoteOf({ snapshot: "{}" })).reason, "snapshot_invalid");
    assert.equal(refusal(() => remoteOf().restore(1)).reason, "option_invalid");
    provider.headers["cache-control"] = "no-store";
    const secret = remoteOf();
    await secret.hydrate();
    assert.equal(secret.snapshot(), undefined);
  });

  /** A KV namespace in memory. */
  const kvOf = (entries = new Map()) => ({
    entries,
    get: async (key) => entries.get(key)?.value ?? null,
    put: async (key, value, { expirationTtl }) => void entries.set(key, { value, expirationTtl }),
  });

  test("machines that share a cache fetch once between them", async () => {
    const kv = kvOf();
    const machines = Array.from({ length: 3 }, () => remoteOf({ sharedCache: kvCache(kv) }));
    for (const machine of machines) assert.ok(await verify(token, machine));
    assert.equal(provider.requests.length, 1);
    const [[key, { expirationTtl }]] = kv.entries;
    assert.equal(key, `touchstone:${url}`);
    assert.equal(expirationTtl, 600 + 3600);
    // And so they do when it is time for another.
    pass(590);
    for (const machine of machines) {
      assert.ok(await verify(lasting("ES256"), machine));
      await settle();
    }
    assert.equal(provider.requests.length, 2);
  });

  test("a key that the shared set does not have either is asked of the provider", async () => {
    const kv = kvOf();
    const [a, b] = Array.from({ length: 2 }, () => remoteOf({ sharedCache: kvCache(kv) }));
    await a.hydrate();
    await b.hydrate();
    provider.set = jwksOf("ES256", "PS256");
    pass(31);
    assert.ok(await verify(jwtOf("PS256"), a));
    assert.equal(provider.requests.length, 2);
    assert.ok(await verify(jwtOf("PS256"), b)); // found in the cache
    assert.equal(provider.requests.length, 2);
  });

  test("a shared cache that fails, lies or hangs is gone without", async () => {
    const broken = { get: async () => { throw new Error("down"); }, put: async () => { throw new Error("down"); } };
    const lying = { get: async () => '{"version":1,"jwks":"{}"}', put: async () => {} };
    const hanging = { get: () => new Promise(() => {}), put: () => new Promise(() => {}) };
    for (const [position, sharedCache] of [broken, lying, hanging].entries()) {
      assert.ok(await verify(token, remoteOf({ sharedCache, timeout: 0.1 })));
      assert.equal(provider.requests.length, position + 1);
    }
  });
});

describe("discovery", () => {
  const issuer = claims.iss;
  const metadata = { issuer, jwks_uri: url, id_token_signing_alg_values_supported: ["ES256"] };
  const well = `${issuer}/.well-known/openid-configuration`;
  const oauth = `${issuer}/.well-known/oauth-authorization-server`;
  const documents = (more) => (at) => ({ [well]: metadata, [url]: jwksOf("ES256"), ...more })[at];

  test("from the issuer's name to a verdict", async () => {
    provider.set = documents();
    const remote = await discover(issuer, { fetch: provider.fetch });
    assert.deepEqual(provider.requests.map((request) => request.url), [well, url]);
    assert.deepEqual(remote.metadata, { issuer, jwksUri: url, idTokenSigningAlgValuesSupported: ["ES256"] });
    assert.equal(remote.issuer, issuer);
    const verified = await verify(token, remote, { audience: "api" });
    assert.deepEqual(verified.unchecked, []);
  });

  test("OAuth's metadata, where there is no OpenID Connect's", async () => {
    provider.set = documents({ [well]: undefined, [oauth]: metadata });
    await discover(issuer, { fetch: provider.fetch });
    assert.deepEqual(provider.requests.map((request) => request.url), [well, oauth, url]);
  });

  test("only this issuer's tokens, whatever its keys sign", async () => {
    provider.set = documents();
    const remote = await discover(issuer, { fetch: provider.fetch });
    const other = jwtOf("ES256", { ...claims, iss: "https://other.example" });
    assert.equal((await rejection(verify(other, remote))).reason, "issuer_mismatch");
    assert.equal(refusal(() => verifySync(jwtOf("ES256", { exp: now + 9 }), remote)).reason, "claim_missing");
    const asked = await rejection(verify(other, remote, { issuer: "https://other.example" }));
    assert.deepEqual([asked.reason, asked.detail.member], ["option_invalid", "issuer"]);
    assert.equal(explain(other, remote).error.reason, "issuer_mismatch");
  });

  test("metadata that is not to be trusted", async () => {
    for (const [document, reason] of [
      [{ ...metadata, issuer: `${issuer}/` }, "metadata_issuer_mismatch"],
      [{ ...metadata, jwks_uri: "http://id.example/jwks" }, "jwks_uri_invalid"],
      [{ ...metadata, jwks_uri: "https://10.0.0.1/jwks" }, "private_address"],
      [{ issuer }, "metadata_member_invalid"],
      [[], "metadata_malformed"],
    ]) {
      provider = new Provider();
      provider.set = documents({ [well]: document });
      const error = await rejection(discover(issuer, { fetch: provider.fetch }));
      assert.equal(error.reason, reason);
      assert.equal(provider.requests.length, 1);
    }
    provider.set = () => undefined;
    const { reason, cause } = await rejection(discover(issuer, { fetch: provider.fetch }));
    assert.equal(reason, "fetch_failed");
    assert.match(cause.message, /no metadata: status 404/);
    assert.equal((await rejection(discover("id.example"))).reason, "issuer_invalid");
  });

  test("a set that moves is found again after a failure", async () => {
    provider.headers.etag = '"v1"';
    provider.set = documents();
    const remote = await discover(issuer, { fetch: provider.fetch });
    const moved = "https://id.example/moved";
    provider.set = documents({ [url]: undefined, [well]: { ...metadata, jwks_uri: moved }, [moved]: jwksOf("PS256") });
    pass(700);
    await rejection(verify(lasting("PS256"), remote));
    pass(100);
    assert.ok(await verify(lasting("PS256"), remote));
    assert.equal(provider.requests.at(-1).url, moved);
    assert.equal("If-None-Match" in provider.requests.at(-1).headers, false); // it was the other's
  });
});

describe("createVerifier with a remote set", () => {
  test("by the URL of a set", async () => {
    const verifier = createVerifier({ jwksUri: url, remote: { fetch: provider.fetch }, issuer: claims.iss, audience: "api" });
    assert.equal(refusal(() => verifier.verifySync(token)).reason, "jwks_not_ready");
    await settle();
    assert.ok(verifier.verifySync(token));
    assert.ok(await verifier.verify(token));
    assert.equal(verifier.explain(token).valid, true);
    const other = jwtOf("ES256", { ...claims, iss: "https://other.example" });
    assert.equal((await rejection(verifier.verify(other))).reason, "issuer_mismatch");
  });

  test("each issuer's tokens by its own keys", async () => {
    const [a, b] = ["https://a.example", "https://b.example"];
    provider.set = (at) => {
      const { origin, pathname } = new URL(at);
      if (pathname !== "/keys") return { issuer: origin, jwks_uri: `${origin}/keys` };
      return jwksOf(origin === a ? "ES256" : "PS256");
    };
    const verifier = createVerifier({ discover: [a, b], remote: { fetch: provider.fetch }, audience: "api" });
    const of = (alg, iss) => jwtOf(alg, { ...claims, iss }, { kid: undefined });
    assert.ok(await verifier.verify(of("ES256", a)));
    assert.ok(await verifier.verify(of("PS256", b)));
    assert.ok(verifier.verifySync(of("PS256", b)));
    assert.equal((await rejection(verifier.verify(of("PS256", a)))).reason, "key_alg_mismatch");
    assert.equal((await rejection(verifier.verify(of("ES256", "https://c.example")))).reason, "issuer_unknown");
    assert.equal((await rejection(verifier.verify(jwtOf("ES256", "[]")))).reason, "issuer_unknown");
    assert.equal((await rejection(verifier.verify("x"))).reason, "token_malformed");
    const some = createVerifier({ discover: [a, b], issuer: b, remote: { fetch: provider.fetch }, audience: "api" });
    assert.equal((await rejection(some.verify(of("PS256", a)))).reason, "issuer_mismatch");
  });

  test("hydrate brings the keys of all issuers, or the reason why one has none", async () => {
    const [a, b] = ["https://a.example", "https://b.example"];
    provider.set = (at) => {
      const { origin, pathname } = new URL(at);
      if (pathname === "/keys") return jwksOf("ES256");
      return { issuer: origin === "https://c.example" ? a : origin, jwks_uri: `${origin}/keys` };
    };
    const options = { remote: { fetch: provider.fetch }, audience: "api" };
    const verifier = createVerifier({ ...options, discover: [a, b] });
    await verifier.hydrate();
    const requests = provider.requests.length;
    for (const iss of [a, b]) assert.ok(verifier.verifySync(jwtOf("ES256", { ...claims, iss }, { kid: undefined })));
    assert.equal(provider.requests.length, requests);
    const wrong = createVerifier({ ...options, discover: [a, "https://c.example"] });
    assert.equal((await rejection(wrong.hydrate())).reason, "metadata_issuer_mismatch");
    await createVerifier({ jwks: jwksOf("ES256"), issuer: null, audience: null }).hydrate();
  });

  test("a remembered token goes with its key", async () => {
    const verifier = createVerifier({
      jwksUri: url, remote: { fetch: provider.fetch }, issuer: null, audience: null, cache: { maxEntries: 9 },
    });
    const good = lasting("ES256");
    const first = await verifier.verify(good);
    assert.equal(await verifier.verify(good), first);
    provider.set = jwksOf("PS256");
    pass(590);
    assert.equal(verifier.verifySync(good), first);
    await settle();
    assert.equal(refusal(() => verifier.verifySync(good)).reason, "no_matching_key");
  });
});

describe("options of a remote set", () => {
  const refused = (options, of = () => remoteOf(options)) => {
    const { reason, detail } = refusal(of);
    assert.equal(reason, "option_invalid");
    return detail.hint ? `${detail.member} ${detail.hint}` : detail.member;
  };

  test("what contradicts is refused with the reason", () => {
    assert.equal(refused({ maxLifetime: 30 }), "minLifetime is longer than maxLifetime");
    assert.equal(refused({ cooldown: 0 }), "cooldown is not from 1 s to 1 hour");
    assert.match(refused({ refreshAhead: 59 }), /^refreshAhead with cooldown is longer than minLifetime/);
  });

  test("what is nothing is refused by its name", () => {
    for (const [name, value] of Object.entries({
      cooldownDuration: 1, minLifetime: "60", fetch: 1, sharedCache: () => {}, waitUntil: {}, allowHttp: 1,
      allowPrivateAddresses: "no", isolateRequests: 0, timeout: 0,
    })) {
      assert.equal(refused({ [name]: value }).split(" ")[0], name);
    }
    assert.throws(() => createRemoteKeySet("id.example"), TypeError);
    for (const [options, name] of [
      [{ jwksUri: url, jwks: jwksOf("ES256") }, "jwks"],
      [{ jwks: jwksOf("ES256"), remote: {} }, "remote"],
      [{ discover: [] }, "discover"],
      [{ discover: [1] }, "discover"],
      [{ discover: "https://a.example", issuer: "https://b.example" }, "issuer"],
    ]) {
      assert.equal(refused({}, () => createVerifier({ issuer: null, audience: null, ...options })), name);
    }
  });
});
