// `touchstone fetch`: a set as a verifier sees it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { both, ec, flat, jwks, privateJwk, publicJwk, rsa } from "./both.js";
import { startProvider } from "./provider.mjs";

const k1 = publicJwk(ec, { kid: "k1", alg: "ES256", use: "sig" });
const k2 = publicJwk(rsa, { kid: "k2", alg: "RS256", use: "sig" });
const wellKnown = "/.well-known/openid-configuration";
const started = [];
after(() => Promise.all(started.map((provider) => provider.stop())));

async function providerOf(documents) {
  const provider = await startProvider(documents);
  started.push(provider);
  return provider;
}

/** The two run one after the other. */
const same = (text) =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, (now|in \d+ \w+|\d+ \w+ ago)/g, "TIME")
    .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, "DATE")
    .replaceAll(/"(fetched|refresh|expires|unusable)":\d+(\.\d+)?/g, '"$1":0');
const fetch = (args, options) => both(["fetch", ...args], { same, ...options });

test("a set", async () => {
  const { url } = await providerOf({
    "/keys": { headers: { "Cache-Control": "max-age=600", ETag: '"1"' }, body: jwks(k1, k2, { kty: "XYZ", kid: "k3" }) },
  });
  const { code, out, err } = fetch([`${url}/keys`]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out.slice(0, out.indexOf("\n\n")),
    `fetched: 3 keys, 2 usable
  JWK Set     ${url}/keys
keys
  keys[0]     "k1", EC P-256, ES256
  keys[1]     "k2", RSA of 2048 bits, RS256
  keys[2]     "k3", not used - kty_unsupported (kty): the key type is unknown
caching
  Cache-Control  max-age=600
  Date           DATE
  ETag           "1"
  fetched        TIME
  expires        TIME
  refreshed from TIME, by verifiers that keep it
  unusable from  TIME, if the provider fails`,
  );
  assert.match(out, /\n\nno errors: 3 keys, 2 usable; /);
});

test("an issuer's, by its metadata", async () => {
  const provider = await providerOf({
    [wellKnown]: JSON.stringify({
      issuer: "ISSUER",
      jwks_uri: "ISSUER/keys",
      id_token_signing_alg_values_supported: ["ES256", "RS256"],
    }),
    "/keys": jwks(k1),
  });
  const { code, out } = fetch([provider.url]);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`  issuer      ${provider.url}\n  metadata    ${provider.url}${wellKnown}\n  JWK Set     ${provider.url}/keys\n  algorithms  ES256, RS256\n`));
  assert.equal(provider.requests(), 4);

  const json = JSON.parse(fetch([provider.url, "--json"]).out);
  assert.equal(json.source, "network");
  assert.equal(json.issuer, provider.url);
  assert.equal(json.metadata.jwks_uri, `${provider.url}/keys`);
  assert.equal(json.jwks.keys[0].kid, "k1");
  assert.equal(json.audit.usable, 1);
  assert.deepEqual(Object.keys(json.times).sort(), ["expires", "fetched", "refresh", "unusable"]);
});

test("from the cache, not modified, stale", async () => {
  const headers = { "Cache-Control": "max-age=600", ETag: '"1"' };
  const provider = await providerOf({ [wellKnown]: JSON.stringify({ issuer: "ISSUER", jwks_uri: "ISSUER/keys" }), "/keys": { headers, body: jwks(k1) } });
  const args = [provider.url, "--cache-dir", "fetch-cache"];
  fetch(args, { same: () => "" });
  const requests = provider.requests();
  const { out } = fetch(args);
  assert.match(out, /^from the cache: 1 key, 1 usable\n/);
  assert.match(out, new RegExp(`  issuer      ${provider.url}\n`));
  assert.match(out, /  ETag {11}"1"\n/);
  assert.equal(provider.requests(), requests);
});

test("--set prints what verify takes", async () => {
  const { url } = await providerOf({ "/keys": jwks(k1, k2) });
  const { out } = fetch([`${url}/keys`, "--set"]);
  assert.deepEqual(JSON.parse(out), JSON.parse(jwks(k1, k2)));
  assert.equal(out.split("\n").length, 2);
});

test("an audit with errors is exit code 1", async () => {
  const { url } = await providerOf({ "/keys": jwks(k1, privateJwk(rsa, { kid: "secret" })) });
  const { code, out } = fetch([`${url}/keys`]);
  assert.equal(code, 1);
  assert.match(out, /errors: 2 keys, 1 usable; /);
});

test("what comes from outside cannot steer the terminal", async () => {
  const { url } = await providerOf({
    "/keys": { headers: { ETag: '"\u009b31m"', "Cache-Control": "x=\u009b2J" }, body: jwks({ ...k1, kid: "\u001b[2J\u202e" }) },
  });
  for (const more of [[], ["--json"], ["--set"]]) {
    const { out } = fetch([`${url}/keys`, ...more], { same: (text) => same(text).replaceAll(/(\\+u00c2|\\+xc2)?(\\+u009b|\\+x9b)/g, "CSI") });
    assert.doesNotMatch(out, /[\u0080-\u009f\u001b\u202e]/);
    assert.match(out, /\\u001b\[2J\\u202e/);
  }
});

test("a set whose host has a page, or leads elsewhere, for everything else", async () => {
  const away = { status: 302, headers: { Location: "http://127.0.0.2:1/" }, body: "" };
  const paths = ["/keys/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/keys"];
  for (const document of [away, "<!doctype html>", { status: 404, body: "" }]) {
    const provider = await providerOf({ ...Object.fromEntries(paths.map((path) => [path, document])), "/keys": jwks(k1) });
    assert.match(fetch([`${provider.url}/keys`]).out, /^fetched: 1 key, 1 usable\n/);
    assert.equal(provider.requests(), 6);
  }
});

test("metadata that is not to be trusted is not passed over", async () => {
  const { url } = await providerOf({ [wellKnown]: JSON.stringify({ issuer: "https://id.example", jwks_uri: "ISSUER/keys" }), "/": jwks(k1) });
  const { code, out } = fetch([url]);
  assert.equal(code, 1);
  assert.match(out, /^refused: metadata_issuer_mismatch/);
});

test("neither a set nor an issuer", async () => {
  const provider = await providerOf({ "/": "<!doctype html>", "/list": "[]" });
  for (const [path, code, message] of [
    ["", 1, /^refused: jwks_malformed/],
    ["/list", 1, /^refused: jwks_malformed/],
    ["/nothing", 3, /cannot fetch the JWK Set from .*: the answer was no document/],
    ["/.well-known/openid-configuration?x", 3, /the answer was no document/],
  ]) {
    const answer = fetch([provider.url + path]);
    assert.equal(answer.code, code, path);
    assert.match(flat(answer.out + answer.err), message);
  }
  await provider.stop();
  const closed = fetch([provider.url]);
  assert.equal(closed.code, 3);
  assert.match(flat(closed.err), /nobody answers there/);
});

test("wrong usage", () => {
  for (const [args, message] of [
    [[], /the URL is missing/],
    [["jwks.json"], /this is no URL: it begins with https:\/\//],
    [["https://id.example", "--set", "--json"], /--set and --json contradict each other/],
    [["https://id.example", "--cache-dir", ""], /--cache-dir is empty/],
  ]) {
    const { code, err } = fetch(args);
    assert.equal(code, 2);
    assert.match(err, message);
  }
});
