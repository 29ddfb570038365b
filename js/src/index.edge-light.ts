// Vercel's edge runtime and its like want the module marked.
import module from "./core.wasm?module";
import { provideModule } from "./instance.js";

provideModule(() => module);

export * from "./api.js";
