// Deno, without any permission but those that a suite names.
import { output, pinned, resultsOf } from "../programs.mjs";
import { fileNameOf, printing, writeProgram } from "../stage.mjs";

export async function* rows({ suites }) {
  const program = pinned("@deno/linux-x64-glibc/deno");
  if (!program) return yield { runtime: "Deno", missing: "@deno/linux-x64-glibc is not installed" };
  const env = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  const version = (await output(program, ["--version"], { env })).match(/^deno (\S+)/)[1];
  for (const suite of suites) {
    const file = writeProgram(`deno-${fileNameOf(suite)}.mjs`, suite, { end: printing });
    const args = ["run", "--quiet", "--no-prompt", "--no-remote", "--node-modules-dir=manual", ...suite.permissions, file];
    const run = async () => resultsOf(await output(program, args, { env }));
    yield { runtime: "Deno", version, form: suite.permissions.length ? "permissions" : "no permissions", suite, run };
  }
}
