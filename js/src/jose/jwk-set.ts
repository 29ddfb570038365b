import { TouchstoneError } from "../errors.js";
import { explainJwt } from "../jwt.js";
import { readOptions } from "../options.js";
import { ParsedKeySet } from "../parsed-key-set.js";
import { Recent } from "../recent.js";
import type { Text } from "../text.js";
import * as base64url from "./base64url.js";
import { JOSENotSupported, JWKSInvalid, JWKSMultipleMatchingKeys, JWKSNoMatchingKey } from "./errors.js";
import { cryptoKeyOf } from "./keys.js";
import { joseError } from "./refusals.js";
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from "./types.js";

/** A JWK Set, and the CryptoKeys of those of its keys that were asked for. */
export class JwkSet {
  #jwks: JSONWebKeySet;
  #cryptoKeys = new Map<string, Promise<CryptoKey>>();
  /** Positions of the keys that were asked for last. */
  #found = new Recent<number>(64, () => {});
  readonly keySet: ParsedKeySet;

  /** text: of the same set, for the core. Throws JWKSInvalid. */
  constructor(jwks: unknown, text: Text = JSON.stringify(jwks)) {
    const isSet = Array.isArray((jwks as Partial<JSONWebKeySet> | undefined)?.keys);
    if (!isSet) throw new JWKSInvalid("this is no JWK Set: an object with an array keys");
    this.#jwks = jwks as JSONWebKeySet;
    try {
      this.keySet = ParsedKeySet.parse(text);
    } catch (error) {
      throw joseError(error);
    }
  }

  copy(): JSONWebKeySet {
    return structuredClone(this.#jwks);
  }

  /** The key at a position of `keys`, the same one each time. */
  cryptoKeyAt(index: number, alg: string): Promise<CryptoKey> {
    const name = `${index} ${alg}`;
    const known = this.#cryptoKeys.get(name) ?? cryptoKeyOf(this.#jwks.keys[index]!, alg);
    this.#cryptoKeys.set(name, known);
    return known;
  }

  /** The key that a header means. Rejects with what jose throws of a set. */
  async find({ alg, kid }: JWSHeaderParameters): Promise<CryptoKey> {
    if (typeof alg !== "string") throw new JOSENotSupported("the header has no alg");
    const meant = JSON.stringify({ alg, kid });
    return this.cryptoKeyAt(this.#found.get(meant, () => this.#choose(meant, alg)), alg);
  }

  /** The core chooses. It explains its choice for a token, so that it gets one: with no more than the header. */
  #choose(header: string, alg: string): number {
    const { error, keys } = explainJwt(`${base64url.encode(header)}.e30.`, this.keySet, readOptions({}), 0);
    const [match, another] = keys.filter(({ status }) => status === "matching");
    if (match && !another) return match.index;
    throw this.refusal(new TouchstoneError(error!), () => alg);
  }

  /** A refusal of the core, about a token that this set was to verify. */
  refusal(error: TouchstoneError, alg: () => string, compared?: readonly string[]): unknown {
    const isOfSecret = error.reason === "alg_not_allowed";
    if (isOfSecret) return new JOSENotSupported("a JWK Set holds no secret, which alg asks for", { cause: error });
    const refusal = joseError(error, compared);
    if (refusal instanceof JWKSMultipleMatchingKeys) {
      const { keys = [] } = (refusal.cause as TouchstoneError).detail ?? {};
      refusal[Symbol.asyncIterator] = () => this.#each(keys, alg());
    }
    return refusal;
  }

  async *#each(keys: readonly { readonly index: number }[], alg: string) {
    for (const { index } of keys) yield await this.cryptoKeyAt(index, alg);
  }
}

/** Where a function that was made here has its keys. */
export interface JwkSetSource {
  /** The set, when it is there and may be used. */
  current(): JwkSet | undefined;
  load(): Promise<JwkSet>;
  /** A set that may have a key that `current()` lacks; undefined when there is none to be had. */
  newer(): Promise<JwkSet> | undefined;
}

const sources = new WeakMap<object, JwkSetSource>();

/** Undefined for any other function. */
export const sourceOf = (key: unknown): JwkSetSource | undefined => sources.get(key as object);

/** What finds the key of a header, for a caller who asks for it. */
export function keyFinder(source: JwkSetSource) {
  const find = async (protectedHeader?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> => {
    const header = { ...protectedHeader, ...token?.header };
    return tryWith(source, source.current() ?? (await source.load()), (set) => set.find(header));
  };
  sources.set(find, source);
  return find;
}

/** With the source's set; once more when it lacked the key and there is a newer one. */
export async function tryWith<Result>(
  source: JwkSetSource, set: JwkSet, attempt: (set: JwkSet) => Result,
): Promise<Awaited<Result>> {
  try {
    return await attempt(set);
  } catch (error) {
    const newer = error instanceof JWKSNoMatchingKey ? source.newer() : undefined;
    if (!newer) throw error;
    return await attempt(await newer);
  }
}
