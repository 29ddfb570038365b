/**
 * The types of `touchstone/jose`, by the names that jose's users import: code that compiles against jose's
 * compiles against these. They need no library's types.
 */

/** Names from the `alg` registry. */
export type JWSAlgorithm =
  | "RS256" | "RS384" | "RS512"
  | "PS256" | "PS384" | "PS512"
  | "ES256" | "ES384" | "ES512" | "ES256K"
  | "EdDSA" | "Ed25519" | "Ed448"
  | "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87"
  | "HS256" | "HS384" | "HS512"
  | (string & {});

/** A `kty` (RFC 7518 section 6.1). */
export type JWKKeyType = "RSA" | "EC" | "OKP" | "AKP" | "oct" | (string & {});

/** What a JWK of any type may have (RFC 7517 section 4). */
export type JWKParameters = {
  kty?: JWKKeyType;
  alg?: JWSAlgorithm;
  key_ops?: string[];
  ext?: boolean;
  use?: "sig" | "enc" | (string & {});
  x5c?: string[];
  x5t?: string;
  "x5t#S256"?: string;
  x5u?: string;
  kid?: string;
};

/** One JSON Web Key. A private one is refused wherever a key verifies. */
export type JWK = JWKParameters & {
  crv?: string;
  d?: string;
  dp?: string;
  dq?: string;
  e?: string;
  k?: string;
  n?: string;
  p?: string;
  q?: string;
  qi?: string;
  x?: string;
  y?: string;
  pub?: string;
  priv?: string;
  oth?: Array<{ d?: string; r?: string; t?: string }>;
};

export interface JWK_RSA_Public extends JWKParameters {
  e: string;
  n: string;
}
export interface JWK_EC_Public extends JWKParameters {
  crv: string;
  x: string;
  y: string;
}
export interface JWK_OKP_Public extends JWKParameters {
  crv: string;
  x: string;
}
export interface JWK_AKP_Public extends JWKParameters {
  alg: string;
  pub: string;
}
export interface JWK_oct extends JWKParameters {
  k: string;
}

/** A JWK Set (RFC 7517 section 5). */
export interface JSONWebKeySet {
  keys: JWK[];
}

/** node:crypto's, by what is known of it without its types. */
export interface KeyObject {
  type: string;
}

/** Where the compiler knows no CryptoKey. */
interface CryptoKeyLike {
  readonly algorithm: { name: string };
  readonly extractable: boolean;
  readonly type: string;
  readonly usages: string[];
}

/** The runtime's own. */
export type CryptoKey = typeof globalThis extends {
  crypto: { subtle: { verify(algorithm: any, key: infer Key, ...others: any[]): any } };
}
  ? Extract<Key, { type: string }>
  : CryptoKeyLike;

/** What verifies: a public key, or the octets of a secret. */
export type KeyInput = CryptoKey | KeyObject | JWK | Uint8Array;

/** Finds the key for a token of which nothing has been verified. */
export interface GetKeyFunction<Header, Token, Key extends KeyInput = KeyInput> {
  (protectedHeader: Header, token: Token): Promise<Key> | Key;
}

/** A JOSE header's parameters beside its `alg` (RFC 7515 section 4.1). */
export interface JoseHeaderParameters {
  kid?: string;
  x5t?: string;
  x5c?: string[];
  x5u?: string;
  jku?: string;
  jwk?: Omit<JWK, "d" | "dp" | "dq" | "k" | "p" | "q" | "qi" | "priv" | "oth">;
  typ?: string;
  cty?: string;
}

export interface JWSHeaderParameters extends JoseHeaderParameters {
  alg?: JWSAlgorithm;
  b64?: boolean;
  crit?: string[];
  [parameter: string]: unknown;
}

export interface CompactJWSHeaderParameters extends JWSHeaderParameters {
  alg: JWSAlgorithm;
}

export interface JWTHeaderParameters extends CompactJWSHeaderParameters {
  b64?: boolean;
}

/** A flattened JWS (RFC 7515 section 7.2.2), or what is known of any other. */
export interface FlattenedJWSInput {
  /** Not covered by the signature. */
  header?: JWSHeaderParameters;
  /** Base64url; with `b64` false (RFC 7797) the payload itself. */
  payload: string | Uint8Array;
  protected?: string;
  signature: string;
}

/** A general JWS (RFC 7515 section 7.2.1). */
export interface GeneralJWSInput {
  payload: string | Uint8Array;
  signatures: Omit<FlattenedJWSInput, "payload">[];
}

/** A JWS in flattened JSON serialization (RFC 7515 section 7.2.2). */
export interface FlattenedJWS extends Partial<FlattenedJWSInput> {
  payload: string;
  signature: string;
}

/** A JWS in general JSON serialization (RFC 7515 section 7.2.1). */
export interface GeneralJWS {
  payload: string;
  signatures: Omit<FlattenedJWSInput, "payload">[];
}

/** What may be critical. */
export interface CritOption {
  /** Header extensions that the caller understands and obeys. Protected they must be in any case. */
  crit?: { [name: string]: boolean };
}

