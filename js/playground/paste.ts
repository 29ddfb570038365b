// What people paste, and what they mean by it. Nothing is changed without saying so.
import { isRing } from "./ring.js";

export interface Pasted {
  /** The token that is meant. */
  readonly token: string;
  /** What was left out or taken, in words. */
  readonly notes: readonly string[];
}

/** In front of the token, or around it: how it is recognised, and what to call it. */
const wrappings: [RegExp, string][] = [
  [/^authorization\s*:\s*/i, "“Authorization:” in front"],
  [/^bearer\s+/i, "“Bearer” in front, which is the scheme"],
  [/^dpop\s+/i, "“DPoP” in front, which is the scheme"],
  [/^(?:[?&]?[\w.-]+=)(?=ey)/, "a name in front"],
  [/^["'`“”<]+|["'`“”>]+$/g, "quotes around it"],
  [/[,;]+$/, "punctuation behind it"],
];

const tokenMembers = ["access_token", "id_token", "token", "jwt"];

/** The token within what was pasted. */
export function unwrap(pasted: string): Pasted {
  const notes: string[] = [];
  let text = pasted.trim();
  const inside = memberOf(text);
  if (inside) {
    notes.push(`Taken from the JSON: its member ${inside.name}.`);
    text = inside.value.trim();
  }
  const left: string[] = [];
  for (const [pattern, name] of wrappings) {
    const rest = text.replace(pattern, "").trim();
    if (rest !== text && rest !== "") left.push(name);
    if (rest !== "") text = rest;
  }
  const joined = text.replace(/\s+/g, "");
  // Wrapped lines, of a mail or a terminal; not of a text that is no token anyway.
  if (joined !== text && /^ey[\w.-]+$/.test(joined)) {
    left.push("spaces and line ends within it");
    text = joined;
  }
  if (left.length > 0) {
    notes.push(`Left out: ${left.join("; ")}. It is not part of the token, and verify() refuses it.`);
  }
  return { token: text, notes };
}

function memberOf(text: string): { name: string; value: string } | undefined {
  const object = parseObject(text);
  const name = object && tokenMembers.find((member) => typeof object[member] === "string");
  return name ? { name, value: object[name] as string } : undefined;
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isToken = (text: string): boolean => /^ey[\w-]*\.[\w-]*\.[\w.-]*$/.test(text);
export const isKeys = (object: Record<string, unknown> | undefined): boolean =>
  object !== undefined && (Array.isArray(object["keys"]) || typeof object["kty"] === "string");

export type KeysKind = "empty" | "url" | "publicPem" | "certificate" | "privatePem" | "token" | "metadata" | "ring" | "json" | "text";

/** What the field for keys holds. */
export function kindOfKeys(text: string): KeysKind {
  if (text === "") return "empty";
  if (/^https?:\/\/\S+$/i.test(text)) return "url";
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "privatePem";
  if (/^-----BEGIN CERTIFICATE-----/.test(text)) return "certificate";
  if (/^-----BEGIN ([A-Z]+ )?PUBLIC KEY-----/.test(text)) return "publicPem";
  if (isToken(text)) return "token";
  if (typeof parseObject(text)?.["jwks_uri"] === "string") return "metadata";
  if (isRing(parseObject(text))) return "ring";
  return /^[[{"]/.test(text) ? "json" : "text";
}

/** The issuer of a metadata document's URL (RFC 8414 section 3, OpenID Connect Discovery section 4); else the URL. */
export function issuerOf(url: string): string {
  const marker = /\/\.well-known\/(openid-configuration|oauth-authorization-server)/;
  return url.replace(marker, "").replace(/(?<=^https?:\/\/[^/]+)\/$/, "");
}

const importable = [
  { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ...["P-256", "P-384", "P-521"].map((namedCurve) => ({ name: "ECDSA", namedCurve })),
  { name: "Ed25519" },
];

/** The JWK of a public key in PEM (RFC 7468 section 13), by the browser's own means; undefined if it knows none. */
export async function jwkOfPem(pem: string): Promise<object | undefined> {
  const base64 = pem.replace(/-----[^-]+-----/g, "").replace(/\s/g, "");
  for (const algorithm of importable) {
    try {
      const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const key = await crypto.subtle.importKey("spki", der, algorithm, true, ["verify"]);
      // Of RSA the browser writes an alg that the PEM does not say.
      const { kty, crv, n, e, x, y } = await crypto.subtle.exportKey("jwk", key);
      return { kty, crv, n, e, x, y };
    } catch {
      // another one, then
    }
  }
  return undefined;
}
