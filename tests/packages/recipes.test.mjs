// The port for vcpkg and the recipe for Conan, as far as that can be seen without either: the steps that they
// take are taken, with the real CMake on the real tree. With TOUCHSTONE_MBEDTLS, the prefix of an Mbed TLS 3.6,
// the port is also built, installed and used; without it a stand-in is found, and nothing compiled.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
const work = join(root, "build", "recipes");
const port = join(root, "native/packaging/vcpkg/ports/touchstone");
const real = process.env.TOUCHSTONE_MBEDTLS;
const version = /TOUCHSTONE_VERSION "(.+)"/.exec(readFileSync(join(root, "core/include/touchstone/touchstone.h"), "utf8"))[1];
const run = (program, ...args) => execFileSync(program, args, { encoding: "utf8", cwd: work, stdio: ["ignore", "pipe", "pipe"] });

rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, "stand-in"), { recursive: true });
writeFileSync(join(work, "stand-in/MbedTLSConfig.cmake"), "add_library(MbedTLS::mbedcrypto INTERFACE IMPORTED)\n");
writeFileSync(join(work, "stand-in/MbedTLSConfigVersion.cmake"), "set(PACKAGE_VERSION 3.6.0)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n");
const prefixes = real ?? join(work, "stand-in");

const runPort = (features, kind) => {
  const folder = join(work, `${kind}-${features.length}`);
  mkdirSync(folder);
  run("cmake", `-DFEATURES=${["core", ...features].join(";")}`, `-DKIND=${kind}`, `-DPREFIXES=${prefixes}`,
    `-DWORK=${folder}`, `-DCONFIGURE_ONLY=${real ? "OFF" : "ON"}`, "-P", join(here, "vcpkg.cmake"));
  const cache = readFileSync(join(folder, "build/CMakeCache.txt"), "utf8");
  return { packages: join(folder, "packages/touchstone"), is: (line) => new RegExp(`^${line}$`, "m").test(cache) };
};

test("the port of vcpkg says what it is", () => {
  const manifest = JSON.parse(readFileSync(join(port, "vcpkg.json"), "utf8"));
  assert.equal(manifest.version, version);
  assert.match(manifest.name, /^[a-z0-9-]+$/);
  for (const name of manifest["default-features"]) assert.ok(manifest.features[name]);
  assert.deepEqual(Object.keys(manifest.features), ["command", "remote"]);
  assert.ok(readFileSync(join(port, "portfile.cmake"), "utf8").includes("/usage"));
});

test("the port of vcpkg configures this tree: one kind of library, and the features that were asked for", () => {
  const all = runPort(["command", "remote"], "static");
  for (const option of ["BUILD_CLI", "BUILD_REMOTE", "SYSTEM_JSON", "SYSTEM_MBEDTLS"]) assert.ok(all.is(`TOUCHSTONE_${option}:BOOL=ON`), option);
  for (const option of ["BOTH_KINDS", "BUILD_TESTS"]) assert.ok(all.is(`TOUCHSTONE_${option}:BOOL=OFF`), option);
  const few = runPort([], "dynamic");
  for (const option of ["BUILD_CLI", "BUILD_REMOTE"]) assert.ok(few.is(`TOUCHSTONE_${option}:BOOL=OFF`), option);
  assert.ok(existsSync(join(few.packages, "share/touchstone/copyright")) && existsSync(join(few.packages, "share/touchstone/usage")));
  if (!real) return;
  assert.deepEqual(readdirSync(join(all.packages, "lib")).filter((name) => name.startsWith("lib")), ["libtouchstone-remote.a", "libtouchstone.a"]);
  assert.ok(readdirSync(join(few.packages, "lib")).includes("libtouchstone.so"));
  for (const { packages } of [all, few]) {
    const project = join(packages, "../project");
    run("cmake", "-S", join(root, "native/packaging/conan/test_package"), "-B", project, `-DCMAKE_PREFIX_PATH=${packages};${prefixes}`);
    run("cmake", "--build", project);
    assert.equal(run(join(project, "test_package")), "token_malformed\n");
  }
});

test("an option that there is none of is noticed", () => {
  const text = readFileSync(join(port, "portfile.cmake"), "utf8");
  for (const [, option] of text.matchAll(/-D(\w+)=/g)) {
    assert.match(option, /^TOUCHSTONE_/);
    const declared = ["CMakeLists.txt", "native/CMakeLists.txt"].some((file) => readFileSync(join(root, file), "utf8").includes(option));
    assert.ok(declared, option);
  }
});

test("the recipe of Conan sets options that there are, and names libraries that are built", () => {
  const answers = JSON.parse(run("python3", join(here, "conan.py")));
  const { nlohmann_json } = JSON.parse(readFileSync(join(root, "native/cmake/dependencies.json"), "utf8"));
  assert.deepEqual(answers.remote.requires, [`nlohmann_json/${nlohmann_json.version}`, "mbedtls/[>=3.6.0 <4]", "libcurl/[>=7.78.0 <9]"]);
  assert.equal(answers.local.requires.length, 2);
  for (const [name, answer] of Object.entries(answers)) {
    assert.equal(answer.version, version);
    assert.ok(existsSync(join(root, answer.testFolder, "conanfile.py")));
    const variables = Object.entries(answer.cacheVariables).map(([key, value]) => `-D${key}=${value ? "ON" : "OFF"}`);
    const { status, stderr } = spawnSync("cmake", ["-S", root, "-B", join(work, `conan-${name}`), `-DCMAKE_PREFIX_PATH=${prefixes}`, ...variables], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /not used by the project/);
    const config = readFileSync(join(work, `conan-${name}`, "native/touchstone-config.cmake"), "utf8");
    const parts = /set\(touchstone_components ?(.*)\)/.exec(config)[1].split(";").filter(Boolean);
    // The same names as without Conan.
    const targets = ["touchstone::touchstone", ...parts.map((part) => `touchstone::${part}`)];
    const libraries = ["touchstone", ...parts.map((part) => `touchstone-${part}`)];
    assert.deepEqual(Object.values(answer.components).map(({ cmake_target_name: target }) => target), targets);
    assert.deepEqual(Object.values(answer.components).flatMap(({ libs }) => libs), libraries);
  }
  assert.deepEqual(Object.keys(answers.remote.components), ["verifier", "remote"]);
  assert.deepEqual(Object.keys(answers.local.components), ["verifier"]);
});
