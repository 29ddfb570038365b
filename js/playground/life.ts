// The picture of a token's life: when it was issued, from when to when it is valid, and now.
import type { JwtClaims } from "../src/url.js";
import { h } from "./dom.js";
import { date, isDate, relative } from "./words.js";

interface Moment {
  readonly time: number;
  readonly names: string[];
}

const claimNames: [keyof JwtClaims, string][] = [
  ["iat", "issued"],
  ["nbf", "valid from"],
  ["exp", "expires"],
];

/** The token's own times in their order; those that fall together are one. */
function momentsOf(claims: JwtClaims): Moment[] {
  const moments: Moment[] = [];
  for (const [claim, name] of claimNames) {
    const time = claims[claim];
    if (!isDate(time)) continue;
    const same = moments.find((moment) => moment.time === time);
    if (same) same.names.push(name);
    else moments.push({ time, names: [name] });
  }
  return moments.sort((a, b) => a.time - b.time);
}

/** In words, for everybody. */
export function lifeInWords(claims: JwtClaims, now: number): string {
  const said = momentsOf(claims).map(({ time, names }) => {
    const words = time <= now && names.includes("expires") ? names.map((name) => name.replace("expires", "expired")) : names;
    return `${words.join(" and ")} ${relative(time, now)}`;
  });
  if (said.length === 0) return "The token says nothing of its time: neither iat, nbf nor exp.";
  if (!isDate(claims.exp)) said.push("without an end");
  const sentence = said.join("; ");
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
}

const height = 112;
const line = 58;

/**
 * The picture, for a width in pixels; undefined when there is nothing to show. A second and seventy years have to
 * fit beside each other, so a gap is as wide as the logarithm of its length.
 */
export function pictureOfLife(claims: JwtClaims, now: number, width: number): Element | undefined {
  const moments = momentsOf(claims);
  if (moments.length === 0) return undefined;
  const times = [...new Set([...moments.map(({ time }) => time), now])].sort((a, b) => a - b);
  const weights = times.slice(1).map((time, index) => 8 + Math.log2(1 + time - times[index]!));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const edge = 44;
  const positions = new Map<number, number>([[times[0]!, times.length === 1 ? width / 2 : edge]]);
  weights.forEach((weight, index) => {
    positions.set(times[index + 1]!, positions.get(times[index]!)! + (weight / sum) * (width - 2 * edge));
  });
  const x = (time: number) => positions.get(time)!;

  const { nbf, iat, exp } = claims;
  const from = isDate(nbf) ? x(nbf) : isDate(iat) && (!isDate(exp) || iat < exp) ? x(iat) : 0;
  const to = isDate(exp) ? x(exp) : width;
  const isValid = from <= x(now) && x(now) < to;
  // Names that would touch stand at two heights.
  let before = -Infinity;
  let isLow = false;
  const marks = moments.flatMap(({ time, names }) => {
    const label = names.join(", ");
    const half = label.length * 3.7;
    const at = Math.min(Math.max(x(time), half), width - half);
    isLow = at - half < before + 6 && !isLow;
    before = at + half;
    const y = isLow ? line - 18 : line - 36;
    return [
      h("line", { class: "tick", x1: x(time), x2: x(time), y1: y + 5, y2: line + 5 }),
      h("text", { x: at, y, "text-anchor": "middle" }, label),
    ];
  });
  const nowLabel = "now";
  const nowAt = Math.min(Math.max(x(now), 16), width - 16);
  return h(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": description(moments, now, isValid) },
    h("line", { class: "rail", x1: 0, x2: width, y1: line, y2: line }),
    to > from && h("line", { class: "valid", x1: from, x2: to, y1: line, y2: line }),
    ...marks,
    h("line", { class: "now", x1: x(now), x2: x(now), y1: line - 9, y2: line + 20 }),
    h("circle", { class: "now", cx: x(now), cy: line, r: 6 }),
    h("text", { class: "now", x: nowAt, y: line + 36, "text-anchor": "middle" }, nowLabel),
  );
}

function description(moments: Moment[], now: number, isValid: boolean): string {
  const said = moments.map(({ time, names }) => `${names.join(" and ")} ${date(time)}`);
  return `A line of time, not to scale: ${said.join(", ")}; now, ${date(now)}, is ${isValid ? "within" : "outside"} the token's time.`;
}
