// Makes tokens.json.gz anew: keys, one valid token for each algorithm, and what attacks need beside them.
// `node tests/vectors/make-tokens.mjs`; needs the openssl program for the certificates. The private keys are not kept.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, constants } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const json = (value) => base64url(JSON.stringify(value));

const issued = 1_700_000_000;
const claims = { iss: "https://id.example", aud: "api", sub: "user", iat: issued, nbf: issued, exp: issued + 3600 };

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const p1363 = { dsaEncoding: "ieee-p1363" };
const algorithms = {
  RS256: { key: "rsa", hash: "sha256" },
  RS384: { key: "rsa", hash: "sha384" },
  RS512: { key: "rsa", hash: "sha512" },
  PS256: { key: "rsa", hash: "sha256", options: pss },
  PS384: { key: "rsa", hash: "sha384", options: pss },
  PS512: { key: "rsa", hash: "sha512", options: pss },
  ES256: { key: "p256", hash: "sha256", options: p1363 },
  ES384: { key: "p384", hash: "sha384", options: p1363 },
  ES512: { key: "p521", hash: "sha512", options: p1363 },
  ES256K: { key: "secp256k1", hash: "sha256", options: p1363 },
  EdDSA: { key: "ed25519", hash: null },
  Ed25519: { key: "ed25519", hash: null },
  Ed448: { key: "ed448", hash: null },
};
const pairs = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  rsa_other: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  rsa_small: generateKeyPairSync("rsa", { modulusLength: 1024 }),
  p256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p256_other: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
  secp256k1: generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  ed25519: generateKeyPairSync("ed25519"),
  ed448: generateKeyPairSync("ed448"),
};
const each = (object, make) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, make(value, name)]));

const jwk = each(pairs, (pair) => pair.publicKey.export({ format: "jwk" }));
const pub = base64url(randomBytes(1312));
jwk.akp = { kty: "AKP", alg: "ML-DSA-44", pub };

/** A signature as JOSE has it, over any header and payload. */
function compact(alg, header, payload, changes = {}) {
  const { key, hash, options } = { ...algorithms[alg], ...changes };
  const input = `${json(header)}.${json(payload)}`;
  return `${input}.${base64url(sign(hash, Buffer.from(input), { key: pairs[key].privateKey, ...options }))}`;
}

/** RFC 7638, written out once more for the tests to compare with. */
const members = { RSA: ["e", "kty", "n"], EC: ["crv", "kty", "x", "y"], OKP: ["crv", "kty", "x"], AKP: ["alg", "kty", "pub"] };
const thumbprint = (key, hash) => {
  const required = members[key.kty].map((name) => `"${name}":"${key[name]}"`).join(",");
  return createHash(hash).update(`{${required}}`).digest("base64url");
};

// A modulus with the ROCA fingerprint: 1, a power of 65537, modulo each small prime of the test.
const small = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].reduce((a, b) => a * BigInt(b), 1n);
const roca = (((1n << 2047n) / (2n * small)) + 1n) * 2n * small + 1n;

/** Self-signed, in DER: the certificate of a key, for so many days from today. */
function certificate(pair, days) {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-"));
  const key = join(folder, "key.pem");
  writeFileSync(key, pair.privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
  const arguments_ = ["req", "-x509", "-new", "-key", key, "-subj", "/CN=test", "-days", `${days}`, "-outform", "DER"];
  const der = execFileSync("openssl", arguments_);
  rmSync(folder, { recursive: true });
  return der.toString("base64");
}

const made = {
  note: "Made by make-tokens.mjs. The private keys are gone.",
  now: issued + 60,
  claims,
  jwk,
  thumbprints: each(jwk, (key) => ({ "sha-256": thumbprint(key, "sha256"), "sha-384": thumbprint(key, "sha384"), "sha-512": thumbprint(key, "sha512") })),
  spki_der: each(pairs, (pair) => pair.publicKey.export({ format: "der", type: "spki" }).toString("base64url")),
  spki_pem: each(pairs, (pair) => pair.publicKey.export({ format: "pem", type: "spki" })),
  // One valid token for each algorithm: which key, and the token with and without kid.
  tokens: each(algorithms, ({ key }, alg) => ({
    key,
    token: compact(alg, { alg, kid: key, typ: "JWT" }, claims),
    without_kid: compact(alg, { alg }, claims),
  })),
  // Signatures that are right for their kind, but not what JOSE asks for.
  wrong: {
    es256_der: compact("ES256", { alg: "ES256", kid: "p256" }, claims, { options: { dsaEncoding: "der" } }),
    ps256_no_salt: compact("PS256", { alg: "PS256", kid: "rsa" }, claims, { options: { ...pss, saltLength: 0 } }),
    ps256_long_salt: compact("PS256", { alg: "PS256", kid: "rsa" }, claims, { options: { ...pss, saltLength: 64 } }),
    ps256_as_rs256: compact("RS256", { alg: "RS256", kid: "rsa" }, claims, { options: pss }),
    rs512_as_rs256: compact("RS256", { alg: "RS256", kid: "rsa" }, claims, { hash: "sha512" }),
    es256_with_p384: compact("ES256", { alg: "ES256", kid: "p384" }, claims, { key: "p384" }),
    es256_other_key: compact("ES256", { alg: "ES256", kid: "p256" }, claims, { key: "p256_other" }),
    rs256_small_key: compact("RS256", { alg: "RS256", kid: "rsa_small" }, claims, { key: "rsa_small" }),
    // HMAC with what everyone knows of the RSA key
    hs256_rsa: each(
      {
        pem: pairs.rsa.publicKey.export({ format: "pem", type: "spki" }),
        pem_trimmed: pairs.rsa.publicKey.export({ format: "pem", type: "spki" }).trim(),
        pkcs1_pem: pairs.rsa.publicKey.export({ format: "pem", type: "pkcs1" }),
        der: pairs.rsa.publicKey.export({ format: "der", type: "spki" }),
        n: Buffer.from(jwk.rsa.n, "base64url"),
        jwk: JSON.stringify(jwk.rsa),
        empty: "",
      },
      (secret) => {
        const input = `${json({ alg: "HS256", kid: "rsa" })}.${json(claims)}`;
        return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
      },
    ),
  },
  roca: base64url(Buffer.from(roca.toString(16), "hex")),
  // The key's own certificate; the same beyond 2049, when the time is written in another form; another key's.
  certificates: {
    rsa: certificate(pairs.rsa, 3650),
    rsa_long: certificate(pairs.rsa, 20000),
    rsa_other: certificate(pairs.rsa_other, 3650),
    p256: certificate(pairs.p256, 3650),
    ed25519: certificate(pairs.ed25519, 3650),
  },
};
made.certificates_made = Math.floor(Date.now() / 1000);
writeFileSync(new URL("tokens.json.gz", import.meta.url), gzipSync(JSON.stringify(made), { level: 9 }));
