// The store of the native library, each in a child of its own: see probe.cpp.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where CMake built the native programs; TOUCHSTONE_BUILD_DIR says so, if it is not the release preset. */
const program = join(process.env.TOUCHSTONE_BUILD_DIR ?? join(root, "build/release"), "tests/touchstone_store_probe");

/** What no error and no line of a log may hold; the tests put one into every text, and one is the password. */
export const secrets = ["s3cret-in-the-text", "s3cret-password"];

export const reasonOf = ({ ok, error }) => (ok ? "ok" : [error.reason, error.hint].filter(Boolean).join(" "));

const running = new Set();
/** Ends those that a failed test has left: else they would keep it from ending. */
export const killProbes = () => running.forEach((child) => child.kill("SIGKILL"));

/** Starts one and opens the place. `kill()` or `stop()` it; `marks` are what append() has told to be in so far. */
export async function startProbe(place, { timeout = 5, env = {} } = {}) {
  const child = spawn(program, { stdio: "pipe", env: { ...process.env, ...env } });
  running.add(child);
  const ended = new Promise((resolve) => child.on("close", resolve)).then(() => running.delete(child));
  child.stdin.on("error", () => {}); // told by its end
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const marks = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    if (typeof answer === "string") marks.push(answer);
    else waiting.shift()(answer);
  });
  const isGone = ended.then(() => undefined);
  const ask = async (op, more) => {
    child.stdin.write(`${JSON.stringify({ op, ...more })}\n`);
    const answer = await Promise.race([new Promise((resolve) => waiting.push(resolve)), isGone]);
    if (answer?.ok === false) {
      for (const secret of secrets) assert.ok(!JSON.stringify(answer).includes(secret), answer.error.reason);
    }
    return answer; // undefined when it was killed
  };
  const opened = await ask("open", { place, timeout });
  assert.ok(opened?.ok, JSON.stringify(opened));
  return {
    marks,
    create: () => ask("create"),
    load: () => ask("load"),
    swap: (expected, text) => ask("swap", { expected, text }),
    append: (wanted, seconds = 60) => ask("append", { marks: wanted, seconds }),
    async stop() {
      child.stdin.end();
      await ended;
      assert.equal(said, "");
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export const marksOf = (name, count) => Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** Each mark exactly once, and no other, beside the secret that the text began with. */
export function assertMarks(text, marks) {
  assert.ok(text.startsWith(`${secrets[0]};`) && text.endsWith(";"));
  assert.deepEqual(text.slice(0, -1).split(";").slice(1).sort(), [...marks].sort());
}
