// A Worker as a user has one: the set lives as long as the isolate, requests come and go.
import { cacheApiCache, createRemoteKeySet, kvCache, verify } from "../../dist/index.workerd.js";

const sharedCaches = {
  none: () => undefined,
  cache: () => cacheApiCache(caches.default),
  kv: ({ KEYS }) => kvCache(KEYS),
};
const policy = { minLifetime: 1, refreshAhead: 0, cooldown: 1, timeout: 5 };
let remote;

export default {
  async fetch(request, env, context) {
    const sharedCache = sharedCaches[env.SHARED](env);
    remote ??= createRemoteKeySet(env.JWKS_URI, { ...policy, ...(sharedCache ? { sharedCache } : {}) });
    try {
      const waitUntil = context.waitUntil.bind(context);
      const { payload } = await verify(request.headers.get("Authorization"), remote, { waitUntil });
      return Response.json(payload.sub);
    } catch (error) {
      return Response.json(error.reason ?? `${error}`, { status: 401 });
    }
  },
};
