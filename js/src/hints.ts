// What people give by mistake, where this side sees or knows more than the core, which looks at text.
import { core } from "./instance.js";
import { tagOf } from "./tag-of.js";
import { jsonText, type Text } from "./text.js";

const promise = "it is a promise: await it";
const aFunction = "it is a function: createRemoteKeySet(url) gives a set that is fetched";

/** By their tags. */
const atKeys = new Map(Object.entries({
  Undefined: "it is undefined: give the JWK Set",
  Null: "it is null: give the JWK Set",
  Promise: promise,
  Function: aFunction,
  AsyncFunction: aFunction,
  URL: "it is a URL: createRemoteKeySet(url) gives the JWK Set that is there, fetched when it is needed",
  Response: "it is a Response: give await response.json()",
  ArrayBuffer: "it is an ArrayBuffer: give new Uint8Array(buffer)",
  CryptoKey: 'it is a CryptoKey: give await crypto.subtle.exportKey("jwk", key)',
  KeyObject: 'it is a KeyObject: give key.export({ format: "jwk" })',
}));
const atToken = new Map(Object.entries({
  Undefined: "it is undefined: give the token",
  Null: "it is null: give the token",
  Promise: promise,
}));

/** JSON text of a JWK Set or one JWK. Throws `jwks_malformed` for what people give in its place. */
export function keysText(jwks: unknown): Text {
  const isUrl = typeof jwks === "string" && /^https?:\/\//.test(jwks);
  const hint = atKeys.get(isUrl ? "URL" : tagOf(jwks));
  if (hint !== undefined) throw core().error("jwks_malformed", { hint });
  return jsonText(jwks);
}

/** What to say of a token that is no text; undefined of one that is. */
export const hintAtToken = (jwt: unknown): string | undefined =>
  typeof jwt === "string" ? undefined : (atToken.get(tagOf(jwt)) ?? "it is not text: a JWT is a string");
