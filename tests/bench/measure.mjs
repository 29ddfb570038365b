// How times are taken: every contender in every round, so that whatever disturbs the machine meets all of them;
// in an order shuffled anew, so that none always runs behind the same other; and ratios round by round.
// Runs in Node and in browsers.

/** A generator of numbers in [0, 1) that anybody can run again (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A shuffled copy (Fisher and Yates). */
export function shuffle(items, random) {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

/** Below which value a part of the samples lies, between two samples by straight line. */
export function quantile(samples, part) {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  return below + (above - below) * (position - Math.floor(position));
}

export const summarize = (samples) => ({
  median: quantile(samples, 0.5),
  q1: quantile(samples, 0.25),
  q3: quantile(samples, 0.75),
});

/** How many times longer they took than we did, each round against the same round. */
export const ratios = (theirs, ours) => theirs.map((time, round) => time / ours[round]);

/** As ratios, but how much more one takes than the other. */
export const differences = (more, less) => more.map((time, round) => time - less[round]);

async function timed(contender, count, now) {
  const since = now();
  const pending = contender.run(count);
  if (pending) await pending; // what is synchronous is not made to wait for the microtask queue
  return now() - since;
}

/** How often a contender runs in about `batchMs`; tells by running, which begins to warm it. */
async function batchSize(contender, { batchMs, now }) {
  let count = 1;
  for (;;) {
    const elapsed = await timed(contender, count, now);
    if (elapsed >= batchMs / 4) return Math.max(1, Math.round((count * batchMs) / elapsed));
    count *= 4;
  }
}

/**
 * Measures contenders against each other.
 *
 * contenders  each `{ name, run(count) }`; `run` does its work `count` times and may return a promise
 * now         a clock in milliseconds
 * Result: for each name the nanoseconds for one piece of work, a sample a round.
 */
export async function measure(contenders, { rounds, batchMs, warmMs, random, now }) {
  const counts = new Map();
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) {
    const warmUntil = now() + warmMs;
    do {
      // Again until it is warm: the first answer was that of an interpreter.
      counts.set(contender, await batchSize(contender, { batchMs, now }));
    } while (now() < warmUntil);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of shuffle(contenders, random)) {
      const count = counts.get(contender);
      samples[contender.name].push(((await timed(contender, count, now)) / count) * 1e6);
    }
  }
  return samples;
}
