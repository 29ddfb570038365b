// What is served at which path, to whom, and how a server begins and ends.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactEncrypt, compactDecrypt, createLocalJWKSet, jwtVerify } from "jose";
import { createHash, randomBytes } from "node:crypto";
import { ask, calm, cleanUp, emptyRing, newFile, newFolder, newStore, program, quick, runServe, startServe, stored, storedText, until } from "./world.mjs";

after(cleanUp);

const documents = {
  "/.well-known/jwks.json": "application/jwk-set+json",
  "/.well-known/openid-configuration": "application/json",
  "/.well-known/oauth-authorization-server": "application/json",
};
const issuer = "https://id.example";

describe("documents", () => {
  let serve;
  before(async () => {
    serve = await startServe(newStore(), { args: ["--issuer", issuer] });
  });
  after(() => serve.stop());

  for (const [path, type] of Object.entries(documents)) {
    test(path, async () => {
      const { status, headers, body } = await serve.get(path);
      assert.deepEqual([status, headers["content-type"]], [200, type]);
      assert.equal(headers["cache-control"], "public, max-age=300");
      assert.match(headers.etag, /^"[\w-]{43}"$/);
      assert.equal(headers["access-control-allow-origin"], "*");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.ok(Math.abs(new Date(headers.date) - Date.now()) < 5000);
      JSON.parse(body);

      const head = await serve.get(path, { method: "HEAD" });
      assert.deepEqual([head.status, head.body], [200, ""]);
      assert.equal(head.headers["content-length"], `${Buffer.byteLength(body)}`);
      assert.equal(head.headers.etag, headers.etag);
      assert.equal((await serve.get(`${path}?a=%00&b`)).body, body);
    });

    test(`${path}: validators`, async () => {
      const { etag } = (await serve.get(path)).headers;
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"a,b" ,W/"c",${etag}`, "*"]) {
        const { status, headers, body } = await serve.get(path, { headers: { "if-none-match": known } });
        assert.deepEqual([status, body, headers.etag, headers["cache-control"]], [304, "", etag, "public, max-age=300"], known);
        assert.equal(headers["content-type"], undefined);
      }
      for (const other of [`"${etag}"`, etag.slice(1, -1), etag.toLowerCase(), '"x"', "W/", '"', ",", etag.slice(0, -1)]) {
        assert.equal((await serve.get(path, { headers: { "if-none-match": other } })).status, 200, other);
      }
    });

    test(`${path}: methods`, async () => {
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "BREW"]) {
        const { status, headers } = await serve.get(path, { method });
        assert.deepEqual([status, headers.allow], [405, "OPTIONS, GET, HEAD"], method);
      }
      const headers = { origin: "https://app.example", "access-control-request-method": "GET" };
      const preflight = await serve.get(path, { method: "OPTIONS", headers });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers["access-control-allow-origin"], "*");
      assert.match(preflight.headers["access-control-allow-headers"], /If-None-Match/);
    });
  }

  test("what they say", async () => {
    const { keys } = await serve.jwks();
    assert.deepEqual(keys.map(({ kty, alg, use }) => [kty, alg, use]), [["EC", "ES256", "sig"]]);
    const openid = JSON.parse((await serve.get("/.well-known/openid-configuration")).body);
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    assert.deepEqual(openid, { issuer, jwks_uri: jwksUri, id_token_signing_alg_values_supported: ["ES256"] });
    const oauth = JSON.parse((await serve.get("/.well-known/oauth-authorization-server")).body);
    assert.deepEqual(oauth, { issuer, jwks_uri: jwksUri });
  });

  test("nothing else is there", async () => {
    for (const path of ["/", "/.well-known/", "/.well-known/jwks.json/", "/sign", "/..%2fkeys", "//"]) {
      const { status, headers } = await serve.get(path);
      assert.deepEqual([status, headers["access-control-allow-origin"]], [404, undefined], path);
    }
  });
});

test("an issuer with a path, and more members", async () => {
  const more = newFile(JSON.stringify({ authorization_endpoint: `${issuer}/authorize` }));
  const args = ["--issuer", `${issuer}/tenant`, "--jwks-uri", `${issuer}/tenant/keys`, "--metadata", more];
  const serve = await startServe(newStore(), { args });
  for (const path of ["/tenant/.well-known/openid-configuration", "/.well-known/openid-configuration"]) {
    const document = JSON.parse((await serve.get(path)).body);
    assert.equal(document.issuer, `${issuer}/tenant`);
    assert.equal(document.authorization_endpoint, `${issuer}/authorize`);
  }
  for (const path of ["/.well-known/oauth-authorization-server/tenant", "/tenant/keys", "/.well-known/jwks.json"]) {
    assert.equal((await serve.get(path)).status, 200, path);
  }
  await serve.stop();
});

test("without an issuer the set is served alone", async () => {
  const serve = await startServe(newStore(), { signs: false });
  const statuses = await Promise.all(Object.keys(documents).map(async (path) => (await serve.get(path)).status));
  assert.deepEqual(statuses, [200, 404, 404]);
  await serve.stop();
});

describe("health and metrics", () => {
  test("of one that is well", async () => {
    const serve = await startServe(newStore());
    for (const path of ["/livez", "/readyz", "/healthz"]) {
      const { status, headers, body } = await serve.get(path);
      assert.deepEqual([status, headers["content-type"], headers["cache-control"], JSON.parse(body).status], [200, "application/json", "no-store", "ok"]);
      assert.equal((await serve.get(path, { method: "POST" })).status, 405);
    }
    const health = await serve.health();
    assert.deepEqual([health.publishing, health.signing], [{ ok: true }, { ok: true }]);
    assert.ok(Math.abs(new Date(health.store.lastContact) - Date.now()) < 3000);
    await serve.sign({ sub: "ada" });
    await serve.get("/%22%0a{}");
    await serve.get("/.well-known/jwks.json");
    const metrics = await serve.metrics();
    const now = Date.now() / 1000;
    assert.equal(metrics['touchstone_keys{state="active"}'], 1);
    assert.equal(metrics['touchstone_keys{state="pending"}'], 0);
    assert.equal(metrics.touchstone_signatures_total, 1);
    assert.equal(metrics.touchstone_key_signatures, 65536);
    assert.equal(metrics.touchstone_key_signatures_limit, 2 ** 32);
    assert.equal(metrics['touchstone_key_changes_total{change="published"}'], 1);
    assert.equal(metrics['touchstone_key_changes_total{change="retired"}'], 0);
    assert.equal(metrics['touchstone_http_requests_total{listener="listen",path="other",status="404"}'], 1);
    assert.equal(metrics['touchstone_http_requests_total{listener="listen",path="/.well-known/jwks.json",status="200"}'], 1);
    assert.equal(metrics['touchstone_http_requests_total{listener="listen",path="/livez",status="405"}'], 1);
    assert.equal(metrics['touchstone_http_requests_total{listener="sign-listen",path="/sign",status="200"}'], 1);
    assert.equal(metrics['touchstone_health{status="ok"}'], 1);
    assert.ok(Math.abs(metrics.touchstone_store_last_contact_timestamp_seconds - now) < 3);
    assert.ok(Math.abs(metrics.touchstone_next_rotation_seconds - (3600 - 600)) < 10);
    assert.ok(Math.abs(metrics.touchstone_start_timestamp_seconds - now) < 10);
    await serve.stop();
  });

  test("the text format, line by line", async () => {
    const serve = await startServe(newStore());
    await serve.get("/nothing");
    const { headers, body } = await serve.get("/metrics");
    assert.equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert.ok(body.endsWith("\n"));
    let described;
    const seen = new Set();
    for (const line of body.slice(0, -1).split("\n")) {
      const comment = line.match(/^# (HELP|TYPE) (\w+) (.+)$/);
      if (comment) {
        if (comment[1] === "HELP") assert.ok(!seen.has(comment[2]), `${comment[2]} is described once`);
        else assert.match(comment[3], /^(counter|gauge)$/);
        described = comment[2];
        seen.add(described);
        continue;
      }
      const [, name] = line.match(/^(\w+)(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})? -?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/) ?? [];
      assert.equal(name, described, line);
    }
    await serve.stop();
  });

  test("on an address of their own, and there alone", async () => {
    const serve = await startServe(newStore(), { args: ["--admin-listen", "127.0.0.1:0"] });
    for (const path of ["/livez", "/readyz", "/healthz", "/metrics"]) {
      assert.deepEqual([(await serve.get(path)).status, (await ask(`${serve.admin}${path}`)).status], [404, 200], path);
    }
    assert.equal((await ask(`${serve.admin}/.well-known/jwks.json`)).status, 404);
    await serve.stop();
  });

  test("a store that goes and comes back", async () => {
    // A window of retain - tokenLifetime - clockSkew = 1.75 s for signing, of 2 s for publishing.
    const place = newStore({ ...calm, publishAhead: 302.5 });
    const serve = await startServe(place);
    await serve.sign({ sub: "ada" });
    chmodSync(place, 0o755); // others could read it now, so that it is refused
    const degraded = await until(async () => {
      const health = await serve.health();
      return health.status === "degraded" && health;
    });
    assert.equal(degraded.code, 200);
    assert.deepEqual(degraded.store.error, { reason: "store_permission", hint: "mode" });
    const gap = new Date(degraded.signing.until) - new Date(degraded.store.lastContact);
    assert.equal(Math.round(gap / 10), 175);
    await serve.sign({ sub: "ada" });
    const failing = await until(async () => {
      const health = await serve.health();
      return health.status === "failing" && health;
    });
    assert.deepEqual([failing.code, failing.signing.ok], [503, false]);
    assert.ok(Date.now() > new Date(failing.signing.until) - 20);
    const refused = await serve.askToSign({ sub: "ada" });
    assert.deepEqual([refused.status, JSON.parse(refused.body).error, refused.headers["retry-after"]], [503, "store_permission", "1"]);
    // Whoever cannot be told better is told what is known; but the balancer sends nobody here any more.
    await until(async () => (await serve.get("/readyz")).status === 503);
    assert.deepEqual([(await serve.get("/.well-known/jwks.json")).status, (await serve.get("/livez")).status], [200, 200]);
    assert.ok((await serve.metrics())['touchstone_store_errors_total{reason="store_permission"}'] > 3);
    chmodSync(place, 0o700);
    await until(async () => (await serve.health()).status === "ok");
    await serve.sign({ sub: "ada" });
    assert.equal(serve.eventsOf("store_lost").length, 1);
    assert.equal(serve.eventsOf("recovered").length, 1);
    await serve.stop();
  });
});

describe("signing", () => {
  let serve;
  before(async () => {
    serve = await startServe(newStore());
  });
  after(() => serve.stop());

  test("a token that jose verifies", async () => {
    const { status, headers, body } = await serve.askToSign({ iss: issuer, aud: "api", sub: "ada" });
    assert.deepEqual([status, headers["content-type"], headers["cache-control"]], [200, "application/jwt", "no-store"]);
    const { payload, protectedHeader } = await jwtVerify(body, createLocalJWKSet(await serve.jwks()), { issuer, audience: "api" });
    assert.deepEqual([payload.sub, payload.exp - payload.iat, protectedHeader.typ], ["ada", calm.tokenLifetime, "JWT"]);
  });

  test("typ and lifetime", async () => {
    const jwt = await serve.sign({ sub: "ada" }, { query: "?typ=at%2Bjwt&expires_in=2" });
    const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(await serve.jwks()));
    assert.deepEqual([payload.exp - payload.iat, protectedHeader.typ], [2, "at+jwt"]);
  });

  test("what cannot be signed", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const [claims, reason, query] of [
      ["", "payload_json_invalid"],
      ["[]", "payload_json_invalid"],
      ['{"a":1,"a":2}', "payload_duplicate_member"],
      [{ exp: "soon" }, "claim_type_invalid"],
      [{ exp: now + 3600 }, "token_lifetime_invalid"],
      [{}, "token_lifetime_invalid", "?expires_in=3600"],
      [{}, "option_invalid", "?expires_in=1e3"],
    ]) {
      const { status, body } = await serve.askToSign(claims, { query });
      assert.deepEqual([status, JSON.parse(body).error], [400, reason], JSON.stringify(claims));
    }
    const before = (await serve.metrics()).touchstone_signatures_total;
    await serve.sign({});
    assert.equal((await serve.metrics()).touchstone_signatures_total, before + 1);
  });

  test("not without the token", async () => {
    const { token } = serve;
    for (const authorization of ["", "Bearer", "Bearer ", `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token]) {
      const { status, headers } = await serve.askToSign({}, { headers: { authorization } });
      assert.equal(status, 401, authorization);
      assert.match(headers["www-authenticate"], /^Bearer/);
    }
    assert.equal((await serve.askToSign({}, { headers: { authorization: `bearer ${token}` } })).status, 200);
    assert.equal((await ask(serve.signUrl, { headers: { authorization: `Bearer ${token}` } })).status, 405);
  });

  test("a body that is too large ends the connection", async () => {
    await serve.sign({ text: "a".repeat(60_000) });
    await assert.rejects(serve.sign({ text: "a".repeat(70_000) }), /ECONNRESET|socket hang up|EPIPE/);
    await serve.sign({});
  });

  test("no key makes more signatures than it may", async () => {
    const maxSignatures = 40;
    const place = newStore({ ...calm, maxSignatures });
    const servers = await Promise.all([startServe(place), startServe(place)]);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => servers[i % 2].askToSign({ i }).then(({ status, body }) => [status, body])),
    );
    const made = answers.filter(([status]) => status === 200).length;
    const refused = answers.filter(([, body]) => body.includes("signing_key_exhausted")).length;
    assert.equal(made + refused, answers.length);
    // What one of them has set aside the other cannot make.
    assert.ok(made <= maxSignatures && made > maxSignatures / 2, `${made} were made`);
    const { keys } = stored(place).ring;
    assert.deepEqual(keys.map(({ state, signatures }) => [state, signatures]), [["active", maxSignatures], ["pending", 0]]);
    const health = await Promise.all(servers.map((server) => server.health()));
    assert.ok(health.some(({ status }) => status === "failing"), "whoever has none left");
    await Promise.all(servers.map((server) => server.stop()));
  });

  test("at a unix socket, which is its owner's alone", async () => {
    const path = join(newFolder(), "sign.sock");
    const token = randomBytes(32).toString("hex");
    const place = newStore();
    const start = () => startServe(place, { signs: false, args: ["--sign-listen", `unix:${path}`, "--sign-token-file", newFile(token)] });
    const headers = { authorization: `Bearer ${token}` };
    const first = await start();
    await until(() => first.eventsOf("listening").length === 2);
    const answer = await ask({ socketPath: path, path: "/sign" }, { method: "POST", headers, body: "{}" });
    assert.equal(answer.status, 200);
    await first.stop("SIGKILL"); // and leaves it behind
    const second = await start();
    await until(() => second.eventsOf("listening").length === 2);
    assert.equal((await ask({ socketPath: path, path: "/sign" }, { method: "POST", headers, body: "{}" })).status, 200);
    const third = await runServe("--store", place, "--listen", "127.0.0.1:0", "--sign-listen", `unix:${path}`, "--sign-token-file", newFile(token));
    assert.equal(third.code, 3);
    await second.stop();
  });
});

