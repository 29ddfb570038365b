// The module as text in this package's own code: for Node, Deno, Bun, browsers and bundlers. Compiled on first use.
import { compileInline } from "./compile-inline.js";
import base64 from "./core-wasm-inline.js";

export const getModule = (): WebAssembly.Module => compileInline(base64);
