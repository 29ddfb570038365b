import { plainEntries, readClock } from "../options.js";
import { jsonText, type Text } from "../text.js";
import { refuseOption } from "./instance.js";

/** Seconds since 1970. */
export const secondsOf = (currentDate: Date | undefined): number =>
  readClock(currentDate === undefined ? undefined : { currentDate }, refuseOption);

export const dateOf = (seconds: number): Date => new Date(seconds * 1000);

/** The members of an options object, and nothing else; those that are undefined are left out. */
export function optionMembers<Options extends object>(what: string, options: Options | undefined): Partial<Options> {
  const entries = plainEntries(what, options, refuseOption).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Options>;
}

/**
 * What the core is to read of options. JSON.stringify alone would turn NaN and a function into null, which says
 * "by default". Members in `documents` are JSON of their own.
 */
export function optionsText(what: string, options: object | undefined, documents: readonly string[] = []): string {
  const entries = Object.entries(optionMembers(what, options)).map(([name, value]) => {
    if (documents.includes(name)) return [name, documentText(name, value)];
    const isPlain = value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
    return isPlain ? [name, value] : refuseOption(name);
  });
  return JSON.stringify(Object.fromEntries(entries));
}

function documentText(name: string, value: unknown): Text {
  const text = jsonText(value);
  return typeof text === "string" && text !== "" ? text : refuseOption(name, "is not one strict JSON object");
}