describe("a store that is sealed", () => {
  const octets = randomBytes(32);
  const kid = createHash("sha256").update(JSON.stringify({ k: octets.toString("base64url"), kty: "oct" })).digest("base64url");
  // As anybody's JWE library seals and opens it.
  const seal = (text) => new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg: "dir", enc: "A256GCM", kid }).encrypt(octets);

  test("by the key from a file or from the environment", async () => {
    const place = newStore(calm, await seal(emptyRing(calm)));
    const keyFile = newFile(octets.toString("base64url"));
    const first = await startServe(place, { args: ["--sealing-key-file", keyFile] });
    const { keys } = await first.jwks();
    await first.stop();
    const { plaintext } = await compactDecrypt(storedText(place), octets);
    assert.equal(JSON.parse(plaintext.toString ? Buffer.from(plaintext).toString() : "").ring.keys[0].jwk.kid, keys[0].kid);
    const second = await startServe(place, { env: { TOUCHSTONE_SEALING_KEY: octets.toString("hex") } });
    assert.deepEqual((await second.jwks()).keys, keys);
    await second.stop();
  });

  test("under another key, which the server reads once it is where the old one was", async () => {
    const place = newStore(calm, await seal(emptyRing(calm)));
    const [keyFile, nextFile] = [newFile(octets.toString("hex")), join(newFolder(), "new.key")];
    const serve = await startServe(place, { args: ["--sealing-key-file", keyFile] });
    await serve.sign({ sub: "ada" }); // so that it has more in hand
    const options = ["--store", place, "--sealing-key-file", keyFile, "--make-sealing-key", nextFile, "--json"];
    const { sealingKid } = JSON.parse(execFileSync(program, ["keys", "reseal", ...options]));
    const degraded = await until(async () => (({ status, store }) => status !== "ok" && store)(await serve.health()));
    assert.equal(degraded.error?.reason, "sealing_key_mismatch");
    const { keys } = await serve.jwks(); // from memory

    writeFileSync(keyFile, "neither key");
    serve.child.kill("SIGHUP");
    await sleep(300);
    assert.equal((await serve.health()).status, "degraded");
    renameSync(nextFile, keyFile);
    await until(async () => (await serve.health()).status === "ok");
    await serve.sign({ sub: "ada" }); // has signatures counted in the store, under the new key
    assert.deepEqual((await serve.jwks()).keys, keys);
    assert.deepEqual(await serve.stop(), { code: 0, signal: null });
    const kept = storedText(place);
    assert.equal(JSON.parse(Buffer.from(kept.split(".")[0], "base64url")).kid, sealingKid);
    const { plaintext } = await compactDecrypt(kept, Buffer.from(readFileSync(keyFile, "utf8").trim(), "base64url"));
    assert.ok(JSON.parse(Buffer.from(plaintext)).ring.keys[0].signatures > 0);
  });

  test("not without it, by another, or in the clear in spite of it", async () => {
    const sealed = newStore(calm, await seal(emptyRing(calm)));
    const run = async (place, ...args) => {
      const { code, stderr } = await runServe("--store", place, "--listen", "127.0.0.1:0", ...args);
      return [code, stderr.replace(/\s+/g, " ").match(/\((\w+)\)/)?.[1]];
    };
    assert.deepEqual(await run(sealed), [1, "sealing_key_missing"]);
    assert.deepEqual(await run(sealed, "--sealing-key-file", newFile(randomBytes(32).toString("hex"))), [1, "sealing_key_mismatch"]);
    assert.deepEqual(await run(newStore(), "--sealing-key-file", newFile(octets.toString("hex"))), [1, "ring_not_sealed"]);
    assert.deepEqual(await run(sealed, "--sealing-key-file", newFile("short")), [1, "sealing_key_malformed"]);
    const { code, stderr } = await runServe("--store", sealed, "--sealing-key-file", newFile(octets.toString("hex"), 0o644));
    assert.equal(code, 3);
    assert.match(stderr, /others may read/);
  });
});

