// Tokens and sets as the command line makes them, judged by others: npm jose, and Touchstone's own verifier in both
// command lines.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { both, commandLines, file, flat, folder } from "./both.js";
import { issuer, json, quick } from "./issuer.js";

const at = (name) => join(folder, name);
let stores = 0;
function newRing(...more) {
  const store = `signs-${stores++}`;
  json(["keys", "init", "--unsealed", "--store", store, ...more]);
  return ["--store", store];
}
const signed = (...args) => {
  const { code, out, err } = issuer(["sign", ...args]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  return out.trim();
};
const activeOf = (where) => json(["keys", "list", ...where]).keys.find(({ state }) => state === "active");

// The sizes of RSA are the least, for the time that it takes to make them.
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "Ed25519", "EdDSA"];
const unknownToJose = ["ES256K"];
for (const alg of algorithms) {
  test(`${alg}: jose and both command lines take its tokens, by the set that publish prints`, async () => {
    const where = newRing("--alg", alg, "--rsa-bits", "2048");
    const jwt = signed("--issuer", "https://id.example", "--audience", "api", "--subject", "ada", ...where);
    const set = issuer(["keys", "publish", ...where]);
    assert.equal(set.err, "");
    const jwks = JSON.parse(set.out);
    assert.deepEqual(jwks.keys.map(({ kid, use, alg }) => [kid, use, alg]), [[decodeProtectedHeader(jwt).kid, "sig", alg]]);
    const verdict = both(["verify", jwt, "--jwks", file("set.json", set.out), "--alg", alg, "--issuer", "https://id.example", "--audience", "api", "--subject", "ada"]);
    assert.equal(verdict.code, 0, verdict.out);
    if (unknownToJose.includes(alg)) return;
    const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(jwks), { issuer: "https://id.example", audience: "api", algorithms: [alg] });
    assert.deepEqual([payload.sub, protectedHeader.alg, protectedHeader.typ], ["ada", alg, "JWT"]);
    assert.equal(payload.exp - payload.iat, 3600);
  });
}

test("HS256 signs, and is never published", async () => {
  const where = newRing("--alg", "HS256");
  const jwt = signed("--subject", "ada", ...where);
  const { keys: [{ jwk }] } = JSON.parse(readFileSync(at(`${where[1]}/key-ring.json`))).ring;
  assert.equal((await jwtVerify(jwt, await importJWK(jwk, "HS256"))).payload.sub, "ada");
  assert.equal(issuer(["keys", "publish", ...where]).out, '{"keys":[]}\n');
  assert.equal(json(["keys", "list", ...where]).keys[0].isPublished, false);
});

test("claims come from a file, from standard input, from the command line, and options before them", () => {
  const where = newRing();
  const claims = { sub: "file", tenant: "blue", roles: ["a"] };
  file("claims.json", JSON.stringify(claims));
  const claimsOf = (...args) => {
    const { iat, exp, ...rest } = decodeJwt(signed(...args, ...where));
    assert.ok(exp - iat === 3600);
    return rest;
  };
  assert.deepEqual(claimsOf(), {});
  assert.deepEqual(claimsOf("claims.json"), claims);
  assert.deepEqual(claimsOf(JSON.stringify(claims)), claims);
  const { out } = issuer(["sign", "-", ...where], { input: JSON.stringify(claims) });
  assert.equal(decodeJwt(out.trim()).tenant, "blue");
  assert.deepEqual(claimsOf("claims.json", "--subject", "option", "--claim", "tenant=red"), { ...claims, sub: "option", tenant: "red" });
  assert.deepEqual(claimsOf("--claim", "admin=true", "--claim", "n=1.5", "--claim", 'o={"a":[null]}', "--claim", "text=a=b c", "--claim", 'id="7"', "--claim", "none=null"),
    { admin: true, n: 1.5, o: { a: [null] }, text: "a=b c", id: "7", none: null });
  assert.deepEqual(claimsOf("--audience", "a"), { aud: "a" });
  assert.deepEqual(claimsOf("--audience", "a", "--audience", "b", "--audience", "c"), { aud: ["a", "b", "c"] });
});

