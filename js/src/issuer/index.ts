// As the package's own index.ts: what needs the module is bound to it here. Types are api.ts's.
import * as api from "./api.js";
import { withIssuerModule } from "./instance.js";
import { getModule } from "./issuer-module.js";

export * from "./api.js";

export const KeyRing = /*#__PURE__*/ withIssuerModule(getModule, api.KeyRing);
export const SigningKey = /*#__PURE__*/ withIssuerModule(getModule, api.SigningKey);
export const completePolicy = /*#__PURE__*/ withIssuerModule(getModule, api.completePolicy);
export const createIssuer = /*#__PURE__*/ withIssuerModule(getModule, api.createIssuer);
export const generateSealingKey = /*#__PURE__*/ withIssuerModule(getModule, api.generateSealingKey);
export const sealingKid = /*#__PURE__*/ withIssuerModule(getModule, api.sealingKid);
export const unseal = /*#__PURE__*/ withIssuerModule(getModule, api.unseal);
