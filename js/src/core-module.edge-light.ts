// Vercel's edge runtime and its like want the module marked.
import module from "./core.wasm?module";

export const getModule = (): WebAssembly.Module => module;
