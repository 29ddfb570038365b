import type { KeySet } from "./key-set.js";
import type { RemoteKeySet } from "./remote/remote-key-set.js";
import type { SharedCache } from "./remote/shared-caches.js";
import type { ErrorReason, Refusal, TouchstoneError } from "./errors.js";

/** One JSON Web Key (RFC 7517 section 4). */
export type Jwk =
  | { readonly kty?: string | undefined }
  | { readonly kty: string; readonly [member: string]: unknown };

/** A JWK Set (RFC 7517 section 5). */
export interface JwkSet {
  readonly keys: readonly object[];
}

/** A JWK Set, or one JWK as a set of one: as an object, JSON text, JSON in UTF-8, parsed already, or at a URL. */
export type Jwks = KeySet | RemoteKeySet | JwkSet | Jwk | string | Uint8Array;

/** Seconds, or text such as `"5 minutes"`. */
export type Duration = number | string;

/** What is to be known of a signature. `null` and `undefined` are the same as leaving an option out. */
export interface SignatureOptions {
  /** Names from the `alg` registry. Default: every asymmetric one. HMAC must be named here. */
  algorithms?: readonly string[] | null | undefined;
  /** Header extensions that the caller understands and obeys (RFC 7515 section 4.1.11). */
  crit?: readonly string[] | Readonly<Record<string, boolean>> | null | undefined;
  /** When several keys match: refuse (the default), or try them in their order, at most 8. */
  multipleKeys?: "reject" | "try" | null | undefined;
  /** Passes over a key that does not say its `alg`. Default false. */
  requireKeyAlg?: boolean | null | undefined;
  /** Compares no `kid`: for a key that the caller chose, whatever the token says. Default false. */
  ignoreKid?: boolean | null | undefined;
  /** Bytes. Default 65,536; at most 16 MiB. */
  maxTokenSize?: number | null | undefined;
}

/** An AbortSignal. Named by what is used of it, so that these types need no library's. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A `fetch`, by what is used of it. */
export type FetchLike = (url: string, init: FetchInit) => Promise<ResponseLike>;

/** What a FetchLike is told. */
export interface FetchInit {
  headers: [string, string][];
  redirect: "manual";
  /** An AbortSignal. */
  signal: any;
  credentials?: "omit";
  cache?: "no-cache";
}

/** A `Response`, by what is used of it. */
export interface ResponseLike {
  readonly status: number;
  readonly type: string;
  readonly headers: Iterable<[string, string]> & { get(name: string): string | null };
  readonly body: {
    cancel(): Promise<unknown>;
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<unknown>;
    };
  } | null;
}

