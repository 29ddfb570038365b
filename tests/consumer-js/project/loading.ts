import module from "touchstone/core.wasm";
import markedModule from "touchstone/core.wasm?module";
import { cacheApiCache, createRemoteKeySet, init as initModule, KeySet, verify, verifySync } from "touchstone/module";
import { init as initUrl } from "touchstone/url";

await initUrl();
await initUrl(new URL("https://cdn.example/core.wasm"));
await initModule(fetch("/core.wasm"));
await initModule(new Uint8Array());
await initModule(module ?? markedModule);
await initModule(await WebAssembly.compile(new Uint8Array()));
const keySet: Disposable = KeySet.parse({ keys: [] });
const sharedCache = cacheApiCache(await caches.open("keys"));
const remote = createRemoteKeySet(new URL("https://id.example/jwks"), { fetch, sharedCache });
await createRemoteKeySet("x", { fetch: (url, init) => fetch(url, init) }).hydrate({ signal: AbortSignal.timeout(1) });
await verify("a.b.c", remote, { signal: new AbortController().signal });
export { keySet, verifySync };
