import { decode } from "./decode.js";
import { TouchstoneError } from "./errors.js";
import { core } from "./instance.js";
import { explainJwt, verifyJwt } from "./jwt.js";
import { KeySet, toParsedKeySet } from "./key-set.js";
import { plainEntries, readClock, readOptions, refuseOption, type Expectations } from "./options.js";
import type { ParsedKeySet } from "./parsed-key-set.js";
import { remoteKeysOf, tryNow, tryWith, type RemoteKeys } from "./remote-keys.js";
import { createRemoteKeySet, remoteKeySetOf } from "./remote/remote-key-set.js";
import { TokenCache } from "./token-cache.js";
import type { RemoteKeySetOptions, RemoteRequest, RequestOptions, Verifier, VerifierOptions } from "./types.js";

/** What every way of saying where the keys are comes down to. */
type Options = { [Name in "jwks" | "jwksUri" | "discover" | "remote" | "cache"]?: unknown } & {
  currentDate?: Date;
  issuer?: unknown;
  audience?: unknown;
};

/**
 * A verifier of one issuer's tokens, or of several ones', each by its own keys. `audience` is required, and so is
 * `issuer` but with `discover`; null says that the claim is not to be looked at. Set and options are read now:
 * later changes of the objects do not reach the verifier. A remote set is fetched when it is needed.
 *
 * Errors: those of `KeySet.parse()`, `issuer_invalid`, and `option_invalid`.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const given = Object.fromEntries(plainEntries("options", options)) as Options;
  const { jwks, jwksUri, discover, remote, cache, ...policy } = given;
  if ([jwks, jwksUri, discover].filter((source) => source !== undefined).length !== 1) refuseOption("jwks");
  if (remote !== undefined && jwks !== undefined) refuseOption("remote");
  if (policy.audience === undefined) refuseOption("audience");
  if (policy.issuer === undefined && discover === undefined) refuseOption("issuer");
  const clock = policy.currentDate ? { currentDate: new Date(readClock(policy) * 1000) } : {};
  const maxEntries = readCache(cache);
  const keysOf = (keys: ParsedKeySet | RemoteKeys, ofPolicy: object) =>
    new KeysAndPolicy(keys, readOptions(ofPolicy), clock, maxEntries);

  if (discover !== undefined) {
    const byIssuer = new Map(
      issuersOf(discover, policy.issuer).map((issuer) => {
        const keys = remoteKeysOf(remoteKeySetOf(issuer, remote as RemoteKeySetOptions))!;
        return [issuer, keysOf(keys, { ...policy, issuer })] as const;
      }),
    );
    const all = [...byIssuer.values()];
    return all.length === 1 ? verifierOf(all) : verifierOf(all, (jwt) => byIssuer.get(unverifiedIssuerOf(jwt) as string));
  }
  const source = jwksUri === undefined ? jwks : createRemoteKeySet(jwksUri as string, remote as RemoteKeySetOptions);
  const remoteKeys = remoteKeysOf(source);
  const ofPolicy = remoteKeys?.issuer === undefined ? policy : { ...policy, issuer: issuersOf(remoteKeys.issuer, policy.issuer) };
  const keys = remoteKeys ?? toParsedKeySet(source instanceof KeySet ? source : KeySet.parse(source as string));
  return verifierOf([keysOf(keys, ofPolicy)]);
}

/** Keys, and what is expected of the tokens that they verify. */
class KeysAndPolicy {
  #keys: ParsedKeySet | RemoteKeys;
  #expectations: Expectations;
  #clock: { currentDate?: Date };
  #maxEntries: number;
  #cache: { readonly of: ParsedKeySet; readonly tokens: TokenCache } | undefined;

  constructor(
    keys: ParsedKeySet | RemoteKeys, expectations: Expectations, clock: { currentDate?: Date }, maxEntries: number,
  ) {
    this.#keys = keys;
    this.#expectations = expectations;
    this.#clock = clock;
    this.#maxEntries = maxEntries;
  }

