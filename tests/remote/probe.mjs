// What probe.cpp is for the native library, for the package in Node and Deno.
import process from "node:process";
import { createInterface } from "node:readline";
import { obey } from "./commands.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line)))}\n`);
}
