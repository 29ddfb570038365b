import type { KeyRing } from "./key-ring.js";

/** What a key can sign with: RFC 7518, RFC 8812 (`ES256K`), RFC 9864 (`Ed25519`; `EdDSA` is its older name). */
export type SigningAlgorithm =
  | "RS256" | "RS384" | "RS512"
  | "PS256" | "PS384" | "PS512"
  | "ES256" | "ES384" | "ES512" | "ES256K"
  | "Ed25519" | "EdDSA"
  | "HS256" | "HS384" | "HS512";

/** A public key as a JWK Set shows it (RFC 7517). It has no place for a private or symmetric member. */
export interface PublicJwk {
  readonly kty: string;
  readonly crv?: string;
  readonly n?: string;
  readonly e?: string;
  readonly x?: string;
  readonly y?: string;
  readonly alg: string;
  readonly use: "sig";
  readonly kid: string;
}

/** A JWK Set of an issuer (RFC 7517 section 5). */
export interface PublicJwkSet {
  readonly keys: readonly PublicJwk[];
}

/**
 * Why and when keys change: what C++ has as touchstone::RotationPolicy. Durations in seconds. What contradicts
 * itself is refused as `option_invalid`, with what to change.
 */
export interface RotationPolicy {
  /** Of the next key. Default `"ES256"`. */
  readonly alg?: SigningAlgorithm | undefined;
  /** Of the next RSA key. Default 3072. Making one takes seconds, more than Workers may compute. */
  readonly rsaBits?: number | undefined;
  /** Default 2,592,000: 30 days. */
  readonly rotateEvery?: number | undefined;
  /**
   * A key is published this long before it signs: no less than cacheLifetime + clientGrace + propagation + clockSkew.
   * Default 86,400: a day.
   */
  readonly publishAhead?: number | undefined;
  /**
   * A key stays published this long after it has stopped signing: no less than tokenLifetime + clockSkew +
   * propagation. Default 7,200.
   */
  readonly retain?: number | undefined;
  /** No key makes more. Default 2^32. */
  readonly maxSignatures?: number | undefined;
  /** The max-age that is published with the set. Default 3,600. */
  readonly cacheLifetime?: number | undefined;
  /** How much longer than that a client may go on with a set. Default 660. */
  readonly clientGrace?: number | undefined;
  /** The longest time from a signature to its token's `exp`. Default 3,600. */
  readonly tokenLifetime?: number | undefined;
  /** How far clocks are apart. Default 60. */
  readonly clockSkew?: number | undefined;
  /** Until all instances and CDNs serve, and sign by, a new ring. Default 300. */
  readonly propagation?: number | undefined;
  /** Whether the very first key, too, is published ahead: for an issuer whose clients have a set already. */
  readonly publishFirst?: boolean | undefined;
}

/**
 * Where a key stands: `pending` (published, not signing yet), `active` (published and signing), `retiring`
 * (published, no longer signing).
 */
export type KeyState = "pending" | "active" | "retiring";

/** A key of a ring, as far as it may be seen. */
export interface RingKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** RFC 7638 with SHA-256. */
  readonly thumbprint: string;
  readonly state: KeyState;
  readonly publishedAt: Date;
  /** Signs no sooner. */
  readonly usableFrom: Date;
  readonly activatedAt?: Date;
  readonly retiredAt?: Date;
  readonly removeAt?: Date;
  /** How many it has made, or were set aside for it to make. */
  readonly signatures: number;
  /** Seconds; that it signed under. */
  readonly longestTokenLifetime: number;
  /** To be replaced whatever its age: `retireEarly()`. */
  readonly isDue: boolean;
  /** None of a symmetric key. */
  readonly publicJwk?: PublicJwk;
}

/** What became of a key. */
export interface KeyChange {
  readonly kind: "published" | "activated" | "retired" | "removed" | "replaced" | "revoked";
  readonly kid: string;
  readonly alg: SigningAlgorithm;
}

/** What `rotate()` made of a ring. */
export interface Rotated {
  readonly ring: KeyRing;
  /** When to call `rotate()` again, at the latest. */
  readonly next: Date;
  /** In their order. */
  readonly changes: readonly KeyChange[];
}