/** How a JWS is verified. */
export interface VerifyOptions extends CritOption {
  /** Default: every one that the key can verify. */
  algorithms?: JWSAlgorithm[];
  /** Touchstone's own: bytes. Default 65,536; at most 16 MiB. */
  maxTokenSize?: number;
}

/** What is expected of the claims. What is left out is not checked. */
export interface JWTClaimVerificationOptions {
  /** `aud` is or contains one of these. */
  audience?: string | string[];
  /** Seconds, or text such as `"5 seconds"`; at most 5 minutes. Default 0. */
  clockTolerance?: string | number;
  /** `iss` is one of these, exactly. */
  issuer?: string | string[];
  /** Time since `iat`, which is then required: seconds, or text such as `"2 hours"`. */
  maxTokenAge?: string | number;
  subject?: string;
  /** The header's `typ` as a media type: `"at+jwt"` is `"application/at+jwt"`. */
  typ?: string;
  /** Default: now. */
  currentDate?: Date;
  requiredClaims?: string[];
}

export interface JWTVerifyOptions extends VerifyOptions, JWTClaimVerificationOptions {}

/** Registered claims (RFC 7519 section 4.1), and whatever else the issuer put in. */
export interface JWTPayload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  jti?: string;
  nbf?: number;
  exp?: number;
  iat?: number;
  [claim: string]: unknown;
}

/** A JWT that is valid. */
export interface JWTVerifyResult<PayloadType = JWTPayload> {
  payload: PayloadType & JWTPayload;
  protectedHeader: JWTHeaderParameters;
}

/** A compact JWS whose signature is valid. */
export interface CompactVerifyResult {
  payload: Uint8Array;
  protectedHeader: CompactJWSHeaderParameters;
}

/** A JWS whose signature is valid. */
export interface FlattenedVerifyResult {
  payload: Uint8Array;
  protectedHeader?: JWSHeaderParameters;
  /** Not covered by the signature. */
  unprotectedHeader?: JWSHeaderParameters;
}

/** A JWS with one signature that is valid. */
export interface GeneralVerifyResult extends FlattenedVerifyResult {}

/** Of a verification for which a function found the key. */
export interface ResolvedKey<Key extends CryptoKey | Uint8Array = CryptoKey | Uint8Array> {
  key: Key;
}

type Resolvable = CryptoKey | Uint8Array;

export interface JWTVerifyGetKey<Key extends Resolvable = Resolvable>
  extends GetKeyFunction<CompactJWSHeaderParameters, FlattenedJWSInput, Key | KeyObject | JWK> {}
export interface CompactVerifyGetKey<Key extends Resolvable = Resolvable>
  extends GetKeyFunction<CompactJWSHeaderParameters, FlattenedJWSInput, Key | KeyObject | JWK> {}
export interface FlattenedVerifyGetKey<Key extends Resolvable = Resolvable>
  extends GetKeyFunction<JWSHeaderParameters, FlattenedJWSInput, Key | KeyObject | JWK> {}
export interface GeneralVerifyGetKey<Key extends Resolvable = Resolvable>
  extends GetKeyFunction<JWSHeaderParameters, FlattenedJWSInput, Key | KeyObject | JWK> {}

/** Finds the one key of a set that a header means. */
export interface LocalJWKSet {
  (protectedHeader?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey>;
  /** A copy of the set. */
  jwks: () => JSONWebKeySet;
}

/** What finds the key of a token in a JWK Set at a URL. */
export interface RemoteJWKSet {
  /** The key for a token with this header. */
  (protectedHeader?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey>;
  /** Whether the last fetch is so recent that a key that is missing causes none. */
  readonly coolingDown: boolean;
  /** Whether the set is younger than `cacheMaxAge`. */
  readonly fresh: boolean;
  /** Whether a fetch is under way. */
  readonly reloading: boolean;
  /** Fetches the set, cooldown or not. */
  reload: () => Promise<void>;
  /** A copy of the set; undefined without one. */
  jwks: () => JSONWebKeySet | undefined;
}

/** A set that outlives the process. Whoever can write it is trusted like the provider. */
export interface ExportedJWKSCache {
  jwks: JSONWebKeySet;
  /** When it was fetched: milliseconds since 1970. */
  uat: number;
}

/** `{}` to begin with. */
export type JWKSCacheInput = ExportedJWKSCache | Record<string, never>;

/** What the compiler knows under this name, if it does: a browser's library, Node's types, or nothing. */
type Global<Name extends string> = typeof globalThis extends { [name in Name]: { prototype: infer Instance } }
  ? Instance
  : any;

/** A URL. */
export type JWKSUrl = Global<"URL">;

/** A `fetch`. */
export type FetchImplementation = (
  url: string,
  options: { headers: Global<"Headers">; method: "GET"; redirect: "manual"; signal: Global<"AbortSignal"> },
) => Promise<Global<"Response">>;

/** What the key will be good for. */
export interface KeyImportOptions {
  /** Whether the CryptoKey may be exported. Default true. */
  extractable?: boolean;
}

/** What `decodeProtectedHeader()` gives: of a JWS, or of a JWE. */
export type ProtectedHeaderParameters = JWSHeaderParameters & { enc?: string; zip?: string };
