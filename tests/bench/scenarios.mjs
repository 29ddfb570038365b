// What is measured in JavaScript, in Node and in browsers alike. Each scenario yields results of one shape:
//   { scenario, ...what it was, samples: { contender: [nanoseconds, one a round] }, gaps: { contender: why } }
import { measure } from "./measure.mjs";
import { reasonOf } from "./peers/index.mjs";

/** What a peer should find wrong, by which token; it is named with the peer when it does not. */
const checks = ["exp", "iss", "aud"];

/**
 * Whether a peer can do its work at all: it must accept what is valid and refuse a false signature.
 * Result: the checks of claims that it does.
 */
async function tryOut(verify, { tokens, bad }) {
  for (const token of [...tokens.small, ...tokens.large]) {
    const claims = await verify(token);
    if (!claims?.sub?.startsWith("user-")) throw new Error("gives no claims");
  }
  const refuses = async (token) => {
    try {
      await verify(token);
      return false;
    } catch {
      return true;
    }
  };
  if (!(await refuses(bad.signature))) throw new Error("accepts a false signature");
  const done = [];
  for (const check of checks) if (await refuses(bad[check])) done.push(check);
  return done;
}

/** `run(count)` over tokens in turn. Promises are awaited one after the other, as a server has one token. */
export function runner(verify, tokens, isAsync) {
  let next = 0;
  if (!isAsync) {
    return (count) => {
      for (let i = 0; i < count; i += 1) verify(tokens[(next = (next + 1) % tokens.length)]);
    };
  }
  return async (count) => {
    for (let i = 0; i < count; i += 1) await verify(tokens[(next = (next + 1) % tokens.length)]);
  };
}

const isPromise = (value) => typeof value?.then === "function";

/** The contenders of `[{ name, verify: () => function | gap }]` that can, and why the others cannot. */
async function contend(candidates, given, tokens) {
  const contenders = [];
  const gaps = {};
  const unchecked = {};
  for (const { name, gap, verify: make } of candidates) {
    if (gap) {
      gaps[name] = gap;
      continue;
    }
    try {
      const verify = make();
      const done = await tryOut(verify, given);
      const left = checks.filter((check) => !done.includes(check));
      if (left.length) unchecked[name] = left;
      const isAsync = isPromise(verify(tokens[0]));
      contenders.push({ name, run: runner(verify, tokens, isAsync) });
    } catch (error) {
      gaps[name] = reasonOf(error);
    }
  }
  return { contenders, gaps, unchecked };
}

async function result(what, candidates, given, tokens, options) {
  const { contenders, gaps, unchecked } = await contend(candidates, given, tokens);
  const samples = contenders.length ? await measure(contenders, options) : {};
  return { ...what, tokenBytes: tokens[0].length, samples, gaps, unchecked };
}

/** For each loaded peer a candidate; `make` says what it is to do. */
const candidatesOf = (peers, make) =>
  peers.map(({ name, gap, peer }) => (gap ? { name, gap } : { name, verify: () => make(peer) }));

/** Keys that were loaded and used before. */
export async function* hot(fixtures, peers, options) {
  for (const given of Object.values(fixtures.cases)) {
    for (const size of options.sizes) {
      const candidates = candidatesOf(peers, (peer) => peer.hot(given));
      const what = { scenario: "hot", id: given.id, size };
      yield await result(what, candidates, given, given.tokens[size], options);
    }
  }
}

/** Each time from the text of the key set: parsed, and one token verified. */
export async function* cold(fixtures, peers, options) {
  for (const given of Object.values(fixtures.cases)) {
    const candidates = candidatesOf(peers, coldOf(given));
    const what = { scenario: "cold", id: given.id, size: "small" };
    yield await result(what, candidates, given, given.tokens.small, options);
  }
}

const coldOf = (given) => (peer) => peer.cold?.(given) ?? ((token) => peer.hot(given)(token));

/** One key among others. The sizes contend in one measurement, since their difference is asked for; it is small. */
export async function* sets(fixtures, peers, options) {
  for (const [id, texts] of Object.entries(fixtures.sets)) {
    const given = fixtures.cases[id];
    const candidates = peers.flatMap(({ name, gap, peer }) => {
      if (gap) return [{ name, gap }];
      if (!peer.takesSets?.(given.alg)) return [{ name, gap: "takes no set of such keys" }];
      return Object.entries(texts).map(([count, jwks]) => ({
        name: `${name}, ${count}`,
        verify: () => peer.hot({ ...given, jwks }),
      }));
    });
    const what = { scenario: "sets", id, size: "small" };
    const longer = { ...options, rounds: 2 * options.rounds };
    yield await result(what, candidates, given, given.tokens.small, longer);
  }
}

/** Tokens that were seen before, by those who remember them; the others stand beside. */
export async function* cached(fixtures, peers, options) {
  for (const id of ["ES256", "RS256", "HS256"]) {
    const given = fixtures.cases[id];
    const candidates = candidatesOf(peers, (peer) => peer.hot(given));
    const what = { scenario: "cached", id, size: "small" };
    yield await result(what, candidates, given, given.tokens.small, options);
  }
}

/** The ways to call Touchstone. */
export const forms = (fixtures, all, options) => ways("forms", fixtures, all, options);

/** What a warm remote set costs beyond a local one. It is little, so there are more rounds. */
export const remote = (fixtures, all, options) =>
  ways("remote", fixtures, all, { ...options, rounds: 2 * options.rounds });

async function* ways(scenario, fixtures, all, options) {
  for (const id of ["ES256", "HS256"]) {
    const given = fixtures.cases[id];
    const candidates = Object.entries(all).map(([name, make]) => ({
      name,
      verify: () => make(given),
    }));
    const what = { scenario, id, size: "small" };
    yield await result(what, candidates, given, given.tokens.small, options);
  }
}
