// Chromium, Firefox and WebKit, in a page and in a Worker, as it is and bundled, under a policy that forbids all else.
import { writeFileSync } from "node:fs";
import { Browser, browsers } from "../browsers.mjs";
import { bundlersFor } from "../bundlers.mjs";
import { fileNameOf, inStage, suitesFor, writeProgram } from "../stage.mjs";

const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
const fetching = `${strict}; connect-src 'self'`;

/** In a page: the form's field is the answer. */
const submitting = `
const { answer } = document.forms[0].elements;
const submit = (results) => {
  answer.value = JSON.stringify(results);
  document.forms[0].submit();
};`;
const inPage = `${submitting}
submit(await run());`;
const inWorker = `postMessage(await run());`;
const startingWorker = (file) => `${submitting}
const worker = new Worker("/${file}", { type: "module" });
worker.onmessage = ({ data }) => submit(data);
worker.onerror = ({ message }) => submit([{ name: "starts", ok: false, error: message ?? "it could not be loaded" }]);`;

const fetched = (wasmUrl) => `const wasm = () => fetch("/core.wasm");
const wasmUrl = ${wasmUrl};`;
/** From beside the package's file; else from where the page says. */
const source = fetched(undefined);
const otherSource = fetched('"/core.wasm"');

/** That the policies are in force; and what happens to who forgets what WebAssembly needs. */
const policies = {
  "policy": [strict, `${submitting}
const isRefused = (call) => Promise.resolve().then(call).then(() => false, () => true);
submit([
  { name: "eval is refused", ok: await isRefused(() => new Function("")) },
  { name: "fetch is refused", ok: await isRefused(() => fetch("/core.wasm")) },
]);`],
  "no 'wasm-unsafe-eval'": ["default-src 'none'; script-src 'self'", `${submitting}
import { verifySync } from "touchstone";
import { fixtures } from "./fixtures.mjs";
let error;
try {
  verifySync(fixtures.example.token, fixtures.example.jwks);
} catch (thrown) {
  error = thrown;
}
submit([{ name: "is told", ok: /wasm|WebAssembly/.test(error?.message), error: String(error) }]);`],
};

export async function* rows({ suites, isQuick }) {
  const bundlers = bundlersFor({ isQuick });
  /** By folder: a bundle is made once, whoever loads it. */
  const bundles = new Map();
  for (const found of browsers.filter(({ isQuick: quick }) => quick || !isQuick)) {
    if (!found.program) {
      yield { runtime: found.name, missing: "it is not installed" };
      continue;
    }
    const browser = await Browser.start(found);
    const about = { runtime: found.name, version: browser.version };
    try {
      for (const suite of suitesFor(suites, ["compile", "fetch"])) {
        const name = fileNameOf(suite);
        const isFetching = suite.needs.includes("fetch") || suite.entry === "touchstone/module";
        const policy = isFetching ? fetching : strict;
        const page = () => {
          writeProgram(`page-${name}.mjs`, suite, { end: inPage, source });
          return browser.open(policy, `page-${name}.mjs`);
        };
        yield { ...about, form: "page", suite, run: page };
        const worker = () => {
          writeProgram(`worker-${name}.mjs`, suite, { end: inWorker, source });
          writeFileSync(inStage(`start-${name}.mjs`), startingWorker(`worker-${name}.mjs`));
          return browser.open(policy, `start-${name}.mjs`);
        };
        yield { ...about, form: "Worker", suite, run: worker };
        for (const { name: bundler, bundle, isCarrier } of bundlers.filter(({ bundle }) => bundle)) {
          const folder = `page-${bundler}-${name}`;
          const bundled = async () => {
            const how = { end: inPage, source: isCarrier ? source : otherSource };
            if (!bundles.has(folder)) bundles.set(folder, bundle(writeProgram(`${folder}.mjs`, suite, how), folder));
            await bundles.get(folder);
            return browser.open(policy, `${folder}/index.js`);
          };
          yield { ...about, form: `page, by ${bundler}`, suite, run: bundled };
        }
      }
      for (const [form, [policy, code]] of Object.entries(policies)) {
        const file = `page-${form.replace(/\W/g, "")}.mjs`;
        const run = () => {
          writeFileSync(inStage(file), code);
          return browser.open(policy, file);
        };
        yield { ...about, form, run };
      }
    } finally {
      await browser.stop();
    }
  }
}
