// `npm run bench`: Touchstone and its peers side by side, in one run.
//   npm run bench -- --quick         rough, in under two minutes
//   npm run bench -- --only PART     js, native or browser
//   npm run bench -- --json FILE     results to FILE, and the chart beside it
// A full run writes tests/bench/results/latest.json and chart.svg, which the README shows.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPackage } from "../../js/tools/build.mjs";
import { setup } from "../../js/tools/setup.mjs";
import { StepFailed, main, root, run, seconds, step } from "../../js/tools/steps.mjs";
import { seeded, shuffle } from "./measure.mjs";
import { hotPeers, reasonOf } from "./peers/index.mjs";
import { report } from "./report.mjs";
import { summarizeResult } from "./summary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const work = join(root, "build", "bench");
const parts = ["js", "native", "browser"];

const usage = `npm run bench -- [--quick] [--only js|native|browser] [--json FILE]

  --quick      400-byte tokens and few rounds: rough, in under two minutes
  --only PART  js (Node), native or browser (Chromium); may be repeated
  --json FILE  write the results to FILE and the chart to FILE with .svg, instead of
               tests/bench/results, which only a full run writes`;

const settings = {
  full: { rounds: 11, batchMs: 20, warmMs: 100, sizes: ["small", "large"], starts: 11, sets: 5 },
  quick: { rounds: 3, batchMs: 6, warmMs: 6, sizes: ["small"], starts: 3, sets: 5 },
};

// ---- peers -------------------------------------------------------------------------------------------

const modules = join(here, "node_modules");

/** Installs what is pinned. All of it is optional to npm, so that a peer that cannot be had fails alone. */
async function installPeers() {
  const lock = join(here, "package-lock.json");
  const installed = join(modules, ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const since = performance.now();
  process.stdout.write("Installing the peers ... ");
  const command = "cd tests/bench && npm ci --ignore-scripts --no-audit --no-fund";
  const code = await run("bench-npm", command);
  console.log(code === 0 ? seconds(since) : "failed: build/logs/bench-npm.log");
}

function npmPeers() {
  const wanted = ["jose", "fast-jwt", "jsonwebtoken", "aws-jwt-verify"];
  return wanted.map((name) => {
    const file = join(modules, name, "package.json");
    if (!existsSync(file)) return { name, gap: "could not be installed: build/logs/bench-npm.log" };
    return { name, version: JSON.parse(readFileSync(file, "utf8")).version };
  });
}

/** The Node that runs this, and the newest one, when the package that brings it is there. */
function nodes() {
  const own = { program: process.execPath, name: `Node ${process.versions.node}` };
  const file = join(modules, `node-linux-${process.arch}`, "bin", "node");
  if (!existsSync(file)) {
    const gap = `no package of it for ${process.platform} on ${process.arch} is installed`;
    return { found: [own], missing: [{ name: "the newest Node", gap }] };
  }
  const version = execFileSync(file, ["--version"], { encoding: "utf8" }).trim().slice(1);
  const newest = { program: file, name: `Node ${version}` };
  return { found: newest.name === own.name ? [own] : [own, newest], missing: [] };
}

// ---- machine -----------------------------------------------------------------------------------------

function machine() {
  const system = existsSync("/etc/os-release")
    ? readFileSync("/etc/os-release", "utf8").match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1]
    : process.platform;
  return {
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system,
    load: Number(loadavg()[0].toFixed(1)),
  };
}

function revision() {
  try {
    const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
    const isChanged = git("status", "--porcelain", "--", "core", "js", "wasm", "native") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (isChanged ? ", changed" : "");
  } catch {
    return undefined;
  }
}

// ---- the parts ---------------------------------------------------------------------------------------

/** Runs a program that prints a line of JSON for each result; its complaints, if it fails, are the error's. */
function lines(program, args, onResult) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: here,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (complaints += text));
    const reading = createInterface({ input: child.stdout });
    reading.on("line", (line) => onResult(JSON.parse(line)));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new StepFailed(complaints.trim() || `It ended with ${code}.`)),
    );
  });
}

