import { JWKSInvalid } from "./errors.js";
import { JwkSet, keyFinder } from "./jwk-set.js";
import type { JSONWebKeySet, LocalJWKSet } from "./types.js";

/** A set as it is now: later changes of the object do not reach it. Throws JWKSInvalid. */
export function createLocalJWKSet(jwks: JSONWebKeySet): LocalJWKSet {
  let copy: unknown;
  try {
    copy = structuredClone(jwks);
  } catch (cause) {
    throw new JWKSInvalid("this is no JWK Set", { cause });
  }
  const set = new JwkSet(copy);
  const find = keyFinder({ current: () => set, load: async () => set, newer: () => undefined });
  return Object.defineProperty(find, "jwks", { value: () => set.copy() }) as LocalJWKSet;
}
