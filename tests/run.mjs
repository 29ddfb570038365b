// `npm test`: everything that judges Touchstone, from a fresh clone too.
//   npm test -- --list           the stages
//   npm test -- --only NAME      one of them, with what it stands on
// A stage's output is in build/logs/NAME.log.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setup } from "../js/tools/setup.mjs";
import { StepFailed, build, logs, main, run, seconds, tail } from "../js/tools/steps.mjs";

// This reporter lists the failed tests once more at its end, where tail() finds them.
const nodeTest = "node --test --test-reporter=spec";
const sources = "git ls-files -co --exclude-standard -- '*.c' '*.h' '*.cpp' '*.hpp'";

// after: stages that must have passed. cores: how many of the machine's it keeps busy.
const stages = [
  { name: "format", cores: 1, command: `${sources} | xargs clang-format --dry-run -Werror` },
  { name: "build", cores: 2, command: build("release") },
  { name: "native", cores: 2, after: ["build"], command: "ctest --preset release -j 2" },
  { name: "wasm", cores: 2, command: "node js/tools/build.mjs" },
  { name: "js", cores: 1, after: ["wasm"], command: `${nodeTest} tests/js/*.test.js tests/js/jose/*.test.js tests/js/issuer/*.test.js` },
  { name: "consumer", cores: 1, after: ["build"], command: "node tests/consumer/run.mjs" },
  { name: "consumer-js", cores: 1, after: ["wasm"], command: "node tests/consumer-js/run.mjs" },
  { name: "cli", cores: 1, after: ["build", "wasm"], command: `${nodeTest} tests/cli/*.test.js` },
  { name: "docs", cores: 1, after: ["wasm"], command: `${nodeTest} tests/docs/*.test.mjs` },
  { name: "middleware", cores: 1, after: ["wasm"], command: `${nodeTest} tests/middleware/*.test.mjs` },
  { name: "matrix", cores: 1, after: ["wasm"], command: "node tests/matrix/run.mjs --quick" },
  { name: "memory", cores: 1, after: ["wasm"], command: "node tests/js/memory.mjs" },
  {
    name: "agreement",
    cores: 2,
    after: ["build", "wasm"],
    command: `${nodeTest} tests/agreement/*.test.mjs`,
  },
  {
    name: "remote",
    cores: 2,
    after: ["build", "wasm"],
    command: `${nodeTest} --test-concurrency=1 tests/remote/*.test.mjs`,
  },
  {
    name: "stores",
    cores: 1,
    after: ["build", "wasm"],
    command: `${nodeTest} --test-concurrency=1 tests/stores/*.test.mjs`,
  },
  {
    name: "serve",
    cores: 2,
    after: ["build", "wasm"],
    command: `${nodeTest} --test-concurrency=2 tests/serve/*.test.mjs`,
  },
  { name: "playground", cores: 1, after: ["wasm"], command: "node tests/playground/run.mjs" },
  {
    name: "packages",
    cores: 2,
    after: ["build", "wasm"],
    command: `${build("debian")} && ${nodeTest} --test-concurrency=1 tests/packages/*.test.mjs`,
  },
  { name: "sanitize", cores: 2, command: `${build("sanitize")} && ctest --preset sanitize -j 2` },
  {
    name: "threads",
    cores: 2,
    command: `${build("tsan", "touchstone_thread_tests")} && build/tsan/tests/touchstone_thread_tests`,
  },
  {
    name: "reference",
    cores: 2,
    command: `${build("reference", "touchstone_verification_tests")} && build/reference/tests/touchstone_verification_tests`,
  },
  { name: "fuzz", cores: 2, command: "node js/tools/fuzz.mjs" },
];

