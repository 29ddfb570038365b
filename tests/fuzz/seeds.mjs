// Makes the first inputs of each fuzz target from the vectors: `node tests/fuzz/seeds.mjs FOLDER`.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node tests/fuzz/seeds.mjs FOLDER");
  process.exit(2);
}
const read = (name) => JSON.parse(gunzipSync(readFileSync(new URL(`../vectors/${name}.json.gz`, import.meta.url))));
const tokens = read("tokens");
const { files } = read("rfc/rfc_jws_jwk_vectors");
const inline = read("rfc/rfc_inline");

const seeds = { base64url: [], json: [], key_set: [], verify: [], c_api: [], key_set_cache: [] };
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

// Every set and key, every token, as they stand.
const sets = Object.keys(files).filter((name) => /\.jwk(set)?$/.test(name)).map((name) => text(files[name]));
for (const jwk of Object.values(tokens.jwk)) sets.push(JSON.stringify({ keys: [{ ...jwk, kid: "a", use: "sig" }] }));
sets.push(JSON.stringify({ keys: [{ ...tokens.jwk.rsa, x5c: [tokens.certificates.rsa] }] }));
sets.push(JSON.stringify({ keys: [{ ...tokens.jwk.p256, key_ops: ["verify"], x5c: [tokens.certificates.p256] }] }));
const jws = Object.keys(files).filter((name) => /\.jws[cfg]$/.test(name)).map((name) => text(files[name]));
jws.push(...inline.jws.map((row) => row.jws), ...Object.values(tokens.tokens).map((row) => row.token));

const options = [
  "{}",
  '{"algorithms":["HS256","RS256"],"issuer":["a","b"],"audience":"a","clockTolerance":"5 minutes"}',
  '{"profile":"id_token","issuer":"i","audience":"a","nonce":"n","maxTokenAge":60,"multipleKeys":"try"}',
  '{"subject":"s","typ":"at+jwt","requiredClaims":["exp"],"crit":["x"],"maxTokenSize":1000,"signatures":"all"}',
];
seeds.key_set.push(...sets);
seeds.json.push(...sets, ...options, ...jws.filter((token) => token.startsWith("{")), '{"a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00"]}', '{"keys":[{"a":1,"\\u0061":2}]}');
for (const token of jws) {
  for (let choice = 0; choice < 8; ++choice) seeds.verify.push(Buffer.concat([Buffer.from([choice]), Buffer.from(token)]));
  seeds.base64url.push(...token.split(".").slice(0, 3));
}
seeds.base64url.push(tokens.certificates.p256, "Zg", "Zm8", "Zm9v", "Zg==");
jws.forEach((token, at) => seeds.c_api.push([sets[at % sets.length], options[at % options.length], token].join("\0")));

// Issuers with their documents, and lone URLs and addresses.
const discovery = [
  ["https://id.example", "https://id.example/keys?p=a%20b"],
  ["https://id.example:8443/tenant/", "https://10.0.0.1/keys"],
  ["http://localhost:8080", "http://localhost:8080/keys"],
  ["https://[2001:db8::1]/a", "https://[2001:db8::1]:443/"],
  ["https://127.0.0.1", "http://127.0.0.1"],
];
seeds.discovery = discovery.map(([issuer, jwks_uri]) =>
  `${issuer}\n${JSON.stringify({ issuer, jwks_uri, id_token_signing_alg_values_supported: ["ES256"] })}`,
);
seeds.discovery.push("192.0.2.1\n::ffff:192.0.2.1", "2001:db8:0:1::\n1:2:3:4:5:6:7:8", "https://0x7f.1\nhttps://a.b-c_d/%2e%2e/");

// The fields of every response in the scenarios, with a snapshot beside them.
const scenarios = (name) => JSON.parse(readFileSync(new URL(`../vectors/remote/${name}.json`, import.meta.url), "utf8"));
const snapshot = { version: 1, fetchedAt: 1.7e9, age: 5, cacheControl: "max-age=600", etag: '"v1"', jwks: sets[0] };
for (const { steps } of ["freshness", "conditional", "outage"].flatMap(scenarios))
  for (const { fields } of steps.filter(({ fields }) => fields?.length))
    seeds.key_set_cache.push(`${fields.map(([name, value]) => `${name}:${value}`).join("\n")}\0${JSON.stringify(snapshot)}`);

// Rings of the RFCs' private keys, in each state, and one that is sealed for another.
const signing = { "rfc7515_A.1": "HS256", "rfc7515_A.2": "RS256", "rfc7515_A.3": "ES256", "rfc7515_A.4": "ES512" };
const ringOf = (states) => ({
  version: 1, tokenLifetime: 3600, cacheLifetime: 3600, maxSignatures: 4294967296, copiesUntil: 0,
  keys: states.map((state, at) => {
    const [name, alg] = Object.entries(signing)[at];
    const signed = state === "pending" ? {} : { activatedAt: 1.6995e9 };
    const retired = state === "retiring" ? { retiredAt: 1.6999e9, removeAt: 1.70001e9 } : {};
    const times = { publishedAt: 1.699e9, usableFrom: 1.6995e9, ...signed, ...retired };
    return { state, ...times, signatures: 0, longestTokenLifetime: 3600, jwk: { ...files[`${name}.jwk`], alg, kid: name } };
  }),
});
seeds.key_ring = [[], ["active"], ["retiring", "active"], ["active", "pending"], ["retiring", "retiring", "active", "pending"]].map((states) =>
  JSON.stringify({ policy: { rotateEvery: 2592000 }, ring: ringOf(states) }),
);
seeds.key_ring.push(`${Buffer.from('{"alg":"dir","enc":"A256GCM","kid":"k"}').toString("base64url")}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`);

// Choices enough for a whole case, for each curve and scheme; and signatures that are valid.
for (const target of ["ecdsa", "eddsa", "rsa"]) {
  const choices = (first, length) => createHash("shake128", { outputLength: length }).update(`${target} ${first}`).digest();
  seeds[target] = Array.from({ length: 32 }, (_, first) => Buffer.concat([Buffer.from([first < 28 ? first : 224 + first]), choices(first, 400)]));
}
seeds.ml_dsa = [44, 65, 87].flatMap((name, set) =>
  read(`wycheproof/mldsa_${name}_verify_test`).testGroups.flatMap(({ publicKey, tests }) =>
    tests
      .filter(({ result, ctx }) => result === "valid" && !ctx)
      .slice(0, 4)
      .map(({ sig, msg }) => Buffer.concat([Buffer.from([set]), ...[publicKey, sig, msg].map((hex) => Buffer.from(hex, "hex"))])),
  ),
).filter((input) => input.length < 12000);

for (const [target, inputs] of Object.entries(seeds)) {
  mkdirSync(join(folder, target), { recursive: true });
  inputs.forEach((input, at) => writeFileSync(join(folder, target, `seed-${String(at).padStart(3, "0")}`), input));
  console.log(`${target}: ${inputs.length} seeds`);
}
