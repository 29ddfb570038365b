import { fromUtf8 } from "../text.js";

/** Where the runtime brings its own. */
interface Native {
  toBase64?(options: object): string;
  fromBase64?(text: string, options: object): Uint8Array<ArrayBuffer>;
}

/** Base64url without padding, of bytes or of a text's UTF-8. */
export function encode(input: Uint8Array | string): string {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const native = bytes as Native;
  if (native.toBase64) return native.toBase64({ alphabet: "base64url", omitPadding: true });
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/[+/=]/g, (character) => ({ "+": "-", "/": "_" })[character] ?? "");
}

/** The bytes of base64url, given as text or as its bytes. Throws a TypeError. */
export function decode(input: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const text = typeof input === "string" ? input : fromUtf8(input);
  try {
    const native = Uint8Array as Native;
    if (native.fromBase64) return native.fromBase64(text, { alphabet: "base64url" });
    if (/[+/]/.test(text)) throw new TypeError("this is base64, not base64url");
    return fromBase64(text.replace(/[-_]/g, (character) => (character === "-" ? "+" : "/")));
  } catch (cause) {
    throw new TypeError("this is not base64url", { cause });
  }
}

/** Base64 with its padding, or without (RFC 4648 section 4). */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