describe("beginning", () => {
  const refused = async (code, pattern, ...args) => {
    const ended = await runServe(...args);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr.replace(/\s+/g, " "), pattern);
  };

  test("what contradicts itself", async () => {
    const store = ["--store", newStore()];
    await refused(2, /--store is empty/, "--store", "");
    await refused(2, /contradict/, ...store, "--unsealed", "--sealing-key-file", "x");
    await refused(2, /go together/, ...store, "--tls-cert", "x");
    await refused(2, /go together/, ...store, "--sign-listen", "127.0.0.1:0");
    await refused(2, /needs --issuer/, ...store, "--metadata", "x");
    await refused(2, /--behind-proxy is for plain http/, ...store, "--tls-cert", "x", "--tls-key", "x", "--behind-proxy");
    for (const address of ["", "8080", "a.example:80", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "unix:"]) {
      await refused(2, /--listen does not take/, ...store, "--listen", address);
    }
    await refused(2, /--issuer is an https URL/, ...store, "--issuer", "http://id.example");
    await refused(1, /option_invalid/, ...store, "--issuer", issuer, "--metadata", newFile('{"issuer":"x"}'));
  });

  test("plain http stays on this machine unless told otherwise", async () => {
    const place = newStore();
    for (const address of ["0.0.0.0:0", ":0", "[::]:0"]) {
      await refused(2, /beyond this machine/, "--store", place, "--listen", address);
      await refused(2, /beyond this machine/, "--store", place, "--admin-listen", address);
    }
    await refused(2, /of this machine alone/, "--store", place, "--sign-listen", ":0", "--sign-token-file", "x", "--behind-proxy");
    const serve = await startServe(place, { listen: ":0", args: ["--behind-proxy"] });
    assert.equal((await serve.get("/.well-known/jwks.json")).status, 200);
    await serve.stop();
  });

  test("files that are not as they should be", async () => {
    const place = newStore();
    const sign = ["--store", place, "--listen", "127.0.0.1:0", "--sign-listen", "127.0.0.1:0", "--sign-token-file"];
    await refused(3, /others may read/, ...sign, newFile("a".repeat(40), 0o640));
    await refused(1, /at least 32/, ...sign, newFile("short"));
    await refused(3, /no such file/, ...sign, "/nowhere/token");
    await refused(3, /has not been made yet \(store_missing\).*keys init/, "--store", "/nowhere/keys");
    await refused(1, /ring_malformed/, "--store", newStore(calm, "{}"));
    await refused(1, /retain.*option_invalid/, "--store", newStore(calm, emptyRing({ ...calm, retain: 1 })));
  });

  test("not where another is", async () => {
    const place = newStore();
    const serve = await startServe(place);
    await refused(3, /--listen: cannot listen there: Address already in use \(listen_failed\)/, "--store", place, "--listen", new URL(serve.url).host);
    await serve.stop();
  });
});

