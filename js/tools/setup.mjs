// Brings in whatever a fresh Debian machine lacks; `node js/tools/setup.mjs [--tests]`.
// Everything is checked each time, which is quick, so there is no stamp that could lie.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StepFailed, main, root, run, seconds, step, which } from "./steps.mjs";

const output = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
};

// ---- programs -------------------------------------------------------------------------------------

// Emscripten before 3.1.6 has not been tried. The answer is kept beside the program's date, since asking
// starts Python.
function emccWorks() {
  const emcc = which("emcc");
  if (!emcc) return false;
  const cache = join(root, ".deps", "emcc.json");
  const key = `${emcc} ${statSync(emcc).mtimeMs}`;
  if (existsSync(cache)) {
    const known = JSON.parse(readFileSync(cache, "utf8"));
    if (known.key === key) return known.works;
  }
  const [major, minor, patch] = output(emcc, "--version")
    .match(/\d+\.\d+\.\d+/)?.[0]
    .split(".")
    .map(Number) ?? [0, 0, 0];
  const works = major * 1e6 + minor * 1e3 + patch >= 3_001_006;
  mkdirSync(join(root, ".deps"), { recursive: true });
  writeFileSync(cache, JSON.stringify({ key, works }));
  return works;
}

// Clang's runtime libraries (sanitizers, libFuzzer) are a Debian package of their own.
function clangHasRuntime() {
  const folder = which("clang") && output("clang", "-print-resource-dir").trim();
  const linux = folder && join(folder, "lib", "linux");
  return Boolean(
    linux && existsSync(linux) && readdirSync(linux).some((file) => file.includes("fuzzer")),
  );
}

// The compiler knows where headers are: on Debian in a folder that the machine's kind names.
function hasHeader(name) {
  const tryOut = `echo '#include <${name}>' | c++ -E -xc++ - > /dev/null && echo found`;
  return output("sh", "-c", tryOut) !== "";
}

// Debian keeps the server's programs off the PATH, in a folder for each version, where the client may be alone.
const debiansPostgres = "/usr/lib/postgresql";
const hasPostgres = () =>
  which("initdb") ||
  (existsSync(debiansPostgres) &&
    readdirSync(debiansPostgres).some((version) => existsSync(join(debiansPostgres, version, "bin", "initdb"))));

