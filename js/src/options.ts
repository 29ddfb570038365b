import { Handle } from "./handle.js";
import { core } from "./instance.js";
import { Recent } from "./recent.js";

/** Options that the core has read, and what this side needs of them. */
export interface Expectations {
  readonly handle: Handle;
  /** The options, as the core read them. */
  readonly json: string;
  /** Bytes. */
  readonly maxTokenSize: number;
}

const defaultMaxTokenSize = 64 * 1024;

/** What is of one call alone, and not for the core to read. */
const requestOptions: readonly string[] = ["currentDate", "signal", "waitUntil"];
const recent = new Recent<Expectations>(64, ({ handle }) => handle.free());

/** Reads options; those that were used last are remembered. Throws `option_invalid` with the option's name. */
export function readOptions(options: unknown, names?: readonly string[]): Expectations {
  const members = optionMembers(options, names);
  const json = JSON.stringify(Object.fromEntries(members));
  return recent.get(json, () => {
    const handle = new Handle("touchstone_expectations_free", (core) => parse(core, json).handle);
    handle.addressIn(core());
    // Anything but a number or null the core has refused by now.
    return { handle, json, maxTokenSize: (members.get("maxTokenSize") ?? defaultMaxTokenSize) as number };
  });
}

const parse = (inside: ReturnType<typeof core>, json: string) =>
  inside.call((wasm, text, length) => wasm.bridge_expectations_parse(text!, length!), json);

/** Seconds since 1970. */
export const now = (): number => Date.now() / 1000;

/** Seconds since 1970 of `currentDate`, or of now. Dates of other realms are dates. */
export function readClock(
  options: { currentDate?: Date | null | undefined } | null | undefined, refuse = refuseOption,
): number {
  const date: unknown = options?.currentDate ?? new Date();
  const seconds = secondsOf(date);
  return Number.isNaN(seconds) ? refuse("currentDate", dateHint(date)) : seconds;
}

/** Whoever has seconds has a number of ten digits, until the year 2286. */
function dateHint(date: unknown): string {
  if (typeof date !== "number") return "is not a valid Date";
  return date < 1e10 ? "is a number: give new Date(seconds * 1000)" : "is a number: give new Date(milliseconds)";
}

function secondsOf(date: unknown): number {
  try {
    return Date.prototype.getTime.call(date) / 1000;
  } catch {
    return NaN;
  }
}

/** Throws `option_invalid`. */
export function refuseOption(name: string, hint?: string): never {
  throw core().error("option_invalid", { member: name, ...(hint === undefined ? {} : { hint }) });
}

/**
 * What the core is to read. JSON.stringify alone would turn NaN, a function or a hole into null, which says
 * "do not check", and a URL or a Date into text; and it would not see what a class instance inherits.
 */
function optionMembers(options: unknown, names?: readonly string[]): Map<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [name, value] of plainEntries("options", options)) {
    if (requestOptions.includes(name) || value === undefined) continue;
    if (names && !names.includes(name)) refuseOption(name);
    members.set(name, name === "crit" ? critNames(value) : plain(name, value));
  }
  return members;
}

/** All members of a plain object of any realm; none of nothing. */
export function plainEntries(what: string, value: unknown, refuse = refuseOption): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (!isPlainObject(value)) refuse(what);
  return Reflect.ownKeys(value).map((name) => [
    String(name),
    (value as Record<PropertyKey, unknown>)[name],
  ]);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype, "isPrototypeOf");
}

function plain(name: string, value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (!Array.isArray(value)) refuseOption(name);
  const elements = Array.from(value);
  return elements.every((element) => typeof element === "string") ? elements : refuseOption(name);
}

/** jose takes `{ name: mustBeProtected }`; here it must be in any case (RFC 7515 section 4.1.11). */
function critNames(value: unknown): unknown {
  if (!isPlainObject(value)) return plain("crit", value);
  const isFlags = Object.values(value).every((mustBeProtected) => typeof mustBeProtected === "boolean");
  return isFlags ? Object.keys(value) : refuseOption("crit");
}
