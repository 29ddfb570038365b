// Runs the libFuzzer targets, as many at a time as there are cores:
// `node js/tools/fuzz.mjs [NAME...]`, FUZZ_SECONDS (60) for each, half of it for those that compare
// arithmetic, which unit tests do, too. What they find stays in build/fuzz/corpus.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { StepFailed, build, logs, main, root, run, step, tail } from "./steps.mjs";

const time = Number(process.env.FUZZ_SECONDS ?? 60);

const comparing = ["ecdsa", "eddsa", "ml_dsa", "rsa"];

/** Seeds: a folder of files for each target, made from the vectors, if the target has any. */
const seeds = (name) => [join(root, "build", "fuzz", "seeds", name)].filter(existsSync);

async function fuzz(name) {
  if (!existsSync(join(root, "build", "fuzz", "tests", `fuzz_${name}`))) {
    console.log(`${name}: SKIPPED, it was not built: it needs OpenSSL's headers (on Debian libssl-dev)`);
    return undefined;
  }
  const runTime = comparing.includes(name) ? Math.ceil(time / 2) : time;
  const corpus = join(root, "build", "fuzz", "corpus", name);
  const crashes = join(root, "build", "fuzz", "crashes", name);
  mkdirSync(corpus, { recursive: true });
  mkdirSync(crashes, { recursive: true });
  const dictionary = join(root, "tests", "fuzz", `${name}.dict`);
  const code = await run(
    `fuzz-${name}`,
    [
      `build/fuzz/tests/fuzz_${name} -max_total_time=${runTime} -timeout=10 -rss_limit_mb=2048 -print_final_stats=1`,
      `-artifact_prefix=${crashes}/`,
      existsSync(dictionary) ? `-dict=${dictionary}` : "",
      corpus,
      ...seeds(name),
    ].join(" "),
  );
  const runs = readFileSync(join(logs, `fuzz-${name}.log`), "utf8").match(
    /stat::number_of_executed_units: (\d+)/,
  )?.[1];
  console.log(
    `${name}: ${code === 0 ? `${runs} runs, nothing found` : `FAILED\n${tail(`fuzz-${name}`)}`}`,
  );
  return code === 0;
}

await main(async () => {
  await setup({ tests: true });
  await step("fuzz-build", "Building the fuzz targets", build("fuzz"));
  if (existsSync(join(root, "tests", "fuzz", "seeds.mjs"))) {
    await step(
      "fuzz-seeds",
      "Making seeds from the vectors",
      "node tests/fuzz/seeds.mjs build/fuzz/seeds",
    );
  }
  const all = readdirSync(join(root, "tests", "fuzz")).filter((file) => file.endsWith(".cpp"));
  const wanted = process.argv.slice(2);
  const names = all
    .map((file) => file.slice(0, -4))
    .filter((name) => !wanted.length || wanted.includes(name));
  if (names.length === 0) throw new StepFailed("No such fuzz target.", 2);

  const results = [];
  const queue = [...names];
  const worker = async () => {
    for (let name; (name = queue.shift());) results.push(await fuzz(name));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const count = (verdict) => results.filter((ok) => ok === verdict).length;
  const failed = count(false);
  console.log(`${count(true)} passed, ${failed} failed, ${count(undefined)} skipped`);
  return failed === 0 ? 0 : 1;
});
