export { TouchstoneError, type ErrorCode, type ErrorDetail, type ErrorReason, type Refusal } from "../errors.js";
export { KeyRing, resume, retireEarly, revoke, rotate, sign } from "./key-ring.js";
export { oauthMetadata, openidConfiguration, publicJwks, publishJwks } from "./publish.js";
export { completePolicy, generateSealingKey, seal, sealingKid, unseal } from "./seal.js";
export { signJws, SigningKey } from "./signing-key.js";
export { timeline, timelineSvg } from "./timeline.js";
export type * from "./types.js";
