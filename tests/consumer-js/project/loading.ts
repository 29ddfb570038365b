import { init as initModule, KeySet, verifySync } from "touchstone/module";
import { init as initUrl } from "touchstone/url";

await initUrl();
await initUrl(new URL("https://cdn.example/core.wasm"));
await initModule(fetch("/core.wasm"));
await initModule(new Uint8Array());
await initModule(await WebAssembly.compile(new Uint8Array()));
const keySet: Disposable = KeySet.parse({ keys: [] });
export { keySet, verifySync };
