// `npm start [-- TOKEN JWKS]`: builds everything that is missing, then has one token judged twice.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { buildPackage } from "./build.mjs";
import { setup } from "./setup.mjs";
import { build, main, root, step } from "./steps.mjs";

const example = join(root, "tests", "vectors", "example");
const native = join(root, "build", "release", "native", "touchstone");
const wasm = join(root, "dist", "cli.js");

const judge = (title, program, args) => {
  console.log(`\n${title}\n`);
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  process.stdout.write(`${stdout}${stderr}`.replace(/^(?=.)/gm, "  "));
  return { status, text: stdout + stderr };
};

await main(async () => {
  const own = process.argv.slice(2);
  if (own.length !== 0 && own.length !== 2) {
    console.error(
      "npm start                    verify the example\nnpm start -- TOKEN JWKS      verify TOKEN (or -) against JWKS, a file",
    );
    return 2;
  }
  await setup();
  await step("build-native", "Building the native program", build("release", "touchstone_cli"));
  await buildPackage();

  const given = (path) => resolve(process.env.INIT_CWD ?? ".", path);
  const [token, jwks] =
    own.length === 0
      ? [readFileSync(join(example, "token.jwt"), "utf8").trim(), join(example, "jwks.json")]
      : [
          own[0] === "-" ? readFileSync(0, "utf8").trim() : own[0],
          existsSync(given(own[1])) ? given(own[1]) : own[1],
        ];
  // One clock for both, or "expired 2 seconds ago" might differ.
  const now = `${Math.floor(Date.now() / 1000)}`;
  const args = ["verify", token, "--jwks", jwks, "--now", now, "--explain"];
  const first = judge("The native program says:", native, args);
  const second = judge("The WASM package says:", process.execPath, [wasm, ...args]);

  if (first.status !== second.status || first.text !== second.text) {
    console.log("\nThey DISAGREE. That must never happen: please report it.");
    return 1;
  }
  const verdict = ["the token is valid", "the token is refused"][first.status];
  console.log(`
They agree: ${verdict ?? "the token could not be judged"}.

What to try next:
  npm start -- TOKEN JWKS                    your own token and key set
  ${relative(process.cwd(), native)} --help     the native program
  node dist/cli.js --help                    the same commands, in WASM
  npm test                                   all tests (about 40 minutes)`);
  return first.status;
});
