import { httpGet, HttpGetError, isInWorkers, type HttpField } from "../http-get.js";
import { fromUtf8 } from "../text.js";
import type { FetchLike, ResponseLike } from "../types.js";
import { JOSEError, JWKSTimeout } from "./errors.js";
import { JwkSet, keyFinder, type JwkSetSource } from "./jwk-set.js";
import type { FetchImplementation, JSONWebKeySet, JWKSCacheInput, JWKSUrl, RemoteJWKSet } from "./types.js";

/** The option's name for a `fetch` in place of the runtime's own. */
export const customFetch: unique symbol = /* @__PURE__ */ Symbol("touchstone/jose customFetch");

/** The option's name for an object in which a fetched set is left for the next process. */
export const jwksCache: unique symbol = /* @__PURE__ */ Symbol("touchstone/jose jwksCache");

/** Durations in milliseconds. */
export interface RemoteJWKSetOptions {
  /** For one whole fetch. Default 5,000. */
  timeoutDuration?: number;
  /** For so long after a fetch a key that is missing causes no other. Default 30,000. */
  cooldownDuration?: number;
  /** After so long the set is fetched anew; may be Infinity. Default 600,000. */
  cacheMaxAge?: number;
  /** Sent with each fetch. */
  headers?: Record<string, string>;
  [jwksCache]?: JWKSCacheInput;
  [customFetch]?: FetchImplementation;
  /** Touchstone's own: takes http: from other machines, too. Default false. */
  allowHttp?: boolean;
}

const maxSize = 1024 * 1024;

/** What is kept for the next process. */
type Cache = { jwks?: unknown; uat?: unknown };

/**
 * A set at a URL, as jose keeps one: fetched when it is needed, for a time that the caller chose, whatever HTTP
 * says of it. RemoteKeySet of `touchstone` follows HTTP.
 */
class RemoteJwkSet implements JwkSetSource {
  #url: string;
  #fields: HttpField[];
  #fetch: FetchLike | undefined;
  #timeout: number;
  #cooldown: number;
  #maxAge: number;
  #allowHttp: boolean;
  #cache: Cache | undefined;
  #set: JwkSet | undefined;
  #fetchedAt = -Infinity;
  #underWay: Promise<void> | undefined;
  #started = 0;
  #arrived = 0;

  constructor(url: URL, options: RemoteJWKSetOptions) {
    if (!((url as unknown) instanceof URL)) throw new TypeError("the URL of the JWK Set is no URL");
    this.#url = new URL(url.href).href;
    this.#timeout = milliseconds("timeoutDuration", options.timeoutDuration, 5_000);
    if (!Number.isInteger(this.#timeout)) throw new TypeError("timeoutDuration is no whole number");
    this.#cooldown = milliseconds("cooldownDuration", options.cooldownDuration, 30_000);
    this.#maxAge = milliseconds("cacheMaxAge", options.cacheMaxAge, 600_000);
    this.#allowHttp = options.allowHttp === true;
    const headers = new Headers(options.headers);
    if (!headers.has("accept")) headers.set("accept", "application/json, application/jwk-set+json");
    this.#fields = [...headers];
    const custom = options[customFetch];
    if (custom) this.#fetch = (to, { signal }) => callCustom(custom, to, headers, signal);
    this.#cache = options[jwksCache];
    this.#takeCached();
  }

  get fresh(): boolean {
    return Date.now() < this.#fetchedAt + this.#maxAge;
  }

  get coolingDown(): boolean {
    return Date.now() < this.#fetchedAt + this.#cooldown;
  }

  get reloading(): boolean {
    return this.#underWay !== undefined;
  }

  copy(): JSONWebKeySet | undefined {
    return this.#set?.copy();
  }

  current(): JwkSet | undefined {
    return this.fresh ? this.#set : undefined;
  }

  async load(): Promise<JwkSet> {
    await this.reload();
    return this.#set!;
  }

  newer(): Promise<JwkSet> | undefined {
    return this.coolingDown ? undefined : this.load();
  }

  /** One fetch for all who wait, but where one request may not wait for another's. */
  async reload(): Promise<void> {
    if (!this.#underWay || isInWorkers()) {
      const underWay = this.#perform(++this.#started).finally(() => {
        if (this.#underWay === underWay) this.#underWay = undefined;
      });
      this.#underWay = underWay;
    }
    await this.#underWay;
  }

  async #perform(number: number): Promise<void> {
    const body = await this.#get();
    const jwks = parse(body);
    const set = new JwkSet(jwks, body);
    if (number < this.#arrived) return; // a later one was faster
    this.#arrived = number;
    this.#set = set;
    this.#fetchedAt = Date.now();
    if (this.#cache) Object.assign(this.#cache, { jwks, uat: this.#fetchedAt });
  }

  async #get(): Promise<Uint8Array> {
    const options = {
      timeout: this.#timeout / 1000, maxSize, allowHttp: this.#allowHttp, fetch: this.#fetch,
    };
    let status: number;
    try {
      const response = await httpGet(this.#url, this.#fields, options);
      if (response.status === 200) return response.body;
      status = response.status;
    } catch (error) {
      throw fetchError(error);
    }
    throw new JOSEError(`the provider of the JWK Set answered with status ${status}`);
  }

  /** What cannot be used is fetched. */
  #takeCached(): void {
    const { jwks, uat } = this.#cache ?? {};
    if (typeof uat !== "number" || !(Date.now() < uat + this.#maxAge)) return;
    try {
      this.#set = new JwkSet(structuredClone(jwks));
      this.#fetchedAt = uat;
    } catch {}
  }
}

function milliseconds(option: string, value: unknown, byDefault: number): number {
  if (typeof value !== "number") return byDefault;
  if (!(value >= 0)) throw new TypeError(`${option} is no number of milliseconds`);
  return value;
}

/** Its answer may be less than a Response: what has `status` and `json()` will do. */
async function callCustom(
  fetch: FetchImplementation, url: string, headers: Headers, signal: AbortSignal,
): Promise<ResponseLike> {
  const response = await fetch(url, { method: "GET", redirect: "manual", headers, signal });
  if (response.status !== 200 || response.body !== undefined) return response as ResponseLike;
  return new Response(JSON.stringify(await (response as Response).json()));
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body));
  } catch (cause) {
    if (body.length > maxSize) return undefined; // which the core refuses as too large
    throw new JOSEError("the JWK Set is no JSON", { cause });
  }
}

/** jose throws what `fetch` throws. */
function fetchError(error: unknown): unknown {
  if (!(error instanceof HttpGetError)) return error;
  const { reason, message, cause } = error;
  const isTimeout = reason === "fetch_timed_out" || (cause as Error | undefined)?.name === "TimeoutError";
  if (isTimeout) return new JWKSTimeout(undefined, { cause: error });
  return reason === "fetch_failed" && cause !== undefined ? cause : new JOSEError(message, { cause: error });
}

/** The set at a URL: https:, or http: on this machine. Nothing is fetched before it is needed. Throws a TypeError. */
export function createRemoteJWKSet(url: JWKSUrl, options?: RemoteJWKSetOptions): RemoteJWKSet {
  const remote = new RemoteJwkSet(url, options ?? {});
  return Object.defineProperties(keyFinder(remote), {
    coolingDown: { get: () => remote.coolingDown, enumerable: true },
    fresh: { get: () => remote.fresh, enumerable: true },
    reload: { value: () => remote.reload(), enumerable: true },
    reloading: { get: () => remote.reloading, enumerable: true },
    jwks: { value: () => remote.copy(), enumerable: true },
  }) as RemoteJWKSet;
}
