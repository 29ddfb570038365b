// The handler, in all that HTTP asks of it; and a real verifier behind a real server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import * as jose from "jose";
import { createVerifier } from "touchstone";
import { createIssuer, memoryStore } from "touchstone/issuer";
import { clockAt, hasty } from "./support.mjs";

const at = (issuer, more) => createIssuer({ issuer, store: memoryStore(), sealingKey: null, policy: hasty, ...more });
const jwksPath = "/.well-known/jwks.json";
const openidPath = "/.well-known/openid-configuration";
const oauthPath = "/.well-known/oauth-authorization-server";
const ask = (issuer, path, init) => issuer.fetch(new Request(`https://id.example${path}`, init));

test("GET: the set and both documents, with their types, validators and lifetimes", async () => {
  const issuer = at("https://id.example", { metadata: { token_endpoint: "https://id.example/token" } });
  for (const [path, type] of [[jwksPath, "application/jwk-set+json"], [openidPath, "application/json"], [oauthPath, "application/json"]]) {
    const response = await ask(issuer, path);
    assert.equal(response.status, 200);
    assert.deepEqual(Object.fromEntries(response.headers), {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag",
      "cache-control": "public, max-age=20",
      "content-type": type,
      etag: response.headers.get("etag"),
      "x-content-type-options": "nosniff",
    });
    assert.match(response.headers.get("etag"), /^"[\w-]{43}"$/);
    const body = await response.json();
    if (path === jwksPath) assert.deepEqual(body, await issuer.jwks());
    else assert.deepEqual([body.issuer, body.jwks_uri, body.token_endpoint], ["https://id.example", `https://id.example${jwksPath}`, "https://id.example/token"]);
  }
});

test("HEAD: the same fields and no body", async () => {
  const issuer = at("https://id.example");
  for (const path of [jwksPath, openidPath, oauthPath]) {
    const [head, get] = [await ask(issuer, path, { method: "HEAD" }), await ask(issuer, path)];
    assert.equal(head.status, 200);
    assert.deepEqual([...head.headers], [...get.headers]);
    assert.equal(await head.text(), "");
  }
});

test("304 for what the client has, until the set changes", async () => {
  const clock = clockAt(1_800_000_000);
  const issuer = at("https://id.example", { clock });
  const etag = (await ask(issuer, jwksPath)).headers.get("etag");
  const conditional = (value, method = "GET") => ask(issuer, jwksPath, { method, headers: { "if-none-match": value } });
  for (const value of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
    for (const method of ["GET", "HEAD"]) {
      const response = await conditional(value, method);
      assert.equal(response.status, 304, value);
      assert.equal(await response.text(), "");
      assert.deepEqual([response.headers.get("etag"), response.headers.get("cache-control")], [etag, "public, max-age=20"]);
    }
  }
  for (const value of ['"x"', etag.slice(1, -1), ""]) assert.equal((await conditional(value)).status, 200);
  clock.seconds += 500;
  assert.equal((await conditional(etag)).status, 200, "a key was published");
});

test("404, 405, and what a browser asks first", async () => {
  const issuer = at("https://id.example");
  for (const path of ["/", "/.well-known/", `${jwksPath}/`, `/x${jwksPath}`]) assert.equal((await ask(issuer, path)).status, 404);
  assert.equal((await ask(issuer, `${jwksPath}?v=1`)).status, 200);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await ask(issuer, jwksPath, { method });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  }
  const preflight = await ask(issuer, jwksPath, { method: "OPTIONS" });
  assert.equal(preflight.status, 204);
  assert.deepEqual(
    ["origin", "methods", "headers"].map((name) => preflight.headers.get(`access-control-allow-${name}`)),
    ["*", "GET, HEAD, OPTIONS", "If-None-Match"],
  );
});

test("503 when there is nothing to say", async () => {
  const away = () => Promise.reject(new Error("password=hunter2"));
  const response = await ask(at("https://id.example", { store: { load: away, compareAndSwap: away } }), jwksPath);
  assert.deepEqual([response.status, response.headers.get("cache-control"), await response.text()], [503, "no-store", ""]);
});

test("an issuer with a path, and a set elsewhere (RFC 8414 section 3.1, Discovery section 4)", async () => {
  const issuer = at("https://id.example/tenant/", { jwksUri: "https://cdn.example/keys/tenant.json" });
  assert.equal((await ask(issuer, `/tenant${openidPath}`)).status, 200);
  assert.equal((await ask(issuer, `${oauthPath}/tenant`)).status, 200);
  assert.equal((await (await ask(issuer, `/tenant${openidPath}`)).json()).jwks_uri, "https://cdn.example/keys/tenant.json");
  assert.equal((await ask(issuer, "/keys/tenant.json")).status, 200);
  for (const path of [openidPath, oauthPath, jwksPath, `${oauthPath}/tenant/`]) assert.equal((await ask(issuer, path)).status, 404);
});

test("behind node:http: jose and Touchstone find the keys by themselves", async (t) => {
  let issuer;
  const server = createServer(async (request, response) => {
    const { status, headers, ...answer } = await issuer.fetch(new Request(`http://${request.headers.host}${request.url}`, { method: request.method }))
      .then(async (given) => ({ status: given.status, headers: given.headers, body: await given.text() }));
    response.writeHead(status, Object.fromEntries(headers)).end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  issuer = at(url, { allowHttpOnLoopback: true, policy: { ...hasty, alg: "EdDSA" } });
  const { token } = await issuer.sign({ aud: "api", sub: "ada" });
  const verifier = createVerifier({ discover: url, audience: "api" });
  assert.equal((await verifier.verify(token)).payload.sub, "ada");
  const getKey = jose.createRemoteJWKSet(new URL(`${url}${jwksPath}`));
  assert.equal((await jose.jwtVerify(token, getKey, { issuer: url, audience: "api" })).payload.sub, "ada");
});
