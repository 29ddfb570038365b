import { thumbprint, thumbprintUri } from "../thumbprint.js";
import type { ThumbprintHash } from "../types.js";
import { jwkOf } from "./keys.js";
import { joseError } from "./refusals.js";
import type { CryptoKey, JWK, KeyObject } from "./types.js";

const hashes = { sha256: "sha-256", sha384: "sha-384", sha512: "sha-512" } as const;
type Digest = keyof typeof hashes;
type Key = JWK | CryptoKey | KeyObject;

/** RFC 7638, base64url. Rejects with a TypeError, JWKInvalid or JOSENotSupported. */
export const calculateJwkThumbprint = (key: Key, digestAlgorithm?: Digest): Promise<string> =>
  ask(thumbprint, key, digestAlgorithm);

/** The same as a URI (RFC 9278). */
export const calculateJwkThumbprintUri = (key: Key, digestAlgorithm?: Digest): Promise<string> =>
  ask(thumbprintUri, key, digestAlgorithm);

async function ask(question: typeof thumbprint, key: unknown, digestAlgorithm: Digest = "sha256"): Promise<string> {
  const jwk = await jwkOf(key);
  if (!Object.hasOwn(hashes, digestAlgorithm)) {
    throw new TypeError("digestAlgorithm is none of sha256, sha384 and sha512");
  }
  const hash: ThumbprintHash = hashes[digestAlgorithm];
  try {
    return question(jwk, hash);
  } catch (error) {
    throw joseError(error);
  }
}
