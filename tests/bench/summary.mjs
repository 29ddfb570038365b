// From samples to what is kept and shown: medians with quartiles, and ratios taken round by round.
import { differences, ratios, summarize } from "./measure.mjs";

/** Four digits are more than any machine repeats. */
const round = (value) => Number(value.toPrecision(4));
const rounded = ({ median, q1, q3 }) => ({ median: round(median), q1: round(q1), q3: round(q3) });
const spread = (samples, scale = 1) => rounded(summarize(samples.map((sample) => sample * scale)));

/** The samples beside which each contender is put; undefined where it has no such counterpart. */
const bases = {
  sets: (name, samples) => samples[name.replace(/, \d+$/, ", 1")],
  threads: (name, samples) => samples[name.replace(/, \d+$/, ", 1")],
  cached: (name, samples) => samples["touchstone, cached"] ?? samples.touchstone,
  forms: (name, samples) => samples["verifier.verifySync(jwt)"],
};

/**
 * A result as it is kept. Of each contender: `time`, microseconds; `ratio`, its time by Touchstone's (by that of
 * the base in the scenarios that compare Touchstone with itself); of sets and remote sets `more`, the microseconds
 * more than with a set of one, or a local one; `asJose`, jose's time by its own: how many times faster than jose it is.
 */
export function summarizeResult({ samples = {}, loaded = {}, ...what }) {
  const contenders = {};
  for (const name of inOrder(Object.keys(samples))) {
    const own = samples[name];
    const base = (bases[what.scenario] ?? (() => samples.touchstone))(name, samples);
    const jose = samples.jose;
    contenders[name] = {
      time: spread(own, 1e-3),
      ...(base ? { ratio: rounded(summarize(ratios(own, base))) } : {}),
      ...(jose ? { asJose: rounded(summarize(ratios(jose, own))) } : {}),
      ...(base && ["sets", "remote"].includes(what.scenario) ? { more: spread(differences(own, base), 1e-3) } : {}),
      ...(loaded[name] ? { loaded: spread(loaded[name], 1e-3) } : {}),
    };
  }
  return { ...what, contenders };
}

const peerOrder = [
  "touchstone",
  "jose",
  "fast-jwt",
  "jsonwebtoken",
  "aws-jwt-verify",
  "node:crypto",
  "OpenSSL",
  "Mbed TLS",
  "libjwt",
];

/** Touchstone first, then its peers, each with its variants behind it. */
export function inOrder(names) {
  const place = (name) => {
    const at = peerOrder.indexOf(name.split(", ")[0]);
    return at < 0 ? peerOrder.length : at;
  };
  return [...names].sort((a, b) => place(a) - place(b));
}

/** The one result of a run for a scenario, or undefined. */
export const find = (run, scenario, id, size = "small") =>
  run?.results.find((one) => one.scenario === scenario && one.id === id && one.size === size);
