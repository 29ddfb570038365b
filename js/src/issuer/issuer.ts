import { TouchstoneError } from "../errors.js";
import { isInWorkers } from "../http-get.js";
import type { RuntimeResponse } from "../middleware/bearer.js";
import { answer, type RequestLike } from "./http.js";
import { issuerCore, refuseOption, rows } from "./instance.js";
import { copyOf, KeyRing, resume, retireEarly, revoke, rotate, sign } from "./key-ring.js";
import { dateOf, optionMembers, secondsOf } from "./options.js";
import { oauthMetadata, openidConfiguration, publishJwks } from "./publish.js";
import { completePolicy, seal, unseal } from "./seal.js";
import type {
  CompletePolicy,
  KeyChange,
  KeyRingStore,
  Publication,
  PublicJwkSet,
  RevocationCost,
  RingKey,
  RotationPolicy,
  SignedJwt,
  SignOptions,
} from "./types.js";

/** Of `createIssuer()`. */
export interface IssuerOptions {
  /** The `iss` of tokens and metadata: a URL. */
  readonly issuer: string;
  readonly store: KeyRingStore;
  /**
   * What the ring is encrypted under in the store: 32 octets in base64url, base64 or hexadecimal, or who gets them from
   * a key management system. null keeps the private keys in the clear.
   */
  readonly sealingKey: string | null | (() => string | Promise<string>);
  /** Of a new ring; takes the place of the store's own once, when it is another one. Default: the store's. */
  readonly policy?: RotationPolicy | undefined;
  /** Default: the issuer and `/.well-known/jwks.json` behind it. */
  readonly jwksUri?: string | undefined;
  /** Members to add to the metadata, such as `authorization_endpoint`. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Takes `http:` URLs of loopback hosts. Default false. */
  readonly allowHttpOnLoopback?: boolean | undefined;
  /** This process alone serves the set, and clients may have failed to fetch it while it was away. Default false. */
  readonly resume?: boolean | undefined;
  /** Is told what became of keys, by this instance. */
  readonly onChange?: ((changes: readonly KeyChange[]) => void) | undefined;
  /** Is told why the store could not be used; what can be done without it goes on. */
  readonly onStoreError?: ((error: TouchstoneError) => void) | undefined;
  /** Seconds that a call of the store may take. Default 5. */
  readonly timeout?: number | undefined;
  /** Default: the system's. */
  readonly clock?: (() => Date) | undefined;
}

/** How an issuer is. */
export interface IssuerHealth {
  /** False since the store could not be used; signing goes on from memory until `signsUntil`. */
  readonly isStoreAvailable: boolean;
  /** Why not. */
  readonly error?: TouchstoneError;
  /** When the store was used last; undefined before the first time. */
  readonly lastContact?: Date;
  /** Without the store a key might be gone from the set of other instances before tokens of later on expire. */
  readonly signsUntil?: Date;
  /** When the ring changes next, as far as time decides. */
  readonly nextRotation?: Date;
}

interface Kept {
  readonly ring: KeyRing;
  readonly active: string | undefined;
  readonly policy: CompletePolicy;
  /** Seconds. */
  readonly contact: number;
  readonly next: number;
}

/** Signatures that are counted in the store already. */
interface Reservation {
  /** Before they were counted. */
  readonly ring: KeyRing;
  readonly kid: string;
  readonly tokenLifetime: number;
  left: number;
}

/** Makes of the ring in the store, as rotate() left it, the one to save; the same, when nothing is to change. */
type Change = (ring: KeyRing, policy: CompletePolicy) => { ring: KeyRing; changes: readonly KeyChange[] };
const noChange: Change = (ring) => ({ ring, changes: [] });

const maxAttempts = 32;
/** Seconds: how long without a look at the store, and after a failure. */
const lookEvery = 60;
const retryAfter = 5;
const firstReservation = 16; // each is twice the one before
const largestReservation = 65_536;

