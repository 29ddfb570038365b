/** In seconds, by each name that a unit has. A year has 365.25 days. */
const units: Readonly<Record<string, number>> = {
  s: 1, sec: 1, secs: 1, second: 1, seconds: 1,
  m: 60, min: 60, mins: 60, minute: 60, minutes: 60,
  h: 3600, hr: 3600, hrs: 3600, hour: 3600, hours: 3600,
  d: 86400, day: 86400, days: 86400,
  w: 604800, week: 604800, weeks: 604800,
  y: 31557600, yr: 31557600, yrs: 31557600, year: 31557600, years: 31557600,
};

/**
 * The seconds of a number, or of text such as `"5 minutes"`, `"1.5h"` or `"2 days from now"`; NaN for other text.
 * Which numbers will do, the core says. Throws a TypeError for what is neither.
 */
export function secondsOf(option: string, duration: unknown): number {
  const seconds = typeof duration === "string" ? secondsOfText(duration) : duration;
  if (typeof seconds !== "number") throw new TypeError(`${option} is neither a number nor text`);
  return seconds;
}

function secondsOfText(text: string): number {
  const parts = /^([+-]?) ?(\d{1,12}(?:\.\d{1,12})?) ?([a-z]+)( ago| from now)?$/i.exec(text);
  const [, sign = "", count, unit = "", direction = ""] = parts ?? [];
  const seconds = Math.round(Number(count) * units[unit.toLowerCase()]!);
  if (sign !== "" && direction !== "") return NaN;
  return sign === "-" || direction.toLowerCase() === " ago" ? -seconds : seconds;
}
