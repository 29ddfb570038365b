// The published types with the frameworks' own, and without. Here the package is a link to where no framework can be
// found, which is how pnpm lays packages out.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = join(root, "tests/middleware/node_modules");
let project;

before(() => {
  project = mkdtempSync(join(tmpdir(), "touchstone-types-"));
  cpSync(join(root, "tests/middleware/project"), project, { recursive: true });
  mkdirSync(join(project, "node_modules"));
  symlinkSync(root, join(project, "node_modules/touchstone"));
  for (const name of ["express", "fastify", "hono", "@types"]) symlinkSync(join(installed, name), join(project, "node_modules", name));
});
after(() => rmSync(project, { recursive: true }));

/** What the compiler says of a file, with the types of the package and of the frameworks checked as well. */
function compile(file, ...options) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022"];
  const args = [...strict, "--noEmit", "--pretty", "false", ...options, file];
  return spawnSync(process.execPath, [tsc, ...args], { cwd: project, encoding: "utf8" }).stdout;
}

for (const [framework, ...options] of [["hono"], ["express"], ["fastify"], ["fetch"]]) {
  test(`${framework}: must compile`, () => {
    assert.equal(compile(`${framework}.ts`, "--lib", "es2022,dom,dom.iterable", "--skipLibCheck", ...options), "");
  });
}

test("with nothing installed: must compile", () => {
  assert.equal(compile("nothing-installed.ts", "--lib", "es2022", "--types", "", "--skipLibCheck", "false"), "");
});

test("must not compile, each line for its own reason", () => {
  const lines = readFileSync(join(project, "must-not-compile.ts"), "utf8").split("\n");
  const expected = lines.flatMap((line, i) => {
    const code = line.match(/\/\/ (TS\d+)$/)?.[1];
    return code ? [`${i + 1} ${code}`] : [];
  });
  assert.ok(expected.length >= 10);
  const output = compile("must-not-compile.ts", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck");
  const found = [...output.matchAll(/^must-not-compile\.ts\((\d+),\d+\): error (TS\d+)/gm)];
  assert.deepEqual(found.map(([, line, code]) => `${line} ${code}`), expected, output);
});
