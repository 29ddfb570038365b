import { readClock } from "../options.js";
import type { SignatureOptions, VerifyOptions as Expected } from "../types.js";
import { secondsOf } from "./duration.js";
import type { JWTVerifyOptions, VerifyOptions } from "./types.js";

/** jose's options for a signature, as Touchstone has them. */
export interface SignatureChecks {
  /** What the caller allows; undefined: whatever the key verifies. */
  readonly allowed: readonly string[] | undefined;
  readonly signature: Omit<SignatureOptions, "algorithms">;
}

export interface JwtChecks extends SignatureChecks {
  readonly claims: Omit<Expected, keyof SignatureOptions>;
  /** Claims that are compared with a value. */
  readonly compared: readonly string[];
  /** Seconds since 1970, whole ones. */
  readonly now: number;
}

/** Throws a TypeError. What is no option of jose's is not looked at. */
export function readSignatureOptions(options: VerifyOptions | undefined): SignatureChecks {
  const { algorithms: allowed, crit, maxTokenSize } = options ?? {};
  if (allowed !== undefined && !isList(allowed)) throw new TypeError("algorithms is not an array of strings");
  return { allowed, signature: { crit: crit ?? {}, maxTokenSize } };
}

/** Throws a TypeError. */
export function readJwtOptions(options: JWTVerifyOptions | undefined): JwtChecks {
  const { issuer, subject, audience, typ, requiredClaims = [] } = options ?? {};
  const { maxTokenAge, clockTolerance, currentDate } = options ?? {};
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (value !== undefined && typeof value !== "string" && !isList(value)) {
      throw new TypeError(`${name} is neither a string nor an array of strings`);
    }
  }
  for (const [name, value] of Object.entries({ subject, typ })) {
    if (value !== undefined && typeof value !== "string") throw new TypeError(`${name} is not a string`);
  }
  if (!isList(requiredClaims)) throw new TypeError("requiredClaims is not an array of strings");
  if (currentDate === null) throw new TypeError("currentDate is not a Date");

  const expected = { iss: issuer, sub: subject, aud: audience };
  const compared = Object.entries(expected).flatMap(([claim, value]) => (value === undefined ? [] : [claim]));
  // In jose's order: of several claims that are missing, the error names the first.
  const present = [...compared, ...(maxTokenAge === undefined ? [] : ["iat"]), ...[...requiredClaims].reverse()];
  return {
    ...readSignatureOptions(options),
    claims: {
      issuer,
      subject,
      audience,
      typ,
      requiredClaims: present,
      maxTokenAge: maxTokenAge === undefined ? undefined : secondsOf("maxTokenAge", maxTokenAge),
      clockTolerance: clockTolerance === undefined ? undefined : secondsOf("clockTolerance", clockTolerance),
    },
    compared,
    now: Math.floor(readClock(currentDate === undefined ? undefined : { currentDate })),
  };
}

const isList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((element) => typeof element === "string");
