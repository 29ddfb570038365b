// The bundlers, each with what its users would write: `bundle(program, folder)` puts what a browser loads into a
// folder of the stage and gives the main file. None of them is told anything about the package.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { pinned, versionOf } from "./programs.mjs";
import { inStage, stage } from "./stage.mjs";

/** A pinned package. */
const load = (name) => import(pathToFileURL(createRequire(pinned(`${name}/package.json`)).resolve(name)));

/** With options of esbuild's own, for runtimes that want them. */
export async function esbuild(program, folder, options = {}) {
  const { build } = await load("esbuild");
  const common = { bundle: true, format: "esm", target: "es2022", minify: true, logLevel: "silent" };
  const places = { absWorkingDir: stage, entryPoints: [program], outfile: inStage(folder, "index.js") };
  await build({ ...common, ...places, ...options });
  return inStage(folder, "index.js");
}

async function rollup(program, folder) {
  const [{ rollup }, { nodeResolve }] = await Promise.all([load("rollup"), load("@rollup/plugin-node-resolve")]);
  const onwarn = ({ message }) => Promise.reject(new Error(message));
  const built = await rollup({ input: program, plugins: [nodeResolve()], onwarn });
  await built.write({ file: inStage(folder, "index.js"), format: "es" });
  return inStage(folder, "index.js");
}

async function vite(program, folder) {
  const { build } = await load("vite");
  await build({
    root: stage,
    base: `/${folder}/`,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: inStage(folder),
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input: program, output: { entryFileNames: "index.js" } },
    },
  });
  return inStage(folder, "index.js");
}

async function webpack(program, folder) {
  const { default: webpack } = await load("webpack");
  const compiler = webpack({
    mode: "production",
    context: stage,
    entry: program,
    target: ["web", "es2022"],
    experiments: { outputModule: true },
    output: { path: inStage(folder), filename: "index.js", module: true, chunkFormat: "module" },
    performance: { hints: false },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  const complaints = stats.toString({ all: false, errors: true, warnings: true });
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(complaints);
  return inStage(folder, "index.js");
}

const builders = { esbuild, rollup, vite, webpack };
/** Those that bring along what `new URL("x", import.meta.url)` names. */
const carriers = ["vite", "webpack"];

/** Those of them that a run is about: `{ name, version, bundle, isCarrier }`, or `missing` when it is not installed. */
export function bundlersFor({ isQuick }) {
  return (isQuick ? ["esbuild"] : Object.keys(builders)).map((name) => {
    if (!pinned(name)) return { name, missing: `${name} is not installed` };
    return { name, version: versionOf(name), bundle: builders[name], isCarrier: carriers.includes(name) };
  });
}
