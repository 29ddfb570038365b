import type { ErrorCode, ErrorReason } from "./generated/errors.js";

export type { ErrorCode, ErrorReason };

/** What is known of a refusal beyond its row of the error table. Holds no claim's value and no key material. */
export interface ErrorDetail {
  /** The claim, header parameter, JWK member or option at fault. */
  readonly member?: string;
  /** What was wrong with it, where it happened, or what to do about it: `"is longer than maxLifetime"`. */
  readonly hint?: string;
  /** Where in the JSON text the parser stopped, in bytes from 0. */
  readonly offset?: number;
  /** Keys that were considered, by position in the set's `keys`, and why each was passed over. At most 32. */
  readonly keys?: readonly { readonly index: number; readonly reason: ErrorReason }[];
}

/** A row of the error table and its detail, as the core writes it. */
export interface Refusal extends ErrorDetail {
  readonly number: number;
  readonly reason: ErrorReason;
  readonly code: ErrorCode;
  readonly section: string;
  readonly message: string;
}

/** Whether the signature and the JSON were right and a claim was not: rows 410 to 499. */
export const isClaimRefused = ({ number }: Refusal): boolean => number >= 410 && number < 500;

/** The row's own, and behind it what to do: most people see nothing else of an error. */
const messageOf = ({ message, member, hint }: Refusal): string =>
  hint === undefined ? message : `${message} - ${member === undefined ? "" : `${member} `}${hint}`;

/** Why a token, a key or an option was refused. The same row, with the same words, as in every other build. */
export class TouchstoneError extends Error {
  /** Stable and coarse, jose's name where one fits: `"ERR_JWT_EXPIRED"`. */
  readonly code: ErrorCode;
  /** Stable and exact: `"token_expired"`. */
  readonly reason: ErrorReason;
  /** Stable, and the same as in C: `412`. */
  readonly number: number;
  /** Where an RFC asks for the refusal: `"RFC 7519 section 4.1.4"`; `"policy"` where Touchstone chose. */
  readonly section: string;
  /** The claim that was refused. */
  readonly claim?: string;
  /** The claims set of a token whose signature is valid and of which a claim was refused. */
  declare readonly payload?: Readonly<Record<string, unknown>>;
  readonly detail?: ErrorDetail;

  constructor(refusal: Refusal, extra: { payload?: Record<string, unknown>; cause?: unknown } = {}) {
    super(messageOf(refusal), "cause" in extra ? { cause: extra.cause } : undefined);
    const { number, reason, code, section, message, ...detail } = refusal;
    this.code = code;
    this.reason = reason;
    this.number = number;
    this.section = section;
    if (Object.keys(detail).length > 0) this.detail = detail;
    if (isClaimRefused(refusal) && detail.member !== undefined) this.claim = detail.member;
    // Not enumerable: an error that is logged whole must not carry claims into the log.
    if (extra.payload) Object.defineProperty(this, "payload", { value: extra.payload });
  }
}

Object.defineProperty(TouchstoneError.prototype, "name", {
  value: "TouchstoneError",
  configurable: true,
  writable: true,
});
