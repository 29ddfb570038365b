import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fileOf, read } from "../support.mjs";

const { exports } = JSON.parse(read("package.json"));
const dist = fileURLToPath(fileOf("dist/jose"));

test("its entries are those of the package, for each runtime", () => {
  const expected = Object.entries(exports["."]).map(([condition, file]) => [condition, file.replace("./dist/",
    "./dist/jose/")]);
  assert.deepEqual(Object.entries(exports["./jose"]), expected);
});

test("it needs nothing but this package", () => {
  for (const file of readdirSync(dist).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join(dist, file), "utf8");
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^"]*? from "(.*?)";/gm)) {
      assert.ok(from.startsWith(".") && existsSync(join(dist, from)), `${file}: ${from}`);
    }
  }
});

test("nothing happens on import", () => {
  const script = `
    globalThis.fetch, globalThis.Headers; // for which Node compiles a module of its own
    const seen = [];
    for (const [of, name] of [[globalThis, "fetch"], [globalThis, "Headers"], [globalThis, "setTimeout"],
      [globalThis, "atob"],
      [WebAssembly, "Module"], [WebAssembly, "Instance"], [WebAssembly, "compile"]]) {
      const real = of[name];
      of[name] = new Proxy(real, { apply: (...args) => (seen.push(name), Reflect.apply(...args)),
        construct: (...args) => (seen.push(name), Reflect.construct(...args)) });
    }
    const before = Object.getOwnPropertyNames(globalThis).join();
    const { decodeJwt } = await import("touchstone/jose");
    const onImport = [...seen];
    decodeJwt("e30.e30.");
    console.log(JSON.stringify([onImport, seen, before === Object.getOwnPropertyNames(globalThis).join()]));
  `;
  const run = (text) => JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", text],
    { cwd: fileURLToPath(fileOf(".")), encoding: "utf8" }));
  const [onImport, later, isSame] = run(script);
  assert.deepEqual(onImport, []);
  assert.ok(later.includes("Module") && later.includes("Instance"));
  assert.ok(isSame);
});

test("it shares its module with the package", () => {
  const script = `
    let modules = 0;
    const Real = WebAssembly.Module;
    WebAssembly.Module = new Proxy(Real, { construct: (...args) => (modules++, Reflect.construct(...args)) });
    const [{ decode }, { decodeJwt }] = [await import("touchstone"), await import("touchstone/jose")];
    decode("e30.e30."); decodeJwt("e30.e30.");
    console.log(modules);
  `;
  assert.equal(execFileSync(process.execPath, ["--input-type=module", "-e", script],
    { cwd: fileURLToPath(fileOf(".")), encoding: "utf8" }), "1\n");
});
