import { TouchstoneError } from "../errors.js";
import { httpGet, HttpGetError, isInWorkers, type HttpField, type HttpResponse } from "../http-get.js";
import { core } from "../instance.js";
import { now, plainEntries, refuseOption } from "../options.js";
import type { ParsedKeySet } from "../parsed-key-set.js";
import { remoteKeys, type RemoteKeys } from "../remote-keys.js";
import type { AbortSignalLike, ProviderMetadata, RemoteKeySetOptions, RemoteRequest, RemoteTimes } from "../types.js";
import { fetchMetadata, wellKnownUrls } from "./discovery.js";
import { CacheEventTold, type RemoteKeySetEvents } from "./events.js";
import { KeySetCache, type Decision, type Fetch } from "./key-set-cache.js";
import type { SharedCache } from "./shared-caches.js";

/** The set's own URL, or the issuer that says where it is. */
type Location = { readonly url: string } | { readonly issuer: string };

/** Of the options, those that say how to fetch; the others are the core's CachePolicy. */
interface Transport {
  readonly fetch?: RemoteKeySetOptions["fetch"];
  readonly timeout: number;
  readonly allowHttp: boolean;
  readonly allowPrivateAddresses: boolean;
  readonly sharedCache?: SharedCache;
  readonly waitUntil?: RemoteRequest["waitUntil"];
  readonly isolateRequests: boolean;
}

/** How a fetch ended: nothing, or why the set stays as it was. */
type Ending = Promise<unknown>;

let make: (location: Location, options: RemoteKeySetOptions | undefined) => RemoteKeySet;

/**
 * A JWK Set that lives at a URL, kept as HTTP says (RFC 9111, RFC 5861): verified from memory while it is fresh,
 * fetched again ahead of its time or for a key that it lacks, one fetch at a time, calm when the provider is not.
 * Give it to `verify()`, `verifySync()` and the others in place of a set.
 */
export class RemoteKeySet {
  /** What happened, for logs and metrics: `remote.events.addEventListener("failed", ...)`. */
  readonly events: RemoteKeySetEvents = new EventTarget() as RemoteKeySetEvents;
  #location: Location;
  #transport: Transport;
  #cache: KeySetCache;
  #maxSize: number;
  #underWay: { readonly fetch: Fetch; readonly ending: Ending } | undefined;
  #metadata: { readonly value: ProviderMetadata; readonly at: number } | undefined;
  /** What the conditions of a fetch are about. */
  #fetchedFrom = "";
  #cause: unknown;

  private constructor(location: Location, options: RemoteKeySetOptions | undefined) {
    const { transport, policy, snapshot } = readRemoteOptions(options);
    this.#location = location;
    this.#transport = transport;
    this.#cache = new KeySetCache(policy);
    this.#maxSize = (policy["maxSize"] as number | undefined) ?? 1024 * 1024;
    if (snapshot !== undefined) this.restore(snapshot);
  }

  static {
    make = (location, options) => new RemoteKeySet(location, options);
  }

  /** The issuer, when the set was found by discovery. */
  get issuer(): string | undefined {
    return "issuer" in this.#location ? this.#location.issuer : undefined;
  }

  /** What the issuer said of itself, once it was asked. */
  get metadata(): ProviderMetadata | undefined {
    return this.#metadata?.value;
  }

  /** When the set came and what becomes of it; undefined without one. */
  get times(): RemoteTimes | undefined {
    const times = this.#cache.times();
    if (!times) return undefined;
    const { fetched, refresh, expires, unusable } = times;
    const date = (seconds: number) => new Date(seconds * 1000);
    return { fetched: date(fetched), refresh: date(refresh), expires: date(expires), unusable: date(unusable) };
  }

  /** Resolves when there are keys; rejects with the reason why there are none. */
  async hydrate(request: RemoteRequest = {}): Promise<void> {
    await this.#load(request);
  }

  /** Fetches the set anew, once the cooldown is over. Rejects with `jwks_cooling_down`, or why the fetch failed. */
  async reload(request: RemoteRequest = {}): Promise<void> {
    const { fetch } = this.#decide(() => this.#cache.reload(now()));
    const refusal = await this.#await(fetch, request);
    if (refusal) throw refusal;
  }

  /**
   * The set for another RemoteKeySet of the same URL: text to be kept where nobody else can write, for it holds
   * the keys that are trusted. Undefined without a set, and when the provider forbids to keep it (no-store).
   */
  snapshot(): string | undefined {
    return this.#cache.snapshot();
  }

  /** Goes on with a snapshot, as old as it is. Throws `snapshot_invalid`, or why its set is refused. */
  restore(snapshot: string): void {
    if (typeof snapshot !== "string") refuseOption("snapshot");
    this.#cache.restore(snapshot, now());
    this.#tell();
  }

  /** Gives the memory back now rather than at garbage collection. */
  dispose(): void {
    this.#cache.dispose();
  }

  /** @internal */
  get [remoteKeys](): RemoteKeys {
    return this.#keys;
  }

