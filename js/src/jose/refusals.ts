import { TouchstoneError, type ErrorReason } from "../errors.js";
import type { VerifierErrorCode } from "../generated/errors.js";
import * as errors from "./errors.js";
import type { JWTPayload } from "./types.js";

type ErrorClass = new (message: string, options?: { cause?: unknown }) => Error;
type ClaimErrorClass = typeof errors.JWTExpired | typeof errors.JWTClaimValidationFailed;

/** What each of Touchstone's refusals is called here: by its code, or by its reason where jose's code is another. */
const classes: Record<VerifierErrorCode, ErrorClass | ClaimErrorClass> & Partial<Record<ErrorReason, ErrorClass>> = {
  ERR_JWS_INVALID: errors.JWSInvalid,
  jwe_unsupported: errors.JWSInvalid,
  ERR_JOSE_NOT_SUPPORTED: errors.JOSENotSupported,
  ERR_JOSE_ALG_NOT_ALLOWED: errors.JOSEAlgNotAllowed,
  ERR_JWK_INVALID: errors.JWKInvalid,
  kty_unsupported: errors.JOSENotSupported,
  ERR_JWKS_INVALID: errors.JWKSInvalid,
  ERR_JWKS_NO_MATCHING_KEY: errors.JWKSNoMatchingKey,
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: errors.JWKSMultipleMatchingKeys,
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: errors.JWSSignatureVerificationFailed,
  ERR_JWT_INVALID: errors.JWTInvalid,
  ERR_JWT_CLAIM_VALIDATION_FAILED: errors.JWTClaimValidationFailed,
  ERR_JWT_EXPIRED: errors.JWTExpired,
  ERR_JWKS_TIMEOUT: errors.JWKSTimeout,
  ERR_TOUCHSTONE_FETCH_FAILED: errors.JOSEError,
  ERR_TOUCHSTONE_OPTION_INVALID: TypeError,
  ERR_TOUCHSTONE_OUT_OF_MEMORY: errors.JOSEError,
  // Of discovery and snapshots, which jose has not.
  ERR_TOUCHSTONE_ISSUER_INVALID: errors.JOSEError,
  ERR_TOUCHSTONE_METADATA_INVALID: errors.JOSEError,
  ERR_TOUCHSTONE_PRIVATE_ADDRESS: errors.JOSEError,
  ERR_TOUCHSTONE_SNAPSHOT_INVALID: errors.JOSEError,
  ERR_TOUCHSTONE_JWKS_NOT_READY: errors.JOSEError,
};

/** jose's word for what is wrong with a claim. */
const claimReasons: Partial<Record<ErrorReason, errors.JWTClaimValidationReason>> = {
  claim_missing: "missing",
  claim_type_invalid: "invalid",
};

/**
 * A refusal as jose's users expect it; anything else as it is.
 *
 * expected: claims that are compared with a value, of which jose never asks the type.
 */
export function joseError(error: unknown, expected: readonly string[] = []): unknown {
  if (!(error instanceof TouchstoneError)) return error;
  const { reason, message, claim, payload, detail } = error;
  const code = error.code as VerifierErrorCode;
  if (code === "ERR_TOUCHSTONE_OPTION_INVALID") {
    const isNamed = detail?.member === undefined || detail.hint !== undefined;
    return new TypeError(isNamed ? message : `${message}: ${detail.member}`, { cause: error });
  }
  if (claim !== undefined && payload) {
    const JwtError = classes[code] as ClaimErrorClass;
    const isCompared = reason === "claim_type_invalid" && expected.includes(claim);
    const why = isCompared ? undefined : claimReasons[reason];
    return new JwtError(message, payload as JWTPayload, claim, why ?? "check_failed");
  }
  const JoseError = (classes[reason] ?? classes[code]) as ErrorClass;
  return new JoseError(message, { cause: error });
}
