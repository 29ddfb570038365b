/**
 * Where machines or isolates leave a fetched set for each other. Whoever can write to it is trusted like the
 * provider: they hold the keys. What it holds is checked like a response, and a cache that fails or is slow is
 * gone without.
 */
export interface SharedCache {
  /** The text under this name, the URL of the set or the issuer; nothing when there is none. */
  get(name: string): Promise<string | null | undefined>;
  /** Keeps the text for about so many seconds. */
  put(name: string, text: string, seconds: number): Promise<unknown>;
}

/** What is used of a `Cache` (Service Workers, Cloudflare Workers, Deno). */
export interface CacheLike {
  match(request: string): Promise<{ text(): Promise<string> } | undefined>;
  put(request: string, response: any): Promise<unknown>;
}

/** A SharedCache in the Cache API: `caches.default` or one that `caches.open()` gave. */
export function cacheApiCache(cache: CacheLike): SharedCache {
  // An entry needs a URL for its name. This one is nobody's (RFC 2606), so that no real response is met.
  const urlOf = (name: string) => `https://touchstone.invalid/${encodeURIComponent(name)}`;
  return {
    get: async (name) => (await cache.match(urlOf(name)))?.text(),
    put: (name, text, seconds) =>
      cache.put(urlOf(name), new Response(text, { headers: { "Cache-Control": `max-age=${Math.ceil(seconds)}` } })),
  };
}

/** What is used of a Cloudflare KV namespace. */
export interface KvLike {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

/** A SharedCache in a KV namespace. */
export function kvCache(namespace: KvLike): SharedCache {
  const shortest = 60; // KV refuses less
  return {
    get: (name) => namespace.get(keyOf(name)),
    put: (name, text, seconds) =>
      namespace.put(keyOf(name), text, { expirationTtl: Math.max(Math.ceil(seconds), shortest) }),
  };
}

/** What is used of a Redis client: that of the package `redis`, or of `ioredis`. */
export interface RedisLike {
  get(key: string): Promise<string | null>;
  setex?(key: string, seconds: number, value: string): Promise<unknown>;
  setEx?(key: string, seconds: number, value: string): Promise<unknown>;
}

/** A SharedCache in Redis, by a client that the caller has connected. */
export function redisCache(client: RedisLike): SharedCache {
  const setex = client.setEx ?? client.setex;
  if (!setex) throw new TypeError("the Redis client has neither setEx nor setex");
  return {
    get: (name) => client.get(keyOf(name)),
    put: (name, text, seconds) => setex.call(client, keyOf(name), Math.max(Math.ceil(seconds), 1), text),
  };
}

const keyOf = (name: string) => `touchstone:${name}`;