/** WebKit's plainest browser, which Debian does not have on the PATH. */
export const miniBrowser = `/usr/lib/${{ x64: "x86_64", arm64: "aarch64" }[process.arch]}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

const programs = [
  { name: "a C++ compiler", works: () => which("c++"), packages: ["g++"] },
  { name: "CMake", works: () => which("cmake"), packages: ["cmake"] },
  {
    name: "Ninja or Make",
    works: () => which("ninja") ?? which("make"),
    packages: ["ninja-build"],
  },
  { name: "libcurl's headers", works: () => hasHeader("curl/curl.h"), packages: ["libcurl4-openssl-dev"] },
  {
    name: "libpq's headers",
    works: () => hasHeader("postgresql/libpq-fe.h") || hasHeader("libpq-fe.h"),
    packages: ["libpq-dev"],
  },
  { name: "libsodium's headers", works: () => hasHeader("sodium.h"), packages: ["libsodium-dev"] },
  { name: "libmicrohttpd's headers", works: () => hasHeader("microhttpd.h"), packages: ["libmicrohttpd-dev"] },
  { name: "GnuTLS's headers", works: () => hasHeader("gnutls/gnutls.h"), packages: ["libgnutls28-dev"] },
  { name: "Emscripten 3.1.6 or newer", works: emccWorks, packages: ["emscripten"] },
  { name: "Clang", works: () => which("clang++"), packages: ["clang"], tests: true },
  {
    name: "Clang's sanitizers",
    works: clangHasRuntime,
    packages: ["clang", "libclang-rt-dev"],
    tests: true,
  },
  {
    name: "clang-format",
    works: () => which("clang-format"),
    packages: ["clang-format"],
    tests: true,
  },
  { name: "pkg-config", works: () => which("pkg-config"), packages: ["pkg-config"] },
  { name: "OpenSSL", works: () => which("openssl"), packages: ["openssl"], tests: true },
  {
    name: "OpenSSL's headers",
    works: () => hasHeader("openssl/evp.h"),
    packages: ["libssl-dev"],
    tests: true,
  },
  {
    name: "valgrind",
    works: () => which("valgrind") && hasHeader("valgrind/memcheck.h"),
    packages: ["valgrind"],
    tests: true,
  },
  { name: "nginx", works: () => which("nginx"), packages: ["nginx-light"], tests: true },
  { name: "Redis", works: () => which("redis-server"), packages: ["redis-server"], tests: true },
  { name: "PostgreSQL", works: hasPostgres, packages: ["postgresql"], tests: true },
  { name: "Chromium", works: () => which("chromium"), packages: ["chromium"], tests: true },
  { name: "Doxygen", works: () => which("doxygen"), packages: ["doxygen"], docs: true },
  ...[
    ["libfcgi's headers", () => hasHeader("fcgiapp.h"), "libfcgi-dev"],
    ["nlohmann/json's headers", () => hasHeader("nlohmann/json.hpp"), "nlohmann-json3-dev"],
    ["lintian", () => which("lintian"), "lintian"],
    ["man", () => which("man"), "man-db"],
    ["bash completion", () => existsSync("/usr/share/bash-completion/bash_completion"), "bash-completion"],
    ["zsh", () => which("zsh"), "zsh"],
    ["fish", () => which("fish"), "fish"],
  ].map(([name, works, ...packages]) => ({ name, works, packages, tests: true })),
];

// Of the whole matrix alone; on another system than Debian they may be elsewhere.
const browsers = [
  { name: "Firefox", works: () => which("firefox-esr") ?? which("firefox"), packages: ["firefox-esr"] },
  { name: "WebKit", works: () => existsSync(miniBrowser), packages: ["libwebkit2gtk-4.1-0"] },
  { name: "Xvfb", works: () => which("xvfb-run") && which("xauth"), packages: ["xvfb", "xauth"] },
];

async function setUpPrograms(wanted) {
  const missing = wanted.filter((program) => !program.works());
  if (missing.length === 0) return;
  const names = missing.map((program) => program.name).join(", ");
  const packages = [...new Set(missing.flatMap((program) => program.packages))].join(" ");
  const install = `apt-get install -y --no-install-recommends ${packages}`;
  const sudo = process.getuid() === 0 ? "" : "sudo -n ";
  if (!which("apt-get") || (sudo && !output("sudo", "-n", "id"))) {
    throw new StepFailed(
      `Missing: ${names}. Please run this, then try again:\n\n  sudo ${install}`,
      3,
    );
  }
  const apt = `${sudo}env DEBIAN_FRONTEND=noninteractive ${install}`;
  // A list of packages that is old or was never fetched makes the first try fail.
  await step(
    "setup-apt",
    `Installing ${packages}`,
    `${apt} || { ${sudo}apt-get update && ${apt}; }`,
  );
  const still = missing.filter((program) => !program.works()).map((program) => program.name);
  if (still.length) {
    throw new StepFailed(`Still missing after installing ${packages}: ${still.join(", ")}.`, 3);
  }
}

// ---- source archives ------------------------------------------------------------------------------

const dependencies = JSON.parse(readFileSync(join(root, "native/cmake/dependencies.json"), "utf8"));
const downloads = join(root, ".deps", "downloads");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function fromUpstream({ url }) {
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), 8000); // to answer; the file itself may take longer
  try {
    const response = await fetch(url, { signal: slow.signal });
    clearTimeout(timer);
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

// Where upstream cannot be reached, the machine's own Debian mirror has the same bytes.
async function fromDebian({ debian, sha256 }) {
  const mirrors = new Set(
    output("apt-get", "indextargets", "--format", "$(REPO_URI)").split("\n").filter(Boolean),
  );
  const file = join(downloads, `${basename(debian)}.part`);
  for (const mirror of mirrors) {
    const url = `${mirror.replace(/\/$/, "")}/${debian}`;
    const code = await run(
      "setup-download",
      `/usr/lib/apt/apt-helper download-file '${url}' '${file}' SHA256:${sha256}`,
    );
    if (code === 0) return readFileSync(file);
  }
}

async function setUpArchives() {
  mkdirSync(downloads, { recursive: true });
  for (const [name, dependency] of Object.entries(dependencies)) {
    const file = join(downloads, basename(dependency.debian));
    if (existsSync(file)) continue;
    const since = performance.now();
    process.stdout.write(`Downloading ${name} ${dependency.version} ... `);
    let found = false;
    for (const source of [fromUpstream, fromDebian]) {
      const bytes = await source(dependency);
      if (!bytes || sha256(bytes) !== dependency.sha256) continue;
      writeFileSync(`${file}.part`, bytes);
      renameSync(`${file}.part`, file); // under its own name only when whole and checked
      found = true;
      break;
    }
    console.log(found ? seconds(since) : "failed");
    if (!found) {
      throw new StepFailed(
        `Could not get ${dependency.url}. Please download it, see that its SHA-256 is\n` +
          `${dependency.sha256}, and put it at\n\n  ${file}`,
        3,
      );
    }
  }
}

// ---- npm packages ---------------------------------------------------------------------------------

/** In a folder of the repository, with a lock file: what is needed for `purpose`. */
async function setUpNpm(folder, purpose) {
  const installed = join(root, folder, "node_modules", ".package-lock.json");
  const modified = (file) => statSync(file).mtimeMs;
  const lock = join(root, folder, "package-lock.json");
  if (existsSync(installed) && modified(installed) >= modified(lock)) return;
  await step(
    "setup-npm",
    `Installing the npm packages that ${purpose}`,
    `cd ./${folder} && npm ci --ignore-scripts --no-audit --no-fund`,
  );
}

export async function setup({ tests = false, docs = tests } = {}) {
  const isWanted = (program) => (tests || !program.tests) && (docs || !program.docs);
  await setUpPrograms(programs.filter(isWanted));
  await setUpArchives();
  await setUpNpm("", "the build needs");
  if (docs) await setUpNpm("js/docs", "the reference needs");
  if (tests) await setUpNpm("tests/remote", "the tests of remote key sets need");
  if (tests) await setUpNpm("tests/serve", "are an issuer's clients");
  if (tests) await setUpNpm("tests/middleware", "the tests of middleware need");
  if (tests) await setUpNpm("tests/playground", "the tests of the playground need");
  if (tests) await setUpNpm("tests/matrix", "bring other runtimes");
}

/** What `npm run test:all` needs besides. What cannot be had is told, and missing in its table. */
export async function setUpMatrix() {
  const steps = [
    () => setUpPrograms(browsers),
    () => setUpNpm("tests/matrix/all", "bring bundlers and wrangler"),
    () => setUpNpm("tests/matrix/next15", "bring Next 15"),
    () => setUpNpm("tests/matrix/next16", "bring Next 16"),
  ];
  for (const setUp of steps) {
    try {
      await setUp();
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      console.error(error.message);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => setup({ tests: process.argv.includes("--tests") }));
}
