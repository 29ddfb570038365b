import { explainJwt, verifyJwt } from "./jwt.js";
import { KeySet, toParsedKeySet } from "./key-set.js";
import { plainEntries, readClock, readOptions, refuseOption, type Expectations } from "./options.js";
import type { ParsedKeySet } from "./parsed-key-set.js";
import type { RequestOptions, Verifier, VerifierOptions } from "./types.js";

/**
 * A verifier of one issuer's tokens. `issuer` and `audience` are required; null says that the claim is not to
 * be looked at. Set and options are read now: later changes of the objects do not reach the verifier.
 *
 * Errors: those of `KeySet.parse()`, and `option_invalid`.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { jwks, ...policy } = Object.fromEntries(plainEntries("options", options)) as unknown as VerifierOptions;
  for (const name of ["issuer", "audience"] as const) {
    if (policy[name] === undefined) refuseOption(name);
  }
  const expectations = readOptions(policy);
  const clock = policy.currentDate ? { currentDate: new Date(readClock(policy) * 1000) } : {};
  const keySet = toParsedKeySet(jwks instanceof KeySet ? jwks : KeySet.parse(jwks));
  const ask = <Answer>(
    question: (jwt: string, keys: ParsedKeySet, expectations: Expectations, now: number) => Answer,
    jwt: string,
    request: RequestOptions | undefined,
  ): Answer =>
    question(jwt, keySet, withNonce(expectations, request), readClock(request?.currentDate ? request : clock));

  return {
    verify: async (jwt, request) => ask(verifyJwt<any>, jwt, request),
    verifySync: (jwt, request) => ask(verifyJwt<any>, jwt, request),
    explain: (jwt, request) => ask(explainJwt, jwt, request),
  };
}

function withNonce(expectations: Expectations, request: RequestOptions | undefined): Expectations {
  const entries = plainEntries("request", request);
  for (const [name, value] of entries) {
    const isFit = name === "currentDate" || (name === "nonce" && typeof value === "string");
    if (!isFit) refuseOption(name);
  }
  const nonce = request?.nonce;
  return nonce === undefined ? expectations : readOptions({ ...JSON.parse(expectations.json), nonce });
}
