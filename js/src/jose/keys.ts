/** From whatever a caller has for a key to one that verifies. */

import { ParsedKeySet } from "../parsed-key-set.js";
import { Recent } from "../recent.js";
import { algorithmOf, type KeyKind } from "./algorithms.js";
import * as base64url from "./base64url.js";
import { JOSENotSupported } from "./errors.js";
import type { CryptoKey, JWK, KeyInput } from "./types.js";

/** One key, as a set of one. */
export interface SingleKey {
  readonly jwk: JWK;
  readonly keySet: ParsedKeySet;
  readonly kind: KeyKind;
}

/** The keys that were used last, by their text, so that a changed object is noticed. */
const recent = new Recent<SingleKey>(32, ({ keySet }) => keySet.dispose());

/** The JWK of keys that cannot change: those that were exported, and those that were made here. */
const textOfKey = new WeakMap<object, string>();

/**
 * The key of this text, to be used before anything is awaited: by then others may have taken its place. Throws a
 * TypeError.
 */
export const singleKey = (text: string): SingleKey => recent.get(text, () => parse(text));

function parse(text: string): SingleKey {
  try {
    const keySet = ParsedKeySet.parse(`{"keys":[${text}]}`);
    const jwk = JSON.parse(text) as JWK;
    return { jwk, keySet, kind: jwk.kty === "oct" ? "secret" : "public" };
  } catch (cause) {
    throw new TypeError("the JWK is no JSON object", { cause });
  }
}

/** A key that is to verify, as JSON text. Throws a TypeError for what cannot. */
export async function keyText(key: unknown): Promise<string> {
  const known = textOfKey.get(key as object);
  if (known !== undefined) return known;
  const jwk = key instanceof Uint8Array ? { kty: "oct", k: base64url.encode(key) } : await jwkOf(key);
  const isUnchanging = ["KeyObject", "CryptoKey"].includes(formOf(key as object));
  if (isUnchanging && (key as Exportable).type === "private") throw new TypeError("the key is private");
  const text = JSON.stringify(jwk);
  if (isUnchanging) textOfKey.set(key as object, text);
  return text;
}

/** In what form a caller has a key. */
function formOf(key: object): "octets" | "KeyObject" | "CryptoKey" | "JWK" {
  if (key instanceof Uint8Array) return "octets";
  const tag = (key as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (tag === "KeyObject") return tag;
  // workerd of before autumn 2024 tags nothing; a stand-in has no tag either.
  const isNative = Boolean(globalThis.CryptoKey) && key instanceof globalThis.CryptoKey;
  return tag === "CryptoKey" || isNative || textOfKey.has(key) ? "CryptoKey" : "JWK";
}

type Exportable = { type: string; export(options?: object): any };

/** As a JWK; a JWK is its own. Throws a TypeError. */
export async function jwkOf(key: unknown): Promise<JWK> {
  if (typeof key === "string") throw new TypeError("a key in PEM has to be imported: importSPKI(), importX509()");
  if (typeof key !== "object" || key === null) {
    throw new TypeError("the key is no CryptoKey, KeyObject, JWK or Uint8Array");
  }
  const known = textOfKey.get(key);
  if (known !== undefined) return JSON.parse(known);
  const form = formOf(key);
  try {
    if (form === "KeyObject") return jwkOfKeyObject(key as Exportable);
    if (form === "CryptoKey") return (await crypto.subtle.exportKey("jwk", key as any)) as JWK;
  } catch (cause) {
    throw new TypeError("the key cannot be exported: give the JWK, or the key that importJWK() makes of it", { cause });
  }
  if (typeof (key as JWK).kty !== "string") throw new TypeError("the JWK has no kty");
  return key as JWK;
}

const jwkOfKeyObject = (key: Exportable): JWK =>
  key.type === "secret" ? { kty: "oct", k: base64url.encode(key.export()) } : key.export({ format: "jwk" });

/**
 * What jose throws for a key that cannot verify this token. given: by the caller; reason: why the core passed it
 * over.
 */
export function unfitKey(given: KeyInput, { jwk, keySet }: SingleKey, reason: string, cause: unknown): Error {
  const isPlainJwk = formOf(given) === "JWK" && jwk.alg === undefined;
  const isOfOtherType = reason === "kty_mismatch" || reason === "kty_unsupported";
  const KeyError = isPlainJwk && isOfOtherType ? JOSENotSupported : TypeError;
  const [skipped] = keySet.describe().skipped;
  return new KeyError(`the key does not fit the token: ${skipped?.message ?? reason}`, { cause });
}

/**
 * A public key for use outside of these functions, too: the runtime's CryptoKey, or where it has none for this
 * algorithm (ES256K, say) a stand-in that only these functions know.
 */
export async function cryptoKeyOf(jwk: JWK, alg: string, extractable = true): Promise<CryptoKey> {
  const { use, key_ops, ext, ...material } = jwk;
  const text = JSON.stringify(isEdDsa(alg) ? { ...material, alg: undefined } : { ...material, alg });
  const key = await importInto(JSON.parse(text), alg, extractable);
  textOfKey.set(key, text);
  return key;
}

/** For which a key is the same under either name. */
const isEdDsa = (alg: string) => algorithmOf(alg)?.kty === "OKP";

async function importInto(jwk: JWK, alg: string, extractable: boolean): Promise<CryptoKey> {
  const { alg: _, ...material } = jwk;
  const algorithm = algorithmOf(alg)?.subtle ?? { name: String(jwk.crv) };
  try {
    return await crypto.subtle.importKey("jwk", jwk.kty === "AKP" ? jwk : material, algorithm, extractable, ["verify"]);
  } catch {
    return Object.freeze({
      type: "public",
      extractable,
      algorithm: Object.freeze({ ...algorithm }),
      usages: Object.freeze(["verify"]),
    }) as unknown as CryptoKey;
  }
}

/** What is said to have verified, when a function gave this key. */
export async function resolvedKey(
  given: KeyInput, { jwk, kind }: SingleKey, alg: string,
): Promise<CryptoKey | Uint8Array> {
  const form = formOf(given);
  if (form === "octets" || form === "CryptoKey") return given as CryptoKey | Uint8Array;
  return kind === "secret" ? base64url.decode(jwk.k!) : cryptoKeyOf(jwk, alg, jwk.ext);
}
