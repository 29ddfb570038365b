// Runs a Worker, and the modules beside it, in workerd: `node miniflare.mjs MINIFLARE MAIN`; prints its answer.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const [library, main] = process.argv.slice(2);
const { Miniflare } = await import(pathToFileURL(library));
const folder = dirname(main);
const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
const miniflare = new Miniflare({
  modulesRoot: folder,
  modules: [
    { type: "ESModule", path: main },
    ...wasm.map((name) => ({ type: "CompiledWasm", path: join(folder, name) })),
  ],
  compatibilityDate: "2024-01-01",
});
const response = await miniflare.dispatchFetch("http://worker.example/");
console.log(await response.text());
await miniflare.dispose();
