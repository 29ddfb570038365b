// What the command lines keep of the sets that they fetch. Both run in turn on one directory: the second goes on with
// what the first has kept.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { both, claims, commandLines, ec, file, flat, folder, jwks, now, publicJwk, rsa, runOne, token } from "./both.js";
import { startProvider } from "./provider.mjs";

const k1 = publicJwk(ec, { kid: "k1" });
const k2 = publicJwk(rsa, { kid: "k2" });
const byK1 = token(claims, { kid: "k1" });
const byK2 = token(claims, { kid: "k2", alg: "RS256" });
const wellKnown = "/.well-known/openid-configuration";
const metadata = JSON.stringify({ issuer: "ISSUER", jwks_uri: "ISSUER/keys" });
const at = ["--now", String(now)];

const started = [];
after(() => Promise.all(started.map((provider) => provider.stop())));

let directories = 0;
/** A provider of this set, and a new directory to keep it in. */
async function world(headers, set = jwks(k1)) {
  const provider = await startProvider({ "/keys": { headers, body: set }, [wellKnown]: metadata });
  started.push(provider);
  const directory = `cache-${(directories += 1)}`;
  const path = join(folder, directory);
  return {
    provider,
    directory,
    verify: (jwt, ...more) => ["verify", jwt, "--jwks", `${provider.url}/keys`, "--cache-dir", directory, ...at, ...more],
    files: () => (existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : []),
    /** Lets so many seconds pass for what is kept. */
    age(seconds) {
      for (const name of this.files()) {
        const kept = JSON.parse(readFileSync(name, "utf8"));
        const snapshot = JSON.parse(kept.snapshot);
        snapshot.fetchedAt -= seconds;
        writeFileSync(name, JSON.stringify({ ...kept, snapshot: JSON.stringify(snapshot) }));
      }
    },
  };
}

test("within its lifetime a set is not asked for again", async () => {
  const { provider, directory, verify, files } = await world({ "Cache-Control": "max-age=300" });
  assert.equal(both(verify(byK1)).code, 0);
  assert.equal(provider.requests(), 1);
  assert.equal(files().length, 1);
  const byIssuer = token({ ...claims, iss: provider.url }, { kid: "k1" });
  const issuer = ["--issuer", provider.url, "--cache-dir", directory];
  assert.equal(both(["verify", byIssuer, ...issuer, ...at]).code, 0);
  assert.equal(provider.requests(), 3);
  const tokens = file("tokens-kept", `${byIssuer}\n`);
  assert.equal(both(["verify", "--batch", tokens, ...issuer, ...at]).code, 0);
  assert.equal(provider.requests(), 3);
});

test("after it the provider is asked whether the set has changed", async () => {
  const headers = { "Cache-Control": "max-age=300", ETag: '"1"' };
  const { provider, verify, age, ...rest } = await world(headers);
  both(verify(byK1));
  await provider.change({ "/keys": { headers, body: "not asked for: 304" } });
  age.call(rest, 301);
  assert.equal(both(verify(byK1)).code, 0);
  assert.equal(provider.requests(), 2);
  await provider.change({ "/keys": { headers: { ETag: '"2"' }, body: jwks(k2) } });
  age.call(rest, 301);
  const { code, out } = both(verify(byK1));
  assert.equal(code, 1);
  assert.match(out, /^refused: no_matching_key/);
  assert.equal(provider.requests(), 3);
});

test("another jwks_uri is asked without the validators of the first", async () => {
  const headers = { ETag: '"1"' };
  const { provider, directory, age, ...rest } = await world(headers);
  const args = ["verify", token({ ...claims, iss: provider.url }, { kid: "k1" }), "--issuer", provider.url, "--cache-dir", directory, ...at];
  both(args);
  await provider.change({
    [wellKnown]: JSON.stringify({ issuer: "ISSUER", jwks_uri: "ISSUER/other" }),
    "/other": { headers, body: jwks(k2) },
  });
  age.call(rest, 301);
  assert.match(both(args).out, /^refused: no_matching_key/);
  assert.equal(provider.requests(), 4);
});

test("a key that the set lacks is looked for, but not twice in a cooldown", async () => {
  const { provider, verify, age, ...rest } = await world({ "Cache-Control": "max-age=3600" });
  both(verify(byK1));
  await provider.change({ "/keys": jwks(k1, k2) });
  assert.match(both(verify(byK2)).out, /^refused: no_matching_key/);
  assert.equal(provider.requests(), 1);
  age.call(rest, 31);
  assert.equal(both(verify(byK2)).code, 0);
  assert.equal(provider.requests(), 2);
  assert.equal(both(verify(byK1)).code, 0);
  assert.equal(provider.requests(), 2);
});

test("while the provider fails, what was kept goes on for an hour, and is said to be old", async () => {
  const { provider, verify, age, ...rest } = await world({ "Cache-Control": "max-age=300" });
  both(verify(byK1));
  await provider.change({ "/keys": { status: 503, body: "" } });
  age.call(rest, 301);
  const { code, out, err } = both(verify(byK1));
  assert.equal(code, 0);
  assert.match(out, /^valid\n/);
  assert.equal(
    flat(err),
    `touchstone: cannot fetch the JWK Set from "${provider.url}/keys": the answer was no document; ` +
      "going on with what was fetched 5 minutes ago\n",
  );
  age.call(rest, 3600);
  const later = both(verify(byK1));
  assert.equal(later.code, 3);
  assert.match(flat(later.err), /the answer was no document/);
});

