// The binary interface of the shared libraries: what they export, and how the public types lie in memory.
//   node tests/packages/abi.mjs            what has changed since native/abi/linux-64.txt was recorded
//   node tests/packages/abi.mjs --record   records what is now, on purpose
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const record = join(root, "native", "abi", "linux-64.txt");
const build = process.env.TOUCHSTONE_BUILD_DIR ?? join(root, "build", "release");
const output = (program, ...args) =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });

/** A line for each function and object that a library exports and a program may refer to. */
function exportsOf(name) {
  const library = join(build, "native", `lib${name}.so`);
  const symbols = output("nm", "--dynamic", "--defined-only", "--format=posix", library)
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, kind]) => kind && !"wWVvu".includes(kind)) // what every program has a copy of
    .map(([symbol]) => symbol);
  const readable = execFileSync("c++filt", { input: symbols.join("\n"), encoding: "utf8" }).split("\n");
  return symbols.map((symbol, i) => `${name}: ${symbol === readable[i] ? "" : `${readable[i]} = `}${symbol}`);
}

/** A line for each type with its size, and for each of its members with its offset. */
function layouts() {
  const json = join(build, "_deps", "nlohmann_json-src", "include");
  const dump = output(
    "clang++", "-std=c++20", "-fsyntax-only", "-Xclang", "-fdump-record-layouts",
    "-I", join(root, "core/include"), "-I", join(root, "native/include"), "-isystem", json,
    join(root, "tests/packages/abi.cpp"),
  );
  const lines = [];
  for (const block of dump.split("*** Dumping AST Record Layout\n")) {
    const name = /^ +0 \| (?:struct|class) (touchstone(?:::[\w:]+|_\w+))$/m.exec(block.split("\n")[0])?.[1];
    if (!name) continue;
    const [, size, align] = /sizeof=(\d+), (?:dsize=\d+, )?align=(\d+)/.exec(block);
    lines.push(`${name}: ${size} bytes, aligned to ${align}`);
    for (const [, offset, member] of block.matchAll(/^ +([\d:-]+) \|   (\S.*)$/gm)) {
      lines.push(`${name} at ${offset.padStart(4)}: ${member.replace(/ at \/\S*\)/, ")")}`);
    }
  }
  return lines;
}

/** The types that the headers define, by their own names; abi.cpp must lead to each. */
function definedTypes() {
  const names = [];
  for (const folder of ["core/include/touchstone", "native/include/touchstone"]) {
    for (const file of readdirSync(join(root, folder))) {
      const text = readFileSync(join(root, folder, file), "utf8");
      for (const [, name] of text.matchAll(/^ *(?:struct|class)(?: TOUCHSTONE_API| \[\[nodiscard\]\])* (\w+) \{/gm)) {
        names.push(name);
      }
    }
  }
  return [...new Set(names)].filter((name) => name !== "Result"); // a template, which nobody exports
}

/** The whole interface, in lines. */
export function describe() {
  const libraries = ["touchstone", "touchstone-remote", "touchstone-issuer", "touchstone-stores"];
  const lines = [...libraries.flatMap(exportsOf), ...layouts()];
  const missing = definedTypes().filter((name) => !lines.some((line) => new RegExp(`(::|^)${name}: \\d`).test(line)));
  if (missing.length) throw new Error(`tests/packages/abi.cpp does not lead to ${missing.join(", ")}`);
  return [...new Set(lines)].sort();
}

/**
 * What breaks programs, since it is gone, or is a new member, be it in what was padding, of a type that they
 * make without it; and what is new and does not.
 */
export function compare(before, after) {
  const [had, has] = [new Set(before), new Set(after)];
  const types = new Set(before.map((line) => line.split(" at ")[0]));
  const isMember = (line) => line.includes(" at ") && types.has(line.split(" at ")[0]);
  const added = after.filter((line) => !had.has(line));
  return {
    broken: [...before.filter((line) => !has.has(line)), ...added.filter(isMember)],
    added: added.filter((line) => !isMember(line)),
  };
}

/** What was recorded: lines, and the version that they are of. */
export function recorded() {
  const [version, ...lines] = readFileSync(record, "utf8").trimEnd().split("\n");
  return { version: version.replace("# ", ""), lines };
}

export function version() {
  const header = readFileSync(join(root, "core/include/touchstone/touchstone.h"), "utf8");
  return /TOUCHSTONE_VERSION "(.+)"/.exec(header)[1];
}

/** In words what a change means and what to do about it; empty when there is none. */
export function verdict({ broken, added }, of) {
  if (broken.length === 0 && added.length === 0) return "";
  const list = (title, lines) => (lines.length ? `${title}:\n${lines.map((line) => `  ${line}\n`).join("")}` : "");
  const advice = broken.length
    ? `Programs built with ${of} would break. Once that is released, such a change needs a new minor version\n` +
      "(a major one from 1.0 on), which gives the libraries another SONAME.\n"
    : "Programs go on as they are.\n";
  return `${list("gone, moved or in between", broken)}${list("new", added)}${advice}On purpose? node tests/packages/abi.mjs --record\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--record") {
    writeFileSync(record, `# ${version()}\n${describe().join("\n")}\n`);
  } else {
    const { version: of, lines } = recorded();
    const said = verdict(compare(lines, describe()), of);
    process.stdout.write(said || `as it was recorded of ${of}\n`);
    process.exitCode = said ? 1 : 0;
  }
}
