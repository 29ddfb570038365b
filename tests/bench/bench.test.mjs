// The measuring itself, on contenders and a clock that are made up: nothing here takes time or depends on it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chartData, drawChart, series } from "./chart.mjs";
import { differences, measure, quantile, ratios, seeded, shuffle, summarize } from "./measure.mjs";
import { digits, report, wrap } from "./report.mjs";
import { summarizeResult } from "./summary.mjs";
import { otherTargets, ratioTargets } from "./targets.mjs";

describe("statistics", () => {
  test("median and quartiles, of any order and number", () => {
    assert.deepEqual(summarize([5, 1, 4, 2, 3]), { median: 3, q1: 2, q3: 4 });
    assert.deepEqual(summarize([4, 1, 3, 2]), { median: 2.5, q1: 1.75, q3: 3.25 });
    assert.deepEqual(summarize([7]), { median: 7, q1: 7, q3: 7 });
    assert.equal(quantile([10, 100, 9], 0), 9);
    assert.equal(quantile([10, 100, 9], 1), 100);
  });
  test("samples stay in the order of their rounds", () => {
    const samples = [3, 1, 2];
    summarize(samples);
    assert.deepEqual(samples, [3, 1, 2]);
  });
  test("ratios and differences are taken round by round", () => {
    assert.deepEqual(ratios([2, 40, 9], [1, 20, 3]), [2, 2, 3]);
    assert.deepEqual(differences([2, 40, 9], [1, 20, 3]), [1, 20, 6]);
    // A machine that is ten times as slow in one round changes no ratio.
    assert.equal(summarize(ratios([20, 200, 20], [10, 100, 10])).median, 2);
  });
});

describe("shuffle", () => {
  test("the same seed, the same order; nothing lost", () => {
    const items = [1, 2, 3, 4, 5, 6];
    const once = shuffle(items, seeded(7));
    assert.deepEqual(once, shuffle(items, seeded(7)));
    assert.notDeepEqual(once, shuffle(items, seeded(8)));
    assert.deepEqual([...once].sort(), items);
    assert.deepEqual(items, [1, 2, 3, 4, 5, 6]);
  });
  test("every item comes to every place about as often", () => {
    const random = seeded(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i += 1) counts[shuffle(["a", "b", "c"], random).indexOf("a")] += 1;
    for (const count of counts) assert.ok(Math.abs(count - 1000) < 100, String(counts));
  });
  test("numbers lie in [0, 1)", () => {
    const random = seeded(3);
    for (let i = 0; i < 1000; i += 1) {
      const number = random();
      assert.ok(number >= 0 && number < 1);
    }
  });
});

describe("measure", () => {
  /** Contenders that move a clock of their own by what each piece of their work takes, in milliseconds. */
  function pretend(costs) {
    const clock = { time: 0, batches: [] };
    const contenders = Object.entries(costs).map(([name, { cost, isAsync }]) => ({
      name,
      run(count) {
        clock.time += count * (typeof cost === "function" ? cost(clock.time) : cost);
        clock.batches.push({ name, count });
        return isAsync ? Promise.resolve() : undefined;
      },
    }));
    return { clock, contenders, now: () => clock.time };
  }
  const options = { rounds: 5, batchMs: 20, warmMs: 50, random: seeded(1) };

  test("nanoseconds for a piece, a sample a round, synchronous or not", async () => {
    const { contenders, now } = pretend({
      quick: { cost: 1 / 64 },
      slow: { cost: 2, isAsync: true },
    });
    const samples = await measure(contenders, { ...options, now });
    assert.deepEqual(Object.keys(samples), ["quick", "slow"]);
    assert.equal(samples.quick.length, 5);
    for (const sample of samples.quick) assert.ok(Math.abs(sample - 15_625) < 1e-3);
    for (const sample of samples.slow) assert.ok(Math.abs(sample - 2e6) < 1e-3);
    assert.ok(Math.abs(summarize(ratios(samples.slow, samples.quick)).median - 128) < 1e-6);
  });
  test("every round runs every contender, in batches of about the same duration", async () => {
    const { clock, contenders, now } = pretend({
      a: { cost: 1 / 1024 },
      b: { cost: 1 },
      c: { cost: 500 },
    });
    await measure(contenders, { ...options, now });
    const measured = clock.batches.slice(-15);
    const orders = new Set();
    for (let round = 0; round < 5; round += 1) {
      const batches = measured.slice(round * 3, round * 3 + 3);
      assert.deepEqual(batches.map(({ name }) => name).sort(), ["a", "b", "c"]);
      orders.add(batches.map(({ name }) => name).join());
    }
    assert.ok(orders.size > 1, "the order changes");
    const count = (name) => measured.find((batch) => batch.name === name).count;
    assert.equal(count("a"), 20 * 1024);
    assert.equal(count("b"), 20);
    assert.equal(count("c"), 1, "what is slower than a batch runs once");
  });
  test("batches are sized by what a contender takes once it is warm", async () => {
    const { clock, contenders, now } = pretend({
      warming: { cost: (time) => (time < 30 ? 5 : 1) },
    });
    await measure(contenders, { ...options, now });
    assert.equal(clock.batches.at(-1).count, 20);
  });
});

