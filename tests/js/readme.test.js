// The README's first example runs as pasted, and says what its comment says.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "node:test";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the README's JavaScript example", () => {
  const [, example] = readFileSync(`${root}/README.md`, "utf8").match(/```js\n([^]*?)```/);
  const [, promised] = example.match(/console\.log\(.*\/\/ (.*)$/m);
  // From standard input in the package's folder, so that "touchstone" is the package itself.
  const run = spawnSync(process.execPath, ["--input-type=module"], { cwd: root, input: example, encoding: "utf8" });
  assert.equal(run.stderr, "");
  assert.equal(run.stdout.trim(), promised);
});
