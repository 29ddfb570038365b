// Real clients verify tokens all the while, as their keys rotate every few seconds: not one is refused.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import jwksRsa from "jwks-rsa";
import { createVerifier } from "../../dist/index.js";
import { freePort } from "../free-port.mjs";
import { startBuild } from "../remote/builds.mjs";
import { makeCertificates } from "../remote/world/certificates.mjs";
import { ask, cleanUp, newFolder, newStore, program, startServe, until } from "./world.mjs";

// Each ring is watched for so many seconds, and until it has rotated so often.
const seconds = 14;
const enough = 2;
// clientGrace is what publishAhead leaves for a machine that is too busy to hand an answer on at once; making an RSA
// key keeps one busy.
const policy = { retain: 12, cacheLifetime: 1, tokenLifetime: 6, clockSkew: 0.5, propagation: 2 };
const policies = {
  rsa: { ...policy, rsaBits: 2048, rotateEvery: 6, publishAhead: 5.9, clientGrace: 2.4 },
  curves: { ...policy, rotateEvery: 5, publishAhead: 4.8, clientGrace: 1.3 },
};
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519"];
const audience = "api";

const certificates = makeCertificates();
const builds = [];
after(async () => {
  cleanUp();
  await Promise.all(builds.map((build) => build.stop()));
  certificates.remove();
});

// What a client does by itself it does here as fast as its options let it; the rings' clientGrace is for the rest.
const remote = { minLifetime: 1, refreshAhead: 0, staleWhileRevalidate: 0, staleIfError: 0, cooldown: 1 };

/** What tells whether a token is good, for an algorithm that it knows: each throws when it is not. */
const clients = {
  jose: {
    knows: (alg) => alg !== "ES256K",
    start({ jwksUri, issuer }) {
      const keys = createRemoteJWKSet(new URL(jwksUri), { cacheMaxAge: 1000, cooldownDuration: 1000 });
      return (token) => jwtVerify(token, keys, { issuer, audience });
    },
  },
  "jwks-rsa with jsonwebtoken": {
    knows: (alg) => /^([RP]S|ES)\d+$/.test(alg),
    start({ jwksUri, issuer, alg }) {
      const client = jwksRsa({ jwksUri, cache: true, cacheMaxAge: 1000 });
      return async (token) => {
        const key = await client.getSigningKey(decodeProtectedHeader(token).kid);
        jsonwebtoken.verify(token, key.getPublicKey(), { algorithms: [alg], issuer, audience });
      };
    },
  },
  Touchstone: {
    knows: () => true,
    start({ jwksUri, issuer }) {
      const verifier = createVerifier({ jwksUri, issuer, audience, remote });
      return (token) => verifier.verify(token);
    },
  },
  "Touchstone by discovery": {
    knows: () => true,
    start({ issuer }) {
      const verifier = createVerifier({ discover: issuer, audience, remote });
      return (token) => verifier.verify(token);
    },
  },
  "native Touchstone": {
    knows: () => true,
    async start({ jwksUri, issuer }) {
      const build = startBuild("native", certificates.caFile);
      builds.push(build);
      const opened = await build.open(jwksUri, { policy: remote, http: {} });
      assert.ok(opened.ok, JSON.stringify(opened.error));
      return async (token) => {
        const { ok, error } = await build.verify(token, { issuer, audience });
        assert.ok(ok, error?.reason);
      };
    },
  },
};

/** Signs, and lets all clients verify each token at once and again when it is old. Gives what they refused. */
async function watch(serve, { alg, jwksUri = serve.jwksUri }) {
  const issuer = serve.url;
  const suitable = Object.entries(clients).filter(([, { knows }]) => knows(alg));
  const verifiers = await Promise.all(suitable.map(async ([name, { start }]) => [name, await start({ jwksUri, issuer, alg })]));
  const refused = [];
  let verified = 0;
  const verify = (token, when) => {
    const expires = decodeJwt(token).exp * 1000;
    return Promise.all(
      verifiers.map(async ([name, isGood]) => {
        try {
          await isGood(token);
          verified += 1;
        } catch (error) {
          if (Date.now() >= expires) return; // this machine was too busy to ask in time
          refused.push(`${alg}, ${name}, ${when}: ${error.reason ?? error.code ?? error.message}`);
        }
      }),
    );
  };
  const kids = new Set();
  const late = [];
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end || (kids.size <= enough && Date.now() < end + 45_000)) {
    const token = await serve.sign({ iss: issuer, aud: audience, sub: "ada" });
    kids.add(decodeProtectedHeader(token).kid);
    await verify(token, "new");
    const age = decodeJwt(token).exp * 1000 - Date.now() - 1500;
    late.push(sleep(age).then(() => verify(token, "old")));
    await sleep(250);
  }
  await Promise.all(late);
  return { alg, refused, verified, rotations: kids.size - 1 };
}

