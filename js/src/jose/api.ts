export * as base64url from "./base64url.js";
export { decodeJwt, decodeProtectedHeader } from "./decode.js";
export * as errors from "./errors.js";
export { importJWK, importSPKI, importX509 } from "./import.js";
export { createLocalJWKSet } from "./local-jwk-set.js";
export { createRemoteJWKSet, customFetch, jwksCache, type RemoteJWKSetOptions } from "./remote-jwk-set.js";
export { calculateJwkThumbprint, calculateJwkThumbprintUri } from "./thumbprint.js";
export { compactVerify, flattenedVerify, generalVerify, jwtVerify } from "./verify.js";
export type * from "./types.js";
