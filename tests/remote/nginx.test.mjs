// nginx publishes a JWK Set as a file: a set that did not change is confirmed by 304, one that did is taken whole.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { builds, startBuild } from "./builds.mjs";
import { makeCertificates } from "./world/certificates.mjs";
import { startNginx } from "./world/nginx.mjs";
import { createSigner } from "./world/signers.mjs";

const policy = { minLifetime: 1, defaultLifetime: 60, refreshAhead: 0, staleWhileRevalidate: 0, cooldown: 1 };
const http = { timeout: 5 };
const lifetime = 1; // what the response says, in seconds, and minLifetime allows

const certificates = makeCertificates();
after(() => certificates.remove());

const setOf = (...signers) => ({ keys: signers.map(({ publicJwk }) => publicJwk) });
const expire = () => sleep(lifetime * 1000 + 200);

async function verdict(build, signer) {
  const { ok, error } = await build.verify(await signer.sign({ iss: "https://id.example" }));
  return ok ? "valid" : error.reason;
}

for (const name of builds) {
  describe(name, () => {
    let nginx, build, old, next;
    before(async () => {
      [old, next] = await Promise.all([createSigner("ES256"), createSigner("ES256")]);
      nginx = await startNginx({ leaf: certificates.leaves.good, maxAge: lifetime });
      build = startBuild(name, certificates.caFile);
      nginx.publish(setOf(old));
      const opened = await build.open(nginx.jwksUri, { policy, http });
      assert.ok(opened.ok, JSON.stringify(opened.error));
    });
    after(async () => {
      await build.stop();
      await nginx.stop();
    });
    const statuses = async () => (await nginx.requests()).map(({ status }) => status);

    test("the first fetch is unconditional, and serves until it expires", async () => {
      for (let i = 0; i < 10; i += 1) assert.equal(await verdict(build, old), "valid");
      assert.deepEqual(await nginx.requests(), [{ status: 200, ifNoneMatch: "" }]);
    });

    test("a set that is the same is confirmed by its ETag", async () => {
      await expire();
      for (let i = 0; i < 10; i += 1) assert.equal(await verdict(build, old), "valid");
      assert.deepEqual(await statuses(), [200, 304]);
      await expire();
      assert.equal(await verdict(build, old), "valid");
      assert.deepEqual(await statuses(), [200, 304, 304]);
      const [, first, second] = await nginx.requests();
      assert.match(first.ifNoneMatch, /^"[0-9a-f]+-[0-9a-f]+"$/);
      assert.equal(second.ifNoneMatch, first.ifNoneMatch);
    });

    test("another set replaces it whole, by another ETag", async () => {
      nginx.publish(setOf(next));
      await expire();
      assert.equal(await verdict(build, next), "valid");
      assert.notEqual(await verdict(build, old), "valid");
      await expire();
      assert.equal(await verdict(build, next), "valid");
      const [, , confirmed, replaced, ...more] = await nginx.requests();
      assert.equal(replaced.status, 200);
      assert.equal(replaced.ifNoneMatch, confirmed.ifNoneMatch);
      assert.equal(more.at(-1).status, 304);
      assert.notEqual(more.at(-1).ifNoneMatch, confirmed.ifNoneMatch);
      const kinds = (await build.events()).map(({ kind }) => kind);
      for (const kind of ["fetched", "not_modified", "key_appeared", "key_removed"]) assert.ok(kinds.includes(kind), kind);
    });
  });
}
