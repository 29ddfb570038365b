// One line for people for each step; what the tools say goes to a log, of which a failure shows the end.
import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const logs = join(root, "build", "logs");

export class StepFailed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Where a program is on the PATH, or undefined. */
export function which(command) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const environment = {
  ...process.env,
  ...(which("ninja") && !process.env.CMAKE_GENERATOR ? { CMAKE_GENERATOR: "Ninja" } : {}),
  CMAKE_BUILD_PARALLEL_LEVEL: process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? `${availableParallelism()}`,
};

/** Runs a shell command in the repository with its output in build/logs/NAME.log; gives the exit code. */
export function run(name, command) {
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, `${name}.log`), "w");
  return new Promise((resolve, reject) => {
    const child = spawn(command, {
      cwd: root,
      shell: true,
      env: environment,
      stdio: ["ignore", log, log],
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ? 128 : code));
  }).finally(() => closeSync(log));
}

/** What a person wants to see of a failure: the tests that Node's runner says failed, or the end of the log. */
export function tail(name) {
  const lines = readFileSync(join(logs, `${name}.log`), "utf8").trimEnd().split("\n");
  const failed = lines.lastIndexOf("✖ failing tests:");
  return (failed < 0 ? lines.slice(-60) : lines.slice(failed, failed + 200)).join("\n");
}

/** Runs a command as a step with a name; throws with the end of its log when it fails. */
export async function step(name, title, command) {
  const since = performance.now();
  process.stdout.write(`${title} ... `);
  const code = await run(name, command);
  console.log(code === 0 ? seconds(since) : "failed");
  if (code !== 0) {
    const log = relative(process.cwd(), join(logs, `${name}.log`));
    throw new StepFailed(`${tail(name)}\n\n${title} failed; all of its output is in ${log}`, code);
  }
}

/** The command that configures a preset, if that has not been done, and builds it. */
export const build = (preset, ...targets) =>
  `{ test -e build/${preset}/CMakeCache.txt && test -e build/${preset}/cmake_install.cmake` +
  ` || cmake --preset ${preset}; } && cmake --build --preset ${preset}` +
  (targets.length ? ` --target ${targets.join(" ")}` : "");

/** The main function of a tool: its failures become a message and an exit code. */
export async function main(tool) {
  try {
    process.exitCode = (await tool()) ?? 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
