// The builds of the remote key set, each as a child that takes a command of JSON a line and answers it with one;
// probe.cpp says which. The certificate authority's file is all that they are told of this machine.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = fileURLToPath(new URL(".", import.meta.url));
/** Where CMake built the native programs; TOUCHSTONE_BUILD_DIR says so, if it is not the release preset. */
const buildDir = process.env.TOUCHSTONE_BUILD_DIR ?? join(root, "build", "release");
const probe = join(here, "probe.mjs");

const commands = {
  native: () => [[join(buildDir, "tests/touchstone_remote_probe")], {}],
  Node: (caFile) => [[process.execPath, probe], { NODE_EXTRA_CA_CERTS: caFile }],
  Deno: (caFile) => [
    [join(here, `node_modules/@deno/linux-${process.arch}-glibc/deno`), "run", "--quiet", "--cert", caFile, "--allow-net=localhost,127.0.0.1", "--allow-read", probe],
    { DENO_NO_UPDATE_CHECK: "1" },
  ],
};
export const builds = Object.keys(commands);

/** The command lines: each a program with its first arguments, and what its environment needs. */
export const commandLines = (caFile) => ({
  "The native program": [[join(buildDir, "native/touchstone")], { SSL_CERT_FILE: caFile }],
  "The npm package": [[process.execPath, join(root, "dist/cli.js")], { NODE_EXTRA_CA_CERTS: caFile }],
});

/** Starts one; `stop()` it. Its other methods give its answers: see probe.cpp. */
export function startBuild(name, caFile) {
  const [[program, ...args], environment] = commands[name](caFile);
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  child.stdin.on("error", () => {}); // told by its end
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
  const isGone = ended.then((why) => Promise.reject(new Error(`${name} is gone: ${why}`)));
  isGone.catch(() => {});
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()(JSON.parse(line)));
  const ask = (op, more) => {
    child.stdin.write(`${JSON.stringify({ op, ...more })}\n`);
    return Promise.race([new Promise((resolve) => waiting.push(resolve)), isGone]);
  };
  const http = (more) => ({ caFile, ...more });
  return {
    open: (jwksUri, { policy, http: more }) => ask("open", { jwksUri, policy, http: http(more) }),
    discover: (issuer, { policy, http: more }) => ask("discover", { issuer, policy, http: http(more) }),
    verify: (jwt, options = {}) => ask("verify", { jwt, options }),
    reload: () => ask("reload"),
    events: async () => (await ask("events")).events,
    snapshot: async () => (await ask("snapshot")).snapshot,
    restore: (snapshot) => ask("restore", { snapshot }),
    /** The most memory that it had so far, in bytes. */
    peakMemory: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) * 1024,
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}
