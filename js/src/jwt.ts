import { hintAtToken } from "./hints.js";
import { core } from "./instance.js";
import type { Expectations } from "./options.js";
import type { ParsedKeySet } from "./parsed-key-set.js";
import { atMost, type Text } from "./text.js";
import type { TokenCache } from "./token-cache.js";
import type { Explanation, VerifiedJwt } from "./types.js";

/** In the order of TOUCHSTONE_UNCHECKED_ISSUER, _AUDIENCE and _EXPIRY. */
const uncheckable = ["iss", "aud", "exp"];

/** Throws `token_malformed` for what is no text. */
export function checkIsText(jwt: unknown): void {
  const hint = hintAtToken(jwt);
  if (hint !== undefined) throw core().error("token_malformed", { hint });
}

/** What the core is given of a token: no more than it takes to refuse it, and nothing of what is no text. */
export const tokenText = (jwt: unknown, { maxTokenSize }: Pick<Expectations, "maxTokenSize">): Text =>
  typeof jwt === "string" ? atMost(maxTokenSize, jwt) : "";

export function verifyJwt<Claims extends object>(
  jwt: unknown,
  keySet: ParsedKeySet,
  expectations: Expectations,
  now: number,
  cache?: TokenCache,
): VerifiedJwt<Claims> {
  checkIsText(jwt);
  const answer = ask("bridge_verify", jwt, keySet, expectations, now);
  const { text, keyIndex, unchecked, validFrom, validUntil } = answer;
  const [protectedHeader, payload] = JSON.parse(text);
  const verified = {
    payload,
    protectedHeader,
    key: keySet.keyAt(keyIndex),
    unchecked: uncheckable.filter((_, position) => unchecked & (1 << position)),
  };
  cache?.add(jwt as string, { verified, validFrom, validUntil });
  return verified;
}

export function explainJwt(
  jwt: unknown,
  keySet: ParsedKeySet,
  expectations: Expectations,
  now: number,
): Explanation {
  const explanation = JSON.parse(ask("bridge_explain", jwt, keySet, expectations, now).text);
  const hint = hintAtToken(jwt);
  return hint === undefined ? explanation : { ...explanation, error: { ...explanation.error, hint } };
}

function ask(
  question: "bridge_verify" | "bridge_explain",
  jwt: unknown,
  keySet: ParsedKeySet,
  expectations: Expectations,
  now: number,
) {
  const inside = core();
  const keys = keySet.addressIn(inside);
  const expected = expectations.handle.addressIn(inside);
  return inside.call(
    (wasm, text, length) => wasm[question](keys, expected, text!, length!, now),
    tokenText(jwt, expectations),
  );
}
