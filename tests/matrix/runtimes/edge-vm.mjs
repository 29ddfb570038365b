// @edge-runtime/vm, what runs Vercel's edge functions elsewhere; with code generation, and as it is deployed, without.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { esbuild } from "../bundlers.mjs";
import { pinned, versionOf } from "../programs.mjs";
import { fileNameOf, inStage, sources, suitesFor, writeProgram } from "../stage.mjs";

/** "core", of "../core.wasm?module". */
const nameOf = (path) => basename(path).split(".")[0];

/** What builders for the edge make of `import module from "x.wasm?module"`. */
const injecting = {
  name: "injecting",
  setup(build) {
    build.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => ({ path, namespace: "injected" }));
    build.onLoad({ filter: /./, namespace: "injected" }, ({ path }) => ({
      contents: `export default globalThis.injectedModules["${nameOf(path)}"];`,
    }));
  },
};

const kinds = {
  "code generation": { allowed: true, source: sources.text, options: {} },
  "no code generation": {
    allowed: false,
    source: sources.imported,
    options: { conditions: ["edge-light"], plugins: [injecting] },
  },
};

const end = "globalThis.results = run().then(JSON.stringify);";

export async function* rows({ suites }) {
  const file = pinned("@edge-runtime/vm/package.json");
  if (!file) return yield { runtime: "edge-runtime", missing: "@edge-runtime/vm is not installed" };
  const version = versionOf("@edge-runtime/vm");
  const { EdgeVM } = createRequire(file)("@edge-runtime/vm");
  const moduleOf = (name) =>
    new WebAssembly.Module(readFileSync(inStage("node_modules/touchstone/dist", `${name}.wasm`)));
  const injectedModules = { core: moduleOf("core"), issuer: moduleOf("issuer") };
  for (const [form, { allowed, source, options }] of Object.entries(kinds)) {
    for (const suite of suitesFor(suites, allowed ? ["compile", "fetch"] : [])) {
      const run = async () => {
        const name = `edge-${allowed}-${fileNameOf(suite)}`;
        const program = writeProgram(`${name}.mjs`, suite, { end, source });
        const script = await esbuild(program, name, { format: "iife", ...options });
        const vm = new EdgeVM({
          codeGeneration: { strings: allowed, wasm: allowed },
          extend: (context) => Object.assign(context, { injectedModules }),
        });
        vm.evaluate(readFileSync(script, "utf8"));
        return JSON.parse(await vm.evaluate("results"));
      };
      yield { runtime: "edge-runtime", version, form, suite, run };
    }
  }
}
