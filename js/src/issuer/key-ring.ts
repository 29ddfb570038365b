/// <reference lib="esnext.disposable" preserve="true" />
import { jsonText } from "../text.js";
import { Held, secretOf } from "./held.js";
import { issuerCore, refuseOption, withEntropy, type IssuerCore } from "./instance.js";
import { dateOf, optionMembers, optionsText, secondsOf } from "./options.js";
import type { KeyChange, Revoked, RingKey, Rotated, RotationPolicy, SignedJwt, SignOptions } from "./types.js";

let held: (ring: KeyRing) => Held;
let make: (core: IssuerCore, address: number) => KeyRing;

/** @internal */
export const heldOf = (ring: KeyRing): Held => held(ring);
/** @internal Of a ring that the core has handed over. */
export const ringOf = (core: IssuerCore, address: number): KeyRing => make(core, address);

/**
 * An issuer's keys and where each stands in its life. Its keys are in the module's memory and leave it by
 * `exportSecrets()` alone: logs, `JSON.stringify()` and errors show what is public.
 */
export class KeyRing {
  #held: Held;

  /** A ring without keys; `rotate()` makes the first one. */
  constructor() {
    const core = issuerCore();
    this.#held = hold(core, core.call((wasm) => wasm.bridge_key_ring_new()).handle);
  }

  static {
    held = (ring) => ring.#held;
    make = (core, address) => {
      const ring = new KeyRing();
      ring.#held.dispose();
      ring.#held = hold(core, address);
      return ring;
    };
  }

  /**
   * Reads what `exportSecrets()` gave, or the native library wrote: at most 8 MiB and 256 keys. What is given as bytes
   * the caller can wipe. Errors: `ring_malformed`, `ring_too_large`, `ring_version_unsupported`; as of
   * `SigningKey.import()`.
   */
  static parse(text: string | Uint8Array): KeyRing {
    const core = issuerCore();
    return ringOf(core, core.call((wasm, ...at) => wasm.bridge_key_ring_parse(...at), jsonText(text)).handle);
  }

  /** Oldest first. */
  get keys(): readonly RingKey[] {
    return describe(this).keys.map(toRingKey);
  }
  get active(): RingKey | undefined {
    return this.keys.find(({ state }) => state === "active");
  }
  get pending(): RingKey | undefined {
    return this.keys.find(({ state }) => state === "pending");
  }
  /** Seconds: the longest that a token signed by this ring may live. */
  get tokenLifetime(): number {
    return describe(this).tokenLifetime;
  }
  /** Seconds: the max-age that is published with the set. */
  get cacheLifetime(): number {
    return describe(this).cacheLifetime;
  }
  get maxSignatures(): number {
    return describe(this).maxSignatures;
  }

  /**
   * Adds to the count of a key's signatures: those of other instances, or those that this one sets aside for itself.
   * Error: `ring_key_unknown`.
   */
  count(kid: string, signatures: number): void {
    if (!Number.isSafeInteger(signatures) || signatures < 0) refuseOption("signatures");
    const { core, address } = this.#held;
    core.call((wasm, ...at) => wasm.bridge_key_ring_count(...at, address, signatures), String(kid));
  }

