// The tarball itself: what is in it, what publint and are-the-types-wrong say of it.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { output, pinned } from "../programs.mjs";
import { packageFolder } from "../stage.mjs";

const needed = /^package\/(package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/[\w./-]+\.(js|d\.ts|wasm))$/;

export async function* rows({ tarball }) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const { version, exports, sideEffects, dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const isWanted = (name) => !peerDependenciesMeta?.[name]?.optional;
  const wanted = Object.keys({ ...dependencies, ...peerDependencies }).filter(isWanted);
  const about = { runtime: "the tarball", version };
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  const untyped = Object.keys(exports).filter((name) => name !== "./package.json" && !exports[name].types);
  const others = files.filter((file) => !needed.test(file));
  const notes = [`${files.length} files, ${statSync(tarball).size} bytes packed`];
  yield {
    ...about,
    form: "contents",
    notes,
    run: async () => [
      { name: "no dependency", ok: wanted.length === 0, error: String(wanted) },
      { name: "no side effects", ok: sideEffects === false },
      { name: "types for every entry", ok: untyped.length === 0, error: String(untyped) },
      { name: "only needed files", ok: others.length === 0, error: String(others) },
    ],
  };
  const judges = {
    publint: ["publint/src/cli.js", [tarball, "--strict"]],
    "are-the-types-wrong": ["@arethetypeswrong/cli/dist/index.js", [tarball, "--profile", "esm-only"]],
  };
  for (const [form, [path, args]] of Object.entries(judges)) {
    const program = pinned(path);
    if (!program) {
      yield { ...about, form, missing: `${form} is not installed` };
      continue;
    }
    const run = async () => {
      await output(process.execPath, [program, ...args], { env: { NO_COLOR: "1" } });
      return [{ name: form, ok: true }];
    };
    yield { ...about, form, run };
  }
}
