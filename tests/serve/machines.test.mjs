// Several machines on one PostgreSQL: killed at random, and the database restarted under them.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { decodeJwt, decodeProtectedHeader, createLocalJWKSet, jwtVerify } from "jose";
import { startPostgres } from "../stores/postgres.mjs";
import { killProbes, startProbe } from "../stores/probe.mjs";
import { cleanUp, emptyRing, newFolder, newStore, program, quick, startServe, stored, storedText, until } from "./world.mjs";

let database;
before(async () => {
  database = await startPostgres();
});
after(() => {
  cleanUp();
  killProbes();
  database?.remove();
});

// What others retire may be signed by without the store for longer than a database takes to come back.
const policy = { ...quick, rotateEvery: 3, publishAhead: 2.6, cacheLifetime: 0.25, clientGrace: 0.1, retain: 24, tokenLifetime: 4, propagation: 2 };

/** A ring without keys in a database of its own, which keeps every text that was ever there. */
async function newRing(terms = policy) {
  const name = database.newDatabase();
  const url = database.url(name);
  const probe = await startProbe(url);
  assert.ok((await probe.create()).ok);
  database.query(
    name,
    `create table history (number serial, text bytea);
     create function keep() returns trigger language plpgsql as
       $$ begin insert into history (text) values (new."text"); return new; end $$;
     create trigger keep after insert or update on touchstone_key_ring for each row execute function keep()`,
  );
  assert.ok((await probe.swap("", emptyRing(terms))).ok);
  await probe.stop();
  /** Replaces the active key early, as an administrator does from elsewhere. */
  const retireEarly = async () => {
    const other = await startProbe(url);
    for (let isDone = false; !isDone; ) {
      const { text, version } = await other.load();
      const kept = JSON.parse(text);
      kept.ring.keys.find(({ state }) => state === "active").isDue = true;
      isDone = (await other.swap(version, JSON.stringify(kept))).ok;
    }
    await other.stop();
  };
  const texts = () => database.query(name, `select convert_from(text, 'UTF8') from history order by number`).split("\n");
  return { url, retireEarly, history: () => texts().map((text) => JSON.parse(text).ring) };
}

/** What became of which key from one ring to the next: the changes by kid, in their order. */
function changesOf(history) {
  const changes = [];
  history.reduce((before, now) => {
    const states = new Map(before.keys.map(({ jwk, state }) => [jwk.kid, state]));
    for (const { jwk, state } of now.keys) {
      if (states.get(jwk.kid) !== state) changes.push({ kid: jwk.kid, from: states.get(jwk.kid), to: state });
      states.delete(jwk.kid);
    }
    for (const [kid, state] of states) changes.push({ kid, from: state });
    return now;
  });
  return changes;
}

/** Every rotation once, nothing lost, and no key twice in a state. */
function audit(history, events) {
  const changes = changesOf(history);
  const steps = changes.map(({ kid, from, to }) => `${kid} ${from ?? "none"} ${to ?? "gone"}`);
  assert.equal(new Set(steps).size, steps.length, "a change was made twice");
  for (const { from, to } of changes) {
    assert.match(`${from ?? "none"} ${to ?? "gone"}`, /^(none pending|none active|pending active|active retiring|retiring gone)$/);
  }
  for (const { keys } of history.slice(1)) assert.equal(keys.filter(({ state }) => state === "active").length, 1);
  const last = new Map();
  for (const { keys } of history) {
    for (const key of keys) {
      assert.ok(key.signatures >= (last.get(key.jwk.kid)?.signatures ?? 0), "a signature was forgotten");
      last.set(key.jwk.kid, key);
    }
  }
  const activations = [...last.values()].map(({ activatedAt }) => activatedAt).filter(Boolean).sort();
  activations.reduce((before, now) => {
    assert.ok(now - before >= policy.rotateEvery, `activated ${now - before} s apart`);
    return now;
  });
  for (const key of last.values()) {
    if (key.removeAt) assert.ok(key.removeAt - key.retiredAt >= policy.retain);
  }
  // Whoever made a change says so, and nobody else. (Who was killed could not say it any more.)
  const told = events.filter(({ event }) => event === "ring_changed").map(({ kid, change }) => `${kid} ${change}`);
  assert.equal(new Set(told).size, told.length, "a change was told twice");
  return { rotations: activations.length - 1, changes: changes.length, told: told.length };
}

const kidsOf = ({ keys }) => keys.map(({ kid }) => kid);

