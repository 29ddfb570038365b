// Runs the commands that only the native program has. Whatever it says is kept, to be searched for secrets.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { commandLines, folder, runOne } from "./both.js";

const said = [];

export function issuer(args, options) {
  const result = runOne(commandLines.native, args, options);
  said.push(result.out, result.err);
  return result;
}

/** What a command answers with --json; its exit code has to be as expected. */
export function json(args, options) {
  const first = args[0] === "keys" ? 2 : 1; // before what may be an operand behind "--"
  const { code, out, err } = issuer([...args.slice(0, first), "--json", ...args.slice(first)], options);
  if (code !== 0 || err !== "") throw new Error(`touchstone ${args.join(" ")}: ${code} ${err}${out}`);
  return JSON.parse(out);
}

export const everythingSaid = () => said.join("\n");

/** A folder as it is: each name below it with its mode, and what is in it. */
export function snapshot(name = ".") {
  const path = join(folder, name);
  const status = statSync(path);
  const mode = (status.mode & 0o777).toString(8);
  if (!status.isDirectory()) return { [name]: `${mode} ${readFileSync(path, "latin1")}` };
  return Object.assign({ [name]: mode }, ...readdirSync(path).map((child) => snapshot(join(name, child))));
}

/** A policy whose rotations a test can wait for, in seconds. */
export const quick = [
  ["rotate-every", 60], ["publish-ahead", 0.5], ["retain", 2.5], ["token-lifetime", 2], ["cache-lifetime", 0.4],
  ["client-grace", 0], ["clock-skew", 0], ["propagation", 0],
].flatMap(([name, value]) => [`--${name}`, String(value)]);
