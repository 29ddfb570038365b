import { generateKeyPairSync } from "node:crypto";

/** All that sign; those of RSA share a key of node:crypto's, since making one takes long. */
export const ellipticAlgs = ["ES256", "ES384", "ES512", "ES256K", "Ed25519", "EdDSA"];
export const rsaAlgs = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
export const hmacAlgs = ["HS256", "HS384", "HS512"];
export const rsaJwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

/** A clock that stands still until it is set. */
export function clockAt(seconds) {
  const clock = () => new Date(clock.seconds * 1000);
  clock.seconds = seconds;
  return clock;
}

/** A policy that lives in minutes. Seconds. */
export const hasty = {
  rotateEvery: 600, publishAhead: 100, retain: 100, cacheLifetime: 20, clientGrace: 20, tokenLifetime: 60, clockSkew: 5,
  propagation: 20,
};

/** What a promise rejects with, or a function throws. */
export async function refusalOf(tried) {
  try {
    await (typeof tried === "function" ? tried() : tried);
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

/** A text in the ways in which it could leak. */
export const encodingsOf = (base64url) => {
  const bytes = Buffer.from(base64url, "base64url");
  return [base64url, bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex"), bytes.toString("latin1"), [...bytes].join(","), [...bytes].join(", ")];
};
