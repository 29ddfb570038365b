// Runs the programs that run the suite.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../js/tools/steps.mjs";
import { stage } from "./stage.mjs";

const folders = ["tests/matrix", "tests/remote", "tests/matrix/all", "."].map((name) => join(root, name, "node_modules"));

/** The path of what a pinned package has, in the first folder that has it; undefined when it is not installed. */
export const pinned = (path) => folders.map((folder) => join(folder, path)).find(existsSync);

export const versionOf = (name) => JSON.parse(readFileSync(pinned(join(name, "package.json")), "utf8")).version;

/** What a program prints. Throws what it complained of when it fails or takes too long. */
export function output(program, args, { cwd = stage, env, timeout = 60_000, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, timeout, killSignal: "SIGKILL" });
    let text = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk) => (complaints += chunk));
    child.stdin.on("error", () => {}).end(input);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(text);
      reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}\n${text}\n${complaints}`.trim()));
    });
  });
}

/** The results that a program printed as its last line. */
export const resultsOf = (text) => JSON.parse(text.trim().split("\n").at(-1));

/** Starts a server; resolves when a line that it prints matches `ready`, with the match; `stop()` it. */
export function startServer(program, args, { cwd = stage, env, ready, timeout = 60_000 }) {
  // In a group of its own, for servers that start others.
  const options = { cwd, env: { ...process.env, ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(program, args, options);
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {} // it has ended
    return ended;
  };
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why) => stop().then(() => reject(new Error(`${program} ${args.join(" ")} ${why}\n${text}`)));
    const timer = setTimeout(fail, timeout, "was not ready in time");
    const read = (chunk) => {
      text += chunk;
      const match = text.match(ready);
      if (!match) return;
      clearTimeout(timer);
      resolve({ match, stop });
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    ended.then((why) => {
      clearTimeout(timer);
      reject(new Error(`${program} ${args.join(" ")} ended with ${why}\n${text}`));
    });
  });
}
