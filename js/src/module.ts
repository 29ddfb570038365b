import { compile, type ModuleSource } from "./compile.js";
import { provideModule } from "./instance.js";

export * from "./api.js";
export type { ModuleSource };

/**
 * Takes the module, `touchstone/core.wasm`, in the form that the caller has it: compiled, as bytes, or as a
 * Response. Await it before anything else is called.
 */
export async function init(source: ModuleSource | Promise<ModuleSource>): Promise<void> {
  const module = await compile(await source);
  provideModule(() => module);
}
