// `touchstone serve` on free ports of the loopback, on stores made for a test; all that it says is kept.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where CMake built the native programs; TOUCHSTONE_BUILD_DIR says so, if it is not the release preset. */
export const build = process.env.TOUCHSTONE_BUILD_DIR ?? join(root, "build/release");
export const program = join(build, "native/touchstone");

/** A policy for people in a hurry, in seconds: every key signs for 3, and clients keep a set for 1. */
export const quick = {
  alg: "ES256",
  rotateEvery: 3,
  publishAhead: 2.5,
  retain: 8,
  cacheLifetime: 1,
  clientGrace: 0.25,
  tokenLifetime: 6,
  clockSkew: 0.25,
  propagation: 1,
};
/** One under which nothing happens while a test runs. */
export const calm = { ...quick, rotateEvery: 3600, publishAhead: 600, cacheLifetime: 300 };

/** A store's text with a ring that has no key yet: whoever serves it makes the first. */
export const emptyRing = (policy) =>
  JSON.stringify({
    policy,
    ring: {
      version: 1,
      tokenLifetime: policy.tokenLifetime,
      cacheLifetime: policy.cacheLifetime,
      maxSignatures: policy.maxSignatures ?? 2 ** 32,
      copiesUntil: 0,
      keys: [],
    },
  });

const folders = [];
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-serve-"));
  folders.push(folder);
  return folder;
}

/** A directory store; what is in it is kept in the clear. */
export function newStore(policy = calm, text = emptyRing(policy)) {
  const place = join(newFolder(), "keys");
  mkdirSync(place, { mode: 0o700 });
  writeFileSync(join(place, "key-ring.json"), text, { mode: 0o600 });
  return place;
}
export const storedText = (place) => readFileSync(join(place, "key-ring.json"), "utf8");
export const stored = (place) => JSON.parse(storedText(place));

export function newFile(text, mode = 0o600) {
  const file = join(newFolder(), "file");
  writeFileSync(file, text, { mode });
  return file;
}

/** Waits until it is so, and gives what `condition` then gives. */
export async function until(condition, { seconds = 10, what = condition } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

/** What servers have said and answered, for whoever looks for secrets in it. */
export const heard = [];

/** `{ status, headers, body }`; `url` may also be `{ socketPath, path }`. */
export async function ask(url, { method = "GET", headers = {}, body, ca, agent = false } = {}) {
  const request = `${url}`.startsWith("https:") ? httpsRequest : httpRequest;
  const target = typeof url === "string" ? [url] : [];
  const sent = request(...target, { ...(typeof url === "string" ? {} : url), method, headers, ca, agent });
  sent.end(body);
  const [response] = await once(sent, "response");
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  heard.push(Buffer.from(response.rawHeaders.join("\n")), bytes);
  return { status: response.statusCode, headers: response.headers, body: bytes.toString(), socket: response.socket };
}

const running = new Set();
/** Ends what a failed test has left, and removes what tests have made. */
export function cleanUp() {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Runs it to its end: `{ code, stdout, stderr }`. */
export async function runServe(...args) {
  const child = spawn(program, ["serve", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => (said[name] += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  running.delete(child);
  return { code, ...said };
}

/** Starts one: `args` are more options, `env` more of the environment. */
export async function startServe(store, { signs = true, listen = "127.0.0.1:0", args = [], env = {} } = {}) {
  const token = randomBytes(24).toString("base64url");
  const signing = signs ? ["--sign-listen", "127.0.0.1:0", "--sign-token-file", newFile(`${token}\n`)] : [];
  const child = spawn(program, ["serve", "--store", store, "--listen", listen, ...signing, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  running.add(child);
  const events = [];
  let rest = "";
  let unheard = () => {};
  child.stdout.on("data", (data) => heard.push(data));
  child.stderr.on("data", (data) => {
    heard.push(data);
    const lines = (rest + data).split("\n");
    rest = lines.pop();
    for (const line of lines) events.push(line.startsWith("{") ? JSON.parse(line) : { event: "text", line });
    unheard();
  });
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  const eventsOf = (name) => events.filter(({ event }) => event === name);
  const addressFor = (purpose) => eventsOf("listening").find((event) => event.for === purpose);
  await Promise.race([
    ended.then(({ code }) => assert.fail(`it ended with ${code}: ${JSON.stringify(events)}`)),
    new Promise((resolve) => (unheard = () => addressFor(signs ? "signing" : "publishing") && resolve())),
  ]);
  const baseOf = (purpose) => {
    const { scheme, address } = addressFor(purpose);
    return `${scheme}://${address.replace("[::]", "127.0.0.1")}`;
  };
  const url = baseOf("publishing");
  const admin = addressFor("administration") ? baseOf("administration") : url;
  const serve = {
    child,
    events,
    eventsOf,
    ended,
    token,
    url,
    admin,
    signUrl: signs && `${baseOf("signing")}/sign`,
    jwksUri: `${url}/.well-known/jwks.json`,
    get: (path, options) => ask(`${url}${path}`, options),
    jwks: async (options) => JSON.parse((await ask(`${url}/.well-known/jwks.json`, options)).body),
    async health() {
      const { status, body } = await ask(`${admin}/healthz`);
      return { code: status, ...JSON.parse(body) };
    },
    /** By name with labels: { 'touchstone_keys{state="active"}': 1 } */
    async metrics() {
      const { body } = await ask(`${admin}/metrics`);
      const samples = body.split("\n").filter((line) => line && !line.startsWith("#"));
      return Object.fromEntries(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
    },
    askToSign: (claims, { query = "", headers = {}, agent } = {}) =>
      ask(`${serve.signUrl}${query}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, ...headers },
        body: typeof claims === "string" ? claims : JSON.stringify(claims),
        agent,
      }),
    /** The token; a failure ends the test. */
    async sign(claims, options) {
      const { status, body } = await serve.askToSign(claims, options);
      assert.equal(status, 200, body);
      return body;
    },
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
  return serve;
}
