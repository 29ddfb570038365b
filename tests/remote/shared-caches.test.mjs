// A shared cache in Redis, by both of its clients: machines that share it fetch once between them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createRemoteKeySet, redisCache, verify } from "../../dist/index.js";
import { createSigner } from "./world/signers.mjs";

const folder = mkdtempSync(join(tmpdir(), "touchstone-redis-"));
const socket = join(folder, "socket");
const settings = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder];

let server, provider, url, requests, signer, node, io;

before(async () => {
  server = spawn("redis-server", settings, { stdio: "ignore" });
  signer = await createSigner("ES256");
  provider = createServer((request, response) => {
    requests += 1;
    response.writeHead(200, { "Cache-Control": "max-age=600" }).end(JSON.stringify({ keys: [signer.publicJwk] }));
  });
  await once(provider.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${provider.address().port}/jwks`;
  const reconnectStrategy = () => 50; // until the server is up
  node = await createClient({ socket: { path: socket, reconnectStrategy } }).on("error", () => {}).connect();
  io = new Redis(socket);
});
beforeEach(() => {
  requests = 0;
});
after(async () => {
  await node.close();
  await io.quit();
  provider.close();
  server.kill();
  await once(server, "exit");
  rmSync(folder, { recursive: true });
});

const verdicts = async (machines) => {
  const token = await signer.sign({});
  for (const machine of machines) assert.ok(await verify(token, machine));
};

for (const [name, client] of [["redis", () => node], ["ioredis", () => io]]) {
  describe(name, () => {
    before(() => node.flushAll());
    const machine = () => createRemoteKeySet(url, { sharedCache: redisCache(client()) });

    test("three machines make one request", async () => {
      await verdicts([machine(), machine(), machine()]);
      assert.equal(requests, 1);
      const [key, ...others] = await node.keys("*");
      assert.deepEqual([key, others], [`touchstone:${url}`, []]);
      // As long as the set may be served: its lifetime, and an hour while the provider fails.
      const seconds = await node.ttl(key);
      assert.ok(seconds > 4100 && seconds <= 4200, `${seconds} s`);
    });

    test("what somebody else wrote there is not believed", async () => {
      await node.set(`touchstone:${url}`, '{"version":1,"fetchedAt":0,"age":0,"jwks":"{}"}');
      await verdicts([machine()]);
      assert.equal(requests, 1);
    });
  });
}

test("without Redis every machine fetches for itself", async () => {
  const lost = new Redis("/nowhere/socket", { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  lost.on("error", () => {});
  const machines = [1, 2].map(() => createRemoteKeySet(url, { sharedCache: redisCache(lost) }));
  await verdicts(machines);
  assert.equal(requests, 2);
  await sleep(0);
});
