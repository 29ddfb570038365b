// Whether the tests of the variable-time arithmetic notice when one constant or one carry of it is
// wrong: each of mutants.json is put into a copy of the tree, alone, and must make a test fail.
//   node tests/mutation/run.mjs            all
//   node tests/mutation/run.mjs TEXT...    those whose file or reason contains one of the texts
// Catch2 and Mbed TLS come from the release build (`npm start`).
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = "core/src/crypto/vartime";
const deps = process.env.TOUCHSTONE_DEPS ?? join(root, "build/release/_deps");
const compiler = process.env.CXX ?? "g++";
const mutants = JSON.parse(readFileSync(join(root, "tests/mutation/mutants.json"), "utf8"));

const tree = mkdtempSync(join(tmpdir(), "touchstone-mutation-"));
process.on("exit", () => rmSync(tree, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
cpSync(join(root, "core"), join(tree, "core"), { recursive: true });
cpSync(join(root, "tests/core"), join(tree, "tests/core"), { recursive: true });
mkdirSync(join(tree, "objects"));

function run(command, args, seconds = 300) {
  const result = spawnSync(command, args, {
    cwd: tree,
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` };
}

// Few fields: what takes long to compile is left out. The first that notices ends a mutant's trial.
const flags = ["-std=c++20", "-O1", "-DTOUCHSTONE_TEST_FEW_FIELDS", "-Icore/src", "-Icore/include"];
flags.push("-isystem", join(deps, "catch2-src/src"));
flags.push("-isystem", join(deps, "catch2-build/generated-includes"));
const config = join(tree, "core/src/crypto/mbedtls/config.h");
const mbedtls = join(deps, "mbedtls-src");
const hashFlags = ["-I", join(mbedtls, "include"), `-DMBEDTLS_CONFIG_FILE="${config}"`];

const compile = (source, object, more = []) =>
  run(compiler, [...flags, ...more, "-c", source, "-o", `objects/${object}.o`]);

// Each translation unit, and the tests that stand on it; these in the order in which they are asked.
const tests = ["field", "rsa", "group"];
const units = [
  ["modulus", `${folder}/modulus.cpp`, ["field", "group"]],
  ["rsa", `${folder}/rsa.cpp`, ["rsa"]],
  ["rsa_radix", `${folder}/rsa_radix.cpp`, ["rsa"]],
  ["keccak", `${folder}/keccak.cpp`, ["group"]],
  ...tests.map((name) => [`${name}_test`, `tests/core/vartime_${name}_test.cpp`, [name]]),
];
const hashFiles = ["asn1parse", "constant_time", "md", "platform_util", "sha256", "sha512"];
const libraries = ["src/libCatch2Main.a", "src/libCatch2.a"].map((name) =>
  join(deps, "catch2-build", name),
);
/** The files of a translation unit below the vartime folder. */
function includesOf(source) {
  const { output } = run(compiler, [...flags, "-MM", source]);
  return new Set([...output.matchAll(/vartime\/(\w+\.[ch]pp)/g)].map(([, name]) => name));
}
const includes = new Map(units.map(([, source]) => [source, includesOf(source)]));

/** The tests that see a file. */
const testsOf = (file) =>
  tests.filter((test) =>
    units.some(([, source, users]) => users.includes(test) && includes.get(source).has(file)),
  );

const wanted = process.argv.slice(2);
const chosen = mutants.filter(
  ({ file, why }) =>
    wanted.length === 0 || wanted.some((text) => file.includes(text) || why.includes(text)),
);
const asked = new Set(chosen.flatMap(({ file }) => testsOf(file)));

function must(what, result) {
  if (result.ok) return;
  console.error(`${what}\n${result.output.slice(-4000)}`);
  process.exit(1);
}

/** Builds and runs one test; `changed` is the file that a mutant is in. */
function trial(test, changed) {
  const objects = [];
  for (const [name, source] of units.filter(([, , users]) => users.includes(test))) {
    const isMutant = changed !== undefined && includes.get(source).has(changed);
    const object = `${isMutant ? "mutant_" : ""}${name}`;
    if (isMutant && !compile(source, object).ok) return "not compiled";
    objects.push(`objects/${object}.o`);
  }
  const program = `objects/${changed === undefined ? "" : "mutant_"}${test}`;
  const hashes = ["hash", ...hashFiles].map((name) => `objects/${name}.o`);
  must(
    "link",
    run(compiler, [...objects, ...hashes, ...libraries, "-lpthread", "-o", join(tree, program)]),
  );
  return run(join(tree, program), ["--abort"], 25).ok ? "survived" : "noticed";
}

// The objects without a mutant, once; and the tests must pass with them.
must("hash.cpp", compile("core/src/crypto/mbedtls/hash.cpp", "hash", hashFlags));
for (const name of hashFiles) {
  const source = join(mbedtls, `library/${name}.c`);
  must(name, run("gcc", ["-O2", ...hashFlags, "-c", source, "-o", `objects/${name}.o`]));
}
for (const [name, source, users] of units)
  if (users.some((test) => asked.has(test))) must(name, compile(source, name));
for (const name of asked) {
  if (trial(name) !== "survived") {
    console.error(`The tests of ${name} fail without a mutant.`);
    process.exit(1);
  }
}

let passed = 0;
let failed = 0;
for (const { file, find, replace, why } of chosen) {
  const path = join(tree, folder, file);
  const original = readFileSync(path, "utf8");
  const since = performance.now();
  let verdict = "not found";
  let noticing = "";
  if (existsSync(path) && original.split(find).length === 2) {
    writeFileSync(path, original.replace(find, () => replace));
    for (const test of testsOf(file)) {
      verdict = trial(test, file);
      noticing = ` by ${test}`;
      if (verdict !== "survived") break;
    }
    writeFileSync(path, original);
  }
  const isNoticed = verdict === "noticed";
  if (isNoticed) ++passed;
  else ++failed;
  const seconds = ((performance.now() - since) / 1000).toFixed(0).padStart(3);
  console.log(`${verdict.padEnd(12)} ${seconds} s  ${file}: ${why}${isNoticed ? noticing : ""}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
