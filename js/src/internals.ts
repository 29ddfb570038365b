// What touchstone/jose, touchstone/issuer and the middleware are made of, and what tests look into: one copy, which all
// entries share. No part of the interface.
export { compileInline } from "./compile-inline.js";
export { decode } from "./decode.js";
export { TouchstoneError } from "./errors.js";
export { HttpGetError, httpGet, isInWorkers } from "./http-get.js";
export { Core, core, withModule } from "./instance.js";
export { verifyJwsWith } from "./jws.js";
export { explainJwt, verifyJwt } from "./jwt.js";
/** @internal */
export { toParsedKeySet } from "./key-set.js";
export { plainEntries, readClock, readOptions, refuseOption } from "./options.js";
export { ParsedKeySet } from "./parsed-key-set.js";
export { Recent } from "./recent.js";
export { remoteKeys } from "./remote-keys.js";
export { fetchMetadata } from "./remote/discovery.js";
export { KeySetCache } from "./remote/key-set-cache.js";
export { atMost, fromUtf8, jsonText } from "./text.js";
export { thumbprint, thumbprintUri } from "./thumbprint.js";
