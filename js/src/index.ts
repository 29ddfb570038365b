// What needs the module is bound here, so that who uses any of it has said where the module comes from, and who
// uses none of it has run nothing: bundlers may drop this file (`sideEffects: false`). build.mjs makes of it the
// entries for the runtimes that have a core-module of their own; types are api.ts's.
import * as api from "./api.js";
import { getModule } from "./core-module.js";
import { withModule } from "./instance.js";

export * from "./api.js";

export const audit = /*#__PURE__*/ withModule(getModule, api.audit);
export const createRemoteKeySet = /*#__PURE__*/ withModule(getModule, api.createRemoteKeySet);
export const createVerifier = /*#__PURE__*/ withModule(getModule, api.createVerifier);
export const decode = /*#__PURE__*/ withModule(getModule, api.decode);
export const discover = /*#__PURE__*/ withModule(getModule, api.discover);
export const explain = /*#__PURE__*/ withModule(getModule, api.explain);
export const KeySet = /*#__PURE__*/ withModule(getModule, api.KeySet);
export const thumbprint = /*#__PURE__*/ withModule(getModule, api.thumbprint);
export const thumbprintUri = /*#__PURE__*/ withModule(getModule, api.thumbprintUri);
export const verify = /*#__PURE__*/ withModule(getModule, api.verify);
export const verifyJws = /*#__PURE__*/ withModule(getModule, api.verifyJws);
export const verifyJwsSync = /*#__PURE__*/ withModule(getModule, api.verifyJwsSync);
export const verifySync = /*#__PURE__*/ withModule(getModule, api.verifySync);
