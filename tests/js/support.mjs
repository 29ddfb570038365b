// Keys and tokens made by node:crypto, which shares no code with what is tested.
import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { core } from "../../dist/internals.js";

const root = new URL("../../", import.meta.url);
export const fileOf = (path) => new URL(path, root);
export const read = (path) => readFileSync(fileOf(path), "utf8");

export const base64url = (data) => Buffer.from(data).toString("base64url");
export const json = (value) => base64url(JSON.stringify(value));

/** 2026-11-14: in the lifetime of every token here. */
export const now = 1_794_700_000;
export const currentDate = new Date(now * 1000);
export const claims = { iss: "https://id.example", aud: "api", sub: "ada", iat: now - 10, exp: now + 300 };

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve) => generateKeyPairSync("ec", { namedCurve });

const asymmetric = (alg, { privateKey, publicKey }, hash, options = {}) => ({
  alg,
  jwk: { ...publicKey.export({ format: "jwk" }), kid: alg, alg, use: "sig" },
  sign: (input) => sign(hash, Buffer.from(input), { key: privateKey, ...options }),
});
const pss = (alg, hash, saltLength) => asymmetric(alg, rsa, hash, { padding: 6, saltLength });
const ecdsa = (alg, curve, hash) => asymmetric(alg, ec(curve), hash, { dsaEncoding: "ieee-p1363" });
const hmac = (alg, hash, length) => {
  const secret = randomBytes(length);
  return {
    alg,
    jwk: { kty: "oct", k: base64url(secret), kid: alg, alg },
    sign: (input) => createHmac(hash, secret).update(input).digest(),
  };
};

/** One signer for each algorithm that this build verifies. */
export const signers = [
  asymmetric("RS256", rsa, "sha256"),
  asymmetric("RS384", rsa, "sha384"),
  asymmetric("RS512", rsa, "sha512"),
  pss("PS256", "sha256", 32),
  pss("PS384", "sha384", 48),
  pss("PS512", "sha512", 64),
  ecdsa("ES256", "P-256", "sha256"),
  ecdsa("ES384", "P-384", "sha384"),
  ecdsa("ES512", "P-521", "sha512"),
  ecdsa("ES256K", "secp256k1", "sha256"),
  hmac("HS256", "sha256", 32),
  hmac("HS384", "sha384", 48),
  hmac("HS512", "sha512", 64),
];
export const signer = (alg) => signers.find((one) => one.alg === alg);

/** A JWT of these claims, or of this text as its payload. */
export function jwtOf(alg, payload = claims, header = {}) {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const input = `${json({ alg, typ: "JWT", kid: alg, ...header })}.${base64url(text)}`;
  return `${input}.${base64url(signer(alg).sign(input))}`;
}

export const jwksOf = (...algs) => ({ keys: algs.map((alg) => signer(alg).jwk) });

/** Options under which a token of any algorithm here is good. */
export const accepting = (alg) => ({ currentDate, ...(alg.startsWith("HS") ? { algorithms: [alg] } : {}) });

/** The error that a call must throw; anything else fails the test. */
export function refusal(call) {
  try {
    call();
  } catch (error) {
    if (error?.constructor?.name === "TouchstoneError") return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

let last = { text: "", keys: 0 };

/**
 * What the module itself says of a bare signature: "valid", or the reason why it is not. The set of the last key
 * is kept, so that a key asked for many times in a row grows hot.
 */
export function rawVerdict(alg, message, signature, jwk) {
  const inside = core();
  try {
    const text = JSON.stringify(jwk);
    if (text !== last.text) {
      inside.wasm.touchstone_key_set_free(last.keys);
      last = { text: "", keys: 0 };
      const parse = (wasm, ...at) => wasm.bridge_key_set_parse(...at, 1 << 20, 1000, 0, 4 << 20);
      last = { text, keys: inside.call(parse, text).handle };
    }
    inside.call((wasm, ...at) => wasm.bridge_verify_signature(last.keys, ...at), alg, message, signature);
    return "valid";
  } catch (error) {
    return error.reason;
  }
}

/** The rows of errors.def. */
export const errorTable = [
  ...read("core/include/touchstone/errors.def").matchAll(
    /^TOUCHSTONE_ERROR\((\d+), (\w+), (\w+), "(.*?)", "(.*?)", "(.*?)"\)$/gm,
  ),
].map(([, number, reason, id, code, section, message]) => ({
  number: Number(number),
  reason,
  id,
  code,
  section,
  message,
}));