describe("summaries and targets", () => {
  const hot = (id, samples) => ({ scenario: "hot", id, size: "small", samples, gaps: {} });
  const runs = [
    {
      part: "js",
      runtime: "Node 0",
      results: [
        hot("ES256", {
          touchstone: [1000, 1000, 2000],
          jose: [4000, 4000, 8000],
          "fast-jwt": [1000, 1000, 2000],
        }),
        hot("Ed25519", { jose: [4000] }),
        {
          scenario: "sets",
          id: "HS256",
          size: "small",
          samples: { "touchstone, 1": [1000, 2000], "touchstone, 1000": [1100, 2100] },
          gaps: { jose: "takes no set of such keys" },
        },
        {
          scenario: "cached",
          id: "HS256",
          size: "small",
          samples: { touchstone: [9000], "touchstone, cached": [500], "fast-jwt, cached": [1000] },
          gaps: {},
        },
        {
          scenario: "remote",
          id: "HS256",
          size: "small",
          samples: { touchstone: [2000, 3000], "touchstone, remote": [2600, 3600] },
          gaps: {},
        },
      ].map(summarizeResult),
    },
  ];
  const [es256, ed25519, sets] = runs[0].results;

  test("microseconds, and ratios of the same round", () => {
    assert.equal(es256.contenders.touchstone.time.median, 1);
    assert.equal(es256.contenders.jose.ratio.median, 4);
    assert.equal(es256.contenders.touchstone.asJose.median, 4);
    assert.equal(ed25519.contenders.jose.ratio, undefined);
    assert.equal(sets.contenders["touchstone, 1000"].more.median, 0.1);
  });
  test("reached, missed, not measured, no target", () => {
    const row = (peer) => ratioTargets(runs).find((one) => one.peer === peer).cells;
    assert.deepEqual(row("jose")[0], { target: 3, measured: 4, reached: true });
    assert.deepEqual(row("fast-jwt")[0], { target: 1.5, measured: 1, reached: false });
    assert.equal(row("jose")[1].reached, undefined);
    assert.equal(row("jose")[3].target, null);
  });
  test("a cost within the noise is unclear", () => {
    const noisy = summarizeResult({
      ...sets,
      samples: {
        "touchstone, 1": [1000, 1000, 1000, 1000],
        "touchstone, 1000": [0, 0, 9000, 9000],
      },
    });
    const judge = (result) => otherTargets([{ ...runs[0], results: [result] }])[0].reached;
    assert.equal(judge(sets), true);
    assert.equal(judge(noisy), undefined);
  });
  test("a remote set may cost 0.5 µs natively, 1 µs elsewhere", () => {
    const row = (part) =>
      otherTargets([{ ...runs[0], part }]).find(({ title }) => title.includes("a remote set"));
    assert.deepEqual([row("js").measured, row("js").reached], [0.6, true]);
    assert.deepEqual([row("native").target, row("native").reached], [0.5, false]);
  });
  test("a start may take 15 ms", () => {
    const row = (median) => {
      const contenders = { touchstone: { time: { median } } };
      const started = { scenario: "startup", id: "ES256", size: "small", gaps: {}, contenders };
      return otherTargets([{ ...runs[0], results: [started] }])[0];
    };
    assert.deepEqual([row(14_900).measured, row(14_900).reached, row(15_100).reached], [14.9, true, false]);
  });
  test("the cache against fast-jwt's", () => {
    const row = otherTargets(runs).find(({ title }) => title.includes("seen before"));
    assert.deepEqual([row.measured, row.reached], [2, true]);
  });
  test("the report names every gap and fits a terminal", () => {
    const machine = { cpu: "a CPU", cores: 2, memory: 4, system: "a system", load: 0 };
    const missing = [{ name: "Chromium", gap: "was not found: apt-get install chromium" }];
    const text = report({ machine, peers: [{ name: "jose", version: "6" }], missing, runs });
    assert.match(text, /Missing: Chromium: was not found: apt-get install chromium/);
    assert.match(text, /jose: HS256 \(sets\): takes no set of such keys/);
    assert.match(text, /✓ ≥3/);
    for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
  });
  test("three digits, and lines of words", () => {
    assert.deepEqual([1234.5, 99.96, 12.34, 1.234, 0.1234, 0.01234, 0].map(digits), [
      "1235",
      "100",
      "12.3",
      "1.23",
      "0.12",
      "0.012",
      "0.00",
    ]);
    assert.deepEqual(wrap(`${"word ".repeat(30)}end`).split("\n").length, 2);
  });
});

