// What bundlers make of the package: the suite, and the few names that a user imports, with their sizes.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { bundlersFor } from "../bundlers.mjs";
import { output, resultsOf } from "../programs.mjs";
import { fileNameOf, inStage, printing, suitesFor, writeProgram } from "../stage.mjs";

/** What a user writes who verifies, and who does not. */
const alone = {
  "verify() alone": `import { verify } from "touchstone";
const { payload } = await verify(process.argv[2], process.argv[3]);
console.log(JSON.stringify([{ name: "verifies", ok: payload.sub === "ada" }]));`,
  "TouchstoneError alone": `import { TouchstoneError, verify } from "touchstone";
const is = new Error() instanceof TouchstoneError;
console.log(JSON.stringify([{ name: "is a class", ok: is === false }]));`,
};
/** In bytes: with the module, which is 349,000, and without; rollup does not minify, nor drop all classes. */
const sizeLimits = { "verify() alone": 400_000, "TouchstoneError alone": 20_000 };

export async function* rows({ suites, isQuick }) {
  const { example } = (await import(inStage("fixtures.mjs"))).fixtures;
  for (const { name, version, bundle, missing } of bundlersFor({ isQuick })) {
    if (missing) {
      yield { runtime: name, missing };
      continue;
    }
    for (const suite of suitesFor(suites, ["compile", "fetch", "Node"])) {
      const folder = `bundle-${name}-${fileNameOf(suite)}`;
      const run = async () => {
        const program = writeProgram(`${folder}.mjs`, suite, { end: printing });
        return resultsOf(await output(process.execPath, [await bundle(program, folder)]));
      };
      yield { runtime: name, version, form: "in Node", suite, run };
    }
    for (const [form, code] of Object.entries(alone)) {
      const notes = [];
      const run = async () => {
        const folder = `bundle-${name}-${form.replace(/\W/g, "")}`;
        writeFileSync(inStage(`${folder}.mjs`), code);
        const main = await bundle(inStage(`${folder}.mjs`), folder);
        const bytes = readFileSync(main);
        notes.push(`${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
        const isSmall = { name: `${bytes.length} bytes are small`, ok: bytes.length <= sizeLimits[form] };
        return [...resultsOf(await output(process.execPath, [main, example.token, example.jwks])), isSmall];
      };
      yield { runtime: name, version, form, run, notes };
    }
  }
}
