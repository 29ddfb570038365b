// The picture of a ring's or a set's keys: which is in which state when, past and planned.
import { h, visible } from "./dom.js";
import type { Row, Span, Timeline } from "./ring.js";
import { date, isDate, relative } from "./words.js";

const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600];
const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000];
const monday = 345600; // 1970-01-05

/** Round times, with what to write below them. */
export function ticks(from: number, until: number, atMost: number): [time: number, label: string, day: string][] {
  const wanted = (until - from) / atMost;
  const step = seconds.find((each) => each >= wanted);
  const times: number[] = [];
  if (step !== undefined) {
    const offset = step < 604800 ? 0 : monday;
    for (let time = Math.ceil((from - offset) / step) * step + offset; time <= until; time += step) times.push(time);
  } else {
    const by = months.find((each) => each * 2629746 >= wanted) ?? 24000;
    const first = new Date(from * 1000);
    for (let month = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / by) * by; ; month += by) {
      const time = Date.UTC(1970, month - 23640) / 1000;
      if (time > until) break;
      if (time >= from) times.push(time);
    }
  }
  let before = "";
  return times.map((time) => {
    const text = date(time);
    if (!step) return [time, text.slice(0, (until - from) / atMost > 2e7 ? 4 : 7), ""];
    if (step >= 86400) return [time, text.slice(0, 10), ""];
    const day = text.slice(0, 10) === before ? "" : (before = text.slice(0, 10));
    return [time, text.slice(11, step < 60 ? 19 : 16), day];
  });
}

const shortKid = (kid: string): string => (kid.length <= 22 ? visible(kid) : `${visible(kid.slice(0, 13))}…${visible(kid.slice(-7))}`);

const row = 50;
/** What tells the states apart without colour. */
const heights = { pending: 5, active: 17, retiring: 9, published: 9 };

/** The picture, for a width in pixels. */
export function pictureOfKeys({ from, now, next, until, keys }: Timeline, width: number): Element {
  const end = Math.max(until, from + 1);
  const x = (time: number) => 8 + (Math.min(Math.max((time - from) / (end - from), 0), 1) * (width - 16));
  const top = 22;
  const bottom = top + keys.length * row;
  const label = (time: number, y: number, text: string, kind: string) => {
    const half = text.length * 3.6;
    return h("text", { class: kind, x: Math.min(Math.max(x(time), half), width - half), y, "text-anchor": "middle" }, text);
  };
  const bar = (y: number, { state, from: begin, to = end, planned }: Span) => {
    const left = Math.min(x(begin), width - 10);
    const height = heights[state];
    return h("rect", { class: `${state} ${planned ? "planned" : ""}`, x: left + 0.5, y: y - height / 2, width: Math.max(x(to) - left - 1, 1), height });
  };
  return h(
    "svg",
    { viewBox: `0 0 ${width} ${bottom + 36}`, width, height: bottom + 36, role: "img", "aria-label": "The keys over time; the same in words below." },
    ...ticks(from, end, Math.max(Math.floor(width / 92), 2)).flatMap(([time, text, day]) => [
      h("line", { x1: x(time), x2: x(time), y1: top, y2: bottom + 4 }),
      label(time, bottom + 18, text, ""),
      day && label(time, bottom + 32, day, ""),
    ]),
    ...keys.flatMap(({ spans }, index) => spans.map((span) => bar(top + index * row + 28, span))),
    next !== undefined && next <= end && h("line", { class: "next", x1: x(next), x2: x(next), y1: top, y2: bottom + 4 }),
    h("line", { class: "now", x1: x(now), x2: x(now), y1: top - 4, y2: bottom + 4 }),
    label(now, 14, "now", "now"),
    ...keys.map(({ kid, alg, planned }, index) => h("text", { class: planned ? "" : "kid", x: 8, y: top + index * row + 13 }, `${shortKid(kid)}  ${visible(alg).slice(0, 20)}`)),
  );
}

const when = (time: number): string => (isDate(time) ? date(time) : "outside the years 0 to 9999");

/** A key's life in words. */
export function keyInWords({ kid, alg, spans }: Row): string {
  const said = spans.map(({ state, from, to, planned }) => `${planned ? "planned " : ""}${state} from ${when(from)}${to === undefined ? "" : ` to ${when(to)}`}`);
  return `${visible(kid).slice(0, 256)}, ${visible(alg).slice(0, 20)}: ${said.join("; ") || "published now"}.`;
}

export function timelineInWords({ now, next }: Timeline): string {
  const plan = next === undefined ? "Nothing here says what is planned" : next > now ? `The next change is ${relative(next, now)}, ${when(next)}` : "The next change is due";
  return `A thin bar is pending, a thick one active, one between retiring; dashed is planned. ${plan}. Times are in UTC.`;
}
