/// <reference lib="esnext.disposable" preserve="true" />
import { keysText } from "./hints.js";
import { explainJwt, verifyJwt } from "./jwt.js";
import { readClock, readOptions } from "./options.js";
import { ParsedKeySet } from "./parsed-key-set.js";
import { Recent } from "./recent.js";
import { remoteKeysOf } from "./remote-keys.js";
import type {
  Explanation,
  Jwk,
  JwkSet,
  Jwks,
  KeyDescription,
  KeySetLimits,
  SkippedKey,
  VerifiedJwt,
  VerifyOptions,
} from "./types.js";

let parsedOf: (keySet: KeySet) => ParsedKeySet;

/**
 * A parsed JWK Set (RFC 7517 section 5). Immutable: a later change of what it was parsed from does not reach
 * it. A key that is malformed, weak, private or unknown is left out; `skipped` says why.
 */
export class KeySet {
  #parsed: ParsedKeySet;

  private constructor(parsed: ParsedKeySet) {
    this.#parsed = parsed;
  }

  static {
    parsedOf = (keySet) => keySet.#parsed;
  }

  /**
   * Parses a JWK Set, or one JWK as a set of one.
   *
   * Errors: `jwks_malformed`, `jwks_too_large`, `jwks_too_deep`, `jwks_contains_private_key` and
   * `option_invalid`.
   */
  static parse(jwks: JwkSet | Jwk | string | Uint8Array, limits?: KeySetLimits): KeySet {
    return new KeySet(ParsedKeySet.parse(keysText(jwks), limits));
  }

  /** The usable keys. */
  get keys(): readonly KeyDescription[] {
    return this.#parsed.describe().keys;
  }

  /** The keys that were left out, each with its reason. */
  get skipped(): readonly SkippedKey[] {
    return this.#parsed.describe().skipped;
  }

  /** As `verify()` with this set. */
  async verify<Claims extends object = {}>(
    jwt: string,
    options?: VerifyOptions,
  ): Promise<VerifiedJwt<Claims>> {
    return this.verifySync(jwt, options);
  }

  /** As `verifySync()` with this set. */
  verifySync<Claims extends object = {}>(jwt: string, options?: VerifyOptions): VerifiedJwt<Claims> {
    return verifyJwt(jwt, this.#parsed, readOptions(options), readClock(options));
  }

  /** As `explain()` with this set. */
  explain(jwt: string, options?: VerifyOptions): Explanation {
    return explainJwt(jwt, this.#parsed, readOptions(options), readClock(options));
  }

  /** Gives the memory back now rather than at garbage collection. Any later use is a TypeError. */
  dispose(): void {
    this.#parsed.dispose();
  }
}

/** `using keySet = KeySet.parse(jwks)`, where the runtime has it. */
export interface KeySet extends Disposable {}

if (Symbol.dispose) {
  Object.defineProperty(KeySet.prototype, Symbol.dispose, { value: KeySet.prototype.dispose });
}

/**
 * Sets that were given raw, found again under their text, so that a changed object is noticed. The text may be
 * that of a secret key, which the caller holds as well; there are few of them. A KeySet is never kept here.
 */
const recent = new Recent<ParsedKeySet>(16, (parsed) => parsed.dispose());

/** @internal The keys as they are there now. */
export function toParsedKeySet(jwks: Jwks): ParsedKeySet {
  const remote = remoteKeysOf(jwks);
  if (remote) return remote.warm();
  if (jwks instanceof KeySet) return parsedOf(jwks);
  const text = keysText(jwks);
  // Bytes that are not UTF-8 have no name to be found under; they are refused.
  return typeof text === "string" ? recent.get(text, () => ParsedKeySet.parse(text)) : ParsedKeySet.parse(text);
}