/** One part of the run: shows how far it is where somebody watches. */
async function part(title, measurePart) {
  const since = performance.now();
  const results = [];
  const isWatched = process.stdout.isTTY;
  process.stdout.write(`Measuring ${title} ... `);
  const add = (result) => {
    results.push(summarizeResult(result));
    if (isWatched) {
      const at = `${result.scenario} ${result.id ?? ""}`.padEnd(24);
      process.stdout.write(`\rMeasuring ${title} ... ${at}`);
    }
  };
  // What fails is told with what is missing; the other parts, and what was measured before, are worth having.
  let answer;
  try {
    answer = (await measurePart(add)) ?? {};
  } catch (error) {
    answer = { gap: reasonOf(error), failed: true };
  }
  const end = answer.failed ? "failed" : seconds(since);
  console.log(isWatched ? `\rMeasuring ${title} ... ${end.padEnd(24)}` : end);
  return { answer, results };
}

async function measureNode({ program, name }, files, options) {
  const { answer, results } = await part(name, async (add) => {
    await lines(program, [join(here, "worker.mjs"), files.fixtures, files.options], add);
    add(await starts(program, files, options));
    for (const id of ["ES256", "RS256"]) add(await memories(program, id, files, options));
  });
  return { run: { part: "js", runtime: name, results }, ...answer };
}

/** Start-up, a process each; the peers in turn, as in measure.mjs. */
async function starts(program, files, { starts: rounds, seed }) {
  const random = seeded(seed);
  const result = {
    scenario: "startup",
    id: "ES256",
    size: "small",
    samples: {},
    loaded: {},
    gaps: {},
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of shuffle(hotPeers, random)) {
      const args = [join(here, "startup.mjs"), peer, files.start];
      await lines(program, args, ({ name, gap, loaded, verdict }) => {
        if (gap) return (result.gaps[name] = gap);
        (result.samples[name] ??= []).push(verdict * 1e6);
        (result.loaded[name] ??= []).push(loaded * 1e6);
      });
    }
  }
  return result;
}

async function memories(program, id, files, { sets }) {
  const result = { scenario: "memory", id, keys: sets * 1000, bytes: {}, gaps: {} };
  for (const peer of ["touchstone", "jose", "aws-jwt-verify"]) {
    const args = ["--expose-gc", join(here, "memory.mjs"), peer, files.memory[id], String(sets)];
    await lines(program, args, ({ gap, ...bytes }) => {
      if (gap) result.gaps[peer] = gap;
      else result.bytes[peer] = bytes;
    });
  }
  return result;
}

async function measureNative(files) {
  await step(
    "bench-native",
    "Building the native bench",
    "cmake -S tests/bench/native -B build/bench/native -DCMAKE_BUILD_TYPE=Release && cmake --build build/bench/native --target bench",
  );
  const peers = [];
  const { answer, results } = await part("natively", (add) =>
    lines(join(work, "native", "bench"), [files.fixtures, files.options], (result) =>
      result.scenario === "peers" ? peers.push(...result.peers) : add(result),
    ),
  );
  return { run: { part: "native", runtime: "native", results }, peers, ...answer };
}

async function measureChromium(fixtures, options) {
  const { measureBrowser } = await import("./browser.mjs");
  const random = seeded(options.seed);
  const { answer, results } = await part("Chromium", (report) =>
    measureBrowser(fixtures, options, { report, random }),
  );
  const { name = "Chromium", version, ...failure } = answer;
  const peers = version ? [{ name: "Chromium", version }] : [];
  return { run: { part: "browser", runtime: name, results }, peers, ...failure };
}

// ---- the command -------------------------------------------------------------------------------------