  #keys: RemoteKeys = ((remote: RemoteKeySet) => ({
    get issuer() {
      return remote.issuer;
    },
    warm: (request) => remote.#warm(request),
    load: (request) => remote.#cache.warm(now())?.keySet ?? remote.#load(request),
    newer: (token, keySet, refusal, request) => remote.#newer(token, keySet, refusal, request),
    seek: (token, keySet, request) => remote.#seek(token, keySet, request),
  }))(this);

  #warm(request: RemoteRequest = {}): ParsedKeySet {
    const warm = this.#cache.warm(now());
    if (warm) return warm.keySet;
    const { served, fetch } = this.#decide(() => this.#cache.request(now()));
    if (fetch) this.#inBackground(fetch, request);
    if (!served) throw core().error("jwks_not_ready");
    return served.keySet;
  }

  /** Each turn of the loop ends with a set, a refusal, or the end of a fetch. */
  async #load(request: RemoteRequest): Promise<ParsedKeySet> {
    for (;;) {
      const { served, fetch } = this.#decide(() => this.#cache.request(now()));
      if (served && fetch) this.#inBackground(fetch, request);
      if (served) return served.keySet;
      await this.#await(fetch, request);
    }
  }

  async #newer(
    token: string, keySet: ParsedKeySet, refusal: TouchstoneError, request: RemoteRequest,
  ): Promise<ParsedKeySet> {
    for (;;) {
      const { served, fetch } = this.#decide(() => this.#missing(token, keySet), refusal);
      if (served && fetch) this.#inBackground(fetch, request);
      if (served) return served.keySet;
      await this.#await(fetch, request);
    }
  }

  #seek(token: string, keySet: ParsedKeySet, request: RemoteRequest): void {
    try {
      const { fetch } = this.#decide(() => this.#missing(token, keySet));
      if (fetch) this.#inBackground(fetch, request);
    } catch {
      // Why not, the events tell.
    }
  }

  #missing(token: string, keySet: ParsedKeySet): Decision {
    const last = this.#cache.last;
    return this.#cache.missing(token, keySet === last?.keySet ? last.generation : 0, now());
  }

  /** Asks the core, and explains its refusal as well as this side can. */
  #decide(ask: () => Decision, refusal?: TouchstoneError): Decision {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      // The token's own refusal says which keys were considered. A JWS in JSON has no header to look into.
      const firstOfKeys = 200;
      if (refusal && (error.reason === refusal.reason || error.number < firstOfKeys)) throw refusal;
      throw withCause(error, this.#cause);
    } finally {
      this.#tell();
    }
  }

  /** Waits for the fetch under way, or makes this one. Resolves with how it ended; rejects when the caller gives up. */
  async #await(fetch: Fetch | undefined, request: RemoteRequest): Ending {
    const { signal } = request;
    signal?.throwIfAborted();
    const toMake = fetch ?? this.#underWay?.fetch;
    if (!toMake) throw core().error("jwks_not_ready"); // it ended in a call that did not come back
    // Where one request may not wait for another's promise, each makes the fetch, and the first answer counts.
    if (this.#transport.isolateRequests) return this.#start(toMake, signal);
    // What others may wait for, one of them cannot end.
    return unlessAborted(fetch ? this.#start(fetch) : this.#underWay!.ending, signal);
  }

  #inBackground(fetch: Fetch, request: RemoteRequest): void {
    const ending = this.#start(fetch);
    (request.waitUntil ?? this.#transport.waitUntil)?.(ending);
  }

  #start(fetch: Fetch, signal?: AbortSignalLike): Ending {
    const ending = this.#perform(fetch, signal);
    this.#underWay = { fetch, ending };
    return ending;
  }

  async #perform(fetch: Fetch, signal: AbortSignalLike | undefined): Ending {
    const { number } = fetch;
    let refusal: unknown;
    try {
      if (!(await this.#takeShared(number))) {
        const response = await this.#get(fetch.fields, signal);
        this.#cause = new Error(`the provider answered with status ${response.status}`);
        this.#cache.response(number, response, now());
        await this.#giveShared();
      }
      this.#cause = undefined;
    } catch (error) {
      signal?.throwIfAborted(); // which says nothing of the provider: others go on with this fetch
      refusal = this.#fail(number, error);
    }
    if (this.#underWay?.fetch === fetch) this.#underWay = undefined;
    this.#tell();
    return refusal;
  }

  #fail(number: number, error: unknown): TouchstoneError {
    this.#metadata = undefined; // the set may have moved
    if (!(error instanceof TouchstoneError)) this.#cause = error;
    const reason = error instanceof HttpGetError ? error.reason : "fetch_failed";
    const refusal = error instanceof TouchstoneError ? error : core().error(reason);
    // Does nothing when it was the response that was refused.
    this.#cache.failure(number, refusal, now());
    return withCause(refusal, this.#cause);
  }

  async #get(fields: readonly HttpField[], signal: AbortSignalLike | undefined): Promise<HttpResponse> {
    const { fetch, timeout, allowHttp } = this.#transport;
    const since = performance.now();
    const options = () => ({
      fetch,
      allowHttp,
      signal,
      timeout: Math.max(timeout - (performance.now() - since) / 1000, 0),
    });
    const url = await this.#locate(options());
    const isSame = url === this.#fetchedFrom || this.#fetchedFrom === "";
    const sent = isSame ? fields : fields.filter(([name]) => name === "Accept");
    const response = await httpGet(url, sent, { ...options(), maxSize: this.#maxSize });
    this.#fetchedFrom = url;
    return response;
  }

  async #locate(options: Parameters<typeof fetchMetadata>[2]): Promise<string> {
    if ("url" in this.#location) return this.#location.url;
    const longestKept = 86400;
    if (!this.#metadata || now() - this.#metadata.at > longestKept) {
      const value = await fetchMetadata(this.#location.issuer, this.#transport.allowPrivateAddresses, options);
      this.#metadata = { value, at: now() };
    }
    return this.#metadata.value.jwksUri;
  }

  /** Whether another machine's fetch does in place of one of ours. */
  async #takeShared(number: number): Promise<boolean> {
    const { sharedCache, timeout } = this.#transport;
    if (!sharedCache) return false;
    try {
      const snapshot = await within(timeout, sharedCache.get(this.#name));
      if (typeof snapshot !== "string") return false;
      this.#cache.restoreInstead(number, snapshot, now());
      return true;
    } catch {
      return false;
    }
  }

  async #giveShared(): Promise<void> {
    const { sharedCache, timeout } = this.#transport;
    const snapshot = sharedCache && this.#cache.snapshot();
    const times = this.#cache.times();
    if (!sharedCache || snapshot === undefined || !times) return;
    try {
      await within(timeout, sharedCache.put(this.#name, snapshot, times.unusable - now()));
    } catch {
      // The next machine fetches for itself.
    }
  }

  get #name(): string {
    return "url" in this.#location ? this.#location.url : this.#location.issuer;
  }

  #tell(): void {
    for (const event of this.#cache.takeEvents()) (this.events as EventTarget).dispatchEvent(new CacheEventTold(event));
  }
}

/**
 * The JWK Set at a URL: https:, or http: on this machine. Nothing is fetched before it is needed.
 *
 * Throws a TypeError for what is no URL, `option_invalid` for an option out of range or against another.
 */
export function createRemoteKeySet(url: string | { readonly href: string }, options?: RemoteKeySetOptions): RemoteKeySet {
  return make({ url: new URL(typeof url === "string" ? url : url.href).href }, options);
}

/**
 * The JWK Set of an issuer, by its metadata (RFC 8414, OpenID Connect Discovery): verifies only tokens whose `iss`
 * is this issuer, exactly. Nothing is fetched before it is needed.
 *
 * Throws `issuer_invalid` and `option_invalid`.
 */
export function remoteKeySetOf(issuer: string, options?: RemoteKeySetOptions): RemoteKeySet {
  wellKnownUrls(issuer);
  return make({ issuer }, options);
}

/** As `remoteKeySetOf()`, when the set is there. Rejects with the reason why it is not. */
export async function discover(
  issuer: string,
  options?: RemoteKeySetOptions & RemoteRequest,
): Promise<RemoteKeySet> {
  const { signal, waitUntil, ...others } = options ?? {};
  const remote = remoteKeySetOf(issuer, { ...others, ...(waitUntil ? { waitUntil } : {}) });
  await remote.hydrate(signal ? { signal } : {});
  return remote;
}

function readRemoteOptions(options: RemoteKeySetOptions | undefined) {
  const {
    fetch, timeout = 10, allowHttp = false, allowPrivateAddresses = false, sharedCache, waitUntil,
    isolateRequests = isInWorkers(), snapshot, ...policy
  } = Object.fromEntries(plainEntries("options", options)) as RemoteKeySetOptions & Record<string, unknown>;
  const isOfType = { fetch, sharedCache, waitUntil } as Record<string, unknown>;
  for (const [name, value] of Object.entries(isOfType)) {
    const wanted = name === "sharedCache" ? "object" : "function";
    if (value !== undefined && (value === null || typeof value !== wanted)) refuseOption(name);
  }
  for (const [name, value] of Object.entries({ allowHttp, allowPrivateAddresses, isolateRequests })) {
    if (typeof value !== "boolean") refuseOption(name);
  }
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= 600)) refuseOption("timeout");
  const transport = { fetch, timeout, allowHttp, allowPrivateAddresses, sharedCache, waitUntil, isolateRequests };
  return { transport: transport as Transport, policy: policy as Record<string, unknown>, snapshot };
}

const withCause = (error: TouchstoneError, cause: unknown): TouchstoneError =>
  cause === undefined ? error : Object.defineProperty(error, "cause", { value: cause, configurable: true });

function unlessAborted(ending: Ending, signal: AbortSignalLike | undefined): Ending {
  if (!signal) return ending;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    void ending.then(resolve).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

async function within<Value>(seconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