/** The tests that a stage's log counts: the sum over the runners in it; undefined when none says. */
function count(log) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  let found = false;
  const add = (passed, failed, skipped = 0) => {
    found = true;
    total.passed += Number(passed);
    total.failed += Number(failed);
    total.skipped += Number(skipped);
  };
  for (const [, failed, all] of log.matchAll(
    /^\d+% tests passed, (\d+) tests failed out of (\d+)$/gm,
  )) {
    add(all - failed, failed); // ctest
  }
  for (const [, passed, failed, skipped] of log.matchAll(
    /^[#ℹ] pass (\d+)\n[#ℹ] fail (\d+)\n[#ℹ] cancelled \d+\n[#ℹ] skipped (\d+)$/gm,
  )) {
    add(passed, failed, skipped); // node --test
  }
  for (const [, passed, failed, skipped] of log.matchAll(
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm,
  )) {
    add(passed, failed, skipped ?? 0); // our own
  }
  return found ? total : undefined;
}

async function runStage(stage) {
  const since = performance.now();
  const code = await run(stage.name, stage.command);
  const total = count(readFileSync(join(logs, `${stage.name}.log`), "utf8")) ?? {
    passed: code === 0 ? 1 : 0,
    failed: 0,
    skipped: 0,
  };
  // A stage that fails without a failed test (it did not build, say) is itself the failure.
  if (code !== 0 && total.failed === 0) total.failed = 1;
  const { passed, failed, skipped } = total;
  const counts = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
  return {
    ...stage,
    ...total,
    line: `${stage.name.padEnd(12)} ${seconds(since).padStart(8)}   ${counts}`,
  };
}

async function runAll(wanted) {
  const cores = availableParallelism();
  const waiting = [...wanted];
  const running = new Map();
  const done = [];
  while (waiting.length || running.size) {
    let free = cores - [...running.keys()].reduce((sum, stage) => sum + stage.cores, 0);
    for (const stage of [...waiting]) {
      const before = (stage.after ?? []).map((name) => done.find((other) => other.name === name));
      if (before.some((other) => other?.failed)) {
        waiting.splice(waiting.indexOf(stage), 1);
        const needs = stage.after.join(", ");
        done.push({
          ...stage,
          passed: 0,
          failed: 1,
          skipped: 0,
          line: `${stage.name.padEnd(12)} ${"".padStart(8)}   not run: it needs ${needs}`,
        });
        console.log(done.at(-1).line);
      } else if (before.every(Boolean) && (stage.cores <= free || running.size === 0)) {
        waiting.splice(waiting.indexOf(stage), 1);
        free -= stage.cores;
        console.log(`${stage.name.padEnd(12)}  started`);
        running.set(stage, runStage(stage));
      }
    }
    if (running.size === 0) continue;
    const finished = await Promise.race(running.values());
    running.delete([...running.keys()].find((stage) => stage.name === finished.name));
    done.push(finished);
    console.log(finished.line);
    if (finished.failed)
      console.log(`\n${tail(finished.name)}\n\nAll of it is in build/logs/${finished.name}.log\n`);
  }
  return done;
}

/** A stage and what it stands on. */
function only(name) {
  const stage = stages.find((other) => other.name === name);
  if (!stage) throw new StepFailed(`There is no stage ${name}; npm test -- --list shows them.`, 2);
  return [...(stage.after ?? []).flatMap(only), stage];
}

await main(async () => {
  const [option, name] = process.argv.slice(2);
  if (option === "--list") {
    for (const stage of stages) console.log(`${stage.name.padEnd(12)} ${stage.command}`);
    return 0;
  }
  if (option && !(option === "--only" && name)) {
    throw new StepFailed("npm test [-- --list | --only NAME]", 2);
  }
  const since = performance.now();
  await setup({ tests: true });
  const done = await runAll(option ? only(name) : stages);

  const sum = (column) => done.reduce((total, stage) => total + stage[column], 0);
  console.log(`\n${done.map((stage) => stage.line).join("\n")}\n\nin ${seconds(since)}\n`);
  console.log(
    `${sum("passed")} passed, ${sum("failed")} failed${sum("skipped") ? `, ${sum("skipped")} skipped` : ""}`,
  );
  return sum("failed") === 0 ? 0 : 1;
});