  async hydrate(request: RemoteRequest | undefined): Promise<void> {
    if ("load" in this.#keys) await this.#keys.load(request ?? {});
  }

  async verify(jwt: string, request: RequestOptions | undefined) {
    const attempt = this.#attempt(jwt, request);
    return "load" in this.#keys ? tryWith(this.#keys, jwt, request ?? {}, attempt) : attempt(this.#keys);
  }

  verifySync(jwt: string, request: RequestOptions | undefined) {
    const attempt = this.#attempt(jwt, request);
    return "load" in this.#keys ? tryNow(this.#keys, jwt, request ?? {}, attempt) : attempt(this.#keys);
  }

  explain(jwt: string, request: RequestOptions | undefined) {
    const [expected, now] = this.#read(request);
    const keySet = "load" in this.#keys ? this.#keys.warm(request) : this.#keys;
    return explainJwt(jwt, keySet, expected, now);
  }

  #read(request: RequestOptions | undefined): [Expectations, number] {
    const expected = request === undefined ? this.#expectations : withNonce(this.#expectations, request);
    return [expected, readClock(request?.currentDate ? request : this.#clock)];
  }

  #attempt(jwt: string, request: RequestOptions | undefined) {
    const [expected, now] = this.#read(request);
    return (keySet: ParsedKeySet) => {
      // What is remembered passed the verifier's own options; a nonce is one of a single call.
      const tokens = expected === this.#expectations ? this.#tokensOf(keySet) : undefined;
      if (tokens === undefined) return verifyJwt<any>(jwt, keySet, expected, now);
      keySet.addressIn(core()); // throws when the set was disposed of
      return tokens.find(jwt, now) ?? verifyJwt<any>(jwt, keySet, expected, now, tokens);
    };
  }

  /** The tokens that these keys verified: with others, a key may be gone. */
  #tokensOf(keySet: ParsedKeySet): TokenCache | undefined {
    if (this.#maxEntries === 0) return undefined;
    if (this.#cache?.of !== keySet) this.#cache = { of: keySet, tokens: new TokenCache(this.#maxEntries) };
    return this.#cache.tokens;
  }
}

function verifierOf(all: KeysAndPolicy[], choose: (jwt: string) => KeysAndPolicy | undefined = () => all[0]): Verifier {
  const chosen = (jwt: string): KeysAndPolicy => {
    const keys = choose(jwt);
    if (!keys) throw core().error("issuer_unknown");
    return keys;
  };
  return {
    verify: async (jwt, request) => chosen(jwt).verify(jwt, request),
    verifySync: (jwt, request) => chosen(jwt).verifySync(jwt, request),
    explain: (jwt, request) => chosen(jwt).explain(jwt, request),
    hydrate: async (request) => {
      await Promise.all(all.map((keys) => keys.hydrate(request)));
    },
  };
}

/**
 * The `iss` that a token claims, for the choice of the keys alone; undefined when it has none that is text. Throws
 * what is wrong with its form and its header: of the payload's faults none is told before the signature is.
 */
function unverifiedIssuerOf(jwt: string): unknown {
  try {
    return decode(jwt).unverifiedPayload.iss;
  } catch (error) {
    const firstOfPayload = 400;
    if (error instanceof TouchstoneError && error.number >= firstOfPayload && error.number < 500) return undefined;
    throw error;
  }
}

/** The issuers to discover, of which `issuer` may choose. */
function issuersOf(discover: unknown, issuer: unknown): string[] {
  const known = [discover].flat() as string[];
  if (known.length === 0 || !known.every((name) => typeof name === "string")) refuseOption("discover");
  if (issuer === undefined || issuer === null) return known;
  const wanted = [issuer].flat() as string[];
  if (wanted.length === 0 || !wanted.every((name) => known.includes(name))) refuseOption("issuer");
  return wanted;
}

function readCache(wanted: unknown): number {
  if (wanted === undefined || wanted === null) return 0;
  const { maxEntries, ...others } = Object.fromEntries(plainEntries("cache", wanted));
  const isCount = Number.isSafeInteger(maxEntries) && (maxEntries as number) > 0;
  if (!isCount || Object.keys(others).length > 0) refuseOption("cache");
  return maxEntries as number;
}

function withNonce(expectations: Expectations, request: RequestOptions): Expectations {
  const entries = plainEntries("request", request);
  for (const [name, value] of entries) {
    const isFit = ["currentDate", "signal", "waitUntil"].includes(name) || (name === "nonce" && typeof value === "string");
    if (!isFit) refuseOption(name);
  }
  const nonce = request.nonce;
  return nonce === undefined ? expectations : readOptions({ ...JSON.parse(expectations.json), nonce });
}