test("must-revalidate: nothing goes on", async () => {
  const { provider, verify, age, ...rest } = await world({ "Cache-Control": "max-age=60, must-revalidate" });
  both(verify(byK1));
  await provider.change({ "/keys": { status: 503, body: "" } });
  age.call(rest, 61);
  assert.equal(both(verify(byK1)).code, 3);
});

test("no-store: nothing is kept, and what was is gone", async () => {
  const { provider, verify, age, files, ...rest } = await world({ "Cache-Control": "no-store" });
  assert.equal(both(verify(byK1)).code, 0);
  assert.equal(provider.requests(), 2);
  assert.deepEqual(files(), []);
  await provider.change({ "/keys": jwks(k1) });
  both(verify(byK1));
  assert.equal(files().length, 1);
  await provider.change({ "/keys": { headers: { "Cache-Control": "no-store" }, body: jwks(k1) } });
  age.call({ files, ...rest }, 301);
  assert.equal(both(verify(byK1)).code, 0);
  assert.equal(readFileSync(files()[0], "utf8"), "");
});

test("--no-cache neither uses nor keeps", async () => {
  const { provider, verify, files } = await world({ "Cache-Control": "max-age=300" });
  both(verify(byK1, "--no-cache"));
  assert.deepEqual(files(), []);
  both(verify(byK1));
  both(verify(byK1, "--no-cache"));
  assert.equal(provider.requests(), 2 + 1 + 2);
});

test("a file that others could have written is not trusted, nor one that is broken or another's", async () => {
  const { provider, verify, files } = await world({ "Cache-Control": "max-age=300" });
  both(verify(byK1));
  const [name] = files();
  const good = readFileSync(name);
  let expected = provider.requests();
  const isIgnored = (why) => {
    for (const commandLine of Object.values(commandLines)) {
      assert.equal(runOne(commandLine, verify(byK1)).code, 0, why);
      assert.equal(provider.requests(), (expected += 1), why);
      assert.equal(statSync(name).mode & 0o777, 0o600, why);
      isBroken();
    }
  };
  let isBroken = () => chmodSync(name, 0o620);
  isBroken();
  isIgnored("writable by the group");
  for (const [why, text] of [
    ["empty", ""],
    ["cut", good.subarray(0, 100)],
    ["no object", "[]"],
    ["of another URL", good.toString().replace("/keys\"", "/other\"")],
    ["without a snapshot", good.toString().replace('"snapshot"', '"snap"')],
    ["from the future", good.toString().replace(/(fetchedAt\\":)\d+/, "$19000000000")],
    ["too large", Buffer.alloc((8 << 20) + 1, " ")],
  ]) {
    isBroken = () => writeFileSync(name, text);
    isBroken();
    isIgnored(why);
  }
});

test("by default in XDG_CACHE_HOME, else below the home directory, for its owner alone", async () => {
  const { provider } = await world({});
  const args = ["verify", byK1, "--jwks", `${provider.url}/keys`, ...at];
  const home = join(folder, "home");
  const xdg = join(folder, "xdg");
  mkdirSync(home);
  both(args, { env: { HOME: home } });
  both(args, { env: { HOME: home, XDG_CACHE_HOME: "relative" } });
  assert.equal(provider.requests(), 1);
  both(args, { env: { HOME: home, XDG_CACHE_HOME: xdg } });
  assert.equal(provider.requests(), 2);
  for (const path of [join(home, ".cache"), join(home, ".cache", "touchstone"), xdg, join(xdg, "touchstone")]) {
    assert.equal(statSync(path).mode & 0o777, 0o700);
  }
  assert.equal(readdirSync(join(home, ".cache", "touchstone")).length, 1);
});

test("a directory that cannot be had changes no verdict, and is mentioned when it was asked for", async () => {
  const { provider } = await world({});
  file("no-directory", "");
  const args = ["verify", byK1, "--jwks", `${provider.url}/keys`, ...at];
  const silent = both(args, { env: { XDG_CACHE_HOME: join(folder, "no-directory") } });
  assert.deepEqual([silent.code, silent.err], [0, ""]);
  const { code, err } = both([...args, "--cache-dir", "no-directory/below"]);
  assert.equal(code, 0);
  assert.equal(flat(err), 'touchstone: cannot keep the JWK Set in "no-directory/below": a part of its path is not a directory\n');
});

test("one URL's file does for no other, wherever it lies", async () => {
  const { provider, verify, files, directory } = await world({});
  both(verify(byK1));
  const [name] = files();
  await provider.change({ "/mine": jwks(k2) });
  both(["verify", byK2, "--jwks", `${provider.url}/mine`, "--cache-dir", directory, ...at]);
  const other = files().find((path) => path !== name);
  copyFileSync(name, other);
  assert.equal(both(["verify", byK2, "--jwks", `${provider.url}/mine`, "--cache-dir", directory, ...at]).code, 0);
});
