import { core } from "./instance.js";
import { explainJwt, verifyJwt } from "./jwt.js";
import { KeySet, toParsedKeySet } from "./key-set.js";
import { plainEntries, readClock, readOptions, refuseOption, type Expectations } from "./options.js";
import { TokenCache } from "./token-cache.js";
import type { RequestOptions, Verifier, VerifierOptions } from "./types.js";

/**
 * A verifier of one issuer's tokens. `issuer` and `audience` are required; null says that the claim is not to
 * be looked at. Set and options are read now: later changes of the objects do not reach the verifier.
 *
 * Errors: those of `KeySet.parse()`, and `option_invalid`.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { jwks, cache: wanted, ...policy } = Object.fromEntries(plainEntries("options", options)) as unknown as VerifierOptions;
  for (const name of ["issuer", "audience"] as const) {
    if (policy[name] === undefined) refuseOption(name);
  }
  const expectations = readOptions(policy);
  const clock = policy.currentDate ? { currentDate: new Date(readClock(policy) * 1000) } : {};
  const keySet = toParsedKeySet(jwks instanceof KeySet ? jwks : KeySet.parse(jwks));
  const cache = readCache(wanted);
  const read = (request: RequestOptions | undefined): [Expectations, number] => [
    request === undefined ? expectations : withNonce(expectations, request),
    readClock(request?.currentDate ? request : clock),
  ];

  const verifySync: Verifier["verifySync"] = (jwt, request) => {
    const [expected, now] = read(request);
    // What is remembered passed the verifier's own options; a nonce is one of a single call.
    if (cache === undefined || expected !== expectations) return verifyJwt<any>(jwt, keySet, expected, now);
    keySet.addressIn(core()); // throws when the set was disposed of
    return cache.find(jwt, now) ?? verifyJwt<any>(jwt, keySet, expected, now, cache);
  };
  return {
    verify: async (jwt, request) => verifySync(jwt, request),
    verifySync,
    explain: (jwt, request) => {
      const [expected, now] = read(request);
      return explainJwt(jwt, keySet, expected, now);
    },
  };
}

function readCache(wanted: unknown): TokenCache | undefined {
  if (wanted === undefined || wanted === null) return undefined;
  const { maxEntries, ...others } = Object.fromEntries(plainEntries("cache", wanted));
  const isCount = Number.isSafeInteger(maxEntries) && (maxEntries as number) > 0;
  if (!isCount || Object.keys(others).length > 0) refuseOption("cache");
  return new TokenCache(maxEntries as number);
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
