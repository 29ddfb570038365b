// https by a certificate that is renewed while clients are connected.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { makeCertificates } from "../remote/world/certificates.mjs";
import { ask, cleanUp, newFolder, newStore, startServe, runServe, until } from "./world.mjs";

const certificates = [makeCertificates(), makeCertificates()];
after(() => {
  cleanUp();
  for (const made of certificates) made.remove();
});
const [first, second] = certificates.map(({ leaves }) => leaves.good);
const ca = certificates.map(({ ca }) => ca);

/** Replaces a file at once, as those do that renew certificates. */
function put(file, text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function start(leaf) {
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => join(newFolder(), name));
  put(cert, leaf.cert);
  put(key, leaf.key);
  const serve = await startServe(newStore(), { listen: "127.0.0.1:0", args: ["--tls-cert", cert, "--tls-key", key] });
  assert.match(serve.url, /^https:/);
  return { serve, cert, key };
}

/** Which certificate a new connection meets. */
async function certificateOf(serve, options = {}) {
  const { port } = new URL(serve.url);
  const socket = tlsConnect({ port, host: "127.0.0.1", servername: "localhost", ca, ...options });
  await once(socket, "secureConnect");
  const { raw } = socket.getPeerCertificate();
  const protocol = socket.getProtocol();
  socket.destroy();
  return { pem: raw.toString("base64"), protocol };
}
const isOf = (leaf, { pem }) => leaf.cert.replace(/-----[A-Z ]+-----|\s/g, "").startsWith(pem);

test("a certificate that is renewed, with connections that stay", async () => {
  const { serve, cert, key } = await start(first);
  assert.ok(isOf(first, await certificateOf(serve)));
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const before = await ask(serve.jwksUri, { agent, ca });
  assert.equal(before.status, 200);

  put(cert, second.cert); // half of it
  await until(() => serve.eventsOf("certificate_not_loaded").length === 1);
  assert.match(serve.eventsOf("certificate_not_loaded")[0].reason, /do not belong together/);
  assert.ok(isOf(first, await certificateOf(serve)));
  put(key, second.key);
  await until(() => serve.eventsOf("certificate_loaded").length === 1);
  assert.ok(isOf(second, await certificateOf(serve)));

  const after = await ask(serve.jwksUri, { agent, ca });
  assert.equal(after.status, 200);
  assert.equal(after.socket, before.socket, "the connection has stayed");
  const expires = (await ask(`${serve.url}/metrics`, { ca })).body.match(/certificate_expiry_timestamp_seconds (\d+)/);
  assert.ok(Math.abs(Number(expires[1]) - (Date.now() / 1000 + 86400)) < 120);

  put(cert, "nothing");
  serve.child.kill("SIGHUP"); // which need not wait for the next look
  await until(() => serve.eventsOf("certificate_not_loaded").length === 2);
  assert.ok(isOf(second, await certificateOf(serve)));
  agent.destroy();
  assert.deepEqual(await serve.stop(), { code: 0, signal: null });
});

test("renewed again and again under load, no handshake fails", async () => {
  const { serve, cert, key } = await start(first);
  let isOver = false;
  let handshakes = 0;
  const clients = Array.from({ length: 4 }, async () => {
    for (; !isOver; handshakes += 1) assert.equal((await ask(serve.jwksUri, { ca })).status, 200);
  });
  for (const leaf of [second, first, second]) {
    const loaded = serve.eventsOf("certificate_loaded").length;
    put(key, leaf.key);
    put(cert, leaf.cert);
    await until(() => serve.eventsOf("certificate_loaded").length > loaded);
  }
  isOver = true;
  await Promise.all(clients);
  assert.ok(handshakes > 50, `${handshakes}`);
  assert.ok(isOf(second, await certificateOf(serve)));
  await serve.stop();
});

test("TLS 1.2 and 1.3, nothing older, nothing else", async () => {
  const { serve } = await start(first);
  for (const protocol of ["TLSv1.2", "TLSv1.3"]) {
    const found = await certificateOf(serve, { minVersion: protocol, maxVersion: protocol });
    assert.equal(found.protocol, protocol);
  }
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  await assert.rejects(certificateOf(serve, old), /protocol version|ECONNRESET|disconnected before/);

  const { port } = new URL(serve.url);
  for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x80".repeat(5000)]) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write(Buffer.from(bytes, "latin1"));
    socket.end();
    await once(socket, "close");
  }
  assert.equal((await ask(serve.jwksUri, { ca })).status, 200);
  await serve.stop();
});

test("without a certificate it does not begin", async () => {
  const file = join(newFolder(), "none.pem");
  const run = (cert, key) => runServe("--store", newStore(), "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key);
  const none = await run(file, file);
  assert.deepEqual([none.code, /cannot be read/.test(none.stderr)], [3, true]);
  put(file, readFileSync(certificates[0].caFile, "utf8"));
  const keyFile = join(newFolder(), "key.pem");
  put(keyFile, first.key);
  const wrong = await run(file, keyFile);
  assert.deepEqual([wrong.code, /do not belong together/.test(wrong.stderr)], [3, true]);
});
