// Next: routes of its edge and its Node runtime, built and started as they are deployed.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../js/tools/steps.mjs";
import { output, startServer } from "../programs.mjs";
import { fileNameOf, here, inStage, sources, suitesFor, writeProgram } from "../stage.mjs";

const kinds = [
  { next: "next15", bundler: "webpack", flags: [], names: ["edge", "Node"] },
  { next: "next16", bundler: "Turbopack", flags: [], names: ["edge", "Node"] },
  // Next 16.4.6 fails to build any edge route so: it looks for a client-reference-manifest that it did not write.
  { next: "next16", bundler: "webpack", flags: ["--webpack"], names: ["Node"] },
];

const route = (runtime) => `export const runtime = "${runtime}";
export const dynamic = "force-dynamic";
export const GET = async () => Response.json(await run());`;

const marked = sources.imported.replace("core.wasm", "core.wasm?module");
const runtimes = {
  edge: { end: route("edge"), source: marked, can: [] },
  // One process serves all of its routes.
  Node: { end: route("nodejs"), source: `${sources.text}\nfixtures.isShared = true;`, can: ["compile", "fetch", "Node"] },
};

const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

export async function* rows({ suites, isQuick }) {
  if (isQuick) return;
  for (const { next, bundler, flags, names } of kinds) {
    const runtime = next.replace("next", "Next ");
    const folder = join(here, next, "node_modules/next");
    if (!existsSync(folder)) {
      yield { runtime, missing: `${next} is not installed` };
      continue;
    }
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const routes = names.flatMap((name) => {
      const { can, ...how } = runtimes[name];
      const path = (suite) => `${name.toLowerCase()}/${fileNameOf(suite)}`;
      return suitesFor(suites, can).map((suite) => ({ form: `${name}, ${bundler}`, suite, how, path: path(suite) }));
    });
    const server = start(`${next}-${bundler.toLowerCase()}`, next, flags, routes);
    server.catch(() => {}); // each row tells
    try {
      for (const { form, suite, path } of routes) {
        const run = async () => (await fetch(`${(await server).url}/${path}`)).json();
        yield { runtime, version, form, suite, run };
      }
    } finally {
      await server.then(({ stop }) => stop(), () => {});
    }
  }
}

async function start(project, next, flags, routes) {
  const modules = inStage(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of ["next", "react", "react-dom"]) {
    symlinkSync(join(here, next, "node_modules", name), join(modules, name));
  }
  writeFileSync(inStage(project, "package.json"), JSON.stringify({ name: project, private: true, type: "module" }));
  const config = { outputFileTracingRoot: root, turbopack: { root } };
  writeFileSync(inStage(project, "next.config.mjs"), `export default ${JSON.stringify(config)};\n`);
  for (const { path, suite, how } of routes) writeProgram(`${project}/app/${path}/route.js`, suite, how);

  const cwd = inStage(project);
  const program = join(modules, "next/dist/bin/next");
  await output(process.execPath, [program, "build", ...flags], { cwd, env, timeout: 300_000 });
  const args = [program, "start", "--hostname", "127.0.0.1", "--port", "0"];
  const { match, stop } = await startServer(process.execPath, args, { cwd, env, ready: /http:\/\/127\.0\.0\.1:\d+/ });
  return { url: match[0], stop };
}
