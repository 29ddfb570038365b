/** Text as a caller may have it: JavaScript's, or UTF-8. */
export type Text = string | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** UTF-8 of a text. Of a lone surrogate it has a byte that UTF-8 never has, so that the core refuses it. */
export function toUtf8(text: Text): Uint8Array {
  if (typeof text !== "string") return text;
  const bytes = encoder.encode(text);
  const loneSurrogate = text.search(/[\ud800-\udfff]/u);
  if (loneSurrogate >= 0) bytes[encoder.encode(text.slice(0, loneSurrogate)).length] = 0xff;
  return bytes;
}

/** Writes ASCII, which every compact token is. False for other text, or when there is no room. */
export function writeAscii(text: Text, target: Uint8Array): text is string {
  if (typeof text !== "string" || text.length > target.length) return false;
  const { read, written } = encoder.encodeInto(text, target);
  return read === text.length && written === text.length;
}

/**
 * JSON text of what a caller calls a JWK Set, a JWK or a JWS. What has no JSON text becomes "", and bytes that
 * are not UTF-8 stay as they are: the core refuses both.
 */
export function jsonText(value: unknown): Text {
  if (typeof value === "string") return value;
  try {
    if (!ArrayBuffer.isView(value)) return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** The start of a text, long enough for the core to see that the whole is larger than `limit` bytes. */
export const atMost = (limit: number, text: Text): Text =>
  text.length > limit ? text.slice(0, limit + 1) : text;