/** What a revocation costs. */
export interface RevocationCost {
  /** Of the key: of these, tokens that are not yet expired are refused. */
  readonly signatures: number;
  /** By then the last of its tokens would have expired. */
  readonly tokensUntil: Date;
  /** Until then clients with an old copy of the set still accept the key, unless an outage lets them longer. */
  readonly acceptedUntil: Date;
  /** Until then such clients may refuse what the new active key signs, unless they fetch for an unknown kid. */
  readonly refusedUntil: Date;
}

export interface Revoked extends Rotated, RevocationCost {}

/** Of one JWT. */
export interface SignOptions {
  /** Of the header. Default `"JWT"`. */
  readonly typ?: string | undefined;
  /** Seconds until `exp`, when the claims have none. Default: the policy's tokenLifetime. */
  readonly expiresIn?: number | undefined;
  /** More members of the header. `alg`, `kid`, `crit` and `b64` cannot be set. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  /** Now. */
  readonly currentDate?: Date | undefined;
}

/** A JWT, and what its key has made. */
export interface SignedJwt {
  readonly token: string;
  /** Of the key that signed. */
  readonly kid: string;
  /** That it has made, with this one. */
  readonly signatures: number;
  /** By that count: `rotate()` now changes the ring, or has begun to. */
  readonly isRotationDue: boolean;
}

/** A document to serve, with the fields that go with it. */
export interface Publication {
  readonly body: string;
  readonly contentType: string;
  /** `"public, max-age=3600"` */
  readonly cacheControl: string;
  /** Strong, of the body's bytes. */
  readonly etag: string;
}

/** Where metadata says that things are. */
export interface MetadataOptions {
  readonly issuer: string;
  readonly jwksUri: string;
  /** Members to add, such as `authorization_endpoint`: what this library does not do, it does not claim. */
  readonly additions?: Readonly<Record<string, unknown>> | undefined;
  /** Takes `http:` URLs of loopback hosts. Default false. */
  readonly allowHttpOnLoopback?: boolean | undefined;
}

/** A policy with all of its members. */
export type CompletePolicy = { readonly [Name in keyof RotationPolicy]-?: Exclude<RotationPolicy[Name], undefined> };

/** What a store holds. */
export interface KeptRing {
  readonly ring: KeyRing;
  readonly policy: CompletePolicy;
}

/** A text as it lies in a store. */
export interface StoredText {
  readonly text: string;
  /** Tells this text from those before and after it. */
  readonly version: string;
}

/**
 * Where an issuer keeps its ring: one text, which several instances read and replace. What it throws or rejects with
 * says that it is away; no error of its own should tell the text. In a Durable Object of Cloudflare's, whose KV alone
 * cannot compare and swap:
 *
 *     const store = {
 *       load: () => storage.get("ring"),
 *       compareAndSwap: (expected, text) =>
 *         storage.transaction(async (inside) => {
 *           if ((await inside.get("ring"))?.version !== expected) return undefined;
 *           const version = crypto.randomUUID();
 *           await inside.put("ring", { text, version });
 *           return version;
 *         }),
 *     };
 */
export interface KeyRingStore {
  /** What is stored; undefined when nothing has been yet. */
  load(): Promise<StoredText | undefined>;
  /**
   * Puts a text in the place of the one that has this version, or into an empty store when that is undefined, and
   * resolves with its version: it is durable then. Resolves with undefined when another is there, and changes nothing.
   */
  compareAndSwap(expected: string | undefined, text: string): Promise<string | undefined>;
}

/** From when until when a timeline goes. */
export interface TimelineOptions {
  /** Between what was and what is planned. */
  readonly now?: Date | undefined;
  /** Where the plan ends. Default: two rotations on. */
  readonly until?: Date | undefined;
}

/** A time for which a key is in one state. */
export interface TimelineSpan {
  readonly state: KeyState;
  readonly from: Date;
  /** None: beyond the timeline's own end. */
  readonly to?: Date;
  readonly planned: boolean;
}

/** Which key is in which state when. */
export interface Timeline {
  readonly from: Date;
  readonly now: Date;
  /** When `rotate()` changes something next. */
  readonly next: Date;
  readonly until: Date;
  /** In the order in which they are published; of a key that is still to be made, `kid` is `"planned 1"`. */
  readonly keys: readonly {
    readonly kid: string;
    readonly alg: SigningAlgorithm;
    readonly planned: boolean;
    readonly spans: readonly TimelineSpan[];
  }[];
}
