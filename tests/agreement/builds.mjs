// The five builds of the one core, each behind the same question: judge(cases) gives a reason, or "valid", for
// each case; undefined where a build cannot be asked.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { KeySet } from "touchstone";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where CMake built the native programs; TOUCHSTONE_BUILD_DIR says so, if it is not the release preset. */
const buildDir = process.env.TOUCHSTONE_BUILD_DIR ?? join(root, "build", "release");

export const builds = {
  "C++": (cases) => judgeByProgram(join(buildDir, "tests/agreement/touchstone_verdicts_cpp"), cases),
  C: (cases) => judgeByProgram(join(buildDir, "tests/agreement/touchstone_verdicts_c"), cases),
  "command line": (cases) => judgeByCommandLine([join(buildDir, "native/touchstone")], cases),
  JavaScript: judgeByPackage,
  // Every group of cases is a new process, so that only a part of the small groups is asked.
  npx: (cases) => judgeByCommandLine([process.execPath, join(root, "dist/cli.js")], cases, 10),
};

/** In a folder that is gone afterwards. */
async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-agreement-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program with a file as its standard input; gives the exit code and what it wrote. */
function run([program, ...more], input, output) {
  const files = [openSync(input, "r"), openSync(output, "w")];
  return new Promise((resolve, reject) => {
    const child = spawn(program, more, { stdio: [...files, "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? signal, out: readFileSync(output, "utf8"), err }));
  }).finally(() => files.forEach(closeSync));
}

// C++ and C: one stream of blocks to one process; verdicts.cpp says what a block is.
function judgeByProgram(program, cases) {
  return withFolder(async (folder) => {
    const input = join(folder, "cases");
    const file = openSync(input, "w");
    const last = {};
    const write = (letter, value) => {
      if (last[letter] === value && letter !== "t") return;
      last[letter] = value;
      const bytes = Buffer.from(value);
      writeSync(file, Buffer.concat([Buffer.from(`${letter} ${bytes.length}\n`), bytes, Buffer.from("\n")]));
    };
    for (const { jwks, options, now, token } of cases) {
      write("k", jwks);
      write("o", JSON.stringify(options));
      write("n", `${now}`);
      write("t", token);
    }
    closeSync(file);
    const { code, out, err } = await run([program], input, join(folder, "reasons"));
    const reasons = out.trimEnd().split("\n");
    if (code !== 0 || reasons.length !== cases.length) {
      throw new Error(`${program}: ${code} after ${reasons.length} of ${cases.length} cases; ${err}`);
    }
    return reasons;
  });
}

/** What a call threw, by its reason; anything but a TouchstoneError is a bug of its own. */
function reasonOf(call) {
  try {
    call();
    return "valid";
  } catch (error) {
    return error.reason ?? `${error.name}: ${error.message}`;
  }
}

async function judgeByPackage(cases) {
  const reasons = [];
  const sets = new Map();
  let since = performance.now();
  for (const { jwks, options, now, token } of cases) {
    // Every few milliseconds, for the programs are waiting for this process, too.
    if (performance.now() - since > 5) {
      await setImmediate();
      since = performance.now();
    }
    const reason = reasonOf(() => {
      if (!sets.has(jwks)) {
        sets.clear();
        sets.set(jwks, KeySet.parse(jwks));
      }
      // Bytes that are no ASCII are what they would be to a caller who read them as Latin-1.
      const text = token.toString("latin1");
      sets.get(jwks).verifySync(text, { ...options, currentDate: new Date(now * 1000) });
    });
    reasons.push(reason);
  }
  return reasons;
}

const flags = {
  algorithms: "--alg",
  issuer: "--issuer",
  audience: "--audience",
  subject: "--subject",
  typ: "--typ",
  clockTolerance: "--leeway",
  maxTokenAge: "--max-age",
  requiredClaims: "--require",
  profile: "--profile",
  multipleKeys: "--multiple-keys",
};

/** Options as arguments; undefined when the command line has no such option. */
function argumentsOf(options) {
  const entries = Object.entries(options);
  if (entries.some(([name]) => !flags[name])) return undefined;
  return entries.flatMap(([name, value]) => [value].flat().map((one) => `${flags[name]}=${one}`));
}

/** Cases that one process can judge: the same set, options and time, one token a line. */
function groupsOf(cases) {
  const groups = new Map();
  const sets = new Map();
  cases.forEach(({ jwks, options, now, token }, position) => {
    const given = argumentsOf(options);
    if (!given) return;
    if (!sets.has(jwks)) sets.set(jwks, sets.size);
    const isLine = !token.includes("\n");
    const name = JSON.stringify([sets.get(jwks), given, now, isLine ? "lines" : position]);
    const group = groups.get(name) ?? { jwks, isLine, arguments: [...given, `--now=${now}`], positions: [] };
    group.positions.push(position);
    groups.set(name, group);
  });
  return [...groups.values()];
}

// Both command lines: a process for each group, and one for each token that holds a line end. Of the groups of
// few tokens every `oneIn`-th is asked.
function judgeByCommandLine(command, cases, oneIn = 1) {
  return withFolder(async (folder) => {
    const reasons = Array(cases.length);
    const isMany = ({ positions }) => positions.length > 100;
    const groups = groupsOf(cases).filter((group, number) => isMany(group) || number % oneIn === 0);
    const judgeGroup = async (group, worker) => {
      const path = (name) => join(folder, `${name}${worker}`);
      writeFileSync(path("jwks"), group.jwks);
      // A line may end in CR LF, and a file in one line end; so that a CR before it is the token's own.
      const lineEnd = Buffer.from("\r\n");
      writeFileSync(path("tokens"), Buffer.concat(group.positions.flatMap((at) => [cases[at].token, lineEnd])));
      const tokens = group.isLine ? ["--batch", "-"] : ["-"];
      const all = [...command, "verify", ...tokens, "--jwks", path("jwks"), "--json", ...group.arguments];
      const { code, out, err } = await run(all, path("tokens"), path("verdicts"));
      group.positions.forEach((position, index) => (reasons[position] = verdict(code, out, err, group, index)));
    };
    const workers = Array.from({ length: availableParallelism() }, async (_, worker) => {
      for (let group; (group = groups.shift()); ) await judgeGroup(group, worker);
    });
    await Promise.all(workers);
    return reasons;
  });
}

const parsed = new WeakMap();

function verdict(code, out, err, group, index) {
  if (code === 2) return "option_invalid";
  if (code !== 0 && code !== 1) return `exit code ${code}: ${err}`;
  if (!parsed.has(group)) parsed.set(group, out.trimEnd().split("\n").map((line) => JSON.parse(line)));
  const lines = parsed.get(group);
  // A set that is refused gets one answer for all its tokens.
  const line = lines[0].line === undefined ? lines[0] : lines[index];
  if (line.valid !== (line.error === undefined)) return `contradiction: ${JSON.stringify(line)}`;
  if (line.valid && code !== 0 && lines.length === 1) return `exit code ${code} for a valid token`;
  return line.valid ? "valid" : line.error.reason;
}
