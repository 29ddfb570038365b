/** The errors of `touchstone/jose`: by the names and codes that jose's users catch. */

import type { CryptoKey, JWTPayload } from "./types.js";

/** Why a claim was refused. */
export type JWTClaimValidationReason =
  | "check_failed"
  | "invalid"
  | "mismatch"
  | "missing"
  | "unspecified"
  | (string & {});

/** The claim that was refused, why, and the claims set it is of, whose signature is valid. */
export interface JWTClaimValidationFailure {
  claim: string;
  reason: JWTClaimValidationReason;
  payload: JWTPayload;
}

/** The codes of all errors. */
export type JOSEErrorCode =
  | "ERR_JOSE_ALG_NOT_ALLOWED"
  | "ERR_JOSE_GENERIC"
  | "ERR_JOSE_NOT_SUPPORTED"
  | "ERR_JWE_DECRYPTION_FAILED"
  | "ERR_JWE_INVALID"
  | "ERR_JWK_INVALID"
  | "ERR_JWKS_INVALID"
  | "ERR_JWKS_MULTIPLE_MATCHING_KEYS"
  | "ERR_JWKS_NO_MATCHING_KEY"
  | "ERR_JWKS_TIMEOUT"
  | "ERR_JWS_INVALID"
  | "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
  | "ERR_JWT_CLAIM_VALIDATION_FAILED"
  | "ERR_JWT_EXPIRED"
  | "ERR_JWT_INVALID";

type Code = JOSEErrorCode | (string & {});
type Cause = { cause?: unknown };

/** What all of them are. `cause` is mostly a TouchstoneError, which knows the reason exactly. */
export class JOSEError extends Error {
  static code: Code = "ERR_JOSE_GENERIC";
  code: Code;

  constructor(message?: string, options?: Cause) {
    super(message, options);
    this.name = new.target.name;
    this.code = new.target.code;
  }
}

/** JWTExpired is no JWTClaimValidationFailed, so that what they share is a class of its own. */
class ClaimError extends JOSEError implements JWTClaimValidationFailure {
  declare cause: JWTClaimValidationFailure;
  claim: string;
  reason: JWTClaimValidationReason;
  declare payload: JWTPayload;

  constructor(
    message: string, payload: JWTPayload, claim = "unspecified", reason: JWTClaimValidationReason = "unspecified",
  ) {
    // Not enumerable: an error that is logged whole must not carry claims into the log.
    const withPayload = <Target extends object>(target: Target) =>
      Object.defineProperty(target, "payload", { value: payload, writable: true, configurable: true });
    super(message, { cause: withPayload({ claim, reason }) });
    this.claim = claim;
    this.reason = reason;
    withPayload(this);
  }
}

/** A claim, or the header's `typ`, is missing or not as expected. */
export class JWTClaimValidationFailed extends ClaimError {
  static override code: Code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
}

/** The token has expired, or is older than `maxTokenAge`. */
export class JWTExpired extends ClaimError {
  static override code: Code = "ERR_JWT_EXPIRED";
}

/** The header's `alg` is not among `algorithms`. */
export class JOSEAlgNotAllowed extends JOSEError {
  static override code: Code = "ERR_JOSE_ALG_NOT_ALLOWED";
}

/** An algorithm, a key type or an extension that is not known here. */
export class JOSENotSupported extends JOSEError {
  static override code: Code = "ERR_JOSE_NOT_SUPPORTED";
}

export class JWSInvalid extends JOSEError {
  static override code: Code = "ERR_JWS_INVALID";
}

export class JWTInvalid extends JOSEError {
  static override code: Code = "ERR_JWT_INVALID";
}

export class JWKInvalid extends JOSEError {
  static override code: Code = "ERR_JWK_INVALID";
}

export class JWKSInvalid extends JOSEError {
  static override code: Code = "ERR_JWKS_INVALID";
}

export class JWKSNoMatchingKey extends JOSEError {
  static override code: Code = "ERR_JWKS_NO_MATCHING_KEY";

  constructor(message = "no key of the JWK Set matches", options?: Cause) {
    super(message, options);
  }
}

/** Several keys match: iterate over the error, with `for await`, to try each. */
export class JWKSMultipleMatchingKeys extends JOSEError {
  static override code: Code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  [Symbol.asyncIterator]: () => AsyncIterableIterator<CryptoKey> = async function* () {};

  constructor(message = "more than one key of the JWK Set matches", options?: Cause) {
    super(message, options);
  }
}

export class JWKSTimeout extends JOSEError {
  static override code: Code = "ERR_JWKS_TIMEOUT";

  constructor(message = "the JWK Set did not arrive in time", options?: Cause) {
    super(message, options);
  }
}

export class JWSSignatureVerificationFailed extends JOSEError {
  static override code: Code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";

  constructor(message = "the signature is not valid", options?: Cause) {
    super(message, options);
  }
}

// Nothing is decrypted here. Who asks `instanceof` of every class must find these, too.

export class JWEInvalid extends JOSEError {
  static override code: Code = "ERR_JWE_INVALID";
}

export class JWEDecryptionFailed extends JOSEError {
  static override code: Code = "ERR_JWE_DECRYPTION_FAILED";

  constructor(message = "decryption failed", options?: Cause) {
    super(message, options);
  }
}

/** The errors that are about a claim. */
export type JWTClaimValidationError = JWTClaimValidationFailed | JWTExpired;

/** All but JOSEError itself: `code` tells which. */
export type AnyJOSEError =
  | (JOSEAlgNotAllowed & { code: "ERR_JOSE_ALG_NOT_ALLOWED" })
  | (JOSENotSupported & { code: "ERR_JOSE_NOT_SUPPORTED" })
  | (JWEDecryptionFailed & { code: "ERR_JWE_DECRYPTION_FAILED" })
  | (JWEInvalid & { code: "ERR_JWE_INVALID" })
  | (JWKInvalid & { code: "ERR_JWK_INVALID" })
  | (JWKSInvalid & { code: "ERR_JWKS_INVALID" })
  | (JWKSMultipleMatchingKeys & { code: "ERR_JWKS_MULTIPLE_MATCHING_KEYS" })
  | (JWKSNoMatchingKey & { code: "ERR_JWKS_NO_MATCHING_KEY" })
  | (JWKSTimeout & { code: "ERR_JWKS_TIMEOUT" })
  | (JWSInvalid & { code: "ERR_JWS_INVALID" })
  | (JWSSignatureVerificationFailed & { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" })
  | (JWTClaimValidationFailed & { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" })
  | (JWTExpired & { code: "ERR_JWT_EXPIRED" })
  | (JWTInvalid & { code: "ERR_JWT_INVALID" });
