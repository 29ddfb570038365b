// As ../core-module.ts.
import { compileInline } from "../compile-inline.js";
import base64 from "./issuer-wasm-inline.js";

export const getModule = (): WebAssembly.Module => compileInline(base64);
