// workerd compiles nothing while it serves a request: the module is part of the Worker.
import module from "./core.wasm";
import { provideModule } from "./instance.js";

provideModule(() => module);

export * from "./api.js";
