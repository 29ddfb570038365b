// The attacks against every build: each must give the expected reason, and so the same one.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { attacks, classes } from "./attacks.mjs";
import { builds } from "./builds.mjs";

const grouped = (number) => number.toLocaleString("en");
const cases = [...attacks()];
const mutants = cases.filter(({ expected }) => expected !== "valid");
const verdicts = {};

/** The first few that went wrong, whole, so that each can be looked at alone. */
function keep(build, wrong) {
  const folder = fileURLToPath(new URL("../../build/agreement", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const shown = wrong.slice(0, 20).map(({ token, jwks, ...other }) => ({ ...other, token: token.toString("latin1"), jwks: `${jwks}` }));
  writeFileSync(`${folder}/${build.replaceAll(/\W/g, "_")}.json`, JSON.stringify(shown, null, 2));
}

// All at once: most of them are programs.
const judging = Object.entries(builds).map(([build, judge]) => [build, judge(cases)]);

for (const [build, judged] of judging) {
  judged.catch(() => {}); // the test will say it
  test(`${build}: every mutant is refused, with the expected reason`, async (t) => {
    const reasons = await judged;
    verdicts[build] = reasons;
    const wrong = cases
      .map((one, position) => ({ ...one, actual: reasons[position] }))
      .filter(({ expected, actual }) => actual !== undefined && actual !== expected);
    if (wrong.length > 0) keep(build, wrong);
    const lines = wrong.slice(0, 40).map((one) => `${one.alg}, ${one.class}, ${one.name}: ${one.actual}, not ${one.expected}`);
    assert.equal(wrong.length, 0, `${wrong.length} wrong, the first in build/agreement:\n${lines.join("\n")}`);
    t.diagnostic(`${grouped(reasons.filter(Boolean).length)} judged`);
  });
}

test("no build was spared what it could be asked", () => {
  const asked = (build) => verdicts[build].filter(Boolean).length / cases.length;
  for (const build of ["C++", "C", "JavaScript"]) assert.equal(asked(build), 1, build);
  // Some options have no flag; and of the small groups npx gets a part.
  assert.ok(asked("command line") > 0.98, `${asked("command line")}`);
  assert.ok(asked("npx") > 0.9, `${asked("npx")}`);
  for (const name of Object.keys(classes)) {
    for (const build of Object.keys(builds)) {
      const wasAsked = cases.some((one, position) => one.class === name && verdicts[build][position]);
      assert.ok(wasAsked, `${build} was asked nothing of "${name}"`);
    }
  }
});

test("each pair of class and algorithm that makes sense has mutants, tens of thousands in all", () => {
  assert.ok(mutants.length > 110_000, `${mutants.length}`);
  for (const name of Object.keys(classes)) assert.ok(mutants.some((one) => one.class === name), name);
});

test("nothing leaked into the prototypes", () => {
  for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) {
    assert.deepEqual(Object.keys(prototype), []);
  }
  assert.equal({}.isAdmin, undefined);
});

test("the table", () => {
  const names = Object.keys(builds);
  const [refused, taken] = ["mutants", "tokens that only look like one"];
  const rows = Object.fromEntries([...Object.keys(classes), refused, taken].map((name) => [name, names.map(() => 0)]));
  cases.forEach((one, at) => {
    names.forEach((build, column) => {
      if (!verdicts[build][at]) return;
      if (rows[one.class]) ++rows[one.class][column];
      ++rows[one.expected === "valid" ? taken : refused][column];
    });
  });
  console.log(["".padEnd(34), ...names.map((name) => name.padStart(13))].join(""));
  for (const [name, cells] of Object.entries(rows)) {
    console.log([name.padEnd(34), ...cells.map((cell) => grouped(cell).padStart(13))].join(""));
  }
  const agrees = (one, at) => names.every((build) => [undefined, one.expected].includes(verdicts[build][at]));
  assert.ok(cases.every(agrees));
  console.log(`${grouped(mutants.length)} mutants, ${names.length} builds: all refused, each for the one reason expected`);
});
