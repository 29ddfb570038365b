// As ../core-module.workerd.ts.
import module from "../issuer.wasm";

export const getModule = (): WebAssembly.Module => module;
