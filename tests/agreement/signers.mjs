// One signer for each algorithm: its key, and valid tokens made with node:crypto, which shares no code with us;
// nor does noble, which has the ML-DSA that Node 20 lacks.
import { constants, createHash, createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";

export const keys = JSON.parse(readFileSync(new URL("keys.json", import.meta.url), "utf8"));

/** The time at which every token here is judged: 2026-11-23T18:30:00Z. */
export const now = 1795458600;

export const b64 = (bytes) => Buffer.from(bytes).toString("base64url");
export const bytesOf = (text) => Buffer.from(text, "base64url");

const rsa = (bits, padding) => ({ kty: "RSA", key: "RSA", hash: `sha${bits}`, padding });
const ec = (bits, crv) => ({ kty: "EC", key: crv, hash: `sha${bits}` });
const okp = (crv) => ({ kty: "OKP", key: crv });
const hmac = (bits) => ({ kty: "oct", key: "oct", hash: `sha${bits}` });
const { RSA_PKCS1_PADDING: pkcs1, RSA_PKCS1_PSS_PADDING: pss } = constants;

export const algorithms = {
  RS256: rsa(256, pkcs1),
  RS384: rsa(384, pkcs1),
  RS512: rsa(512, pkcs1),
  PS256: rsa(256, pss),
  PS384: rsa(384, pss),
  PS512: rsa(512, pss),
  ES256: ec(256, "P-256"),
  ES384: ec(384, "P-384"),
  ES512: ec(512, "P-521"),
  ES256K: ec(256, "secp256k1"),
  EdDSA: okp("Ed25519"),
  Ed25519: okp("Ed25519"),
  Ed448: okp("Ed448"),
  // One of the three: their tokens are large and slow to make.
  "ML-DSA-44": { kty: "AKP", key: "ML-DSA-44" },
  HS256: hmac(256),
  HS384: hmac(384),
  HS512: hmac(512),
};

/** The order of each base point of ECDSA. */
export const orders = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "P-384":
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  "P-521":
    ((2n ** 261n - 1n) << 260n) + 0xa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

const publicMembers = {
  RSA: ["kty", "n", "e"],
  EC: ["kty", "crv", "x", "y"],
  OKP: ["kty", "crv", "x"],
  AKP: ["kty", "alg", "pub"],
  oct: ["kty", "k"],
};

export const publicJwk = (jwk) =>
  Object.fromEntries(publicMembers[jwk.kty].map((member) => [member, jwk[member]]));

const imported = new WeakMap();

/** A private JWK as what signs wants it. */
export function privateKey(jwk) {
  const make = () =>
    jwk.kty === "AKP" ? ml_dsa44.keygen(bytesOf(jwk.priv)).secretKey : createPrivateKey({ key: jwk, format: "jwk" });
  if (!imported.has(jwk)) imported.set(jwk, make());
  return imported.get(jwk);
}

/**
 * A signature with a private JWK. `change` overrides what the algorithm says: a hash, a padding, a salt. EdDSA and
 * ML-DSA, which take the message itself, sign the hash in its place.
 */
export function signWith(jwk, alg, input, change = {}) {
  const { hash, padding, saltLength = constants.RSA_PSS_SALTLEN_DIGEST } = { ...algorithms[alg], ...change };
  if (jwk.kty === "oct") return createHmac(hash, bytesOf(jwk.k)).update(input).digest();
  const key = privateKey(jwk);
  if (jwk.kty === "OKP" || jwk.kty === "AKP") {
    const message = hash ? createHash(hash).update(input).digest() : Buffer.from(input);
    return jwk.kty === "OKP" ? sign(null, message, key) : Buffer.from(ml_dsa44.sign(message, key, { extraEntropy: false }));
  }
  const how = jwk.kty === "EC" ? { dsaEncoding: "ieee-p1363" } : { padding };
  return sign(hash, Buffer.from(input), { key, ...how, ...(padding === pss ? { saltLength } : {}) });
}

export const publicKeyObject = (jwk) => createPublicKey({ key: publicJwk(jwk), format: "jwk" });

/** The SubjectPublicKeyInfo, also of ML-DSA-44 (RFC 9881). */
export const publicKeyDer = (jwk) =>
  jwk.kty === "AKP"
    ? Buffer.concat([Buffer.from("30820532300b06096086480165030403110382052100", "hex"), bytesOf(jwk.pub)])
    : publicKeyObject(jwk).export({ type: "spki", format: "der" });

const claims = { iss: "https://id.example", sub: "ada", aud: "api", iat: now - 60, nbf: now - 60, exp: now + 600 };

/** A header or a payload as bytes: an object, text or bytes. */
export const encode = (part) =>
  typeof part === "string" || Buffer.isBuffer(part) ? Buffer.from(part) : Buffer.from(JSON.stringify(part));

export class Signer {
  constructor(alg) {
    this.alg = alg;
    Object.assign(this, algorithms[alg]);
    this.privateJwk = keys[this.key];
    this.jwk = { ...publicJwk(this.privateJwk), kid: "k1", alg, use: "sig" };
    this.jwks = JSON.stringify({ keys: [this.jwk] });
    // HMAC must be asked for by name.
    this.options = this.kty === "oct" ? { algorithms: [alg] } : {};
    this.header = { alg, typ: "JWT", kid: "k1" };
    this.claims = claims;
    this.valid = this.token();
    /** The valid token's segments. */
    this.segments = this.valid.split(".");
    /** The signature's length in bytes. */
    this.length = bytesOf(this.segments[2]).length;
  }

  sign(input, change) {
    return signWith(this.privateJwk, this.alg, input, change);
  }

  /** A token that the key's owner signed, whatever is in it. */
  token(header = this.header, payload = this.claims, change) {
    const input = `${b64(encode(header))}.${b64(encode(payload))}`;
    return `${input}.${b64(this.sign(input, change))}`;
  }

  /** The valid token with one segment in another's place. */
  with({ header, payload, signature }) {
    const [h, p, s] = this.segments;
    return [header ?? h, payload ?? p, signature ?? s].join(".");
  }}

export const signers = Object.keys(algorithms).map((alg) => new Signer(alg));
export const signerOf = (alg) => signers.find((signer) => signer.alg === alg);
