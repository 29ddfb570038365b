// From what was pasted to a verdict. Knows nothing of the page.
import { audit, KeySet, TouchstoneError } from "../src/url.js";
import type { Audit, Explanation, Refusal, VerifyOptions } from "../src/url.js";
import { kindOfKeys, type KeysKind } from "./paste.js";
import { setOf } from "./ring.js";

/** What there is to verify with. */
export interface Keys {
  readonly kind: KeysKind;
  readonly set?: KeySet;
  readonly audit?: Audit;
  /** Why the set cannot be read. */
  readonly refusal?: TouchstoneError;
}

export function readKeys(text: string, now: number): Keys {
  const kind = kindOfKeys(text);
  if (kind !== "json" && kind !== "ring") return { kind };
  try {
    const published = kind === "ring" ? setOf(text) : text;
    return { kind, set: KeySet.parse(published), audit: audit(published, { currentDate: new Date(now * 1000) }) };
  } catch (error) {
    if (error instanceof TouchstoneError) return { kind, refusal: error };
    throw error;
  }
}

export type Judgement =
  | { readonly state: "idle" }
  /** An option cannot be read; the explanation is that of a token for which nobody has decided anything. */
  | { readonly state: "asked"; readonly option: string; readonly hint?: string | undefined; readonly explanation: Explanation }
  /** There is nothing to verify with yet, and nothing that would refuse the token without keys. */
  | { readonly state: "unjudged"; readonly explanation: Explanation }
  | { readonly state: "refused"; readonly error: Refusal; readonly explanation: Explanation }
  | { readonly state: "valid"; readonly explanation: Explanation };

let noKeys: KeySet | undefined;

export function judge(token: string, keys: Keys, options: VerifyOptions, now: number): Judgement {
  if (token === "") return { state: "idle" };
  const set = keys.set ?? (noKeys ??= KeySet.parse({ keys: [] }));
  const explain = (wanted: VerifyOptions) => set.explain(token, { ...wanted, currentDate: new Date(now * 1000) });
  const asked = ({ member = "", hint }: { member?: string; hint?: string } = {}): Judgement =>
    ({ state: "asked", option: member, hint, explanation: undecided(explain({})) });
  let explanation: Explanation;
  try {
    explanation = explain(options);
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.reason !== "option_invalid") throw error;
    return asked(error.detail);
  }
  if (explanation.valid) return { state: "valid", explanation };
  const error = explanation.error!;
  if (error.reason === "option_invalid") return asked(error);
  if (keys.refusal) return { state: "refused", error: refusalOf(keys.refusal), explanation: undecided(explanation) };
  const needsKeys = error.number >= 200;
  return !keys.set && needsKeys
    ? { state: "unjudged", explanation: undecided(explanation) }
    : { state: "refused", error, explanation };
}

/** What was read of a token, without what was made of it. */
export const undecided = ({ steps, unverified }: Explanation): Explanation => ({
  valid: false,
  steps: steps.map((step) => (step.status === "failed" ? { ...step, status: "not_reached" } : step)),
  keys: [],
  ...(unverified ? { unverified } : {}),
});

const refusalOf = ({ number, reason, code, section, message, detail }: TouchstoneError): Refusal =>
  ({ number, reason, code, section, message, ...detail });
