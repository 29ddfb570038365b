import { Handle } from "../handle.js";
import type { HttpField, HttpResponse } from "../http-get.js";
import type { Refusal, TouchstoneError } from "../errors.js";
import { core, isCurrent, type Core, type Exports } from "../instance.js";
import { now } from "../options.js";
import { ParsedKeySet } from "../parsed-key-set.js";
import type { Text } from "../text.js";

/** A GET that has to be made: the only one under way. */
export interface Fetch {
  readonly number: number;
  readonly fields: readonly HttpField[];
}

interface Answered {
  readonly action: "serve" | "wait";
  readonly generation: number;
  readonly fetch?: Fetch;
}

/** Keys to verify with, and from when until when the core would say so again. */
export interface Served {
  readonly core: Core;
  readonly keySet: ParsedKeySet;
  readonly generation: number;
  readonly from: number;
  readonly until: number;
}

/** `served` is undefined when the fetch that is under way has to be waited for. */
export interface Decision {
  readonly served: Served | undefined;
  readonly fetch: Fetch | undefined;
}

/** What happened, as the core writes it. */
export interface CacheEvent {
  readonly type: string;
  readonly at: number;
  readonly kid?: string;
  readonly thumbprint?: string;
  readonly error?: Refusal;
}

/** In seconds since 1970. */
export interface CacheTimes {
  readonly fetched: number;
  readonly refresh: number;
  readonly expires: number;
  readonly unusable: number;
}

type Question = (wasm: Exports, cache: number, ...at: number[]) => number;

/**
 * The core's KeySetCache (core/include/touchstone/key_set_cache.hpp), which decides when a remote set is served
 * and when it is fetched. When the instance had to be replaced, it goes on from its last snapshot.
 */
export class KeySetCache {
  #handle: Handle;
  #snapshot = "";
  #served: Served | undefined;
  /** Whether nothing came since then. */
  #isUnchanged = false;
  #previous: ParsedKeySet | undefined;

  /** Throws `option_invalid`. */
  constructor(policy: object) {
    const json = JSON.stringify(policy);
    this.#handle = new Handle("touchstone_key_set_cache_free", (inside) => {
      const { handle } = inside.call((wasm, text, length) => wasm.bridge_cache_new(text!, length!), json);
      if (this.#snapshot) inside.call(restoring(handle, now()), this.#snapshot);
      return handle;
    });
    this.#handle.addressIn(core());
  }

  /** What was served last, as long as the core would serve it without another thought. */
  warm(at: number): Served | undefined {
    const served = this.#served;
    return served && this.#isUnchanged && served.from <= at && at < served.until && isCurrent(served.core)
      ? served
      : undefined;
  }

  /** What was served last. */
  get last(): Served | undefined {
    return this.#served;
  }

  /** A token is to be verified. Throws why no keys can be had. */
  request(at: number): Decision {
    return this.#decide((wasm, cache) => wasm.bridge_cache_request(cache, at, Math.random()));
  }

  /** The keys of this generation have none for this token. Throws why no others can be had. */
  missing(token: string, generation: number, at: number): Decision {
    // The header is all that is looked at.
    const header = token.slice(0, token.indexOf(".") + 1);
    return this.#decide(
      (wasm, cache, text, length) =>
        wasm.bridge_cache_missing(cache, text!, length!, generation, at, Math.random()),
      header,
    );
  }

  /** The user asks for a fresh set. Throws `jwks_cooling_down`. */
  reload(at: number): Decision {
    return this.#decide((wasm, cache) => wasm.bridge_cache_reload(cache, at, Math.random()));
  }

  /** A fetch ended with a response. Throws why the set stays as it was. */
  response(fetch: number, { status, fields, body }: HttpResponse, at: number): void {
    this.#isUnchanged = false;
    const lines = fields.map(([name, value]) => `${name}: ${value}\n`).join("");
    this.#call(
      (wasm, cache, text, length, bytes, size) =>
        wasm.bridge_cache_response(cache, text!, length!, bytes!, size!, fetch, status, at, Math.random()),
      lines,
      body,
    );
    this.#snapshot = this.snapshot() ?? "";
  }

  /** A fetch ended without a response. */
  failure(fetch: number, { number, detail }: TouchstoneError, at: number): void {
    this.#call(
      (wasm, cache, text, length) =>
        wasm.bridge_cache_failure(cache, text!, length!, fetch, number, at, Math.random()),
      detail?.member ?? "",
    );
  }

  /** The snapshot of a shared cache in place of a response. Throws when the fetch has to go on. */
  restoreInstead(fetch: number, snapshot: string, at: number): void {
    this.#isUnchanged = false;
    this.#call(
      (wasm, cache, text, length) =>
        wasm.bridge_cache_restore_instead(cache, text!, length!, fetch, at, Math.random()),
      snapshot,
    );
    this.#snapshot = snapshot;
  }

  /** Goes on with a snapshot. Throws `snapshot_invalid`, or why its set is refused. */
  restore(snapshot: string, at: number): void {
    this.#isUnchanged = false;
    this.#call((wasm, cache, ...text) => restoring(cache, at)(wasm, ...text), snapshot);
    this.#snapshot = this.snapshot() ?? "";
  }

  snapshot(): string | undefined {
    return this.#call((wasm, cache) => wasm.bridge_cache_snapshot(cache)).text || undefined;
  }

  times(): CacheTimes | undefined {
    const { text } = this.#call((wasm, cache) => wasm.bridge_cache_times(cache));
    return text ? JSON.parse(text) : undefined;
  }

  /** What happened since the last call. */
  takeEvents(): CacheEvent[] {
    return JSON.parse(this.#call((wasm, cache) => wasm.bridge_cache_events(cache)).text);
  }

  dispose(): void {
    this.#handle.free();
    this.#served?.keySet.dispose();
    this.#previous?.dispose();
  }

  #call(question: Question, ...texts: Text[]) {
    const inside = core();
    const cache = this.#handle.addressIn(inside);
    return inside.call((wasm, ...at) => question(wasm, cache, ...at), ...texts);
  }

  #decide(question: Question, ...texts: Text[]): Decision {
    const { text, validFrom, validUntil } = this.#call(question, ...texts);
    const { action, generation, fetch } = JSON.parse(text) as Answered;
    if (action === "wait") return { served: undefined, fetch };
    const keySet = this.#keySetOf(generation);
    this.#served = { core: core(), keySet, generation, from: validFrom, until: validUntil };
    this.#isUnchanged = true;
    return { served: this.#served, fetch };
  }

  /** The set that was just served: one object as long as it is the same set in the same instance. */
  #keySetOf(generation: number): ParsedKeySet {
    const known = this.#served;
    if (known && known.generation === generation && isCurrent(known.core)) return known.keySet;
    const home = core();
    const { handle } = this.#call((wasm, cache) => wasm.bridge_cache_keys(cache));
    const keySet = new ParsedKeySet((inside) => {
      if (inside !== home) throw inside.error("out_of_memory"); // it went with its instance
      return handle;
    });
    // Whoever was given the last one may be about to use it; the one before that is nobody's.
    this.#previous?.dispose();
    this.#previous = known?.keySet;
    return keySet;
  }
}

const restoring =
  (cache: number, at: number) =>
  (wasm: Exports, text?: number, length?: number): number =>
    wasm.bridge_cache_restore(cache, text!, length!, at, Math.random());
