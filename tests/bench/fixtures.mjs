// The keys and tokens that everybody gets, made anew for each run with node:crypto. Private keys stay here.
import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";

export const issuer = "https://id.example";
export const audience = "api";
/** Bytes of a token; one whose signature alone is larger is as small as it can be. */
export const sizes = { small: 400, large: 4096 };
export const setSizes = [1, 10, 1000];
/** Several tokens a key, so that nobody gains by knowing the one. */
const tokensPerKey = 8;

/**
 * A new key pair, by way of PEM. Node 20 may wait for itself forever when a key that it has just made is exported as
 * a JWK: a garbage collection meanwhile wants the lock that the export holds. Keys that were read have their own.
 */
function generate(type, options) {
  const { publicKey: pem, privateKey } = generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const jwk = createPublicKey(pem).export({ format: "jwk" });
  return { pem, jwk, privateKey: createPrivateKey(privateKey) };
}

const rsa = (modulusLength) => () => generate("rsa", { modulusLength });
const ec = (namedCurve) => () => generate("ec", { namedCurve });
const edwards = (type) => () => generate(type);

const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
const pss = { padding, saltLength };
const ieee = { dsaEncoding: "ieee-p1363" };

/** Each row of the tables: what it is called, its `alg`, how its keys are made. */
export const algorithms = [
  { id: "RS256", make: rsa(2048) },
  { id: "RS384", make: rsa(2048) },
  { id: "RS512", make: rsa(2048) },
  { id: "RS256, 4096", alg: "RS256", make: rsa(4096) },
  { id: "PS256", make: rsa(2048), how: pss },
  { id: "PS384", make: rsa(2048), how: pss },
  { id: "PS512", make: rsa(2048), how: pss },
  { id: "ES256", make: ec("P-256"), how: ieee },
  { id: "ES384", make: ec("P-384"), how: ieee },
  { id: "ES512", make: ec("P-521"), how: ieee },
  { id: "ES256K", make: ec("secp256k1"), how: ieee },
  // By the name that all know; RFC 9864 has newer ones for the same.
  { id: "Ed25519", alg: "EdDSA", make: edwards("ed25519"), hash: null },
  { id: "Ed448", alg: "EdDSA", make: edwards("ed448"), hash: null },
  { id: "ML-DSA-44", mlDsa: "ml_dsa44" },
  { id: "ML-DSA-65", mlDsa: "ml_dsa65" },
  { id: "ML-DSA-87", mlDsa: "ml_dsa87" },
  { id: "HS256", secretLength: 32 },
  { id: "HS384", secretLength: 48 },
  { id: "HS512", secretLength: 64 },
];

const b64 = (bytes) => Buffer.from(bytes).toString("base64url");

/** A key pair: the public JWK's members, PEM where there is any, and a signer. */
async function keyPair({ id, alg = id, make, secretLength, mlDsa, how, hash }) {
  if (secretLength) {
    const secret = randomBytes(secretLength);
    const mac = (input) =>
      createHmac(`sha${alg.slice(2)}`, secret)
        .update(input)
        .digest();
    return { jwk: { kty: "oct", k: b64(secret) }, sign: mac };
  }
  if (mlDsa) return mlDsaPair(id, mlDsa);
  const { pem, jwk, privateKey } = make();
  const digest = hash === null ? null : `sha${alg.slice(2, 5)}`;
  return {
    jwk,
    pem,
    sign: (input) => sign(digest, Buffer.from(input), { key: privateKey, ...how }),
  };
}

/** ML-DSA as SubjectPublicKeyInfo (RFC 9881 section 4), for who takes PEM: Node 20 cannot write it. */
function mlDsaPem(id, publicKey) {
  const oids = { "ML-DSA-44": 0x11, "ML-DSA-65": 0x12, "ML-DSA-87": 0x13 };
  const sized = (tag, body) =>
    Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length]), body]);
  const algorithm = Buffer.from([0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, oids[id]]);
  const bits = sized(0x03, Buffer.concat([Buffer.from([0]), publicKey]));
  const base64 = sized(0x30, Buffer.concat([algorithm, bits])).toString("base64");
  const lines = base64.match(/.{1,64}/g).join("\n");
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

/** node:crypto has ML-DSA since 24; before, a package in JavaScript makes the tokens. */
async function mlDsaPair(id, name) {
  let pair;
  try {
    pair = generate(id.toLowerCase());
  } catch {
    const noble = (await import("@noble/post-quantum/ml-dsa.js"))[name];
    const { publicKey, secretKey } = noble.keygen(randomBytes(32));
    return {
      jwk: { kty: "AKP", alg: id, pub: b64(publicKey) },
      pem: mlDsaPem(id, publicKey),
      sign: (input) => noble.sign(Buffer.from(input), secretKey),
    };
  }
  const { jwk, pem, privateKey } = pair;
  return { jwk, pem, sign: (input) => sign(null, Buffer.from(input), privateKey) };
}

/** Claims as they come in tokens, filled up until the token has the size wanted, if it can have it. */
function claimsOf(number, now, change) {
  return {
    iss: issuer,
    aud: audience,
    sub: `user-${1000 + number}`,
    iat: now,
    exp: now + 86_400,
    ...change,
  };
}

