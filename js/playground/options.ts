// What is expected of a token: the fields of the form, each by the option's own name.
import type { VerifyOptions } from "../src/url.js";
import { byId } from "./dom.js";
import { parseTime } from "./words.js";

const lists = ["issuer", "audience", "algorithms", "requiredClaims", "crit"];
const texts = ["subject", "typ", "nonce", "profile", "multipleKeys"];
const durations = ["clockTolerance", "maxTokenAge"];
const flags = ["requireKeyAlg", "rejectFutureIat"];

export const optionNames = [...lists, ...texts, ...durations, ...flags, "currentDate"];

/** As the form has them, by name; what is empty is left out. */
export type Written = Record<string, string>;

type Field = HTMLInputElement | HTMLSelectElement;
const isFlag = (field: Field): field is HTMLInputElement => field.type === "checkbox";

export function readForm(): Written {
  const written: Written = {};
  for (const name of optionNames) {
    const field = byId<Field & HTMLElement>(name);
    const value = isFlag(field) ? (field.checked ? "true" : "") : field.value.trim();
    if (value) written[name] = value;
  }
  return written;
}

export function fillForm(written: Written): void {
  for (const name of optionNames) {
    const field = byId<Field & HTMLElement>(name);
    if (isFlag(field)) field.checked = written[name] === "true";
    else field.value = written[name] ?? "";
  }
}

const asList = (text: string) => text.split(",").map((part) => part.trim()).filter(Boolean);
const asDuration = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** The options of verify(), without the time. */
export function asOptions(written: Written): VerifyOptions {
  const options: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(written)) {
    if (lists.includes(name)) options[name] = asList(text);
    else if (durations.includes(name)) options[name] = asDuration(text);
    else if (flags.includes(name)) options[name] = true;
    else if (texts.includes(name)) options[name] = text;
  }
  return options;
}

/** The time to judge at, when it stands still; undefined for the clock's; NaN for what is no time. */
export function fixedTime({ currentDate }: Written): number | undefined {
  return currentDate === undefined ? undefined : parseTime(currentDate) ?? NaN;
}

/** How a time is meant that is none. */
export const hintForTime = ({ currentDate = "" }: Written): string =>
  /^\d{12,14}$/.test(currentDate)
    ? `These are milliseconds, it seems; a JWT's times are seconds: ${currentDate.slice(0, -3)}.`
    : "A date such as 2026-11-25T18:30:00Z, or seconds since 1970.";

/** Options of an example as the form has them. */
export const asWritten = (options: Record<string, unknown>): Written =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, [value].flat().join(", ")]));