test("three of them, killed at random, with the database restarted: each rotation once, the same set from all, no token lost", async (t) => {
  const ring = await newRing();
  const start = async () => ({ serve: await startServe(ring.url) });
  // All at once: they make one first key.
  const machines = await Promise.all([start(), start(), start()]);
  const events = machines.map(({ serve }) => serve.events);
  const tokens = [];
  let isOver = false;
  let signed = 0;

  const signer = async (index) => {
    for (; !isOver; await sleep(50)) {
      const { serve } = machines[index];
      const answer = await serve.askToSign({ sub: "ada" }).catch(() => undefined);
      if (!answer && serve.isKilled) continue;
      assert.equal(answer?.status, 200, `machine ${index}: ${answer?.body}`);
      tokens.push(answer.body);
      signed += 1;
    }
  };

  /** Every set that is served has the key of every token that is alive, and all agree within `propagation`. */
  let disagreement = 0;
  let longest = 0;
  const watcher = async () => {
    for (; !isOver; await sleep(100)) {
      const now = Date.now();
      while (tokens.length && decodeJwt(tokens[0]).exp * 1000 <= now) tokens.shift();
      const alive = new Set(tokens.map((token) => decodeProtectedHeader(token).kid));
      const serves = machines.map(({ serve }) => serve);
      const sets = await Promise.all(serves.map((serve) => serve.jwks().catch(() => undefined)));
      const answered = sets.filter((set, index) => set && serves[index] === machines[index].serve);
      for (const set of answered) for (const kid of alive) assert.ok(kidsOf(set).includes(kid), `a set lacks the key of a token`);
      const different = new Set(answered.map((set) => JSON.stringify(set))).size;
      if (different < 2) disagreement = 0;
      else disagreement ||= now;
      if (disagreement) longest = Math.max(longest, Date.now() - disagreement);
    }
  };
  const work = Promise.all([signer(0), signer(1), signer(2), watcher()]);
  work.catch(() => (isOver = true));
  const wait = (ms) => Promise.race([sleep(ms), work]);

  const killAndRestart = async () => {
    const index = Math.floor(Math.random() * 3);
    machines[index].serve.isKilled = true;
    await machines[index].serve.stop("SIGKILL");
    machines[index] = await start();
    events.push(machines[index].serve.events);
  };
  for (let i = 0; i < 4; i += 1) {
    await wait(500 + Math.random() * 1000);
    await killAndRestart();
  }

  // Without the database: from memory, and the health says so.
  await wait(1500);
  await Promise.all(machines.map(({ serve }) => serve.sign({})));
  const before = signed;
  database.stop("immediate");
  for (const { serve } of machines) {
    const health = await until(async () => {
      const now = await serve.health();
      return now.status !== "ok" && now;
    });
    assert.deepEqual([health.status, health.code, health.store.error.reason], ["degraded", 200, "store_unavailable"]);
    assert.ok(new Date(health.signing.until) > Date.now());
    await serve.sign({});
  }
  await wait(500);
  assert.ok(signed > before, "they have signed meanwhile");
  database.start();
  await Promise.all(machines.map(({ serve }) => until(async () => (await serve.health()).status === "ok")));

  for (let i = 0; i < 3; i += 1) {
    await wait(500 + Math.random() * 1000);
    await killAndRestart();
  }
  const rotations = () => changesOf(ring.history()).filter(({ to }) => to === "retiring").length;
  await Promise.race([work, until(() => rotations() >= 4, { seconds: 30 })]);
  isOver = true;
  await work;

  const found = audit(ring.history(), events.flat());
  t.diagnostic(`${found.rotations} rotations, ${found.changes} changes, of which ${found.told} told; ${signed} tokens; sets differed for at most ${longest} ms`);
  assert.ok(longest < policy.propagation * 1000, `the sets differed for ${longest} ms`);
  // The last token of each verifies by the set of each.
  for (const { serve } of machines) {
    const token = await serve.sign({ iss: "https://id.example" });
    for (const other of machines) await jwtVerify(token, createLocalJWKSet(await other.serve.jwks()));
  }
  for (const { serve } of machines) assert.deepEqual(await serve.stop(), { code: 0, signal: null });
});

test("what is changed elsewhere is served by all within `propagation`", async () => {
  const ring = await newRing({ ...policy, rotateEvery: 3600 });
  const machines = await Promise.all([startServe(ring.url), startServe(ring.url), startServe(ring.url)]);
  assert.equal((await machines[0].jwks()).keys.length, 1);
  await ring.retireEarly();
  const since = Date.now();
  const sets = await Promise.all(machines.map((serve) => until(async () => (await serve.jwks()).keys.length === 2 && serve.jwks())));
  assert.ok(Date.now() - since < policy.propagation * 1000);
  assert.equal(new Set(sets.map((set) => JSON.stringify(set))).size, 1);
  assert.equal(machines.flatMap((serve) => serve.eventsOf("ring_changed")).filter(({ change }) => change === "published").length, 2);
  await Promise.all(machines.map((serve) => serve.stop()));
});

