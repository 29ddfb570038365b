// As the package's own index.ts: what needs the module is bound to it here. Types are api.ts's.
import { getModule } from "../core-module.js";
import { withModule } from "../instance.js";
import * as api from "./api.js";

export * from "./api.js";

export const calculateJwkThumbprint = /*#__PURE__*/ withModule(getModule, api.calculateJwkThumbprint);
export const calculateJwkThumbprintUri = /*#__PURE__*/ withModule(getModule, api.calculateJwkThumbprintUri);
export const compactVerify = /*#__PURE__*/ withModule(getModule, api.compactVerify);
export const createLocalJWKSet = /*#__PURE__*/ withModule(getModule, api.createLocalJWKSet);
export const createRemoteJWKSet = /*#__PURE__*/ withModule(getModule, api.createRemoteJWKSet);
export const decodeJwt = /*#__PURE__*/ withModule(getModule, api.decodeJwt);
export const decodeProtectedHeader = /*#__PURE__*/ withModule(getModule, api.decodeProtectedHeader);
export const flattenedVerify = /*#__PURE__*/ withModule(getModule, api.flattenedVerify);
export const generalVerify = /*#__PURE__*/ withModule(getModule, api.generalVerify);
export const importJWK = /*#__PURE__*/ withModule(getModule, api.importJWK);
export const importSPKI = /*#__PURE__*/ withModule(getModule, api.importSPKI);
export const importX509 = /*#__PURE__*/ withModule(getModule, api.importX509);
export const jwtVerify = /*#__PURE__*/ withModule(getModule, api.jwtVerify);