/**
 * An issuer that keeps its keys in a store and rotates them as requests come, together with any number of others on the
 * same store. Nothing is loaded before it is needed; a store without a ring gets its first one then.
 *
 *     const issuer = createIssuer({ issuer: "https://id.example", store: memoryStore(), sealingKey: null });
 *     const { token } = await issuer.sign({ sub: "ada", aud: "api" });
 *     export default { fetch: issuer.fetch };                                        // the JWK Set and the metadata
 *
 * Errors: `option_invalid`, `issuer_invalid`, `jwks_uri_invalid`.
 */
export function createIssuer(options: IssuerOptions): Issuer {
  return new Issuer(options);
}

/** @see createIssuer */
export class Issuer {
  #store: KeyRingStore;
  #sealingKey: IssuerOptions["sealingKey"];
  #issuer: string;
  #documents: ReadonlyMap<string, () => Promise<Publication>>;
  #options: Partial<IssuerOptions>;
  #policy: CompletePolicy | undefined;
  #isFirst = true;
  #kept: Kept | undefined;
  #reservations: Reservation[] = [];
  #reservation = firstReservation;
  #failure: { readonly error: TouchstoneError; readonly at: number } | undefined;
  #knownSealingKey: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor(options: IssuerOptions) {
    const given = optionMembers("options", options);
    const { issuer, store, sealingKey, policy } = given;
    if (typeof issuer !== "string") refuseOption("issuer");
    if (typeof store?.load !== "function" || typeof store.compareAndSwap !== "function") refuseOption("store");
    if (sealingKey === undefined) refuseOption("sealingKey", "is missing; null keeps the private keys in the clear");
    if (sealingKey !== null && !["string", "function"].includes(typeof sealingKey)) refuseOption("sealingKey");
    for (const [name, value] of Object.entries(given)) {
      const type = types[name as keyof IssuerOptions];
      if (type === undefined || (type !== "any" && typeof value !== type)) refuseOption(name);
    }
    if (!((given.timeout ?? 5) > 0)) refuseOption("timeout");
    this.#issuer = issuer;
    this.#store = store;
    this.#sealingKey = sealingKey;
    this.#policy = policy && completePolicy(policy);
    this.#documents = this.#publications(issuer, given);
    this.#options = given;
  }

  /**
   * Signs a JWT with the active key. `iss` is the issuer's, `iat` and `exp` are set unless they are there.
   *
   * Errors: as of the function `sign()`; `issuer_mismatch`; what the store is refused for, when there is no ring, or
   * none that is young enough.
   */
  async sign(claims: object, options?: Omit<SignOptions, "currentDate">): Promise<SignedJwt> {
    const { iss = this.#issuer } = claims as { iss?: unknown };
    if (iss !== this.#issuer) throw issuerCore().error(rows.issuer_mismatch, { member: "iss" });
    for (;;) {
      await this.#beCurrent();
      if (this.#isLow()) await this.#reserve();
      const now = this.#now();
      if (this.#isSilenced(now)) throw this.#failure!.error;
      const reserved = this.#reserved()[0] ?? this.#spare(now)?.reservation;
      if (!reserved) continue; // others were quicker, or the key is another by now
      const all = { ...optionMembers("options", options), currentDate: dateOf(now) };
      const signed = sign({ iss, ...claims }, reserved.ring, all);
      reserved.left -= 1;
      return signed;
    }
  }

  /** Brings the ring to where the policy wants it; early: even if the active key's time is not over. */
  async rotate({ early = false }: { early?: boolean } = {}): Promise<{ next: Date; changes: readonly KeyChange[] }> {
    const changes = await this.#update((ring, policy) => {
      if (!early) return noChange(ring, policy);
      const rotated = rotate(retireEarly(ring), policy, dateOf(this.#now()));
      return { ring: rotated.ring, changes: rotated.changes };
    });
    return { next: dateOf(this.#kept!.next), changes };
  }

  /** Takes a key out at once, since somebody else has it, and tells the cost. Error: `ring_key_unknown`. */
  async revoke(kid: string): Promise<RevocationCost & { changes: readonly KeyChange[] }> {
    let cost: RevocationCost | undefined;
    const changes = await this.#update((before, policy) => {
      const { ring, next: _, changes, ...others } = revoke(before, kid, policy, dateOf(this.#now()));
      cost = others;
      return { ring, changes };
    });
    return { ...cost!, changes };
  }

  /** The JWK Set. */
  async jwks(): Promise<PublicJwkSet> {
    return JSON.parse((await this.#jwks()).body);
  }

  /** All keys, the symmetric ones, too, as far as they may be seen. */
  async keys(): Promise<readonly RingKey[]> {
    await this.#beCurrent();
    return this.#kept!.ring.keys;
  }

  /** As it is known without asking the store. */
  health(): IssuerHealth {
    const kept = this.#kept;
    return {
      isStoreAvailable: this.#failure === undefined,
      ...(this.#failure && { error: this.#failure.error }),
      ...(kept && {
        lastContact: dateOf(kept.contact),
        signsUntil: dateOf(this.#signsUntil(kept)),
        nextRotation: dateOf(kept.next),
      }),
    };
  }

  /**
   * Answers a request for the JWK Set or the metadata (OpenID Connect Discovery section 4, RFC 8414 section 3), with
   * validators and cache lifetimes; 404 for anything else. Bound: may be handed to `Deno.serve()` as it is.
   */
  readonly fetch = (request: RequestLike): Promise<RuntimeResponse> => answer(request, this.#documents);

  /** Rotates by a timer, too, until `stop()`. In Node and Bun the process may end meanwhile. */
  start(): void {
    const tick = async () => {
      try {
        await this.#beCurrent();
      } catch {} // onStoreError was told
      if (this.#timer !== undefined) this.#wait(tick);
    };
    if (this.#timer === undefined) this.#wait(tick, 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(tick: () => void, seconds?: number): void {
    const due = this.#kept && !this.#failure ? this.#dueAt(this.#kept) - this.#now() : retryAfter;
    this.#timer = setTimeout(tick, (seconds ?? Math.max(due, 0.1)) * 1000);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #now(): number {
    return secondsOf(this.#options.clock?.());
  }

  /** Others' changes are to be known within the propagation that the policy grants. */
  #dueAt({ contact, next, policy }: Kept): number {
    return Math.min(next, contact + Math.min(lookEvery, policy.propagation / 2));
  }

  /** So long without the store that other instances may have removed what this one signs by. */
  #isSilenced(now: number): boolean {
    return this.#failure !== undefined && now > safeUntil(this.#kept!);
  }

  #signsUntil(kept: Kept): number {
    if (this.#failure === undefined || this.#reserved().length > 0) return safeUntil(kept);
    return Math.min(safeUntil(kept), this.#spare(kept.contact)?.until ?? kept.contact);
  }

  /** After a failure the store is left alone for a while. */
  #isResting(now: number): boolean {
    return this.#failure !== undefined && now >= this.#failure.at && now < this.#failure.at + retryAfter;
  }

  /** Looks at the store if it is time to. What is known is good enough while that cannot be done. */
  async #beCurrent(): Promise<void> {
    const isFresh = () => {
      const now = this.#now();
      if (this.#kept === undefined) return false;
      return this.#failure ? this.#isResting(now) : now < this.#dueAt(this.#kept);
    };
    if (isFresh()) return;
    try {
      await this.#inTurn(async () => {
        if (!isFresh()) await this.#updateOnce(noChange);
      });
    } catch (error) {
      if (this.#kept === undefined) throw error;
    }
  }

  /** What is left for the key that signs now. */
  #reserved(): Reservation[] {
    const { active, policy } = this.#kept!;
    const [good, others] = [[], []] as [Reservation[], Reservation[]];
    for (const one of this.#reservations) {
      const isGood = one.left > 0 && one.kid === active && one.tokenLifetime === policy.tokenLifetime;
      (isGood ? good : others).push(one);
    }
    if (good.length === 0) return good; // what is left for the key before may be needed
    others.forEach(({ ring }) => ring.dispose());
    return (this.#reservations = good);
  }

  /**
   * What is left for a key that was retired, when the store is away and so nothing can be set aside for its successor;
   * until its last token would outlive its time in the set.
   */
  #spare(now: number): { reservation: Reservation; until: number } | undefined {
    if (this.#failure === undefined) return undefined;
    const { ring, policy } = this.#kept!;
    const keys = this.#reservations.some(({ left }) => left > 0) ? ring.keys : [];
    for (const reservation of this.#reservations) {
      const { removeAt, longestTokenLifetime } = keys.find(({ kid }) => kid === reservation.kid) ?? {};
      if (!removeAt || reservation.left === 0) continue;
      const until = secondsOf(removeAt) - longestTokenLifetime! - policy.clockSkew;
      if (now <= until) return { reservation, until };
    }
    return undefined;
  }

  /** Half of what was set aside last is there for the time that the store may be away. */
  #isLow(): boolean {
    const left = this.#reserved().reduce((sum, one) => sum + one.left, 0);
    const now = this.#now();
    if (left === 0) return !(this.#isResting(now) && this.#spare(now));
    return left <= this.#reservation / 4 && this.#failure === undefined;
  }

  /** Sets signatures aside in the store, so that no key makes more than it may, however many instances sign. */
  async #reserve(): Promise<void> {
    try {
      await this.#inTurn(async () => {
        if (!this.#isLow()) return;
        let reservation: Reservation | undefined;
        let next = this.#reservation;
        await this.#updateOnce((ring, policy) => {
          const { active } = ring;
          if (!active) throw issuerCore().error(rows.signing_key_missing);
          const largest = Math.min(largestReservation, Math.ceil(policy.maxSignatures / 256));
          const size = Math.min(this.#reservation, largest);
          const left = Math.min(size, policy.maxSignatures - active.signatures);
          if (left <= 0) throw issuerCore().error(rows.signing_key_exhausted);
          const counted = copyOf(ring);
          counted.count(active.kid, left);
          reservation = { ring, kid: active.kid, tokenLifetime: policy.tokenLifetime, left };
          next = Math.min(2 * size, largest);
          return { ring: counted, changes: [] };
        });
        this.#reservations.push(reservation!);
        this.#reservation = next;
      });
    } catch (error) {
      if (this.#kept === undefined || (this.#reserved().length === 0 && !this.#spare(this.#now()))) throw error;
    }
  }

  #update(change: Change): Promise<readonly KeyChange[]> {
    return this.#inTurn(() => this.#updateOnce(change));
  }

  /** One after the other, as far as a runtime lets a request wait for another's. */
  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    if (isInWorkers()) return act();
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Loads, rotates, changes, and saves if that made a difference: again when somebody else was quicker. */
  async #updateOnce(change: Change): Promise<readonly KeyChange[]> {
    try {
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const changes = await this.#attempt(change);
        if (changes === undefined) {
          await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt - 1, 100)));
          continue;
        }
        this.#failure = undefined;
        if (changes.length > 0) this.#tell("onChange", changes);
        return changes;
      }
      throw issuerCore().error(rows.store_conflict);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** What a listener throws is nothing to stop for; the runtime reports it. */
  #tell<Name extends "onChange" | "onStoreError">(name: Name, what: Parameters<NonNullable<IssuerOptions[Name]>>[0]): void {
    const listener = this.#options[name] as ((what: unknown) => void) | undefined;
    if (listener) queueMicrotask(() => listener(what));
  }

  async #attempt(change: Change): Promise<readonly KeyChange[] | undefined> {
    const contact = this.#now();
    const now = dateOf(contact);
    const since = performance.now();
    const stored = await this.#inTime(this.#store.load());
    const sealingKey = await this.#askSealingKey();
    const kept = stored ? this.#unseal(stored.text, sealingKey) : undefined;
    const policy = (this.#isFirst ? this.#policy : undefined) ?? kept?.policy ?? this.#policy ?? completePolicy();
    const isBack = this.#isFirst && this.#options.resume === true && kept !== undefined;

    const before = kept?.ring ?? new KeyRing();
    const known = isBack ? resume(before, policy, now) : before;
    const rotated = rotate(known, policy, now);
    before.dispose();
    known.dispose();
    const changed = change(rotated.ring, policy);
    const all = [...rotated.changes, ...changed.changes];
    const late = (performance.now() - since) / 1000;
    const isLate = late >= 1 && all.some(({ kind }) => kind === "published");
    const ring = isLate ? publishedLate(changed.ring, policy, now, late) : changed.ring;
    const isOtherPolicy = JSON.stringify(policy) !== JSON.stringify(kept?.policy);
    if (isBack || isOtherPolicy || all.length > 0 || ring !== rotated.ring) {
      const text = seal(ring, policy, sealingKey);
      const version = await this.#inTime(this.#store.compareAndSwap(stored?.version, text));
      if (typeof version !== "string") return undefined;
    }
    this.#isFirst = false;
    const { next } = isLate || changed.changes.length > 0 ? rotate(ring, policy, now) : rotated;
    this.#keep({ ring, active: ring.active?.kid, policy, contact, next: secondsOf(next) });
    return all;
  }

  #keep(kept: Kept): void {
    const known = this.#kept;
    if (known && known.contact > kept.contact) return; // one request of Workers overtook another
    this.#kept = kept;
    known?.ring.dispose();
  }

  async #inTime<Value>(asked: Promise<Value>): Promise<Value> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const timedOut = issuerCore().error(rows.store_unavailable, { hint: "time-out" });
      timer = setTimeout(() => reject(timedOut), (this.#options.timeout ?? 5) * 1000);
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #askSealingKey(): Promise<string | null> {
    if (typeof this.#sealingKey !== "function") return this.#sealingKey;
    return (this.#knownSealingKey ??= await this.#sealingKey());
  }

  #unseal(text: string, sealingKey: string | null) {
    try {
      return unseal(text, sealingKey);
    } catch (error) {
      this.#knownSealingKey = undefined; // there may be another by now
      throw error;
    }
  }

  #failed(cause: unknown): TouchstoneError {
    const error = cause instanceof TouchstoneError ? cause : issuerCore().error(rows.store_unavailable, { cause });
    if (faultsOfCallers.includes(error.reason)) return error;
    this.#failure = { error, at: this.#now() };
    this.#tell("onStoreError", error);
    return error;
  }

  #publications(issuer: string, given: Partial<IssuerOptions>): Map<string, () => Promise<Publication>> {
    const base = issuer.replace(/\/$/, "");
    const jwksUri = given.jwksUri ?? `${base}/.well-known/jwks.json`;
    const options = {
      issuer,
      jwksUri,
      additions: given.metadata,
      allowHttpOnLoopback: given.allowHttpOnLoopback,
    };
    openidConfiguration(new KeyRing(), options); // throws what is wrong with them
    const metadata = (publish: typeof oauthMetadata) => async () => {
      await this.#beCurrent();
      return publish(this.#kept!.ring, options);
    };
    const path = new URL(base).pathname.replace(/\/$/, "");
    return new Map([
      [new URL(jwksUri).pathname, () => this.#jwks()],
      [`${path}/.well-known/openid-configuration`, metadata(openidConfiguration)],
      [`/.well-known/oauth-authorization-server${path}`, metadata(oauthMetadata)],
    ]);
  }

  async #jwks(): Promise<Publication> {
    await this.#beCurrent();
    return publishJwks(this.#kept!.ring, dateOf(this.#now()));
  }
}

/** Which each option is of, as far as it is not looked at elsewhere. */
const types: { readonly [Name in keyof IssuerOptions]-?: string } = {
  issuer: "string", store: "object", sealingKey: "any", policy: "object", jwksUri: "string", metadata: "object",
  allowHttpOnLoopback: "boolean", resume: "boolean", onChange: "function", onStoreError: "function",
  timeout: "number", clock: "function",
};

/** What is no fault of the store. */
const faultsOfCallers: readonly string[] = ["ring_key_unknown", "signing_key_exhausted", "signing_key_missing"];

/**
 * A store that is slow, or an RSA key that takes long to make: a new key is published so many seconds later than rotate()
 * was told, and so it waits that much longer before it signs.
 */
function publishedLate(ring: KeyRing, policy: CompletePolicy, now: Date, seconds: number): KeyRing {
  const [publishAhead, rotateEvery] = [policy.publishAhead + seconds, policy.rotateEvery + seconds];
  const late = rotate(ring, { ...policy, publishAhead, rotateEvery }, now);
  ring.dispose();
  return late.ring;
}

/** Seconds. Until then at least, others keep for their tokens the keys that were in the ring. */
const safeUntil = ({ contact, policy }: Kept): number =>
  contact + policy.retain - policy.tokenLifetime - policy.clockSkew;