describe("chart", async () => {
  const contender = (asJose) => ({ asJose: { median: asJose } });
  const result = (id, contenders) => ({ scenario: "hot", id, size: "small", contenders });
  const run = {
    runtime: "Node <0>",
    results: [
      result("ES256", {
        jose: contender(1),
        touchstone: contender(4.2),
        "fast-jwt": contender(1.5),
        "node:crypto": contender(0.5),
      }),
      result("HS256", { jose: contender(1), touchstone: contender(12.3) }),
      result("ES256K", { touchstone: {} }),
    ],
  };

  test("its data: all series of each algorithm that jose has", () => {
    assert.deepEqual(
      chartData(run).map(({ id, series: name, ratio }) => [id, name, ratio]),
      [
        ["ES256", "touchstone", 4.2],
        ["ES256", "fast-jwt", 1.5],
        ["ES256", "node:crypto", 0.5],
        ["HS256", "touchstone", 12.3],
        ["HS256", "fast-jwt", undefined],
        ["HS256", "node:crypto", undefined],
      ],
    );
  });

  const isInstalled = await import("@observablehq/plot").then(
    () => true,
    () => false,
  );
  const skip = isInstalled ? false : "Observable Plot is not installed: npm ci in tests/bench";
  test("drawn: well-formed, with every series and figure", { skip }, async () => {
    const svg = await drawChart(run);
    assertWellFormed(svg);
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="800"/);
    for (const { title } of series) assert.ok(svg.includes(`>${title}</text>`), title);
    for (const text of [
      "ES256",
      "HS256",
      "4.2 ×",
      "1.5 ×",
      "1/2 ×",
      "12 ×",
      "does not verify it",
      "jose",
    ])
      assert.ok(svg.includes(`>${text}</text>`), text);
    assert.ok(svg.includes("Node &lt;0&gt;"));
    assert.ok(svg.includes("prefers-color-scheme: dark"));
    assert.ok(!/undefined|NaN/.test(svg));
  });
});

/** Every element closed where it was opened, every attribute quoted, every & and < one of XML. */
function assertWellFormed(svg) {
  const open = [];
  const rest = svg.replaceAll(
    /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (tag, isEnd, name, attributes, isEmpty) => {
      const names = [...attributes.matchAll(/([\w:-]+)="/g)].map((match) => match[1]);
      assert.equal(new Set(names).size, names.length, tag);
      if (isEnd) assert.equal(open.pop(), name, tag);
      else if (!isEmpty) open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, []);
  assert.ok(!rest.includes("<"), rest.slice(rest.indexOf("<"), rest.indexOf("<") + 80));
  assert.ok(!/&(?!(amp|lt|gt|quot|#\d+|#x[\da-f]+);)/i.test(svg));
}