/** Of one call: what a remote set may need to fetch. For any other set it means nothing. */
export interface RemoteRequest {
  /** Ends the waiting of this call, not a fetch that others wait for. */
  signal?: AbortSignalLike | undefined;
  /** Is given what goes on behind the answer: `context.waitUntil.bind(context)` in Workers. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
}

/** What is expected of a JWT. What is left out is not checked, and `unchecked` says so. */
export interface VerifyOptions extends SignatureOptions, RemoteRequest {
  /** `iss` is one of these, exactly (RFC 8725 section 3.8). */
  issuer?: string | readonly string[] | null | undefined;
  /** `aud` is or contains one of these (RFC 7519 section 4.1.3). */
  audience?: string | readonly string[] | null | undefined;
  subject?: string | null | undefined;
  /** The header's `typ` as a media type: `"at+jwt"` is `"application/at+jwt"` (RFC 8725 section 3.11). */
  typ?: string | null | undefined;
  requiredClaims?: readonly string[] | null | undefined;
  /** Time since `iat`, which is then required. */
  maxTokenAge?: Duration | null | undefined;
  /** Default 0; at most 5 minutes. */
  clockTolerance?: Duration | null | undefined;
  /** Default: now. */
  currentDate?: Date | null | undefined;
  /** Default false. */
  rejectFutureIat?: boolean | null | undefined;
  /** RFC 9068, RFC 9701, or OpenID Connect Core section 3.1.3.7. */
  profile?: "access_token" | "introspection_response" | "id_token" | null | undefined;
  /** Of an ID token: what the request carried. */
  nonce?: string | null | undefined;
}

export interface VerifyJwsOptions extends SignatureOptions, RemoteRequest {
  /** The payload, when the JWS does not carry it (RFC 7515 appendix F). Text is taken as UTF-8. */
  payload?: string | Uint8Array | null | undefined;
  /** Whether one valid signature is enough (the default) or all must be. */
  signatures?: "any" | "all" | null | undefined;
}

/** Where a verifier's keys are: one of these. */
export type VerifierKeys =
  | {
      jwks: Jwks;
      /** Required; `null` says that `iss` is not to be looked at. */
      issuer: string | readonly string[] | null;
    }
  | {
      /** The URL of a JWK Set. */
      jwksUri: string | { readonly href: string };
      remote?: RemoteKeySetOptions | undefined;
      /** Required; `null` says that `iss` is not to be looked at. */
      issuer: string | readonly string[] | null;
    }
  | {
      /** Issuers whose metadata says where their keys are. Each one's tokens are verified by its own keys alone. */
      discover: string | readonly string[];
      remote?: RemoteKeySetOptions | undefined;
      /** Default: those of `discover`; may name some of them. */
      issuer?: string | readonly string[] | null | undefined;
    };

/** What `createVerifier()` wants to know. */
export type VerifierOptions = VerifierPolicy & VerifierKeys;

/** What a verifier expects of every token. */
export interface VerifierPolicy extends Omit<VerifyOptions, "issuer" | "audience" | "signal"> {
  /** Required; `null` says that `aud` is not to be looked at. */
  audience: string | readonly string[] | null;
  /**
   * Remembers so many tokens that passed, and answers for them without verifying again; off by default. A token
   * is found by all of its text, and only while its time claims hold; of more the oldest is forgotten. Results are
   * frozen, because all calls share them. What is remembered are credentials, in memory.
   */
  cache?: { maxEntries: number } | null | undefined;
}

/** How `audit()` judges. */
export interface AuditOptions {
  /** Default: now. */
  currentDate?: Date | null | undefined;
}

/** What a JWK Set may be at most. */
export interface KeySetLimits {
  /** Bytes of JSON. Default 1 MiB; at most 16 MiB. */
  maxSize?: number | undefined;
  /** Default 1,000; at most 100,000. */
  maxKeys?: number | undefined;
  /** Refuses the whole set for one private key, instead of skipping the key. Default false. */
  refusePrivateKeys?: boolean | undefined;
  /**
   * Bytes that tables of this set's keys may take. A key that has verified some tokens gets tables, 20 to 710 KB,
   * which make it several times faster, while there is room. Default 4 MiB; at most 256 MiB; 0 for none.
   */
  maxTableMemory?: number | undefined;
}

/**
 * How a remote set is kept and fetched. Durations in seconds; what is out of range, or contradicts another, is
 * refused as `option_invalid`, and `detail` says why.
 */
export interface RemoteKeySetOptions extends KeySetLimits {
  /** What a response may make of a set's lifetime: a shorter one is lengthened. Default 60. */
  minLifetime?: number | undefined;
  /** A longer one is cut; it bounds how long a revoked key is used. Default 86,400. */
  maxLifetime?: number | undefined;
  /** When the response says nothing. Default 300. */
  defaultLifetime?: number | undefined;
  /** So long before it expires a set is fetched again, behind an answer. Default 30. */
  refreshAhead?: number | undefined;
  /** How long an expired set is served while it is fetched, when the response does not say. Default 60. */
  staleWhileRevalidate?: number | undefined;
  /** How long it is served while the provider fails, when the response does not say. Default 3,600. */
  staleIfError?: number | undefined;
  /** No set is served for longer after it expired, whatever the response says. Default 86,400. */
  maxStale?: number | undefined;
  /** No set is fetched again so soon; but once for a key that it lacks. Default 30. */
  cooldown?: number | undefined;
  /** To which the cooldown grows with failures. Default 600. */
  maxBackoff?: number | undefined;
  /** A fetch that has not ended for so long is given up for a new one. Default 30. */
  fetchTimeout?: number | undefined;
  /** A clock that is set back by more makes the set expire. Default 60. */
  clockTolerance?: number | undefined;
  /** How many kids are remembered that were looked for in vain. Default 256. */
  maxUnknownKids?: number | undefined;
  /** Whether a response must be `application/jwk-set+json` or `application/json`. Default false. */
  checkContentType?: boolean | undefined;

  /** For one whole fetch, discovery included. Default 10. */
  timeout?: number | undefined;
  /** In place of the runtime's own. It is called with a URL's text. */
  fetch?: FetchLike | undefined;
  /** Takes http: from other machines, too. Default false. */
  allowHttp?: boolean | undefined;
  /** Follows an issuer's metadata to an address that is not public. Default false. */
  allowPrivateAddresses?: boolean | undefined;
  /** Where machines or isolates leave a fetched set for each other. */
  sharedCache?: SharedCache | undefined;
  /** For every call that brings none of its own. */
  waitUntil?: RemoteRequest["waitUntil"];
  /** No call waits for another's fetch: where a runtime forbids it. Default: whether this is one of those. */
  isolateRequests?: boolean | undefined;
  /** What `snapshot()` of another one gave. */
  snapshot?: string | undefined;
}

/** When a remote set came and what becomes of it. */
export interface RemoteTimes {
  /** Or was confirmed. */
  readonly fetched: Date;
  /** From here on it is fetched again when it is asked for. */
  readonly refresh: Date;
  readonly expires: Date;
  /** From here on it is not served, even if the provider fails. */
  readonly unusable: Date;
}

/** What an issuer says of itself (RFC 8414, OpenID Connect Discovery), as far as a verifier needs it. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly idTokenSigningAlgValuesSupported?: readonly string[];
}

/** A JOSE header (RFC 7515 section 4). */
export interface JoseHeader {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
  readonly cty?: string;
  readonly crit?: readonly string[];
  readonly [parameter: string]: unknown;
}

/** Registered claims (RFC 7519 section 4.1), and whatever else the issuer put in. */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly [claim: string]: unknown;
}