function tokenOf({ header, claims, size, sign }) {
  const text = (filled) => `${b64(JSON.stringify(header))}.${b64(JSON.stringify(filled))}`;
  const signatureLength = b64(sign("")).length;
  const room = (size ?? 0) - signatureLength - 1;
  const filled = { ...claims };
  const groups = [];
  // In entries of 32 bytes, as groups and roles come, and one string for the rest.
  while (text({ ...filled, groups }).length + 64 < room) {
    groups.push(
      `group-${String(groups.length).padStart(4, "0")}-${b64(randomBytes(12)).slice(0, 16)}`,
    );
    filled.groups = groups;
  }
  const spare = Math.floor(((room - text(filled).length) * 3) / 4) - ',"jti":""'.length;
  if (spare > 0) filled.jti = b64(randomBytes(spare)).slice(0, spare);
  const input = text(filled);
  return `${input}.${b64(sign(input))}`;
}

/** The same token with another first byte of its signature, which stays the length that it was. */
function tampered(token) {
  const at = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(at), "base64url");
  signature[signature.length >> 1] ^= 1;
  return token.slice(0, at) + b64(signature);
}

async function caseOf(row, now) {
  const { id, alg = id } = row;
  const pair = await keyPair(row);
  const jwk = { ...pair.jwk, kid: "2026-11-main", alg, use: "sig" };
  const header = { alg, typ: "JWT", kid: jwk.kid };
  const token = (number, size, change) =>
    tokenOf({ header, claims: claimsOf(number, now, change), size, sign: pair.sign });
  const tokens = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [
      name,
      Array.from({ length: tokensPerKey }, (_, number) => token(number, size)),
    ]),
  );
  return {
    id,
    alg,
    issuer,
    audience,
    jwk,
    jwks: JSON.stringify({ keys: [jwk] }),
    ...(pair.pem ? { pem: pair.pem } : {}),
    tokens,
    bad: {
      signature: tampered(tokens.small[0]),
      exp: token(0, 0, { iat: now - 7200, exp: now - 3600 }),
      iss: token(0, 0, { iss: "https://id.example.org" }),
      aud: token(0, 0, { aud: "another" }),
    },
  };
}

/** A key of the same kind that nobody signs with: of RSA a number that merely looks like a modulus. */
function otherKey({ jwk, alg }, number) {
  const names = { kid: `2026-10-${String(number).padStart(4, "0")}`, alg, use: "sig" };
  if (jwk.kty === "oct") {
    return { kty: "oct", k: b64(randomBytes(Buffer.from(jwk.k, "base64url").length)), ...names };
  }
  if (jwk.kty === "RSA") {
    const modulus = randomBytes(256);
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    return { kty: "RSA", n: b64(modulus), e: "AQAB", ...names };
  }
  return { ...generate("ec", { namedCurve: "P-256" }).jwk, ...names };
}

/** A case's key among others: the last but a few, which is no worse a place than any other. */
function setOf(given, count) {
  const keys = Array.from({ length: count - 1 }, (_, number) => otherKey(given, number));
  keys.splice(Math.floor(keys.length * 0.9), 0, given.jwk);
  return JSON.stringify({ keys });
}

/** A set of which every key has a token, to see what keys weigh once they were used. */
function usedKeys(now, count) {
  const keys = [];
  const tokens = [];
  for (let number = 0; number < count; number += 1) {
    const { jwk, privateKey } = generate("ec", { namedCurve: "P-256" });
    const kid = `2026-11-${String(number).padStart(4, "0")}`;
    const header = { alg: "ES256", typ: "JWT", kid };
    const signWith = (input) => sign("sha256", Buffer.from(input), { key: privateKey, ...ieee });
    keys.push({ ...jwk, kid, alg: "ES256", use: "sig" });
    tokens.push(tokenOf({ header, claims: claimsOf(number, now), sign: signWith }));
  }
  return { alg: "ES256", issuer, audience, jwks: JSON.stringify({ keys }), tokens };
}

/**
 * Everything: cases by their id, the sets in which a case's key lies among others, and large sets for memory.
 * A case that cannot be made is in `gaps`, with the reason.
 */
export async function makeFixtures() {
  const now = Math.floor(Date.now() / 1000) - 60;
  const cases = {};
  const gaps = {};
  for (const row of algorithms) {
    try {
      cases[row.id] = await caseOf(row, now);
    } catch (error) {
      gaps[row.id] = String(error.message);
    }
  }
  const sets = Object.fromEntries(
    ["HS256", "RS256", "ES256"].map((id) => [
      id,
      Object.fromEntries(setSizes.map((count) => [count, setOf(cases[id], count)])),
    ]),
  );
  const largest = Math.max(...setSizes);
  const memory = {
    ES256: usedKeys(now, largest),
    RS256: { alg: "RS256", issuer, audience, jwks: sets.RS256[largest], tokens: [] },
  };
  return { issuer, audience, now, cases, gaps, sets, memory };
}
