/** jose's four ways to verify, by Touchstone's verdict. */

import { TouchstoneError } from "../errors.js";
import { verifyJwsWith } from "../jws.js";
import { verifyJwt } from "../jwt.js";
import { toParsedKeySet } from "../key-set.js";
import { readOptions } from "../options.js";
import type { ParsedKeySet } from "../parsed-key-set.js";
import { fromUtf8, jsonText } from "../text.js";
import type { KeyDescription } from "../types.js";
import { algorithmsFor, type KeyKind } from "./algorithms.js";
import * as base64url from "./base64url.js";
import { JOSEAlgNotAllowed, JWSInvalid, JWSSignatureVerificationFailed } from "./errors.js";
import { sourceOf, tryWith, type JwkSet, type JwkSetSource } from "./jwk-set.js";
import { keyText, resolvedKey, singleKey, unfitKey, type SingleKey } from "./keys.js";
import { readJwtOptions, readSignatureOptions, type SignatureChecks } from "./options.js";
import { joseError } from "./refusals.js";
import type {
  CompactVerifyGetKey, CompactVerifyResult, CryptoKey, FlattenedJWSInput, FlattenedVerifyGetKey,
  FlattenedVerifyResult, GeneralJWSInput, GeneralVerifyGetKey, GeneralVerifyResult, JWSHeaderParameters,
  JWTPayload, JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult, KeyInput, ResolvedKey, VerifyOptions,
} from "./types.js";

type Resolvable = CryptoKey | Uint8Array;
type GetKey = (header: any, token: FlattenedJWSInput) => Promise<KeyInput> | KeyInput;

/** A token, and how the core is asked about it. */
interface Question<Verified> {
  readonly checks: SignatureChecks;
  /** Claims that are compared with a value. */
  readonly compared?: readonly string[];
  readonly token: FlattenedJWSInput;
  /** Throws a TouchstoneError. */
  ask(keySet: ParsedKeySet, algorithms: readonly string[] | undefined, ignoreKid: boolean): Verified;
}

type Verified = { readonly key: KeyDescription };

/** A JWT in compact serialization, and its claims. Rejects with one of `errors`, or a TypeError. */
export async function jwtVerify<PayloadType = JWTPayload>(
  jwt: string | Uint8Array, key: KeyInput, options?: JWTVerifyOptions,
): Promise<JWTVerifyResult<PayloadType>>;
export async function jwtVerify<PayloadType = JWTPayload, Key extends Resolvable = Resolvable>(
  jwt: string | Uint8Array, getKey: JWTVerifyGetKey<Key>, options?: JWTVerifyOptions,
): Promise<JWTVerifyResult<PayloadType> & ResolvedKey<Key>>;
export async function jwtVerify<PayloadType = JWTPayload>(
  jwt: string | Uint8Array, key: KeyInput | JWTVerifyGetKey, options?: JWTVerifyOptions,
): Promise<JWTVerifyResult<PayloadType> & Partial<ResolvedKey>>;
export async function jwtVerify(
  jwt: string | Uint8Array, key: KeyInput | JWTVerifyGetKey, options?: JWTVerifyOptions,
): Promise<JWTVerifyResult & Partial<ResolvedKey>> {
  const checks = told(() => readJwtOptions(options));
  const text = compactText(jwt, checks);
  const [{ payload, protectedHeader }, resolved] = await verify(
    {
      checks,
      compared: checks.compared,
      token: compactToken(text),
      ask: (keySet, algorithms, ignoreKid) => {
        const expectations = readOptions({ ...checks.claims, ...checks.signature, algorithms, ignoreKid });
        return verifyJwt<object>(text, keySet, expectations, checks.now);
      },
    },
    key,
  );
  return { payload, protectedHeader, ...resolved } as JWTVerifyResult & Partial<ResolvedKey>;
}