describe("ending", () => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    test(`${signal}: what has been asked is answered`, async () => {
      const serve = await startServe(newStore());
      const agent = new Agent({ keepAlive: true });
      assert.notEqual((await serve.get("/livez", { agent })).headers.connection, "close");
      const headers = { authorization: `Bearer ${serve.token}`, "content-length": 10 };
      const slow = request(serve.signUrl, { method: "POST", headers, agent });
      slow.write('{"a"');
      await once(slow, "socket").then(([socket]) => socket.connecting && once(socket, "connect"));
      await new Promise((resolve) => setTimeout(resolve, 200));
      serve.child.kill(signal);
      await until(() => serve.eventsOf("stopping").length === 1);
      await until(() => ask(`${serve.url}/livez`).then(() => false, ({ code }) => code === "ECONNREFUSED"));
      slow.end(":1234}");
      const [response] = await once(slow, "response");
      assert.deepEqual([response.statusCode, response.headers.connection], [200, "close"]);
      response.resume();
      assert.deepEqual(await serve.ended, { code: 0, signal: null });
      assert.equal(serve.eventsOf("stopped").length, 1);
      agent.destroy();
    });
  }

  test("a second signal ends it at once", async () => {
    const serve = await startServe(newStore());
    const slow = request(serve.signUrl, { method: "POST", headers: { authorization: `Bearer ${serve.token}`, "content-length": 10 } });
    slow.on("error", () => {});
    slow.write("{");
    await new Promise((resolve) => setTimeout(resolve, 300));
    serve.child.kill("SIGTERM");
    await until(() => serve.eventsOf("stopping").length === 1);
    serve.child.kill("SIGTERM");
    assert.deepEqual(await serve.ended, { code: null, signal: "SIGTERM" });
  });

  test("what starts again goes on where it was", async () => {
    const place = newStore(quick);
    const first = await startServe(place);
    await until(async () => (await first.jwks()).keys.length === 2);
    const before = await first.jwks();
    await first.stop();
    const second = await startServe(place);
    const now = await second.jwks();
    for (const key of before.keys) assert.ok(now.keys.some(({ kid }) => kid === key.kid));
    await second.stop();
  });
});

