import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fileOf } from "../support.mjs";

const here = fileURLToPath(new URL("types", import.meta.url));
const tsc = fileURLToPath(fileOf("node_modules/typescript/bin/tsc"));
const typeRoots = [fileURLToPath(fileOf("node_modules/@types"))];

/** What the compiler has to say of a file; "" for nothing. */
function compile(file, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-types-"));
  try {
    const compilerOptions = {
      strict: true, exactOptionalPropertyTypes: true, module: "nodenext", target: "es2022", lib: ["es2022"],
        types: ["node"], typeRoots, noEmit: true, ...options,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [join(here, file)] }));
    return execFileSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    return error.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const asOurs = { paths: { jose: [fileURLToPath(fileOf("dist/jose/index.d.ts"))] } };
// With its own types as they are: jose's would not pass.
const strictly = { skipLibCheck: false };

for (const [library, options] of Object.entries({ node: {}, dom: { lib: ["es2022", "dom", "dom.iterable"] } })) {
  test(`code for jose compiles against jose, ${library}`, () => assert.equal(compile("usage.ts", options), ""));
  test(`code for jose compiles against ours, ${library}`, () =>
    assert.equal(compile("usage.ts", { ...options, ...asOurs, ...strictly }), ""));
  test(`options and results are assignable, ${library}`, () => assert.equal(compile("assignable.ts", options), ""));
}

test("our types need no library's", () => assert.equal(compile("bare.ts", { ...strictly, types: [] }), ""));

test("the compiler would say so", () => {
  assert.match(compile("usage.ts",
    { paths: { jose: [fileURLToPath(fileOf("dist/index.d.ts"))] } }), /has no exported member/);
});
