// The package as its users get it: packed, installed into an empty project, and used from there. It needs
// dist/ to be built: `node tests/consumer-js/run.mjs`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "touchstone-consumer-"));
cpSync(new URL("project", import.meta.url), project, { recursive: true });
cpSync(join(root, "tests/vectors/example"), project, { recursive: true });

const run = (program, args, cwd = project) =>
  execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const node = (...args) => run(process.execPath, args);

/** The errors that the compiler finds: `file:line code`. */
function compile(...args) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--pretty", "false"];
  // Types that the package brings along are checked too.
  const common = [...strict, "--types", "", "--skipLibCheck", "false", "--noEmit"];
  try {
    return node(tsc, ...common, ...args);
  } catch (error) {
    return [...error.stdout.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+)/gm)].map(
      ([, file, line, code]) => `${file}:${line} ${code}`,
    );
  }
}

const tests = {
  "what is packed is what is needed"() {
    const packed = readdirSync(join(project, "node_modules/touchstone"), { recursive: true }).map(String);
    for (const file of ["dist/index.js", "dist/index.d.ts", "dist/core.wasm", "dist/issuer.wasm", "dist/cli.js", "dist/cli.wasm"]) {
      assert.ok(packed.includes(file), file);
    }
    const others = packed.filter((file) => !/^(dist(\/.*)?|package\.json|LICENSE|[A-Z]+\.md)$/.test(file));
    assert.deepEqual(others, []);
    const { dependencies = {} } = JSON.parse(readFileSync(join(project, "node_modules/touchstone/package.json")));
    assert.deepEqual(dependencies, {});
  },
  "import"() {
    assert.equal(node("consumer.mjs"), "ada issuer_mismatch ada ada ada\n");
  },
  "require()"() {
    if (!process.features.require_module) return "this Node cannot require() ESM";
    assert.equal(node("consumer.cjs"), "ada\n");
  },
  "npx touchstone"() {
    const args = ["verify", "token.jwt", "--jwks", "jwks.json", "--json"];
    const output = run(join(project, "node_modules/.bin/touchstone"), args);
    assert.equal(JSON.parse(output).valid, true);
  },
  "TypeScript that must compile, with no more library than the language's"() {
    assert.equal(compile("--lib", "es2022", "--target", "es2022", "consumer.ts"), "");
  },
  "TypeScript that must compile, in a browser"() {
    assert.equal(compile("--lib", "es2022,dom", "--target", "es2022", "loading.ts"), "");
  },
  "TypeScript that must not compile, each line for its own reason"() {
    const lines = readFileSync(join(project, "must-not-compile.ts"), "utf8").split("\n");
    const expected = lines.flatMap((line, i) => {
      const code = line.match(/\/\/ (TS\d+)$/)?.[1];
      return code ? [`must-not-compile.ts:${i + 1} ${code}`] : [];
    });
    assert.ok(expected.length >= 10);
    assert.deepEqual(compile("--lib", "es2022", "--target", "es2022", "must-not-compile.ts"), expected);
  },
};

let failed = 0;
let skipped = 0;
try {
  // Scripts would build once more.
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", project];
  const tarball = run("npm", pack, root).trim().split("\n").at(-1);
  run("npm", ["install", "--silent", "--offline", "--no-audit", "--no-fund", join(project, tarball)]);
  for (const [name, test] of Object.entries(tests)) {
    try {
      const reason = test();
      if (reason) skipped++;
      console.log(reason ? `skipped ${name}: ${reason}` : `ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}\n${error.stack}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
const passed = Object.keys(tests).length - failed - skipped;
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed ? 1 : 0;
