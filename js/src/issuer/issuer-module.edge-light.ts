// As ../core-module.edge-light.ts.
import module from "../issuer.wasm?module";

export const getModule = (): WebAssembly.Module => module;