test("the header, the lifetime, and --json", () => {
  const where = newRing();
  const jwt = signed("--typ", "at+jwt", "--header", "jku=https://id.example/k", "--expires-in", "15m", ...where);
  assert.deepEqual(decodeProtectedHeader(jwt), { alg: "ES256", jku: "https://id.example/k", kid: activeOf(where).kid, typ: "at+jwt" });
  const { exp, iat } = decodeJwt(jwt);
  assert.equal(exp - iat, 900);
  const made = json(["sign", ...where]);
  assert.deepEqual([made.alg, made.kid, made.signatures, made.changes], ["ES256", activeOf(where).kid, 2, []]);
  assert.equal(decodeProtectedHeader(made.token).kid, made.kid);
});

const wrong = [
  [["claims.json", "--claim", "sub"], 2, /--claim is NAME=VALUE/],
  [["--claim", "=1"], 2, /--claim is NAME=VALUE/],
  [["--subject", "a", "--claim", "sub=b"], 2, /--claim says again what is said already: "sub"/],
  [["--typ", "JWT", "--header", "typ=x"], 2, /--typ says again/],
  [["--expires-in", "never"], 2, /--expires-in does not take "never"/],
  [["a", "b"], 2, /there is more than one CLAIMS/],
  [["gone.json"], 3, /cannot read the claims from "gone.json": there is no such file/],
  [["--expires-in", "2h"], 1, /token_lifetime_invalid\) A token must expire later than now, and within --token-lifetime/],
  [["--expires-in", "0"], 1, /token_lifetime_invalid/],
  [['{"exp":1}'], 1, /token_lifetime_invalid/],
  [['{"exp":"soon"}'], 1, /claim_type_invalid/],
  [["--claim", "iat=soon"], 1, /claim_type_invalid/],
  [['{"a":1,"a":2}'], 1, /payload_duplicate_member/],
  [["[1]"], 1, /payload/],
  [['{"a"'], 1, /payload_json_invalid/],
  [["--header", "alg=none"], 1, /option_invalid/],
  [["--header", "kid=other"], 1, /option_invalid/],
];
test(`${wrong.length} tokens that are not signed, nor counted`, () => {
  const where = newRing();
  for (const [args, expected, message] of wrong) {
    const { code, out, err } = issuer(["sign", ...args, ...where]);
    assert.deepEqual([code, out], [expected, ""], args.join(" "));
    assert.match(flat(err), message);
  }
  assert.equal(activeOf(where).signatures, 0);
});

test("a signature is counted before its token is printed, and rotates the ring in time", () => {
  const where = newRing("--max-signatures", "8");
  const made = [];
  for (let i = 0; i < 8; i++) made.push(json(["sign", ...where]));
  assert.deepEqual(made.map(({ signatures }) => signatures), [1, 2, 3, 4, 5, 6, 7, 8]);
  // Half of them made: the successor is published, but not known to clients yet.
  assert.deepEqual(made.map(({ changes }) => changes.map(({ kind }) => kind)), [[], [], [], ["published"], [], [], [], []]);
  const ninth = issuer(["sign", ...where]);
  assert.deepEqual([ninth.code, ninth.out], [1, ""]);
  assert.match(flat(ninth.err), /as many signatures as it may; rotate the ring \(signing_key_exhausted\) Its successor takes over/);
  assert.equal(activeOf(where).signatures, 8);

  const other = newRing("--max-signatures", "4");
  signed(...other);
  const { out, err } = issuer(["sign", ...other]);
  assert.match(out, /^[\w.-]+\n$/); // what is said of the rotation does not come between
  assert.match(flat(err), /the ring was rotated; where no server does, publish it: touchstone keys publish\n?\s+published /);
});

