// Starts workers in workerd, by miniflare, which needs a newer Node than the tests: `node workerd.mjs JWKS_URI`.
// Standard input: lines of JSON, `{worker, tokens}`: that many requests at once. Standard output: their answers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scripts = readdirSync(join(root, "dist"), { recursive: true }).filter((name) => name.endsWith(".js"));
const modules = [
  { type: "ESModule", path: join(root, "tests/remote/worker.mjs") },
  ...scripts
    .filter((name) => !["cli.js", "index.js"].includes(name))
    .map((name) => ({ type: "ESModule", path: join(root, "dist", name) })),
  { type: "CompiledWasm", path: join(root, "dist/core.wasm") },
];
const worker = (name, SHARED) => ({
  name,
  modules,
  modulesRoot: root,
  compatibilityDate: "2024-01-01",
  kvNamespaces: { KEYS: "keys" },
  bindings: { JWKS_URI: process.argv[2], SHARED },
});
const names = { plain: "none", "cache-1": "cache", "cache-2": "cache", "kv-1": "kv", "kv-2": "kv" };
const workers = Object.entries(names).map(([name, shared]) => worker(name, shared));
const miniflare = new Miniflare({ workers });

async function answer({ fetch }, token) {
  const response = await fetch("http://worker.example/", { headers: { Authorization: token } });
  return response.json();
}

for await (const line of createInterface({ input: process.stdin })) {
  const { worker, tokens } = JSON.parse(line);
  const target = await miniflare.getWorker(worker);
  const answers = await Promise.all(tokens.map((token) => answer({ fetch: target.fetch.bind(target) }, token)));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
await miniflare.dispose();