function readArguments() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = values.only.find((name) => !parts.includes(name));
  if (unknown) throw new StepFailed(`There is no part ${unknown}.\n\n${usage}`, 2);
  return values;
}

/** What the programs read: files, since they are too large for arguments. */
function writeFiles(fixtures, options) {
  mkdirSync(work, { recursive: true });
  const write = (name, value) => {
    const file = join(work, `${name}.json`);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  return {
    fixtures: write("fixtures", fixtures),
    options: write("options", options),
    start: write("start", fixtures.cases.ES256),
    memory: {
      ES256: write("memory-es256", fixtures.memory.ES256),
      RS256: write("memory-rs256", fixtures.memory.RS256),
    },
  };
}

async function measureAll(wanted, options) {
  const runs = [];
  const peers = [];
  const missing = [];
  await installPeers();
  const { makeFixtures } = await import("./fixtures.mjs");
  const fixtures = await makeFixtures();
  const files = writeFiles(fixtures, options);
  for (const [id, gap] of Object.entries(fixtures.gaps))
    missing.push({ name: `tokens of ${id}`, gap });
  for (const peer of npmPeers()) (peer.gap ? missing : peers).push(peer);
  let hasFailed = false;
  const keep = (name, { run: one, peers: found = [], gap, failed }) => {
    if (one.results.length) runs.push(one);
    for (const peer of found) (peer.gap ? missing : peers).push(peer);
    if (gap) missing.push({ name, gap });
    hasFailed ||= Boolean(failed);
  };
  if (wanted.includes("js")) {
    const { found, missing: noNode } = nodes();
    missing.push(...noNode);
    for (const node of found) keep(node.name, await measureNode(node, files, options));
  }
  if (wanted.includes("native")) keep("native", await measureNative(files));
  if (wanted.includes("browser")) keep("Chromium", await measureChromium(fixtures, options));
  return { hasFailed, results: { peers, missing, runs } };
}

/** JSON with one measured contender a line: short enough to read, and to compare with the last one. */
function linesOf(results) {
  const flat = (text) => text.replace(/\{(?:[^{}]|\{[^{}\n]*\})*\}/g, (object) => object.replace(/\s*\n\s*/g, " "));
  return flat(flat(JSON.stringify(results, null, 1)));
}

/** The chart is of the newest Node. */
async function writeChart(file, runs) {
  const run = runs.findLast((one) => one.part === "js");
  if (!run) return;
  const { drawChart } = await import("./chart.mjs");
  try {
    writeFileSync(file, await drawChart(run));
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return console.log(`\nNo chart: Observable Plot or linkedom could not be installed.`);
  }
  return file;
}

await main(async () => {
  const { quick, only, json, help } = readArguments();
  if (help) {
    console.log(usage);
    return 0;
  }
  const since = performance.now();
  const wanted = only.length ? only : parts;
  await setup();
  if (wanted.some((name) => name !== "native")) await buildPackage();
  const options = { ...settings[quick ? "quick" : "full"], seed: 20261123 };
  const about = { made: new Date().toISOString(), revision: revision(), quick, machine: machine() };
  const { hasFailed, results: measured } = await measureAll(wanted, options);
  const results = { ...about, ...measured };
  console.log(`\n${report(results)}\n\nin ${seconds(since)}`);

  const isFull = !quick && wanted.length === parts.length;
  if (!json && (!isFull || hasFailed)) return hasFailed ? 1 : 0;
  const given = (path) => resolve(process.env.INIT_CWD ?? ".", path);
  const file = json ? given(json) : join(here, "results", "latest.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${linesOf(results)}\n`);
  const chart = json ? `${file.replace(/\.json$/, "")}.svg` : join(here, "results", "chart.svg");
  const written = [file, await writeChart(chart, results.runs)].filter(Boolean);
  console.log(`written: ${written.map((path) => relative(process.cwd(), path)).join(", ")}`);
  return hasFailed ? 1 : 0;
});
