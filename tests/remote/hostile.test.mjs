// Every build against every row of the hostile provider: with a cold set, what the refusal says, how long it took and
// how many requests it made; with a set that was good, that this set serves on, as long as it may and no longer.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builds, startBuild } from "./builds.mjs";
import { makeCertificates } from "./world/certificates.mjs";
import { rows, startHostile } from "./world/hostile.mjs";
import { createSigner } from "./world/signers.mjs";

const policy = {
  minLifetime: 1,
  maxLifetime: 1,
  defaultLifetime: 1,
  refreshAhead: 0,
  staleWhileRevalidate: 2,
  staleIfError: 4,
  maxStale: 4,
  cooldown: 1,
  maxBackoff: 1,
  fetchTimeout: 1,
};
const http = { timeout: 1, connectTimeout: 1 };
// In milliseconds, as everything below.
const timeout = 1000;
const served = 1000 + 4000; // from its arrival: lifetime and staleIfError
const replaced = 1000 + 2000; // lifetime and staleWhileRevalidate: from here nobody is served without a fetch
const slack = 3000; // for a machine that has other things to do
const memory = 400 * 2 ** 20; // of which Deno and Node take most for themselves; the bombs are a gigabyte

const certificates = makeCertificates();
const signers = [await createSigner("ES256"), await createSigner("ES256")];
const stranger = await createSigner("ES256");
const results = [];

/** A verdict with when it was asked for and given, by this process's clock. */
async function verify(build, jwt) {
  const since = performance.now();
  const { ok, error } = await build.verify(jwt);
  return { since, until: performance.now(), verdict: ok ? "valid" : error.reason };
}

/**
 * No three fetches in one cooldown, each of so many requests. What arrives here was started earlier by a little, more
 * or less.
 */
function assertCalm(requests, each) {
  const times = requests.filter((_, position) => position % each === 0);
  for (let i = 2; i < times.length; i += 1) {
    const interval = times[i] - times[i - 2];
    assert.ok(interval > 0.6 * policy.cooldown * 1000, `three requests within ${interval} ms`);
  }
}

async function cold({ row, reason, requests, build, provider, tokens }) {
  const { asks = "jwks" } = row;
  await provider.turnHostile();
  const since = performance.now();
  const settings = { policy: { ...policy, ...row.policy }, http };
  let verdict;
  if (asks === "metadata") {
    const found = await build.discover(provider.issuer, settings);
    verdict = found.ok ? "valid" : found.error.reason;
  } else {
    const opened = await build.open(provider.jwksUri, settings);
    assert.ok(opened.ok, JSON.stringify(opened.error));
    ({ verdict } = await verify(build, tokens[0]));
  }
  const ms = performance.now() - since;
  assert.equal(verdict, reason);
  assert.ok(ms < timeout + slack, `took ${ms} ms`);
  const made = await provider.countTo(requests);
  assert.equal(made, requests);
  // Asked again at once, it knows.
  if (asks === "jwks") {
    const again = await verify(build, tokens[0]);
    assert.equal(again.verdict, reason);
    assert.ok(again.until - again.since < 500, `took ${again.until - again.since} ms the second time`);
    assert.equal(provider.requests.length, made);
  }
  return { error: verdict, ms, requests: made };
}

async function warm({ row, reason, requests, build, provider, tokens }) {
  const opened = await build.open(provider.jwksUri, { policy: { ...policy, ...row.policy }, http });
  assert.ok(opened.ok, JSON.stringify(opened.error));
  const first = await verify(build, tokens[0]);
  assert.equal(first.verdict, "valid");
  assert.equal((await verify(build, tokens[1])).verdict, "valid");
  await provider.turnHostile();
  const before = provider.requests.length;

  const calls = [[first], []];
  const end = first.until + (row.warm === "serves stale" ? served + 1.5 * timeout : replaced + timeout);
  for (let tick = 1; performance.now() < end; tick += 1) {
    for (const key of [0, 1]) calls[key].push(await verify(build, tokens[key]));
    // Whoever makes up kids moves the provider to nothing more than the policy allows.
    if (tick % 5 === 0) assert.notEqual((await verify(build, tokens[2])).verdict, "valid");
    await sleep(200);
  }

  const [kept, dropped] = calls;
  const ended = row.warm === "serves stale" ? served : Infinity;
  for (const { since, until, verdict } of row.warm === "drops a key" ? kept : [...kept, ...dropped]) {
    if (until < first.since + ended) assert.equal(verdict, "valid", `${until - first.since} ms after the good set`);
    if (since > first.until + ended) assert.equal(verdict, reason, `${since - first.until} ms after the good set`);
  }
  if (row.warm === "drops a key") {
    const late = dropped.filter(({ since }) => since > first.until + replaced);
    assert.ok(late.length > 0);
    for (const { verdict } of late) assert.match(verdict, /^(no_matching_key|jwks_cooling_down)$/);
  }
  assertCalm(provider.requests.slice(before), requests || 1);
  const refused = kept.find(({ verdict }) => verdict !== "valid");
  return {
    served: refused ? `${((refused.since - first.until) / 1000).toFixed(1)} s` : "on",
    slowest: Math.max(...kept.filter(({ verdict }) => verdict === "valid").map(({ since, until }) => until - since)),
    requests: provider.requests.length,
  };
}

for (const name of builds) {
  describe(name, { concurrency: 10 }, () => {
    for (const row of rows) {
      test(row.name, async () => {
        const scenarios = row.asks === "metadata" ? { cold } : { cold, warm };
        const result = { row: row.name, build: name };
        const build = startBuild(name, certificates.caFile);
        try {
          for (const [scenario, play] of Object.entries(scenarios)) {
            const provider = await startHostile(row, { certificates, signers });
            const tokens = await Promise.all([...signers, stranger].map((signer) => signer.sign({ iss: provider.issuer })));
            try {
              const { cold: reason, requests = 1 } = row;
              const expected = { reason: reason[name] ?? reason, requests: requests[name] ?? requests };
              result[scenario] = await play({ row, ...expected, build, provider, tokens });
              assert.equal(provider.elsewhere?.requests ?? 0, 0, "it went elsewhere");
            } finally {
              provider.stop();
            }
          }
          result.memory = build.peakMemory();
          assert.ok(result.memory < memory, `it took ${result.memory} bytes of memory`);
          results.push(result);
        } finally {
          await build.stop();
        }
      });
    }
  });
}

after(() => {
  certificates.remove();
  const table = results.map(({ row, build, cold, warm, memory }) => ({
    row,
    build,
    "cold: error": cold.error,
    ms: Math.round(cold.ms),
    requests: cold.requests,
    "warm: served": warm?.served,
    "slowest ms": warm && Math.round(warm.slowest),
    "requests ": warm?.requests,
    MiB: Math.round(memory / 2 ** 20),
  }));
  console.table(table.sort((a, b) => a.row.localeCompare(b.row)));
});