test("the database away for longer than it is safe to sign: refused, and on again by themselves", async () => {
  const retain = 8;
  const ring = await newRing({ ...policy, retain });
  const serve = await startServe(ring.url);
  await serve.sign({});
  database.stop();
  const lost = Date.now();
  const failing = await until(async () => {
    const health = await serve.health();
    return !health.signing.ok && health;
  });
  assert.deepEqual([failing.code, failing.status], [503, "failing"]);
  const { status, body } = await serve.askToSign({});
  assert.deepEqual([status, JSON.parse(body).error], [503, "store_unavailable"]);
  const allowed = retain - policy.tokenLifetime - policy.clockSkew;
  assert.ok(Date.now() - lost < (allowed + 3) * 1000);
  assert.equal((await serve.get("/.well-known/jwks.json")).status, 200);
  database.start();
  await until(async () => (await serve.health()).status === "ok");
  await serve.sign({});
  await serve.stop();
});

// The store can be read but not written: whoever writes has to wait for the lock, which this test holds.
describe("a key that signs no more, told of by a store that then takes no signatures of its successor", { concurrency: true }, () => {
  const start = async (t) => {
    const place = newStore({ ...policy, rotateEvery: 3600, retain: 14 });
    const serve = await startServe(place);
    const first = decodeProtectedHeader(await serve.sign({})).kid;
    const elsewhere = join(newFolder(), "keys");
    cpSync(place, elsewhere, { recursive: true });
    const keys = (...args) => JSON.parse(execFileSync(program, ["keys", ...args, "--store", elsewhere, "--unsealed", "--json"]));
    const lock = spawn("flock", [join(place, "lock"), "sh", "-c", "echo held; read until"]);
    const release = () => lock.stdin.end();
    t.after(release);
    await once(lock.stdout, "data");
    const publish = async () => {
      writeFileSync(join(place, "next"), storedText(elsewhere), { mode: 0o600 });
      renameSync(join(place, "next"), join(place, "key-ring.json"));
      const kids = stored(elsewhere).ring.keys.map(({ jwk }) => jwk.kid);
      await until(async () => isDeepStrictEqual(kidsOf(await serve.jwks()), kids));
    };
    const recovered = async () => {
      release();
      const kid = await until(async () => {
        const { status, body } = await serve.askToSign({});
        return status === 200 && decodeProtectedHeader(body).kid;
      });
      assert.equal(kid, stored(elsewhere).ring.keys.find(({ state }) => state === "active").jwk.kid);
      await until(async () => (await serve.health()).status === "ok");
      await serve.stop();
    };
    return { serve, first, keys, publish, recovered, ringElsewhere: () => stored(elsewhere).ring };
  };

  test("it was retired: it signs on for as long as all of its tokens expire before it leaves the set", async (t) => {
    const { serve, first, keys, publish, recovered, ringElsewhere } = await start(t);
    const { signsUntil } = keys("rotate", "--now");
    await sleep(signsUntil * 1000 - Date.now());
    keys("rotate");
    await publish();
    const { removeAt } = ringElsewhere().keys.find(({ jwk }) => jwk.kid === first);
    const latest = removeAt - policy.tokenLifetime - policy.clockSkew;
    const tokens = [await serve.sign({})];
    const { signing, store } = await serve.health();
    assert.deepEqual([signing.ok, store.error.reason], [true, "store_unavailable"]);
    assert.ok(Math.abs(new Date(signing.until) / 1000 - latest) < 0.01);
    await until(async () => {
      const { status, body } = await serve.askToSign({});
      if (status === 200) tokens.push(body);
      return status === 503;
    });
    assert.ok(Date.now() / 1000 > latest);
    assert.equal((await serve.health()).status, "failing");
    for (const token of tokens) {
      assert.equal(decodeProtectedHeader(token).kid, first);
      assert.ok(decodeJwt(token).exp <= removeAt - policy.clockSkew);
    }
    await recovered();
  });

  test("it was revoked: it signs nothing", async (t) => {
    const { serve, first, keys, publish, recovered } = await start(t);
    keys("revoke", first, "--yes");
    await publish();
    const { status, body } = await serve.askToSign({});
    assert.deepEqual([status, JSON.parse(body).error], [503, "store_unavailable"]);
    assert.equal((await serve.health()).status, "failing");
    await recovered();
  });
});

test("without the database it does not begin, and its password is not told", async () => {
  const url = database.url("nowhere", { at: 1 });
  await assert.rejects(startServe(url), (error) => error.message.includes("store_unavailable") && !error.message.includes(new URL(url).password));
});
