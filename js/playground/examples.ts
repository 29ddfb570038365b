// Examples, one click each.
import { button, h } from "./dom.js";
import { asWritten } from "./options.js";
import type { Input } from "./link.js";
import file from "./examples.json" with { type: "json" };

export interface Example {
  readonly group: string;
  readonly name: string;
  /** What it is, in a sentence. */
  readonly why: string;
  /** Of an attack, its class in the tests. */
  readonly class?: string;
  /** "valid", or the reason of the refusal. */
  readonly verdict: string;
  readonly input: Input;
}

interface Entry {
  readonly group: string;
  readonly name: string;
  readonly why: string;
  readonly class?: string;
  readonly token: string | { readonly repeat: string; readonly times: number };
  readonly jwks: string;
  readonly options: Record<string, unknown>;
  readonly verdict: string;
}

const indented = (jwks: string): string => {
  try {
    return JSON.stringify(JSON.parse(jwks), null, 2);
  } catch {
    return jwks;
  }
};

function exampleOf({ token, jwks, options, ...about }: Entry): Example {
  const text = typeof token === "string" ? token : token.repeat.repeat(token.times);
  // A set whose text is the attack stays as it is.
  const isText = about.class === "set: broken" || about.class === "key: members";
  return { ...about, input: { token: text, jwks: isText ? jwks : indented(jwks), options: asWritten(options) } };
}

const expiring = "Expires in 30 seconds";

/** A token that is signed here and now, by a key that nobody keeps. */
async function makeExpiring(): Promise<Example> {
  const base64url = (bytes: Uint8Array) =>
    btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://id.example", sub: "ada", aud: "api", iat: now, nbf: now, exp: now + 30 };
  const input = `${base64url(utf8({ alg: "ES256", typ: "JWT", kid: "now" }))}.${base64url(utf8(claims))}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, new TextEncoder().encode(input));
  const jwks = { keys: [{ kty, crv, x, y, kid: "now", alg: "ES256", use: "sig" }] };
  return {
    group: "Times",
    name: expiring,
    why: "Signed just now in this page, by a key made for it. Watch it go.",
    verdict: "valid",
    input: {
      token: `${input}.${base64url(new Uint8Array(signature))}`,
      jwks: JSON.stringify(jwks, null, 2),
      options: { issuer: claims.iss, audience: claims.aud },
    },
  };
}

/** The buttons, group by group. */
export function listExamples(choose: (example: Example, chosen: HTMLButtonElement) => void): HTMLElement[] {
  const isWide = matchMedia("(min-width: 62rem)").matches;
  return file.groups.map((group) => {
    const buttons = (file.examples as Entry[])
      .filter((entry) => entry.group === group)
      .map((entry) => {
        const chosen: HTMLButtonElement = button(entry.name, () => choose(exampleOf(entry), chosen), { "aria-pressed": "false" });
        return chosen;
      });
    // Browsers have their cryptography only for pages that came securely.
    if (group === "Times" && globalThis.crypto?.subtle) {
      const chosen: HTMLButtonElement = button(expiring, () => void makeExpiring().then((example) => choose(example, chosen)), { "aria-pressed": "false" });
      buttons.unshift(chosen);
    }
    return h(
      "details",
      { open: isWide },
      h("summary", {}, `${group} `, h("span", { class: "count" }, `${buttons.length}`)),
      h("ul", { class: "chips" }, ...buttons.map((item) => h("li", {}, item))),
    );
  });
}