  /** The whole ring as JSON text, with its private keys and not encrypted. `seal()` encrypts. */
  exportSecrets(): string {
    return secretOf(this.#held, "bridge_key_ring_json");
  }

  /** For logs and JSON.stringify(): nothing secret. */
  toJSON(): { tokenLifetime: number; cacheLifetime: number; maxSignatures: number; keys: readonly RingKey[] } {
    const { tokenLifetime, cacheLifetime, maxSignatures } = describe(this);
    return { tokenLifetime, cacheLifetime, maxSignatures, keys: this.keys };
  }

  /** Wipes the keys now rather than at garbage collection. Any later use is a TypeError. */
  dispose(): void {
    this.#held.dispose();
  }
}

/** `using ring = KeyRing.parse(text)`, where the runtime has it. */
export interface KeyRing extends Disposable {}

if (Symbol.dispose) {
  Object.defineProperty(KeyRing.prototype, Symbol.dispose, { value: KeyRing.prototype.dispose });
}

function hold(core: IssuerCore, address: number): Held {
  return new Held("KeyRing", "touchstone_key_ring_free", core, address);
}

// As the core writes it: times in seconds.
type Written<Value> = { readonly [Name in keyof Value]: Date extends Value[Name] ? number : Value[Name] };
interface Description {
  readonly tokenLifetime: number;
  readonly cacheLifetime: number;
  readonly maxSignatures: number;
  readonly keys: readonly Written<RingKey>[];
}

function describe(ring: KeyRing): Description {
  const { core, address } = heldOf(ring);
  return JSON.parse(core.call((wasm) => wasm.bridge_key_ring_describe(address)).text);
}

const times = ["publishedAt", "usableFrom", "activatedAt", "retiredAt", "removeAt"];

const toRingKey = (key: Written<RingKey>): RingKey =>
  Object.fromEntries(
    Object.entries(key).map(([name, value]) => [name, times.includes(name) ? dateOf(value as number) : value]),
  ) as unknown as RingKey;

/**
 * Brings the ring to where the policy wants it now. The ring that was given stays as it is, and rotating the result at
 * the same time changes nothing. Store the new ring, and publish it, before you sign by it.
 *
 * Errors: `option_invalid` with the policy's fault, `key_generation_failed`, `ring_too_large`.
 */
export function rotate(ring: KeyRing, policy?: RotationPolicy, now?: Date): Rotated {
  const { core, address } = heldOf(ring);
  const [policyText, seconds] = [optionsText("policy", policy), secondsOf(now)];
  const answer = withEntropy((entropy) =>
    core.call((wasm, ...at) => wasm.bridge_rotate(...at, address, seconds), policyText, entropy),
  );
  const { next, changes } = JSON.parse(answer.text) as { next: number; changes: readonly KeyChange[] };
  return { ring: ringOf(core, answer.handle), next: dateOf(next), changes };
}

/**
 * Takes a key out at once, since somebody else has it. If it was active, the pending key takes its place, or else a
 * new one. Errors: `ring_key_unknown`, and those of `rotate()`.
 */
export function revoke(ring: KeyRing, kid: string, policy?: RotationPolicy, now?: Date): Revoked {
  const { core, address } = heldOf(ring);
  const [policyText, seconds] = [optionsText("policy", policy), secondsOf(now)];
  const answer = withEntropy((entropy) =>
    core.call((wasm, ...at) => wasm.bridge_revoke(...at, address, seconds), String(kid), policyText, entropy),
  );
  const { next, changes, signatures, ...until } = JSON.parse(answer.text) as Written<Revoked>;
  return {
    ring: ringOf(core, answer.handle),
    next: dateOf(next),
    changes,
    signatures,
    tokensUntil: dateOf(until.tokensUntil),
    acceptedUntil: dateOf(until.acceptedUntil),
    refusedUntil: dateOf(until.refusedUntil),
  };
}

/** Another ring whose active key is due: `rotate()` publishes its successor, which takes over once clients know it. */
export function retireEarly(ring: KeyRing): KeyRing {
  const { core, address } = heldOf(ring);
  return ringOf(core, core.call((wasm) => wasm.bridge_retire_early(address)).handle);
}

/**
 * Another ring whose pending key waits for clients that may still be backing off: for when a process starts that alone
 * serves the set, and was away.
 */
export function resume(ring: KeyRing, policy?: RotationPolicy, now?: Date): KeyRing {
  const { core, address } = heldOf(ring);
  const [policyText, seconds] = [optionsText("policy", policy), secondsOf(now)];
  const answer = core.call((wasm, ...at) => wasm.bridge_resume(...at, address, seconds), policyText);
  return ringOf(core, answer.handle);
}

/**
 * Signs a JWT with the ring's active key and counts the signature in the ring. `iat` and `exp` are set unless they are
 * there; an `exp` of the caller's must be no further away than the ring's tokenLifetime, for which its keys are kept.
 *
 * Errors: `payload_json_invalid`, `payload_duplicate_member`, `payload_too_deep`, `claim_type_invalid`;
 * `token_lifetime_invalid`; `signing_key_missing`; `signing_key_exhausted`; as of `signJws()`.
 */
export function sign(claims: object | string, ring: KeyRing, options?: SignOptions): SignedJwt {
  const { core, address } = heldOf(ring);
  const { currentDate, ...others } = optionMembers("options", options);
  const [text, seconds] = [optionsText("options", others, ["header"]), secondsOf(currentDate)];
  const answer = withEntropy((entropy) =>
    core.call((wasm, ...at) => wasm.bridge_sign(...at, address, seconds), jsonText(claims), text, entropy),
  );
  return JSON.parse(answer.text);
}

/** @internal A ring that is alike. */
export function copyOf(ring: KeyRing): KeyRing {
  const { core, address } = heldOf(ring);
  return ringOf(core, core.call((wasm) => wasm.bridge_key_ring_copy(address)).handle);
}
