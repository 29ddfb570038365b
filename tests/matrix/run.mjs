// `npm run test:all`: the package in every runtime, bundler and browser, from one tarball, as a table. With --quick
// it sets nothing up and builds nothing, as a stage of `npm test`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { buildPackage } from "../../js/tools/build.mjs";
import { setUpMatrix, setup } from "../../js/tools/setup.mjs";
import { StepFailed, main, seconds } from "../../js/tools/steps.mjs";
import { here, setStage } from "./stage.mjs";

const usage = `npm run test:all [-- --only NAME] [--require-all]

  --only NAME    one of RUNNERS; may be repeated
  --quick        what every change is tested with, which takes a minute
  --require-all  a runtime that is missing fails the run`;

/** Files of runtimes/. */
const runners = ["package", "node", "deno", "bun", "workerd", "wrangler", "edge-vm", "next", "browsers", "bundlers"];

const line = (...cells) => cells.map((cell, i) => String(cell).padEnd([14, 17, 24, 30, 22][i] ?? 0)).join("").trimEnd();

/** Runs a row of the table: its cases by what became of them. */
async function runRow({ suite, missing, run }) {
  if (missing) return { passed: [], failed: [], missing: 1, verdict: `missing: ${missing}` };
  let results;
  try {
    results = await run();
    const names = results.map(({ name }) => name);
    const isWhole = suite ? `${names}` === `${suite.expected}` : names.length > 0;
    if (!isWhole && results.every(({ ok }) => ok)) throw new Error(`it ran only: ${names}`);
  } catch (error) {
    results = [{ name: "runs", ok: false, error: error.stack }];
  }
  const failed = results.filter(({ ok }) => !ok);
  const passed = results.filter(({ ok }) => ok);
  const counts = failed.length ? `${failed.length} FAILED, ` : "";
  return { passed, failed, missing: 0, verdict: `${counts}${passed.length} passed` };
}

/** The rows of a runner; one that cannot even say what it has is a row that failed. */
async function* rowsOf(name, given) {
  try {
    const { rows } = await import(pathToFileURL(join(here, "runtimes", `${name}.mjs`)));
    yield* rows(given);
  } catch (error) {
    yield { runtime: name, run: () => Promise.reject(error) };
  }
}

/** What fails in one runtime often fails in all: told once, with all of them. */
function failuresOf(done) {
  const failures = new Map();
  for (const { title, failed } of done) {
    for (const { name, error = "" } of failed) {
      if (!failures.has(name)) failures.set(name, { error, titles: [] });
      failures.get(name).titles.push(title);
    }
  }
  return [...failures].map(([name, { error, titles }]) => `\nFAILED  ${name}\n  in ${titles.join("; ")}\n${error}`);
}

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: runners },
      quick: { type: "boolean", default: false },
      "require-all": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const text = usage.replace("RUNNERS", runners.join(", "));
  if (values.help) return console.log(text);
  const unknown = values.only.find((name) => !runners.includes(name));
  if (unknown) throw new StepFailed(`There is no ${unknown}.\n\n${text}`, 2);

  const since = performance.now();
  if (!values.quick) {
    await setup({ tests: true });
    await setUpMatrix();
    await buildPackage();
  }
  const given = { ...(await setStage()), isQuick: values.quick };
  const done = [];
  console.log(line("runtime", "version", "form", "entry", "cases", "time"));
  for (const name of values.only) {
    let start = performance.now();
    for await (const row of rowsOf(name, given)) {
      const { runtime, version = "", form = "", suite, notes = [] } = row;
      const result = await runRow(row);
      done.push({ ...result, title: [runtime, form, suite?.entry].filter(Boolean).join(", ") });
      console.log(line(runtime, version, form, suite?.entry ?? "", result.verdict, row.missing ? "" : seconds(start)));
      for (const note of notes) console.log(`  ${note}`);
      start = performance.now();
    }
  }
  for (const failure of failuresOf(done)) console.log(failure);
  const sum = (count) => done.reduce((total, row) => total + count(row), 0);
  const passed = sum((row) => row.passed.length);
  const failed = sum((row) => row.failed.length);
  const missing = sum((row) => row.missing);
  console.log(`\nin ${seconds(since)}, from ${given.tarball.split("/").at(-1)}\n`);
  console.log(`${passed} passed, ${failed} failed${missing ? `, ${missing} skipped` : ""}`);
  return failed || (missing && values["require-all"]) ? 1 : 0;
});
