// Nothing secret leaves: all that servers say and answer, while their keys rotate and things go wrong, is searched for
// every secret that they had, in every form that it could have.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, randomBytes } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactEncrypt, compactDecrypt } from "jose";
import { startPostgres } from "../stores/postgres.mjs";
import { killProbes, secrets as databaseSecrets, startProbe } from "../stores/probe.mjs";
import { makeCertificates } from "../remote/world/certificates.mjs";
import { ask, cleanUp, emptyRing, heard, newFile, newStore, quick, runServe, startServe, storedText, until } from "./world.mjs";

const certificates = makeCertificates();
let database;
after(() => {
  cleanUp();
  killProbes();
  database?.remove();
  certificates.remove();
});

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "k"];
const algorithms = ["RS256", "PS256", "ES256", "ES512", "ES256K", "Ed25519", "HS256"];

/** The base64 characters that depend on these bytes alone, wherever in a longer text they begin: in PEM, say. */
function base64Within(bytes) {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64").replace(/=+$/, "");
    const first = Math.ceil((offset * 4) / 3);
    const end = Math.floor(((offset + bytes.length) * 4) / 3);
    return text.slice(first, end);
  });
}

/** All forms in which a secret of these bytes could be written, as what to look for. */
function formsOf(bytes) {
  const reversed = Buffer.from(bytes).reverse();
  const base64 = [...base64Within(bytes), ...base64Within(reversed)];
  const texts = [
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    ...[bytes, reversed].flatMap((some) => [some.toString("hex"), some.toString("hex").toUpperCase()]),
    BigInt(`0x${bytes.toString("hex")}`).toString(),
    [...bytes].join(","),
    [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
    bytes.toString("hex").replace(/..(?!$)/g, "$&:"),
  ];
  return [bytes, reversed, ...texts.map((text) => Buffer.from(text))];
}

/** Which of the secrets is in there, whole or as a piece from its middle; undefined when none is. */
function find(secrets, haystack) {
  // PEM breaks its lines, JSON may escape a slash.
  const unbroken = Buffer.from(haystack.toString("latin1").replace(/[\r\n\\]/g, ""), "latin1");
  for (const [name, bytes] of secrets) {
    const piece = bytes.length < 24 ? bytes : bytes.subarray(bytes.length / 2 - 8, bytes.length / 2 + 8);
    for (const needle of [...formsOf(bytes), ...formsOf(piece)]) {
      if (haystack.includes(needle) || unbroken.includes(needle)) return name;
    }
  }
}

/** Of a ring's text: name and bytes of each secret. */
function secretsOf(text) {
  const { ring } = JSON.parse(text);
  return ring.keys.flatMap(({ jwk }) =>
    privateMembers.filter((member) => jwk[member]).map((member) => [`${member} of ${jwk.kid}`, Buffer.from(jwk[member], "base64url")]),
  );
}

test("not in a body, a field, a log, a metric or an error", async (t) => {
  const octets = randomBytes(32);
  const kid = createHash("sha256").update(JSON.stringify({ k: octets.toString("base64url"), kty: "oct" })).digest("base64url");
  const seal = (text) => new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg: "dir", enc: "A256GCM", kid }).encrypt(octets);
  const policyOf = (alg) => ({ ...quick, rsaBits: 2048, rotateEvery: 4, publishAhead: 3.5, alg });

  // Directories in the clear, one that is sealed, and a database whose password is in the URL.
  const places = algorithms.map((alg) => newStore(policyOf(alg)));
  const sealed = newStore(policyOf("ES256"), await seal(emptyRing(policyOf("ES256"))));
  database = await startPostgres();
  const url = database.url(database.newDatabase());
  const probe = await startProbe(url);
  await probe.create();
  await probe.swap("", emptyRing(policyOf("ES384")));
  const { key, cert } = certificates.leaves.good;
  const tls = ["--tls-cert", newFile(cert), "--tls-key", newFile(key)];
  const servers = await Promise.all([
    ...places.map((place) => startServe(place, { args: ["--issuer", "https://id.example"] })),
    startServe(sealed, { env: { TOUCHSTONE_SEALING_KEY: octets.toString("base64") }, args: tls }),
    startServe(url),
  ]);

  const secrets = new Map([
    ["the sealing key", octets],
    ["the database's password", Buffer.from(databaseSecrets[1])],
    ["the certificate's key", Buffer.from(createPrivateKey(key).export({ format: "jwk" }).d, "base64url")],
    ...servers.map(({ token }, index) => [`the token of server ${index}`, Buffer.from(token)]),
  ]);
  const learn = async () => {
    const texts = [...places.map(storedText), (await compactDecrypt(storedText(sealed), octets)).plaintext, (await probe.load()).text];
    for (const text of texts) for (const [name, bytes] of secretsOf(`${Buffer.from(text)}`)) secrets.set(name, bytes);
  };

  const paths = ["/.well-known/jwks.json", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/healthz", "/readyz", "/livez", "/metrics", "/sign", "/", "/%00key-ring.json"];
  const askAll = async ({ url: base, askToSign, signUrl }, methods) => {
    for (const path of paths) for (const method of methods) await ask(`${base}${path}`, { method, ca: certificates.ca });
    for (const claims of [{ sub: "ada" }, "", "{", { exp: 1 }]) await askToSign(claims);
    await askToSign({}, { headers: { authorization: "Bearer wrong" } });
    await ask(signUrl);
  };
  const rotations = () => servers.flatMap(({ eventsOf }) => eventsOf("ring_changed")).filter(({ change }) => change === "retired").length;
  const end = Date.now() + 60_000;
  for (let round = 0; round < 8 || (rotations() < servers.length && Date.now() < end); round += 1) {
    const methods = round === 0 ? ["GET", "HEAD", "OPTIONS", "DELETE"] : ["GET"];
    await Promise.all([learn(), ...servers.map((serve) => askAll(serve, methods)), sleep(800)]);
    for (const place of places) chmodSync(place, round % 3 === 1 ? 0o755 : 0o700); // now and then the store is away
  }
  for (const place of places) chmodSync(place, 0o700);
  await learn();

  // An HS key is a secret itself, so its set is empty.
  assert.deepEqual(await servers[algorithms.indexOf("HS256")].jwks(), { keys: [] });
  await until(async () => (await servers[algorithms.indexOf("HS256")].askToSign({})).status === 200);
  await Promise.all(servers.map((serve) => serve.stop()));
  // And of those that cannot begin.
  for (const args of [["--store", sealed], ["--store", places[0], "--sealing-key-file", newFile(octets.toString("hex"))], ["--store", `${url}x`], ["--store", `${url}?sslmode=wrong`]]) {
    const { code, stdout, stderr } = await runServe(...args, "--listen", "127.0.0.1:0");
    assert.notEqual(code, 0);
    heard.push(Buffer.from(stdout), Buffer.from(stderr));
  }

  const heardBytes = heard.reduce((sum, { length }) => sum + length, 0);
  const all = Buffer.from([...new Set(heard.map((bytes) => bytes.toString("latin1")))].join("\n"), "latin1"); // each once
  t.diagnostic(`${secrets.size} secrets in ${heardBytes} bytes; ${rotations()} rotations`);
  assert.ok(rotations() >= servers.length && secrets.size > 50 && heardBytes > 300_000);
  assert.equal(find(secrets, all), undefined);

  // The search finds what is there: one secret of each kind, in each form, in the middle of all that.
  const samples = [["k", octets], ...algorithms.map((_, index) => secretsOf(storedText(places[index]))[0])];
  const some = all.subarray(0, 20_000);
  for (const [name, bytes] of samples) {
    for (const form of formsOf(bytes)) {
      const planted = Buffer.concat([some, form, some]);
      assert.equal(find([[name, bytes]], planted), name, `${name} as ${form.toString("latin1").slice(0, 8)}...`);
    }
  }
  // In PEM, too, as OpenSSL writes it.
  const jwk = JSON.parse(storedText(places[0])).ring.keys[0].jwk;
  const pem = createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "pem", type: "pkcs8" });
  assert.ok(find(secretsOf(storedText(places[0])), Buffer.concat([some, Buffer.from(pem), some])));
  assert.equal(find([["certificate", secrets.get("the certificate's key")]], Buffer.from(key)), "certificate");
  await probe.stop();
});
