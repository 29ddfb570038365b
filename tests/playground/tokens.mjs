// Tokens for the tests, signed by a key of their own, and a set that has it.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export const key = { ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" };
export const jwks = JSON.stringify({ keys: [key] });
export const pem = publicKey.export({ type: "spki", format: "pem" });
export const privatePem = privateKey.export({ type: "pkcs8", format: "pem" });
export const seconds = () => Math.floor(Date.now() / 1000);

/** claims: an object, or the JSON itself. */
export function makeToken(claims, header = {}) {
  const input = `${b64({ alg: "ES256", typ: "JWT", kid: "k1", ...header })}.${b64(claims)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export function makeHmacToken(claims, secret) {
  const input = `${b64({ alg: "HS256" })}.${b64(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export const usual = () => ({ iss: "https://id.example", sub: "ada", aud: "api", iat: seconds() - 60, exp: seconds() + 3600 });
