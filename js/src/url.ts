import { compile } from "./compile.js";
import { provideModule } from "./instance.js";

export * from "./api.js";

let loading: Promise<WebAssembly.Module> | undefined;

/**
 * Fetches the module, by default from beside this file. Await it before anything else is called. Once it has
 * succeeded, further calls do nothing.
 */
export async function init(url: string | URL = new URL("./core.wasm", import.meta.url)): Promise<void> {
  loading ??= fetch(url).then(compile);
  try {
    const module = await loading;
    provideModule(() => module);
  } catch (error) {
    loading = undefined;
    throw error;
  }
}