test("a store that cannot be written prints no token", async () => {
  const where = newRing();
  // Who holds the lock keeps the count from being written.
  const held = spawn("flock", [at(`${where[1]}/lock`), "sh", "-c", "echo locked; sleep 60"], { detached: true });
  after(() => {
    try {
      process.kill(-held.pid);
    } catch {}
  });
  await once(held.stdout, "data");
  const { code, out, err } = issuer(["sign", ...where]);
  process.kill(-held.pid);
  assert.deepEqual([code, out], [3, ""]);
  assert.match(flat(err), /store_unavailable\) Others held its lock all the time/);
  assert.equal(activeOf(where).signatures, 0);
});

test("sign rotates what is due", async () => {
  const where = newRing(...quick);
  const { kid } = activeOf(where);
  const { signsUntil } = json(["keys", "rotate", "--now", ...where]);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, signsUntil * 1000 - Date.now()) + 20));
  const made = json(["sign", ...where]);
  assert.notEqual(made.kid, kid);
  assert.deepEqual(made.changes.map(({ kind }) => kind), ["retired", "activated"]);
});

test("many at once: each signature is counted once", async () => {
  const where = newRing();
  const run = () =>
    new Promise((resolve) => {
      const child = spawn(commandLines.native[0], ["sign", "--json", ...where], { cwd: folder });
      let out = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      child.on("close", (code) => resolve({ code, out }));
    });
  const results = await Promise.all(Array.from({ length: 6 }, run));
  const made = results.filter(({ code }) => code === 0).map(({ out }) => JSON.parse(out).signatures);
  assert.deepEqual(made.toSorted(), made.map((_, i) => i + 1));
  assert.equal(activeOf(where).signatures, made.length);
});

// ---- what publish writes --------------------------------------------------------------------------

