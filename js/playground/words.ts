// Times and sizes in words. All times are seconds since 1970.

const units: [seconds: number, name: string][] = [
  [31556952, "year"],
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** "in 3 minutes", "2 days ago". As the command line has it: no unit below twice its size. */
export function relative(time: number, now: number): string {
  const distance = Math.abs(time - now);
  const [size, name] = units.find(([seconds]) => distance >= 2 * seconds) ?? [1, "second"];
  const count = Math.floor(distance / size);
  if (count === 0) return "now";
  return time > now ? `in ${counted(count, name)}` : `${counted(count, name)} ago`;
}

/** "4 minutes 12 seconds": a duration that can be watched. */
export function duration(seconds: number): string {
  const whole = Math.max(Math.ceil(seconds), 0);
  const at = units.findIndex(([size]) => whole >= size);
  if (at < 0) return "0 seconds";
  const [size, name] = units[at]!;
  const [nextSize, next] = units[at + 1] ?? [1, ""];
  const rest = Math.floor((whole % size) / nextSize);
  return counted(Math.floor(whole / size), name) + (next && rest > 0 ? ` ${counted(rest, next)}` : "");
}

const latest = 253402300800; // the year 10000, of which RFC 3339 knows nothing

export const isDate = (time: unknown): time is number =>
  typeof time === "number" && time >= -62167219200 && time < latest;

/** "2026-11-25 18:30:00 UTC", or with the reader's own zone. */
export const date = (time: number): string =>
  `${new Date(Math.floor(time) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

export const local = (time: number): string =>
  new Date(time * 1000).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });

/** Seconds since 1970 of what a person wrote: a NumericDate or a date; undefined for anything else. */
export function parseTime(text: string): number | undefined {
  const time = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  return isDate(time) ? time : undefined;
}
