// Where Workers differ: nothing may happen on import, and the module comes by the runtime's own condition.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { claims, jwksOf, jwtOf, now } from "../js/support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entries = ["fetch", "hono", "express", "fastify"];

/** What a script prints in a Node process of its own, in this package. */
function run(script, ...flags) {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", ...flags, "--eval", script], { cwd: root, encoding: "utf8" });
  return stdout.trim() || stderr;
}

const use = `
  const { bearerAuth } = entry;
  const policy = { jwks: ${JSON.stringify(jwksOf("ES256"))}, issuer: ${JSON.stringify(claims.iss)}, audience: "api" };
  const authenticate = bearerAuth({ ...policy, currentDate: new Date(${now * 1000}) });
  const requestWith = (authorization) => new Request("https://api.example/", { headers: { authorization } });
  const { payload } = await authenticate(requestWith("Bearer ${jwtOf("ES256")}"));
  const { response } = await authenticate(requestWith("Bearer x")).catch((error) => error);
  console.log(payload.sub, response.status, await response.text());`;
const expected = 'ada 401 {"error":"invalid_token"}';

test("on import nothing is asked of the runtime that Workers forbid there", () => {
  const script = `
    const forbidden = ["fetch", "Request", "Response", "Headers", "setTimeout", "setInterval", "crypto", "WebAssembly", "AbortController"];
    const kept = forbidden.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
    for (const [name] of kept) {
      Object.defineProperty(globalThis, name, { configurable: true, get: () => { throw new Error(name + " on import"); } });
    }
    const [entry] = await Promise.all(${JSON.stringify(entries)}.map((name) => import("touchstone/" + name)));
    for (const [name, descriptor] of kept) Object.defineProperty(globalThis, name, descriptor);
    ${use}`;
  assert.equal(run(script), expected);
});

// Node has no runtime's way of importing .wasm: this hook imports it as they do.
const hook = (suffix) => `data:text/javascript,${encodeURIComponent(`
  export async function load(url, context, next) {
    if (!url.endsWith(${JSON.stringify(suffix)})) return next(url, context);
    const source = \`import { readFileSync } from "node:fs";
      export default new WebAssembly.Module(readFileSync(new URL(import.meta.url.replace(/[?].*/, ""))));\`;
    return { format: "module", shortCircuit: true, source };
  }`)}`;
for (const [condition, suffix] of [["workerd", "/core.wasm"], ["edge-light", "/core.wasm?module"]]) {
  test(`${condition}: the module is imported, nothing is compiled`, () => {
    const script = `
      import { register } from "node:module";
      register(${JSON.stringify(hook(suffix))});
      const entry = await import("touchstone/fetch");
      WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("disallowed by embedder"); } };
      WebAssembly.compile = WebAssembly.instantiate = undefined;
      ${use}`;
    assert.equal(run(script, `--conditions=${condition}`), expected);
  });
}

test("the conditions of the middleware are those of the package itself", () => {
  const { exports, imports } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const { types, ...conditions } = exports["."];
  assert.deepEqual(Object.entries(imports["#touchstone"]), Object.entries(conditions));
  for (const name of entries) {
    assert.deepEqual(exports[`./${name}`], { types: `./dist/middleware/${name}.d.ts`, default: `./dist/middleware/${name}.js` });
  }
});

test("no framework is imported", () => {
  for (const name of [...entries, "bearer"]) {
    const files = [`js/src/middleware/${name}.ts`, `dist/middleware/${name}.d.ts`];
    const sources = files.map((file) => readFileSync(`${root}/${file}`, "utf8"));
    for (const [, imported] of sources.join("\n").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)) {
      assert.match(imported, /^(\.\.?\/.*|#touchstone)$/);
    }
  }
});