async function start(alg) {
  const address = `127.0.0.1:${await freePort()}`;
  const serve = await startServe(newStore({ ...(/^[RP]S/.test(alg) ? policies.rsa : policies.curves), alg }), { listen: address, args: ["--issuer", `http://${address}`] });
  return { alg, serve };
}

const nginxConfiguration = (port, upstream) => `
daemon off;
master_process off;
error_log stderr;
pid pid;
events {}
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`).join(" ")}
  proxy_cache_path cache keys_zone=sets:1m;
  server {
    listen 127.0.0.1:${port};
    location /.well-known/ {
      proxy_pass ${upstream};
      proxy_cache sets;
      proxy_cache_revalidate on;
      proxy_cache_lock on;
      proxy_cache_use_stale updating;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
`;

describe("not one is refused", { concurrency: true }, () => {
  test("with any algorithm, all at once", async (t) => {
    const delay = monitorEventLoopDelay();
    delay.enable();
    const rings = await Promise.all(algorithms.map(start));
    const found = await Promise.all(rings.map(({ alg, serve }) => watch(serve, { alg })));
    t.diagnostic(`the clients' thread was late by at most ${Math.round(delay.max / 1e6)} ms`);
    assert.deepEqual(found.flatMap(({ refused }) => refused), []);
    for (const { alg, verified, rotations } of found) {
      t.diagnostic(`${alg}: ${rotations} rotations, ${verified} verdicts`);
      assert.ok(rotations >= enough, `${alg} has rotated ${rotations} times`);
      assert.ok(verified >= 20);
    }
    // The command line finds the set by itself.
    for (const { serve } of rings) {
      const token = await serve.sign({ iss: serve.url, aud: audience });
      const child = spawn(program, ["verify", "-", "--issuer", serve.url, "--audience", audience, "--no-cache"], { stdio: ["pipe", "pipe", "pipe"] });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
      child.stdin.end(token);
      assert.deepEqual(await once(child, "close"), [0, null], said);
      assert.deepEqual(await serve.stop(), { code: 0, signal: null });
    }
  });

  test("behind nginx, which keeps copies of its own", async (t) => {
    const { serve } = await start("ES256");
    const folder = newFolder();
    const port = await freePort();
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "nginx.conf"), nginxConfiguration(port, serve.url));
    const nginx = spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
    let isOver = false;
    t.after(() => {
      isOver = true;
      nginx.kill();
    });
    const jwksUri = `http://127.0.0.1:${port}/.well-known/jwks.json`;
    await until(() => ask(jwksUri).then(({ status }) => status === 200, () => false));
    const caches = new Set();
    const watching = (async () => {
      for (; !isOver; await sleep(100)) caches.add((await ask(jwksUri)).headers["x-cache"]);
    })();
    const found = await watch(serve, { alg: "ES256", jwksUri });
    isOver = true;
    await watching;
    assert.deepEqual(found.refused, []);
    assert.ok(found.rotations >= enough);
    assert.ok(caches.has("HIT") && caches.has("REVALIDATED"), `${[...caches]}`);
    const asked = Object.entries(await serve.metrics()).filter(([name]) => name.includes('path="/.well-known/jwks.json"'));
    t.diagnostic(`${found.rotations} rotations, ${found.verified} verdicts; ${asked.map(([name, count]) => `${name.match(/status="(\d+)"/)[1]}: ${count}`).join(", ")} at the server`);
    await serve.stop();
  });
});