/** A static host: the files of a folder, with the fields that a headers file in the form of _headers names. */
async function staticHost(root, headersFile) {
  const fields = {};
  let path;
  for (const line of readFileSync(headersFile, "utf8").split("\n")) {
    if (line.startsWith("/")) fields[(path = line)] = {};
    else if (line.startsWith("  ")) Object.assign(fields[path], Object.fromEntries([line.trim().split(/: (.*)/)]));
  }
  const server = createServer((request, response) => {
    const name = join(root, request.url);
    if (!existsSync(name) || !statSync(name).isFile()) return response.writeHead(404).end();
    response.writeHead(200, fields[request.url]).end(readFileSync(name));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

const verifyAsync = (commandLine, args) =>
  new Promise((resolve) => {
    const [program, ...first] = commandLine;
    const child = spawn(program, [...first, ...args], { cwd: folder, env: { PATH: process.env.PATH } });
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (out += chunk));
    child.on("close", (code) => resolve({ code, out }));
  });

for (const path of ["", "/", "/tenant"]) {
  test(`verifiers find what publish writes on a static host, by discovery: issuer https://host${path}`, async () => {
    const where = newRing();
    const site = `site${stores}`;
    file(`${site}-headers`, "");
    const { url } = await staticHost(at(site), at(`${site}-headers`));
    const iss = `${url}${path}`;
    const publish = ["keys", "publish", "--dir", site, "--issuer", iss, "--headers-file", `${site}-headers`, ...where];
    const { documents } = json(publish);
    assert.deepEqual(documents.map(({ contentType }) => contentType), ["application/jwk-set+json", "application/json", "application/json"]);
    for (const { file: name } of documents) assert.equal((statSync(at(name)).mode & 0o777).toString(8), "644");
    // The host reads its fields when it starts.
    const { url: second } = await staticHost(at(site), at(`${site}-headers`));
    const jwt = signed("--issuer", iss, "--audience", "api", ...where);
    for (const commandLine of Object.values(commandLines)) {
      const { code, out } = await verifyAsync(commandLine, ["verify", jwt, "--issuer", iss, "--audience", "api", "--no-cache"]);
      assert.equal(code, 0, out);
    }
    const jwksPath = documents[0].path;
    const response = await fetch(`${second}${jwksPath}`);
    assert.deepEqual(["content-type", "cache-control", "access-control-allow-origin"].map((name) => response.headers.get(name)),
      ["application/jwk-set+json", "public, max-age=3600", "*"]);
    await jwtVerify(jwt, createRemoteJWKSet(new URL(`${url}${jwksPath}`)), { issuer: iss });
    for (const name of documents.map(({ path: name }) => name)) {
      assert.doesNotMatch(readFileSync(at(`${site}${name}`), "utf8"), /"(d|p|q|dp|dq|qi|k)":/);
    }
  });
}

test("publish: unchanged documents keep their time, changed ones are replaced as a whole", () => {
  const where = newRing();
  const publish = ["keys", "publish", "--dir", "www/public", "--issuer", "https://id.example", ...where];
  const names = ["jwks.json", "openid-configuration", "oauth-authorization-server"].map((name) => `www/public/.well-known/${name}`);
  assert.match(issuer(publish).out, /^published: 1 key, in "www\/public"\n\/\.well-known\/jwks\.json\n {2}Content-Type: +application\/jwk-set\+json\n {2}Cache-Control: +public, max-age=3600\n/);
  const inodes = () => names.map((name) => statSync(at(name)).ino);
  const before = inodes();
  assert.deepEqual(json(publish).documents.map(({ isWritten }) => isWritten), [false, false, false]);
  assert.match(issuer(publish).out, /jwks\.json {2}\(unchanged\)\n/);
  assert.deepEqual(inodes(), before);
  json(["keys", "rotate", "--now", ...where]);
  const again = json(publish);
  assert.deepEqual(again.documents.map(({ isWritten }) => isWritten), [true, false, false]);
  assert.notEqual(inodes()[0], before[0]);
  assert.equal(JSON.parse(readFileSync(at(names[0]))).keys.length, 2);
  assert.equal(again.documents[0].etag.length, 45);
});

test("publish: more members of the metadata, another place for the set, and what cannot be a file", () => {
  const where = newRing();
  const publish = (...more) => issuer(["keys", "publish", "--dir", "other", "--issuer", "https://id.example", ...more, ...where]);
  file("more.json", '{"authorization_endpoint":"https://id.example/authorize"}');
  assert.equal(publish("--metadata", "more.json", "--jwks-uri", "https://id.example/keys/set.json").code, 0);
  const metadata = JSON.parse(readFileSync(at("other/.well-known/openid-configuration")));
  assert.deepEqual(metadata, {
    issuer: "https://id.example",
    jwks_uri: "https://id.example/keys/set.json",
    authorization_endpoint: "https://id.example/authorize",
    id_token_signing_alg_values_supported: ["ES256"],
  });
  assert.equal(JSON.parse(readFileSync(at("other/keys/set.json"))).keys.length, 1);
  for (const [args, code, message] of [
    [["--jwks-uri", "https://id.example/"], 1, /no_file_name/],
    [["--jwks-uri", "https://id.example/a%2fb"], 1, /no_file_name/],
    [["--jwks-uri", "https://id.example/a/../../b"], 1, /jwks_uri_invalid/],
    [["--jwks-uri", "http://id.example/a"], 1, /jwks_uri_invalid/],
    [["--metadata", '{"issuer":"https://evil.example"}'], 1, /option_invalid/],
    [["--metadata", "["], 1, /option_invalid/],
    [["--metadata", "gone.json"], 3, /cannot read the metadata/],
    [["--headers-file", "gone/"], 3, /cannot write the HTTP fields/],
  ]) {
    const result = publish(...args);
    assert.equal(result.code, code, `${args.join(" ")} ${result.err}`);
    assert.match(flat(result.err), message);
  }
  file("a-file", "");
  const { code, err } = issuer(["keys", "publish", "--dir", "a-file", ...where]);
  assert.equal(code, 3);
  assert.match(flat(err), /cannot write a document to "a-file\/\.well-known\/jwks\.json": a part of its path is not a directory/);
});

test("publish says when the ring is behind its policy", async () => {
  const where = newRing(...quick);
  const { signsUntil } = json(["keys", "rotate", "--now", ...where]);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, signsUntil * 1000 - Date.now()) + 20));
  const { code, out, err } = issuer(["keys", "publish", ...where]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).keys.length, 2);
  assert.match(flat(err), /a rotation is due, .* run `touchstone keys rotate` and publish again/);
});
