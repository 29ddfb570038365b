// The module as text in this package's own code: for Node, Deno, Bun, browsers and bundlers. Compiled on first use.
import { explained } from "./compile-errors.js";
import base64 from "./core-wasm-inline.js";

export function getModule(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(decodeBase64(base64));
  } catch (error) {
    throw explained(error);
  }
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  return native.fromBase64?.(text) ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