/** A JWS in compact serialization. Rejects with one of `errors`, or a TypeError. */
export async function compactVerify(
  jws: string | Uint8Array, key: KeyInput, options?: VerifyOptions,
): Promise<CompactVerifyResult>;
export async function compactVerify<Key extends Resolvable = Resolvable>(
  jws: string | Uint8Array, getKey: CompactVerifyGetKey<Key>, options?: VerifyOptions,
): Promise<CompactVerifyResult & ResolvedKey<Key>>;
export async function compactVerify(
  jws: string | Uint8Array, key: KeyInput | CompactVerifyGetKey, options?: VerifyOptions,
): Promise<CompactVerifyResult & Partial<ResolvedKey>>;
export async function compactVerify(
  jws: string | Uint8Array, key: KeyInput | CompactVerifyGetKey, options?: VerifyOptions,
): Promise<CompactVerifyResult & Partial<ResolvedKey>> {
  const checks = told(() => readSignatureOptions(options));
  const text = compactText(jws, checks);
  // The core tells a JWS in JSON by its brace.
  if (/^\s*\{/.test(text)) throw new JWSInvalid("this is no compact JWS");
  const token = compactToken(text);
  const [{ payload }, resolved] = await verify({ checks, token, ask: askingAbout(text, checks) }, key);
  const protectedHeader = protectedHeaderOf(token) as CompactVerifyResult["protectedHeader"];
  return { payload, protectedHeader, ...resolved };
}

/** A JWS in flattened JSON serialization. Rejects with one of `errors`, or a TypeError. */
export async function flattenedVerify(
  jws: FlattenedJWSInput, key: KeyInput, options?: VerifyOptions,
): Promise<FlattenedVerifyResult>;
export async function flattenedVerify<Key extends Resolvable = Resolvable>(
  jws: FlattenedJWSInput, getKey: FlattenedVerifyGetKey<Key>, options?: VerifyOptions,
): Promise<FlattenedVerifyResult & ResolvedKey<Key>>;
export async function flattenedVerify(
  jws: FlattenedJWSInput, key: KeyInput | FlattenedVerifyGetKey, options?: VerifyOptions,
): Promise<FlattenedVerifyResult & Partial<ResolvedKey>>;
export async function flattenedVerify(
  jws: FlattenedJWSInput, key: KeyInput | FlattenedVerifyGetKey, options?: VerifyOptions,
): Promise<FlattenedVerifyResult & Partial<ResolvedKey>> {
  const checks = told(() => readSignatureOptions(options));
  if (!isObject(jws)) throw new JWSInvalid("a flattened JWS is an object");
  return verifyFlattened(jws, key, checks);
}

/** A JWS in general JSON serialization: one valid signature will do. Rejects with one of `errors`, or a TypeError. */
export async function generalVerify(
  jws: GeneralJWSInput, key: KeyInput, options?: VerifyOptions,
): Promise<GeneralVerifyResult>;
export async function generalVerify<Key extends Resolvable = Resolvable>(
  jws: GeneralJWSInput, getKey: GeneralVerifyGetKey<Key>, options?: VerifyOptions,
): Promise<GeneralVerifyResult & ResolvedKey<Key>>;
export async function generalVerify(
  jws: GeneralJWSInput, key: KeyInput | GeneralVerifyGetKey, options?: VerifyOptions,
): Promise<GeneralVerifyResult & Partial<ResolvedKey>>;
export async function generalVerify(
  jws: GeneralJWSInput, key: KeyInput | GeneralVerifyGetKey, options?: VerifyOptions,
): Promise<GeneralVerifyResult & Partial<ResolvedKey>> {
  const checks = told(() => readSignatureOptions(options));
  const { payload, signatures } = isObject(jws) ? jws : ({} as Partial<GeneralJWSInput>);
  const areObjects = Array.isArray(signatures) && signatures.every(isObject);
  if (!areObjects) throw new JWSInvalid("a general JWS is an object with an array signatures");
  if (payload === undefined) throw new JWSSignatureVerificationFailed("the JWS has no payload");
  checkGeneral({ payload, signatures }, checks);
  for (const signature of signatures) {
    try {
      return await verifyFlattened({ ...signature, payload }, key, checks);
    } catch {
      // Another may be valid.
    }
  }
  throw new JWSSignatureVerificationFailed();
}

/** The form of all signatures: one that is malformed, or of another b64, spoils the JWS. */
function checkGeneral(jws: GeneralJWSInput, checks: SignatureChecks): void {
  const firstOfAlg = 120;
  try {
    askingAbout(jws, checks)(noKeys(), algorithmsFor(["public", "secret"]), true);
  } catch (error) {
    if (error instanceof TouchstoneError && error.number < firstOfAlg) throw joseError(error);
  }
}

async function verifyFlattened(
  jws: FlattenedJWSInput, key: KeyInput | GetKey, checks: SignatureChecks,
): Promise<FlattenedVerifyResult & Partial<ResolvedKey>> {
  const { protected: protectedText, header, signature } = jws;
  const isBytes = jws.payload instanceof Uint8Array;
  const payload = isBytes ? (jws.payload as Uint8Array).slice() : jws.payload; // whatever becomes of it meanwhile
  const token: FlattenedJWSInput = {
    payload,
    signature,
    ...(protectedText === undefined ? {} : { protected: protectedText }),
    ...(header === undefined ? {} : { header }),
  };
  if (isBytes && headerOf(token).b64 !== false) throw new JWSInvalid("a payload in octets goes with b64 false");
  const [verified, resolved] = await verify({ checks, token, ask: askingAbout(token, checks) }, key);
  return {
    payload: verified.payload,
    ...(protectedText === undefined ? {} : { protectedHeader: protectedHeaderOf(token) }),
    ...(header === undefined ? {} : { unprotectedHeader: { ...verified.unprotectedHeader } }),
    ...resolved,
  };
}

/** Octets for a payload cannot stand in JSON: they are given as a detached one. */
function askingAbout(jws: string | Partial<FlattenedJWSInput & GeneralJWSInput>, { signature }: SignatureChecks) {
  const isDetached = typeof jws === "object" && jws.payload instanceof Uint8Array;
  const text = jsonText(isDetached ? { ...jws, payload: undefined } : jws) as string;
  const detached = isDetached ? { payload: jws.payload } : {};
  return (keySet: ParsedKeySet, algorithms: readonly string[] | undefined, ignoreKid: boolean) =>
    verifyJwsWith(text, keySet, { ...signature, ...detached, algorithms, ignoreKid });
}

// The choice of the keys.

type Answer<V> = Promise<[V, Partial<ResolvedKey>]>;

async function verify<V extends Verified>(question: Question<V>, key: KeyInput | GetKey): Answer<V> {
  const source = sourceOf(key);
  if (source) return verifyWithSet(question, source);
  if (typeof key !== "function") return [await verifyWithKey(question, key), {}];
  const alg = checkBeforeKey(question);
  const { token } = question;
  const given = await key(protectedHeaderOf(token), token);
  const single = singleKey(await keyText(given));
  const verified = attemptWithKey(question, given, single);
  return [verified, { key: await resolvedKey(given, single, alg) }];
}

async function verifyWithKey<V extends Verified>(question: Question<V>, key: KeyInput): Promise<V> {
  let single: SingleKey;
  try {
    single = singleKey(await keyText(key));
  } catch (error) {
    checkBeforeKey(question); // what is wrong with the token comes first
    throw error;
  }
  return attemptWithKey(question, key, single);
}

function attemptWithKey<V extends Verified>(question: Question<V>, given: KeyInput, single: SingleKey): V {
  try {
    return attempt(question, single.keySet, [single.kind], true);
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    const [passedOver] = error.detail?.keys ?? [];
    if (passedOver) throw unfitKey(given, single, passedOver.reason, error);
    if (error.reason === "alg_not_allowed") throw new TypeError("such a key verifies no such alg", { cause: error });
    throw joseError(error, question.compared);
  }
}

async function verifyWithSet<V extends Verified>(question: Question<V>, source: JwkSetSource): Answer<V> {
  let first = source.current();
  if (!first) {
    checkBeforeKey(question); // a token that nobody could verify causes no fetch
    first = await source.load();
  }
  return tryWith(source, first, async (set): Answer<V> => {
    const verified = attemptWithSet(question, set);
    return [verified, { key: await set.cryptoKeyAt(verified.key.index, algOf(question)) }];
  });
}

function attemptWithSet<V extends Verified>(question: Question<V>, set: JwkSet): V {
  try {
    return attempt(question, set.keySet, ["public"], false);
  } catch (error) {
    throw error instanceof TouchstoneError ? set.refusal(error, () => algOf(question), question.compared) : error;
  }
}

/** Asks the core. Throws a TouchstoneError, or jose's for an alg that the caller does not allow. */
function attempt<V>(question: Question<V>, keySet: ParsedKeySet, kinds: readonly KeyKind[], ignoreKid: boolean): V {
  const { allowed } = question.checks;
  // Every public one is the core's own default.
  const algorithms = allowed || kinds.includes("secret") ? algorithmsFor(kinds, allowed) : undefined;
  if (algorithms?.length === 0) {
    // Such keys verify nothing that is allowed: the token's alg decides what to say.
    checkBeforeKey(question);
    return question.ask(keySet, algorithmsFor(kinds), ignoreKid);
  }
  try {
    return question.ask(keySet, algorithms, ignoreKid);
  } catch (error) {
    throw error instanceof TouchstoneError ? refuseAlg(question, error) : error;
  }
}

const noKeys = () => toParsedKeySet({ keys: [] });

/**
 * All that comes before a key is needed: the token's form, its header, its alg, which is returned. Throws what
 * jose throws of it.
 */
function checkBeforeKey(question: Question<unknown>): string {
  try {
    question.ask(noKeys(), algorithmsFor(["public", "secret"]), true);
  } catch (error) {
    const isForWantOfKeys = error instanceof TouchstoneError && error.reason === "no_matching_key";
    if (!isForWantOfKeys) throw joseError(error instanceof TouchstoneError ? refuseAlg(question, error) : error);
  }
  const alg = algOf(question);
  const { allowed } = question.checks;
  if (allowed && !allowed.includes(alg)) throw notAllowed();
  return alg;
}

const notAllowed = () => new JOSEAlgNotAllowed("the token's alg is not among algorithms");

/** An alg that is unknown here may as well be one that the caller does not allow, which jose says first. */
function refuseAlg(question: Question<unknown>, error: TouchstoneError): unknown {
  const isOfAlg = ["alg_none", "alg_unsupported", "alg_not_allowed"].includes(error.reason);
  const { allowed } = question.checks;
  return isOfAlg && allowed && !allowed.includes(algOf(question)) ? notAllowed() : error;
}

// What is read of a token before it is verified.

function compactText(token: unknown, { signature }: SignatureChecks): string {
  const limit = signature.maxTokenSize ?? 64 * 1024;
  if (token instanceof Uint8Array) return fromUtf8(token.subarray(0, limit + 1));
  if (typeof token !== "string") throw new JWSInvalid("a compact token is a string, or its bytes");
  return token;
}

function compactToken(text: string): FlattenedJWSInput {
  const [protectedText = "", payload = "", signature = ""] = text.split(".", 3);
  return { payload, protected: protectedText, signature };
}

const protectedHeaderOf = ({ protected: text }: FlattenedJWSInput): JWSHeaderParameters =>
  text === undefined ? {} : JSON.parse(fromUtf8(base64url.decode(text)));

/** Base64url of more than the core takes for a header. */
const maxHeaderText = 16 * 1024;

/** Both headers, as far as they can be read; what is wrong with them the core says. */
function headerOf(token: FlattenedJWSInput): JWSHeaderParameters {
  try {
    if ((token.protected ?? "").length > maxHeaderText) return {};
    return { ...token.header, ...protectedHeaderOf(token) };
  } catch {
    return { ...token.header };
  }
}

const algOf = ({ token }: Question<unknown>): string => String(headerOf(token).alg);

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

function told<Options>(read: () => Options): Options {
  try {
    return read();
  } catch (error) {
    throw joseError(error);
  }
}
