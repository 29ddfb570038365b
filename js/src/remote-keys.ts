import { TouchstoneError } from "./errors.js";
import { readOptions, refuseOption, type Expectations } from "./options.js";
import type { ParsedKeySet } from "./parsed-key-set.js";
import type { RemoteRequest, VerifyOptions } from "./types.js";

/** Under this name a RemoteKeySet shows what verifies with it, and nobody else. */
export const remoteKeys = Symbol("touchstone.remoteKeys");

/** Keys that may have to be waited for. What can verify without them need not know how they come. */
export interface RemoteKeys {
  /** The issuer whose tokens alone these keys verify; undefined when the set was named itself. */
  readonly issuer: string | undefined;
  /** The keys that are there. Throws `jwks_not_ready`, or why there are none. */
  warm(request?: RemoteRequest): ParsedKeySet;
  /** The keys that are there, or those that come. Rejects with the reason why none do. */
  load(request: RemoteRequest): ParsedKeySet | Promise<ParsedKeySet>;
  /** Others, after these had none for a token. Rejects, with `refusal` when the token names no key. */
  newer(token: string, keySet: ParsedKeySet, refusal: TouchstoneError, request: RemoteRequest): Promise<ParsedKeySet>;
  /** Has others come, for the next time. */
  seek(token: string, keySet: ParsedKeySet, request: RemoteRequest): void;
}

export const remoteKeysOf = (jwks: unknown): RemoteKeys | undefined =>
  typeof jwks === "object" && jwks !== null
    ? (jwks as { readonly [remoteKeys]?: RemoteKeys })[remoteKeys]
    : undefined;

/**
 * What is expected of a token that these keys verify: with keys that an issuer was asked for, that `iss` is this
 * issuer (RFC 8414 section 6.2). Throws `option_invalid` when `issuer` asks for others.
 */
export function expecting(keys: RemoteKeys | undefined, options: VerifyOptions | undefined): Expectations {
  if (keys?.issuer === undefined) return readOptions(options);
  const wanted = options?.issuer;
  if (wanted !== undefined && wanted !== null && ![wanted].flat().includes(keys.issuer)) refuseOption("issuer");
  return readOptions({ ...options, issuer: keys.issuer });
}

const isKeyMissing = (error: unknown): error is TouchstoneError =>
  error instanceof TouchstoneError && error.reason === "no_matching_key";

/** Verifies with the keys of a remote set; once more when it lacked the token's key and has got others. */
export async function tryWith<Verdict>(
  keys: RemoteKeys,
  token: unknown,
  request: RemoteRequest,
  attempt: (keySet: ParsedKeySet) => Verdict,
): Promise<Verdict> {
  const keySet = await keys.load(request);
  try {
    return attempt(keySet);
  } catch (refusal) {
    if (!isKeyMissing(refusal)) throw refusal;
    return attempt(await keys.newer(String(token), keySet, refusal, request));
  }
}

/** The same with the keys that are there. */
export function tryNow<Verdict>(
  keys: RemoteKeys,
  token: unknown,
  request: RemoteRequest,
  attempt: (keySet: ParsedKeySet) => Verdict,
): Verdict {
  const keySet = keys.warm(request);
  try {
    return attempt(keySet);
  } catch (refusal) {
    if (isKeyMissing(refusal)) keys.seek(String(token), keySet, request);
    throw refusal;
  }
}
