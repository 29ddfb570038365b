import { keysText } from "./hints.js";
import { core } from "./instance.js";
import { explainJwt, verifyJwt } from "./jwt.js";
import { verifyJwsWith } from "./jws.js";
import { toParsedKeySet } from "./key-set.js";
import { readClock, readOptions } from "./options.js";
import { expecting, remoteKeysOf, tryNow, tryWith } from "./remote-keys.js";
import { atMost } from "./text.js";
import type {
  Audit,
  AuditOptions,
  Explanation,
  Jwk,
  Jwks,
  JwkSet,
  VerifiedJws,
  VerifiedJwt,
  VerifyJwsOptions,
  VerifyOptions,
} from "./types.js";

export { createVerifier } from "./create-verifier.js";
export { TouchstoneError, type ErrorCode, type ErrorDetail, type ErrorReason, type Refusal } from "./errors.js";
export { decode } from "./decode.js";
export { KeySet } from "./key-set.js";
export type { RemoteKeySetEvent, RemoteKeySetEvents, RemoteKeySetEventType } from "./remote/events.js";
export { createRemoteKeySet, discover, RemoteKeySet } from "./remote/remote-key-set.js";
export {
  type CacheLike,
  type KvLike,
  type RedisLike,
  type SharedCache,
  cacheApiCache,
  kvCache,
  redisCache,
} from "./remote/shared-caches.js";
export { thumbprint, thumbprintUri } from "./thumbprint.js";
export type * from "./types.js";

/**
 * Verifies a JWT in compact serialization (RFC 7519 section 7.2, RFC 8725).
 *
 * Signature, `exp` and `nbf` are checked always, the rest as the options say; `unchecked` of the result names
 * what nobody looked at. Rejects with a TouchstoneError.
 */
export async function verify<Claims extends object = {}>(
  jwt: string,
  jwks: Jwks,
  options?: VerifyOptions,
): Promise<VerifiedJwt<Claims>> {
  const remote = remoteKeysOf(jwks);
  if (!remote) return verifySync(jwt, jwks, options);
  const expectations = expecting(remote, options);
  return tryWith(remote, jwt, options ?? {}, (keySet) =>
    verifyJwt<Claims>(jwt, keySet, expectations, readClock(options)),
  );
}

/** As `verify()`, at once: with a remote set's keys as they are there. Throws a TouchstoneError. */
export function verifySync<Claims extends object = {}>(
  jwt: string,
  jwks: Jwks,
  options?: VerifyOptions,
): VerifiedJwt<Claims> {
  const remote = remoteKeysOf(jwks);
  if (!remote) return verifyJwt(jwt, toParsedKeySet(jwks), readOptions(options), readClock(options));
  const expectations = expecting(remote, options);
  return tryNow(remote, jwt, options ?? {}, (keySet) =>
    verifyJwt<Claims>(jwt, keySet, expectations, readClock(options)),
  );
}

/**
 * Verifies a JWS with any payload: compact, flattened or general JSON serialization (RFC 7515 section 7), as
 * text or as an object; with a detached payload (appendix F); with `b64` false (RFC 7797). Claims are not
 * looked at. Rejects with a TouchstoneError.
 */
export async function verifyJws(
  jws: string | object,
  jwks: Jwks,
  options?: VerifyJwsOptions,
): Promise<VerifiedJws> {
  const remote = remoteKeysOf(jwks);
  if (!remote) return verifyJwsSync(jws, jwks, options);
  return tryWith(remote, jws, options ?? {}, (keySet) => verifyJwsWith(jws, keySet, options));
}

/** As `verifyJws()`, at once. Throws a TouchstoneError. */
export function verifyJwsSync(jws: string | object, jwks: Jwks, options?: VerifyJwsOptions): VerifiedJws {
  const remote = remoteKeysOf(jwks);
  if (!remote) return verifyJwsWith(jws, toParsedKeySet(jwks), options);
  return tryNow(remote, jws, options ?? {}, (keySet) => verifyJwsWith(jws, keySet, options));
}

/**
 * How `verify()` comes to its verdict: each step, and each key with why it was passed over. Throws for a set
 * or options that cannot be read, never for the token.
 */
export function explain(jwt: string, jwks: Jwks, options?: VerifyOptions): Explanation {
  return explainJwt(jwt, toParsedKeySet(jwks), expecting(remoteKeysOf(jwks), options), readClock(options));
}

/** Judges a JWK Set as its publisher would want to know. At most 1 MiB and 1,000 keys. */
export function audit(jwks: JwkSet | Jwk | string | Uint8Array, options?: AuditOptions): Audit {
  const now = readClock(options);
  readOptions(options, []);
  const answer = core().call(
    (wasm, text, length) => wasm.bridge_audit(text!, length!, now),
    atMost(1024 * 1024, keysText(jwks)),
  );
  return JSON.parse(answer.text);
}
