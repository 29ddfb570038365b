// Bun, as Node.
import { output, pinned, resultsOf } from "../programs.mjs";
import { fileNameOf, loading, printing, writeProgram } from "../stage.mjs";
import { forms, runCommand } from "./node.mjs";

export async function* rows({ suites }) {
  const program = pinned("@oven/bun-linux-x64/bin/bun");
  if (!program) return yield { runtime: "Bun", missing: "@oven/bun-linux-x64 is not installed" };
  const version = (await output(program, ["--version"])).trim();
  for (const form of forms) {
    for (const suite of suites) {
      const file = writeProgram(`bun-${form}-${fileNameOf(suite)}.mjs`, suite, { load: loading[form], end: printing });
      const run = async () => resultsOf(await output(program, ["run", file]));
      yield { runtime: "Bun", version, form, suite, run };
    }
  }
  yield { runtime: "Bun", version, form: "bunx touchstone", run: () => runCommand(program) };
}
