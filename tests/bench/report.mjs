// What the terminal shows: tables within 100 columns.
import { algorithms } from "./fixtures.mjs";
import { inOrder } from "./summary.mjs";
import { columns, otherTargets, ratioTargets } from "./targets.mjs";

const width = 100;

/** Three digits, which is what a glance takes in. */
export function digits(value) {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  return value.toFixed(size >= 0.0995 || size === 0 ? 2 : 3);
}

/** The median, and how far the quartiles are from it: half of what lies between them, in percent. */
const withSpread = (value) => {
  if (!value) return "-";
  const { median, q1, q3 } = value;
  return `${digits(median)} ±${((50 * (q3 - q1)) / median).toFixed(0).padStart(2)}%`;
};

/** Columns side by side: the first to the left, the others to the right, each as wide as it is told. */
const line = (cells, widths) =>
  cells
    .map((cell, column) =>
      column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column]),
    )
    .join("")
    .trimEnd();

/** Text in lines, all but the first one indented. */
export function wrap(text, indent = "    ") {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) + (lines.at(-1).trim() ? " " : "") + word;
    if (longer.length <= width || !lines.at(-1).trim()) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}

const heading = (text) => `\n${text}\n${"-".repeat(Math.min(width, text.length))}`;

// ---- one table a scenario ----------------------------------------------------------------------------

const algorithmOrder = algorithms.map(({ id }) => id);
const byAlgorithm = (results) =>
  [...results].sort((a, b) => algorithmOrder.indexOf(a.id) - algorithmOrder.indexOf(b.id));

const sizesOf = (run, scenario) => [
  ...new Set(run.results.filter((one) => one.scenario === scenario).map(({ size }) => size)),
];

const titles = {
  hot: "whole verification, key loaded and used before",
  signature: "the signature alone, key loaded once",
  cold: "first verification, from the text of a key set",
};

/** Touchstone's time, and how many times longer each other takes. */
function* againstOthers(run, scenario) {
  for (const size of sizesOf(run, scenario)) {
    const results = run.results.filter((one) => one.scenario === scenario && one.size === size);
    const others = inOrder(
      new Set(
        results.flatMap(({ contenders, gaps }) => [
          ...Object.keys(contenders),
          ...Object.keys(gaps),
        ]),
      ),
    ).filter((name) => name !== "touchstone");
    const widths = [
      11,
      14,
      ...others.map(() => Math.max(15, Math.min(18, Math.floor(75 / others.length)))),
    ];
    const tokens = size === "small" ? "tokens of 400 bytes" : "tokens of 4 KB";
    yield heading(`${run.runtime}: ${titles[scenario]}, ${tokens}`);
    yield line(["", "touchstone, µs", ...others], widths);
    for (const { id, contenders } of byAlgorithm(results)) {
      const cells = others.map((name) => {
        const { ratio, time } = contenders[name] ?? {};
        // Where Touchstone cannot, there is no ratio: then their own time is all there is to say.
        return ratio ? withSpread(ratio) : time ? `(${digits(time.median)} µs)` : "-";
      });
      yield line([id, withSpread(contenders.touchstone?.time), ...cells], widths);
    }
  }
}

function* byName(run, scenario, title, cellsOf, headings) {
  const results = run.results.filter(
    (one) => one.scenario === scenario && Object.keys(one.contenders).length,
  );
  if (results.length === 0) return;
  const widths = [44, ...headings.map(() => 18)];
  yield heading(`${run.runtime}: ${title}`);
  yield line(["", ...headings], widths);
  for (const { id, contenders } of byAlgorithm(results)) {
    for (const [name, one] of Object.entries(contenders))
      yield line([`${id}  ${name}`, ...cellsOf(one)], widths);
  }
}

function* sets(run) {
  const cells = ({ time, more }) => [
    withSpread(time),
    more?.median ? `${digits(more.q1)} to ${digits(more.q3)}` : "-",
  ];
  yield* byName(run, "sets", "one key among others", cells, ["µs", "more than with 1"]);
}

function* remote(run) {
  const cells = ({ time, more }) => [
    withSpread(time),
    more?.median ? `${digits(more.q1)} to ${digits(more.q3)}` : "-",
  ];
  yield* byName(run, "remote", "a warm remote set", cells, ["µs", "more than a local"]);
}

function* cached(run) {
  const cells = ({ time, ratio }) => [withSpread(time), withSpread(ratio)];
  yield* byName(run, "cached", "tokens seen before", cells, ["µs", "by touchstone's"]);
}

function* forms(run) {
  const cells = ({ time, ratio }) => [withSpread(time), withSpread(ratio)];
  yield* byName(run, "forms", "ways to call Touchstone", cells, ["µs", "by the first's"]);
}

function* startup(run) {
  const inMilliseconds = ({ median, q1, q3 }) => ({
    median: median / 1e3,
    q1: q1 / 1e3,
    q3: q3 / 1e3,
  });
  const cells = ({ time, loaded }) => [
    withSpread(inMilliseconds(time)),
    withSpread(inMilliseconds(loaded)),
  ];
  yield* byName(run, "startup", "start, until the first verdict", cells, ["ms", "of it to load"]);
}

