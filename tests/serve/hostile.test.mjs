// Clients that mean no good, on raw sockets: each is bounded, and others are served meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, cleanUp, newStore, startServe, until } from "./world.mjs";

after(cleanUp);
let serve;
before(async () => {
  serve = await startServe(newStore());
});

const open = (url = serve.url) => {
  const socket = connect(new URL(url).port, "127.0.0.1");
  socket.said = "";
  socket.on("error", () => {}).on("data", (data) => (socket.said += data));
  socket.gone = new Promise((resolve) => socket.once("close", resolve));
  return socket;
};
/** What is answered to these bytes until the server or this client ends it. */
async function answerTo(bytes, { url, end = true } = {}) {
  const socket = open(url);
  socket.write(bytes);
  if (end) socket.end();
  await Promise.race([socket.gone, sleep(3000)]);
  socket.destroy();
  return socket.said;
}
const isServed = async () => assert.equal((await serve.get("/.well-known/jwks.json")).status, 200);
const get = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n";

describe("on raw sockets", { concurrency: true }, () => {
  test("a request that comes byte by byte is cut off, however busy it is", async () => {
    const slow = [serve.url, serve.signUrl].map((url) => open(url));
    const since = Date.now();
    const timer = setInterval(() => slow.forEach((socket) => socket.write("a")), 500);
    for (const socket of slow) socket.write(`POST /sign HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${serve.token}\r\nContent-Length: 60000\r\n\r\n`);
    await Promise.race([Promise.all(slow.map(({ gone }) => gone)), sleep(40_000)]);
    clearInterval(timer);
    const seconds = (Date.now() - since) / 1000;
    assert.ok(seconds > 15 && seconds < 30, `${seconds}`);
    await isServed();
  });

  test("a connection that says nothing is closed", async () => {
    const since = Date.now();
    await Promise.race([open().gone, sleep(40_000)]);
    assert.ok(Date.now() - since < 30_000);
  });

  test("a request line or fields without end", async () => {
    for (const bytes of [`GET /${"a".repeat(100_000)}`, `${get}X: ${"a".repeat(100_000)}`, `${get}${"X: a\r\n".repeat(20_000)}`, "a".repeat(100_000)]) {
      const answer = await answerTo(bytes, { end: false });
      assert.match(answer, /^(HTTP\/1.1 4(00|13|14|31) |$)/);
    }
    await isServed();
  });

  test("what is no HTTP", async () => {
    for (const bytes of ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", " / HTTP/1.1\r\n\r\n", `${get}Content-Length: -1\r\n\r\n`,
      `${get}Content-Length: 99999999999999999999999\r\n\r\n`, `${get} folded\r\n\r\n`, "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
      const answer = await answerTo(bytes);
      assert.match(answer, /^(HTTP\/1.[01] [45]\d\d |$)/, JSON.stringify(bytes));
    }
    await isServed();
  });

  test("two lengths of a body leave no second request in it", async () => {
    const hidden = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const fields of [
      `Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${hidden.length}\r\n`,
    ]) {
      const answer = await answerTo(`${get}${fields}\r\n${hidden}`, { end: false });
      assert.ok(!answer.includes('{"status":"ok"}'), fields);
    }
  });

  test("a body where none belongs", async () => {
    assert.equal(await answerTo(`${get}Content-Length: 5\r\n\r\nhello`, { end: false }), "");
    assert.equal(await answerTo(`${get}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`, { end: false }), "");
    await isServed();
  });

  test("requests in a row on one connection are answered in their order", async () => {
    const paths = Array.from({ length: 50 }, (_, i) => (i % 2 ? "/livez" : "/nothing"));
    const bytes = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
    const answer = await answerTo(bytes, { end: false });
    const statuses = [...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, paths.map((path) => (path === "/livez" ? "200" : "404")));
  });

  test("HTTP/1.0, and clients that go before they are answered", async () => {
    assert.match(await answerTo("GET /livez HTTP/1.0\r\n\r\n"), /^HTTP\/1.[01] 200 /);
    for (let i = 0; i < 200; i += 1) {
      const socket = open();
      await once(socket, "connect");
      socket.write(`${get}\r\n`);
      socket.resetAndDestroy();
    }
    await isServed();
  });
});

test("more connections than it takes wait for those that end", async () => {
  const sockets = Array.from({ length: 1300 }, () => open());
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  sockets[0].write(`${get}\r\n`);
  await until(() => sockets[0].said.startsWith("HTTP/1.1 200 "));
  const waiting = ask(serve.jwksUri);
  assert.equal((await serve.askToSign({})).status, 200); // a listener of its own
  sockets.forEach((socket) => socket.destroy());
  assert.equal((await waiting).status, 200);
  assert.deepEqual(await serve.stop(), { code: 0, signal: null });
});
