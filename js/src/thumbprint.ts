import { core } from "./instance.js";
import { atMost, jsonText } from "./text.js";
import type { Jwk, ThumbprintHash } from "./types.js";

/** The thumbprint of a public key (RFC 7638), base64url. */
export function thumbprint(jwk: Jwk | string | Uint8Array, hash: ThumbprintHash = "sha-256"): string {
  return ask("bridge_thumbprint", jwk, hash);
}

/** The thumbprint as a URI (RFC 9278): `urn:ietf:params:oauth:jwk-thumbprint:sha-256:...`. */
export function thumbprintUri(jwk: Jwk | string | Uint8Array, hash: ThumbprintHash = "sha-256"): string {
  return ask("bridge_thumbprint_uri", jwk, hash);
}

function ask(question: "bridge_thumbprint" | "bridge_thumbprint_uri", jwk: unknown, hash: unknown): string {
  const answer = core().call(
    (wasm, text, length, name, nameLength) => wasm[question](text!, length!, name!, nameLength!),
    atMost(64 * 1024, jsonText(jwk)),
    typeof hash === "string" ? hash : "",
  );
  return answer.text;
}
