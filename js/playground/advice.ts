// What to do about a verdict: a sentence, and where one step suffices, a button that takes it.
import type { ErrorReason, Explanation, Refusal } from "../src/url.js";
import type { Judgement } from "./judge.js";
import { visible } from "./dom.js";
import type { Written } from "./options.js";
import { isDate } from "./words.js";

export interface Advice {
  readonly text: string;
  /** The label of a button, and what it changes of the options. */
  readonly step?: readonly [label: string, change: Written];
}

const plain: Partial<Record<ErrorReason, string>> = {
  token_malformed: "A compact JWT is three parts of letters, digits, - and _, joined by two dots. Was it cut, or copied with something around it?",
  token_base64_invalid: "One part is not base64url as it is written: padding, spare bits that are not zero, or a character missing.",
  jwe_unsupported: "An encrypted token can be read only by the holder of the private key it was made for, who decrypts it first. It is not decoded here.",
  alg_none: "Anybody can write such a token. There is nothing in it to verify, and no setting that takes it.",
  signature_invalid: "Either the token was changed, or another key signed it. If the issuer has rotated its keys under the same kid, fetch its set anew.",
  signature_length_invalid: "It was cut or padded, or is encoded in another way: ECDSA's signatures are r and s side by side, not DER.",
  no_matching_key: "“Keys considered” says of each key why it was passed over. If the issuer has rotated its keys, fetch its set anew.",
  key_alg_mismatch: "The key says which alg it is for. Never take the token's word instead of the key's.",
  jwks_malformed: "A set is a JSON object with a list called keys; a single JWK will do as well.",
  jwks_mixed_symmetric: "Give the secret in a JWK Set, or as a JWK, of its own.",
  crit_unsupported: "If you do understand and obey this extension, name it in crit.",
  claim_missing: "The issuer has to put it in, or you do not ask for it.",
  claim_type_invalid: "The issuer has to correct it: times are numbers of seconds, names are text.",
  issuer_mismatch: "It must be equal, character by character: a slash at the end counts.",
  audience_mismatch: "The token is for somebody else. Who takes it nevertheless can be handed any token of this issuer's.",
  typ_mismatch: "Another kind of token: an ID token is not an access token.",
  token_too_old: "It has not expired, but was issued longer ago than maxTokenAge allows.",
};

export function adviceFor(judgement: Judgement): Advice[] {
  if (judgement.state === "valid") return adviceForValid(judgement.explanation);
  if (judgement.state !== "refused") return [];
  const { error, explanation } = judgement;
  const step = stepFor(error, explanation);
  const text = plain[error.reason];
  return [...(step ? [step] : []), ...(text ? [{ text }] : [])];
}

function adviceForValid({ unchecked = [] }: Explanation): Advice[] {
  const missing: Record<string, string> = {
    iss: "iss is not checked: say which issuer you expect, or a token of anybody whose key is in the set will do.",
    aud: "aud is not checked: say for whom it must be, or a token for another service will do.",
    exp: "It has no exp and never ends: requiredClaims refuses such tokens.",
  };
  return unchecked.map((claim) => ({ text: missing[claim] ?? `${claim} is not checked.` }));
}

/** What one click can change. */
function stepFor({ reason }: Refusal, { unverified }: Explanation): Advice | undefined {
  const { alg } = unverified?.header ?? {};
  const { exp, nbf } = unverified?.payload ?? {};
  if (reason === "alg_not_allowed" && typeof alg === "string") {
    const name = visible(alg).slice(0, 40);
    const text = alg.startsWith("HS")
      ? "HMAC has to be allowed by name, since who can verify with a secret can sign with it too."
      : "algorithms says which are allowed, and this one is not among them.";
    return { text, step: [`Allow ${name}`, { algorithms: alg }] };
  }
  if (reason === "multiple_matching_keys") {
    return { text: "The issuer should give each key a kid of its own. Until then they can be tried in their order.", step: ["Try each", { multipleKeys: "try" }] };
  }
  if (reason === "token_expired" && isDate(exp)) {
    return { text: "Ask the issuer for a new one. clockTolerance allows for clocks that differ, by 5 minutes at most.", step: ["Judge it a second before", { currentDate: `${exp - 1}` }] };
  }
  if (reason === "token_not_active" && isDate(nbf)) {
    return { text: "Wait for it, or set the clock: issuer's and verifier's may differ. clockTolerance allows for 5 minutes.", step: ["Judge it at its beginning", { currentDate: `${nbf}` }] };
  }
  return undefined;
}
