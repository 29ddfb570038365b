// Starts worker.mjs in workerd, by the miniflare of tests/remote, which needs a newer Node than the tests:
// `node workerd.mjs WORLD`. Prints its port; ends with its standard input.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { Miniflare } = createRequire(join(root, "tests/remote/"))("miniflare");
const { imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const isMeant = (name) => name.endsWith(".js") && !["cli.js", "core-wasm-inline.js", "index.js"].includes(name);
const module = (path, contents) => ({ type: "ESModule", path: join(root, path), ...(contents ? { contents } : {}) });

const modules = [
  module("tests/middleware/worker.mjs"),
  module("tests/middleware/routes.mjs"),
  ...readdirSync(join(root, "dist"), { recursive: true }).filter(isMeant).map((name) => module(`dist/${name}`)),
  // What a bundler does with package.json's "imports", under this runtime's condition.
  module("dist/parts/#touchstone", `export * from ${JSON.stringify(imports["#touchstone"].workerd.replace("./dist/", "../"))};`),
  { type: "CompiledWasm", path: join(root, "dist/core.wasm") },
];
const miniflare = new Miniflare({
  modules, modulesRoot: root, host: "127.0.0.1", port: 0, compatibilityDate: "2024-01-01", bindings: { WORLD: process.argv[2] },
});
console.log(new URL(await miniflare.ready).port);
process.stdin.resume().on("end", () => miniflare.dispose());