function* threads(run) {
  const results = run.results.filter(({ scenario }) => scenario === "threads");
  if (results.length === 0) return;
  const widths = [44, 18, 18, 18];
  yield heading(
    `${run.runtime}: one key set shared by two threads, thousand verifications a second`,
  );
  yield line(["", "one thread", "two threads", "times as many"], widths);
  for (const { id, contenders } of results) {
    for (const [name, two] of Object.entries(contenders).filter(([name]) => name.endsWith(", 2"))) {
      const peer = name.replace(/, 2$/, "");
      const rate = ({ time }) => digits(1e3 / time.median);
      const title = `${id}  ${peer}${peer === "touchstone" ? "" : ", signature alone"}`;
      const one = contenders[`${peer}, 1`];
      yield line([title, rate(one), rate(two), digits(1 / two.ratio.median)], widths);
    }
  }
}

function* memory(run) {
  const results = run.results.filter(({ scenario }) => scenario === "memory");
  if (results.length === 0) return;
  const widths = [44, 18, 18, 18];
  const hasHot = results.some(({ bytes }) => Object.values(bytes).some(({ hot }) => hot));
  const whole = (value) => value?.toFixed(0) ?? "-";
  yield heading(
    `${run.runtime}: bytes a key, of ${results[0].keys.toLocaleString("en")} keys in sets of 1,000`,
  );
  yield line(["", "parsed", "used as well", hasHot ? "used very often" : ""], widths);
  for (const { id, bytes } of byAlgorithm(results)) {
    for (const name of inOrder(Object.keys(bytes))) {
      const { parsed, used, hot } = bytes[name];
      yield line([`${id}  ${name}`, whole(parsed), whole(used), hasHot ? whole(hot) : ""], widths);
    }
  }
}

// ---- gaps --------------------------------------------------------------------------------------------

/** By peer and reason, the algorithms of one run that it cannot do. */
function* gaps(run) {
  const byPeer = new Map();
  for (const { id, scenario, gaps: missing } of run.results) {
    for (const [name, reason] of Object.entries(missing ?? {})) {
      const peer = name.replace(/, \d+$/, "");
      const general = reason.replaceAll(id, "…");
      const key = `${peer}: ${general.length > 110 ? `${general.slice(0, 107)}...` : general}`;
      if (!byPeer.has(key)) byPeer.set(key, new Set());
      byPeer
        .get(key)
        .add(scenario === "hot" || scenario === "signature" ? id : `${id} (${scenario})`);
    }
  }
  if (byPeer.size === 0) return;
  yield heading(`${run.runtime}: what was not measured ("-" above)`);
  for (const [key, ids] of byPeer) {
    // What fails hot fails in every other way, too.
    const plain = [...ids].filter(
      (id) => !ids.has(id.replace(/ \(.*\)$/, "")) || !id.endsWith(")"),
    );
    const [peer, ...reason] = key.split(": ");
    yield wrap(`${peer}: ${plain.join("; ")}: ${reason.join(": ")}`);
  }
}

/** The checks of claims that a peer left out, which makes it faster than it would be. */
function* unchecked(run) {
  const left = new Map();
  for (const one of run.results)
    for (const [name, checks] of Object.entries(one.unchecked ?? {}))
      left.set(name, checks.join(", "));
  for (const [name, checks] of left)
    yield wrap(`${run.runtime}: ${name} was found not to check ${checks}.`);
}

// ---- targets -----------------------------------------------------------------------------------------

function* targets(runs) {
  const widths = [28, ...columns.map(() => 9)];
  yield heading("Targets: the peer's time by ours (✓ reached, ✗ missed, ? not measured)");
  yield line(["", ...columns], widths);
  for (const { runtime, peer, cells } of ratioTargets(runs)) {
    yield line(
      [`${runtime}, ${peer}`, ...cells.map(({ measured }) => (measured ? digits(measured) : "-"))],
      widths,
    );
    const verdicts = cells.map(({ target, reached }) =>
      target === null ? "" : `${reached === undefined ? "?" : reached ? "✓" : "✗"} ≥${target}`,
    );
    yield line(["", ...verdicts], widths);
  }
  const others = otherTargets(runs);
  if (others.length) yield "";
  for (const { title, unit, target, measured, reached, sense, gap } of others) {
    const value = measured === undefined ? "-" : `${digits(measured)}${unit && ` ${unit}`}`;
    const verdict =
      reached === undefined ? (gap ?? "not measured") : reached ? "reached" : "missed";
    yield line(
      [title, value, `${sense} ${target}${unit && ` ${unit}`}`, verdict],
      [60, 12, 15, 13],
    );
  }
}

// ------------------------------------------------------------------------------------------------------

/** The whole report, as text. */
export function report({ machine, peers, runs, missing }) {
  const lines = [
    wrap(
      `${machine.cpu}, ${machine.cores} cores, ${machine.memory} GB, ${machine.system}; load ${machine.load} at the` +
        " beginning",
    ),
    wrap(peers.map(({ name, version }) => `${name} ${version}`).join(", ")),
    ...missing.map(({ name, gap }) => wrap(`Missing: ${name}: ${gap}`)),
    "",
    wrap(
      "Each figure is a median, ± half the distance of the quartiles. Without a unit: how many times as long as" +
        " Touchstone.",
    ),
    ...(machine.load > machine.cores / 4
      ? ["The machine was busy with something else: all of this is rough."]
      : []),
  ];
  for (const run of runs) {
    for (const scenario of ["signature", "hot", "cold"])
      lines.push(...againstOthers(run, scenario));
    for (const part of [sets, remote, cached, forms, startup, threads, memory, gaps, unchecked])
      lines.push(...part(run));
  }
  lines.push(...targets(runs));
  return lines.join("\n");
}
