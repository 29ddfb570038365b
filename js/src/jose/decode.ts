import { decode } from "../decode.js";
import { JWTInvalid } from "./errors.js";
import type { JWTPayload, ProtectedHeaderParameters } from "./types.js";

/** The claims of a JWT of which nothing is verified: for display and logs, never for decisions. Throws JWTInvalid. */
export function decodeJwt<PayloadType = JWTPayload>(jwt: string): PayloadType & JWTPayload {
  try {
    return decode(jwt).unverifiedPayload as unknown as PayloadType & JWTPayload;
  } catch (cause) {
    throw new JWTInvalid((cause as Error).message, { cause });
  }
}

/** The protected header of a compact JWS or JWE, or of an object with `protected`, unverified. Throws a TypeError. */
export function decodeProtectedHeader(token: string | object): ProtectedHeaderParameters {
  try {
    // Its payload, which may be anything, is not decoded: this one stands in for it.
    return decode(`${protectedOf(token)}.e30.`).unverifiedHeader as ProtectedHeaderParameters;
  } catch (cause) {
    throw new TypeError("this has no protected header that can be decoded", { cause });
  }
}

function protectedOf(token: unknown): unknown {
  if (typeof token !== "string") return (token as { protected?: unknown } | null)?.protected;
  const segments = token.split(".", 6);
  return segments.length === 3 || segments.length === 5 ? segments[0] : undefined;
}
