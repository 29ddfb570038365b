// What the bench is to show: the ratios that Touchstone is after, and whether they were reached.
import { find } from "./summary.mjs";

export const columns = ["ES256", "ES384", "ES512", "ES256K", "Ed25519", "RS256", "PS256", "HS256"];

const inNode = [3, 5, 7, null, 3, 1.3, 1.3, 7];
const againstNative = [1.5, 5, 7, null, 2, 0.6, 0.6, 0.8];
const signatures = [2, 5, 3, 5, 2, 1, 1, null];

const rows = [
  { part: "js", scenario: "hot", peer: "jose", least: inNode },
  { part: "js", scenario: "hot", peer: "fast-jwt", least: againstNative },
  { part: "js", scenario: "hot", peer: "node:crypto", least: againstNative },
  { part: "native", scenario: "signature", peer: "OpenSSL", least: signatures },
];

/** Each row once a run that it is about: `cells` has for each column the target, and what was measured. */
export function ratioTargets(runs) {
  return rows.flatMap(({ part, scenario, peer, least }) =>
    runs
      .filter((run) => run.part === part)
      .map((run) => ({
        runtime: run.runtime,
        peer,
        cells: columns.map((id, column) => {
          const measured = find(run, scenario, id)?.contenders[peer]?.ratio?.median;
          return judge(least[column], measured, (ratio, target) => ratio >= target);
        }),
      })),
  );
}

function judge(target, measured, isReached) {
  if (target === null) return { target, measured };
  return {
    target,
    measured,
    reached: measured === undefined ? undefined : isReached(measured, target),
  };
}

/** The others, each a line: a sentence, the target, what was measured. */
export function otherTargets(runs) {
  return runs.flatMap((run) => [
    ...coldTargets(run),
    ...startTargets(run),
    ...cachedTargets(run),
    ...setTargets(run),
    ...remoteTargets(run),
  ]);
}

/** For each algorithm that has a ratio to jose, its first verification. */
function coldTargets(run) {
  if (run.part !== "js") return [];
  return columns.flatMap((id) => {
    const result = find(run, "cold", id);
    if (!result || result.gaps.jose) return [];
    const measured = result.contenders.jose?.ratio?.median;
    const title = `${run.runtime}: ${id}, cold key: jose's time by ours`;
    return [
      {
        title,
        unit: "",
        ...judge(1, measured, (ratio, target) => ratio >= target),
        sense: "at least",
      },
    ];
  });
}

/** What a start takes above an empty script's. */
function startTargets(run) {
  if (run.part !== "js") return [];
  const measured = find(run, "startup", "ES256")?.contenders.touchstone?.time.median;
  if (measured === undefined) return [];
  const title = `${run.runtime}: from import to the first verdict`;
  return [{ title, unit: "ms", ...judge(15, measured / 1e3, (ms, target) => ms <= target), sense: "at most" }];
}

function cachedTargets(run) {
  if (run.part !== "js") return [];
  return run.results
    .filter(({ scenario }) => scenario === "cached")
    .map(({ id, contenders, gaps }) => {
      const ours = contenders["touchstone, cached"];
      const measured = ours && contenders["fast-jwt, cached"]?.ratio.median;
      return {
        title: `${run.runtime}: ${id}, seen before: fast-jwt's cache by ours`,
        unit: "",
        ...judge(1, measured, (ratio, target) => ratio > target),
        sense: "more than",
        ...(gaps["touchstone, cached"] || gaps["fast-jwt, cached"] ? { gap: "absent" } : {}),
      };
    });
}

/** Whether a difference drowns in the rounds' spread: then it says nothing of whether the target was kept to. */
function isNoise({ median, q1, q3 }, target) {
  const spread = q3 - q1;
  return (spread > 2 * target && Math.abs(median) < 2 * spread) || q3 < -target; // more work cannot be quicker
}

/** What is to cost no more than `target` microseconds. */
function costTarget(run, { id }, title, { more }, target) {
  return {
    title: `${run.runtime}: ${id}, ${title} costs`,
    unit: "µs",
    target,
    measured: more.median,
    sense: "at most",
    ...(isNoise(more, target) ? { gap: "unclear" } : { reached: more.median <= target }),
  };
}

const costTargets = (run, scenario, name, title, target) =>
  run.results
    .filter((one) => one.scenario === scenario && one.contenders[name])
    .map((one) => costTarget(run, one, title, one.contenders[name], target));

const setTargets = (run) =>
  costTargets(run, "sets", "touchstone, 1000", "a set of 1,000 keys instead of 1", 1);

const remoteTargets = (run) =>
  costTargets(
    run,
    "remote",
    "touchstone, remote",
    "a remote set instead of a local",
    run.part === "native" ? 0.5 : 1,
  );