describe("with the commands", () => {
  const commands = (place, key) => {
    const options = ["--store", place, "--json", ...(key ? ["--sealing-key-file", key] : [])];
    return (...args) => JSON.parse(execFileSync(program, [...args, ...options], { encoding: "utf8" }));
  };

  test("made by `keys init`, rotated and revoked while it is served", async () => {
    const folder = newFolder();
    const [place, key] = [join(folder, "keys"), join(folder, "sealing.key")];
    const terms = ["--publish-ahead", "4s", "--rotate-every", "1h", "--retain", "8s", "--token-lifetime", "5s", "--cache-lifetime", "1s", "--client-grace", "1s", "--clock-skew", "0", "--propagation", "2s"];
    execFileSync(program, ["keys", "init", "--store", place, "--make-sealing-key", key, ...terms]);
    const keys = commands(place, key);
    const serve = await startServe(place, { args: ["--sealing-key-file", key, "--issuer", issuer] });
    const kids = async () => (await serve.jwks()).keys.map(({ kid }) => kid);
    const [first] = await kids();

    keys("keys", "rotate", "--now");
    await until(async () => (await kids()).length === 2);
    const verify = async (jwt) => (await jwtVerify(jwt, createLocalJWKSet(await serve.jwks()))).protectedHeader.kid;
    assert.equal(await verify(await serve.sign({})), first);
    const [, second] = await kids();
    await until(async () => (await verify(await serve.sign({}))) === second);

    // At once: the server still has signatures in hand of the key that is revoked.
    keys("keys", "revoke", second, "--yes");
    const since = Date.now();
    await until(async () => !(await kids()).includes(second));
    assert.ok(Date.now() - since < 2000, "within propagation");
    const third = await verify(await serve.sign({}));
    assert.ok(![first, second].includes(third));
    assert.deepEqual(keys("keys", "list").keys.filter(({ state }) => state === "active").map(({ kid }) => kid), [third]);
    await serve.stop();
  });
});