/** A usable key of a set. */
export interface KeyDescription {
  /** Position in the set's `keys`. */
  readonly index: number;
  readonly kty: string;
  readonly crv?: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
  /** Size of the modulus, the field or the secret. */
  readonly bits: number;
  /** RFC 7638 with SHA-256. */
  readonly thumbprint: string;
}

/** A key that was left out of a set, and why. */
export interface SkippedKey extends Refusal {
  /** Position in the set's `keys`. */
  readonly index: number;
  readonly kid?: string;
}

/** A token that was verified. */
export interface VerifiedJwt<Claims extends object = {}> {
  readonly payload: JwtClaims & Claims;
  readonly protectedHeader: JoseHeader;
  /** The key that verified the signature. */
  readonly key: KeyDescription;
  /** The claims that nobody looked at: of `"iss"`, `"aud"`, `"exp"`. */
  readonly unchecked: readonly string[];
}

/** One signature of a JWS: either it was verified by a key, or nothing in it is to be trusted. */
export type JwsSignature =
  | {
      readonly protectedHeader: JoseHeader;
      /** Not covered by the signature. */
      readonly unprotectedHeader?: Readonly<Record<string, unknown>>;
      readonly key: KeyDescription;
    }
  | {
      readonly unverifiedHeader: Readonly<Record<string, unknown>>;
      readonly error: TouchstoneError;
    };

/** A JWS that was verified; header and key are those of its first valid signature. */
export interface VerifiedJws {
  readonly payload: Uint8Array;
  readonly protectedHeader: JoseHeader;
  /** Not covered by the signature. */
  readonly unprotectedHeader?: Readonly<Record<string, unknown>>;
  readonly key: KeyDescription;
  /** In the order of the serialization. */
  readonly signatures: readonly JwsSignature[];
}

/** A token taken apart, with nothing verified. */
export interface UnverifiedJwt {
  readonly unverifiedHeader: Readonly<Record<string, unknown>>;
  readonly unverifiedPayload: JwtClaims;
}

/** How the verdict came about. */
export interface Explanation {
  readonly valid: boolean;
  readonly error?: Refusal;
  /** In the order they are taken. */
  readonly steps: readonly {
    readonly step: string;
    readonly question: string;
    readonly section: string;
    readonly status: "passed" | "unchecked" | "failed" | "not_reached";
  }[];
  /** Every element of the set; empty when the choice of a key was not reached. */
  readonly keys: readonly {
    readonly index: number;
    readonly kid?: string;
    readonly kty?: string;
    readonly status: "matching" | "passed_over";
    readonly reason?: ErrorReason;
  }[];
  /** Position of the key that verified the signature. */
  readonly key?: number;
  /** Of a valid token: the claims that nobody looked at. */
  readonly unchecked?: readonly string[];
  /** The token taken apart, when it could be. Not to be trusted unless `valid`. */
  readonly unverified?: {
    readonly header: Readonly<Record<string, unknown>>;
    readonly payload: JwtClaims;
  };
}

/** One thing that is wrong with a JWK Set, or worth knowing. */
export interface Finding {
  /** Stable: `"rsa_modulus_too_small"`. */
  readonly id: string;
  readonly severity: "note" | "warning" | "error";
  /** Position in the set's `keys`; absent when the set as a whole is meant. */
  readonly key?: number;
  readonly kid?: string;
  readonly member?: string;
  readonly section: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What the linter has to say of a JWK Set. */
export interface Audit {
  /** Elements of `keys`. */
  readonly keys: number;
  /** Those that can verify a signature. */
  readonly usable: number;
  readonly findings: readonly Finding[];
}

/** Checks tokens against one set, or each issuer's own, with one policy. */
export interface Verifier {
  /** As `verifySync`, as a promise. */
  verify<Claims extends object = {}>(jwt: string, request?: RequestOptions): Promise<VerifiedJwt<Claims>>;
  verifySync<Claims extends object = {}>(jwt: string, request?: RequestOptions): VerifiedJwt<Claims>;
  explain(jwt: string, request?: RequestOptions): Explanation;
  /** Resolves when there are keys of every issuer; rejects with the reason why one has none. */
  hydrate(request?: RemoteRequest): Promise<void>;
}

/** What may differ from one token to the next. */
export interface RequestOptions extends RemoteRequest {
  /** Of an ID token: what this request carried. Where it is given it must be text, so that none is missed. */
  nonce?: string;
  /** Default: that of the verifier, or now. */
  currentDate?: Date | null | undefined;
}

/** A hash as RFC 9278 spells it. */
export type ThumbprintHash = "sha-256" | "sha-384" | "sha-512";
