// `npm run build`: the npm package in dist/, from the WASM modules and the TypeScript sources.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { setup } from "./setup.mjs";
import { build, main, root, step } from "./steps.mjs";

const dist = join(root, "dist");

export async function buildPackage() {
  await step("build-wasm", "Building the WASM modules", build("wasm"));
  // Anew each time: what has lost its source must not be packed.
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const name of ["core.wasm", "issuer.wasm", "cli.wasm"]) {
    const bytes = readFileSync(join(root, "build", "wasm", "wasm", name));
    writeFileSync(join(dist, name), bytes);
    const gzipped = gzipSync(bytes, { level: 9 }).length;
    console.log(`  ${name}: ${bytes.length} bytes, ${gzipped} gzipped`);
  }
  // The module as text: the one form that Node, Deno, Bun, browsers and bundlers load alike.
  const exporting = (type) => `declare const value: ${type};\nexport default value;\n`;
  mkdirSync(join(dist, "issuer"));
  for (const [module, inline] of [["core", "core-wasm-inline"], ["issuer", "issuer/issuer-wasm-inline"]]) {
    const base64 = readFileSync(join(dist, `${module}.wasm`)).toString("base64");
    writeFileSync(join(dist, `${inline}.js`), `export default "${base64}";\n`);
    writeFileSync(join(dist, `${inline}.d.ts`), exporting("string"));
  }
  writeFileSync(join(dist, "core.wasm.d.ts"), exporting("WebAssembly.Module"));
  await step(
    "build-package",
    "Compiling the package",
    "node js/tools/generate-errors.mjs && node_modules/.bin/tsc -p tsconfig.json",
  );
  // A runtime's difference is where its module comes from.
  for (const entry of ["index", "jose/index", "issuer/index"]) {
    const index = readFileSync(join(dist, `${entry}.js`), "utf8");
    for (const runtime of ["workerd", "edge-light"]) {
      const own = index.replace(/\/(core|issuer)-module\.js/, `/$1-module.${runtime}.js`);
      writeFileSync(join(dist, `${entry}.${runtime}.js`), own);
    }
  }
  await bundle();
  chmodSync(join(dist, "cli.js"), 0o755);
}

/**
 * Puts what the entries share into few files: finding and linking two dozen modules was half of a start in Node.
 * The types stay one a module.
 */
async function bundle() {
  const { exports, imports = {}, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = JSON.stringify([exports, imports, bin]).matchAll(/"(?:\.\/)?dist\/([^"]+\.js)"/g);
  const entries = new Set([...named].map(([, file]) => file));
  entries.add("internals.js");
  for (const runtime of ["", ".workerd", ".edge-light"]) entries.add(`core-module${runtime}.js`);
  // In layers, or what some leave out would be cut off the others in small pieces. The command shares nothing.
  const isOnTop = (file) => /^(issuer|jose|middleware)\//.test(file);
  const isAlone = (file) => file === "cli.js";
  const isBelow = (file) => !isOnTop(file) && !isAlone(file);
  const fromBelow = ({ path, resolveDir }) => {
    const file = relative(dist, join(resolveDir, path));
    if (isOnTop(file)) return undefined;
    return { path: /^core-module|\.wasm/.test(file) ? `../${file}` : "../internals.js", external: true };
  };
  const layers = { name: "layers", setup: ({ onResolve }) => onResolve({ filter: /^\.\.\// }, fromBelow) };
  const outdir = join(root, "build", "package");
  rmSync(outdir, { recursive: true, force: true });
  const { build } = await import("esbuild");
  for (const [isWanted, folder, plugins] of [[isBelow, ".", []], [isOnTop, "parts", [layers]], [isAlone, ".", []]]) {
    await build({
      entryPoints: [...entries].filter(isWanted).map((file) => join(dist, file)),
      outbase: dist,
      outdir,
      bundle: true,
      splitting: true,
      chunkNames: `${folder}/shared-[hash]`,
      plugins,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      // Other packages, and what is a matter of where the package runs.
      packages: "external",
      external: ["#*", "*.wasm", "*.wasm?module"],
      logLevel: "warning",
    });
  }
  const modules = readdirSync(dist, { recursive: true }).filter((file) => file.endsWith(".js"));
  for (const file of modules) rmSync(join(dist, file));
  cpSync(outdir, dist, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setup();
    await buildPackage();
  });
}
