// workerd compiles nothing while it serves a request: the module is part of the Worker.
import module from "./core.wasm";

export const getModule = (): WebAssembly.Module => module;
