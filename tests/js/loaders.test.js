// Each way into the package: what it may do on import, and where its module comes from.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { fileOf, read } from "./support.mjs";

const bytes = readFileSync(fileOf("dist/core.wasm"));
const check = `verifySync(${JSON.stringify(read("tests/vectors/example/token.jwt").trim())},
  ${JSON.stringify(read("tests/vectors/example/jwks.json"))}, { currentDate: new Date("2026-12-01") }).payload.sub`;

/** What a script prints in a Node process of its own, in this package. */
async function run(script, ...flags) {
  const options = { cwd: fileOf("."), timeout: 30_000 };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", ...flags, "--eval", script],
    options,
  );
  return stdout.trim();
}

describe("touchstone", () => {
  test("verifies at once, and compiles nothing before", async () => {
    const script = `
      const { Module } = WebAssembly;
      let compiled = 0;
      WebAssembly.Module = class extends Module { constructor(...of) { super(...of); compiled++; } };
      const { verifySync } = await import("touchstone");
      console.log(compiled, ${check}, compiled);`;
    assert.equal(await run(script), "0 ada 1");
  });

  test("with require()", { skip: !process.features.require_module && "this Node cannot require() ESM" }, async () => {
    const script = `const { verifySync } = require("touchstone"); console.log(${check})`;
    assert.equal(await run(script, "--input-type=commonjs"), "ada");
  });

  test("decodes with atob and with Uint8Array.fromBase64 alike", async () => {
    for (const fromBase64 of ["undefined", "(text) => new Uint8Array(Buffer.from(text, 'base64'))"]) {
      const script = `
        Uint8Array.fromBase64 = ${fromBase64};
        const { verifySync } = await import("touchstone");
        console.log(${check});`;
      assert.equal(await run(script), "ada");
    }
  });

  // As browsers and workerd say it; tests/remote/csp.test.mjs asks a browser.
  for (const words of [
    "WebAssembly.Module(): Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\"",
    "WebAssembly.Module(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive",
    "call to WebAssembly.Module() blocked by CSP",
    "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
    "WebAssembly.Module(): Wasm code generation disallowed by embedder",
  ]) {
    test(`where compiling is refused, it says what to do: ${words}`, async () => {
      const script = `
        const cause = new WebAssembly.CompileError(${JSON.stringify(words)});
        const bytes = new Uint8Array(8);
        const streamed = new Response(bytes, { headers: { "content-type": "application/wasm" } });
        const { verifySync } = await import("touchstone");
        const { init } = await import("touchstone/module");
        const blocked = { Module: class { constructor() { throw cause; } }, compile: async () => { throw cause; } };
        Object.assign(WebAssembly, blocked, { compileStreaming: blocked.compile });
        const failures = [() => ${check}, () => ${check}, () => init(bytes), () => init(new Response(bytes)), () => init(streamed)];
        for (const fail of failures) {
          const error = await (async () => fail())().catch((error) => error);
          console.log(error.code, error.cause === cause, error.message.includes("add 'wasm-unsafe-eval' to script-src"));
        }`;
      assert.equal(await run(script), Array(5).fill("ERR_TOUCHSTONE_WASM_BLOCKED true true").join("\n"));
    });
  }

  test("any other failure to compile is passed on as it is", async () => {
    const script = `
      const cause = new WebAssembly.CompileError("WebAssembly.Module(): Out of memory: Cannot allocate Wasm memory");
      WebAssembly.Module = class { constructor() { throw cause; } };
      const { verifySync } = await import("touchstone");
      try { ${check} } catch (error) { console.log(error === cause); }`;
    assert.equal(await run(script), "true");
  });

  test("whoever uses what needs the module has said where it is; nothing else happens on import", async () => {
    assert.equal(JSON.parse(read("package.json")).sideEffects, false);
    const needNone = {
      "": ["RemoteKeySet", "TouchstoneError", "cacheApiCache", "kvCache", "redisCache"],
      "jose/": ["base64url", "customFetch", "errors", "jwksCache"],
    };
    for (const [folder, others] of Object.entries(needNone)) {
      const names = Object.keys(await import(`touchstone/${folder}`.replace(/\/$/, "")));
      const binding = /^export const (\w+) = \/\*#__PURE__\*\/ withModule\(getModule, api\.(\w+)\);$/gm;
      const bound = [...read(`js/src/${folder}index.ts`).matchAll(binding)];
      for (const [, name, own] of bound) assert.equal(name, own);
      assert.deepEqual([...bound.map(([, name]) => name), ...others].sort(), names.sort());
    }
  });
});

// Node has no runtime's way of importing .wasm: this hook imports it as they do.
const hooks = (suffix, module) => `data:text/javascript,${encodeURIComponent(`
  export async function load(url, context, next) {
    if (!url.endsWith(${JSON.stringify(suffix)})) return next(url, context);
    return { format: "module", shortCircuit: true, source: ${JSON.stringify(`
      import { readFileSync } from "node:fs";
      import { runInNewContext } from "node:vm";
      const bytes = readFileSync(new URL(import.meta.url.replace(/[?].*/, "")));
      export default ${module};`)} };
  }`)}`;
const importing = (suffix, module) => `
  import { register } from "node:module";
  register(${JSON.stringify(hooks(suffix, module))});
  const module = await import("touchstone");
  // What these runtimes do in a request.
  WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("disallowed"); } };
  WebAssembly.compile = WebAssembly.instantiate = undefined;
  const { verifySync } = module;
  console.log(${check});`;

describe("the conditions", () => {
  test("workerd: the module is imported, nothing is compiled", async () => {
    const script = importing("/core.wasm", "new WebAssembly.Module(bytes)");
    assert.equal(await run(script, "--conditions=workerd"), "ada");
  });

  test("edge-light: the module is marked, and of another realm", async () => {
    const script = importing("/core.wasm?module", 'runInNewContext("new WebAssembly.Module(bytes)", { bytes })');
    assert.equal(await run(script, "--conditions=edge-light"), "ada");
  });

  test("come in the order that decides: the narrow before the wide", () => {
    const order = Object.keys(JSON.parse(read("package.json")).exports["."]);
    assert.deepEqual(order, ["types", "workerd", "edge-light", "default"]);
  });

  test("every entry exports the same", async () => {
    const names = async (entry) => Object.keys(await import(`touchstone${entry}`)).filter((name) => name !== "init");
    const expected = await names("");
    for (const entry of ["/url", "/module"]) assert.deepEqual(await names(entry), expected);
    const exported = (file) => read(`dist/${file}.js`).match(/^export \{[^}]*\};$/m)[0];
    for (const entry of ["index", "jose/index"]) {
      for (const runtime of ["workerd", "edge-light"]) assert.equal(exported(`${entry}.${runtime}`), exported(entry));
    }
  });
});

describe("touchstone/module", () => {
  const forms = {
    "a Module": "new WebAssembly.Module(bytes)",
    "a Module of another realm": 'runInNewContext("new WebAssembly.Module(bytes)", { bytes })',
    bytes: "bytes",
    "an ArrayBuffer": "new Uint8Array(bytes).buffer",
    "a Response": "new Response(bytes)",
    "a Response of its media type": 'new Response(bytes, { headers: { "content-type": "application/wasm" } })',
    "a Response of another fetch": `{
      ok: true, bodyUsed: false, headers: new Headers({ "content-type": "application/wasm" }),
      [Symbol.toStringTag]: "Response", arrayBuffer: async () => new Uint8Array(bytes).buffer }`,
    "a promise": "Promise.resolve(bytes)",
  };
  const start = `
    import { readFileSync } from "node:fs";
    import { runInNewContext } from "node:vm";
    import { init, verifySync } from "touchstone/module";
    const bytes = readFileSync("dist/core.wasm");`;
  for (const [name, form] of Object.entries(forms)) {
    test(name, async () => assert.equal(await run(`${start} await init(${form}); console.log(${check});`), "ada"));
  }

  test("says what is missing before init()", async () => {
    const script = `${start} try { ${check} } catch (error) { console.log(error.message); }`;
    assert.equal(await run(script), "Touchstone has no WebAssembly module yet: await init() first");
  });

  test("what is no module is refused, and another attempt may follow", async () => {
    const script = `${start}
      for (const source of [undefined, "x", {}, new Uint8Array(8), new Response("", { status: 404 })]) {
        await init(source).then(() => console.log("accepted"), (error) => console.log(error instanceof Error));
      }
      await init(bytes);
      console.log(${check});`;
    assert.equal(await run(script), `${"true\n".repeat(5)}ada`);
  });
});

describe("touchstone/url", () => {
  const serve = async (handler, use) => {
    const server = createServer(handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await use(`http://127.0.0.1:${server.address().port}/core.wasm`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };
  // Another process would need a server of its own; a fresh copy of the entry has no state to share but the
  // instance, which is not made before the first call.
  let copy = 0;
  const entry = () => import(`../../dist/url.js?copy=${copy++}`);

  for (const mediaType of ["application/wasm", "application/wasm; charset=utf-8", "text/plain", undefined]) {
    test(`served as ${mediaType}`, async () => {
      const { init } = await entry();
      let requests = 0;
      const handler = (_, response) => {
        requests++;
        if (mediaType) response.setHeader("content-type", mediaType);
        response.end(bytes);
      };
      await serve(handler, async (url) => {
        await Promise.all([init(url), init(new URL(url))]);
        await init(url);
      });
      assert.equal(requests, 1);
    });
  }

  test("a failure is told, and the next attempt is a new one", async () => {
    const { init } = await entry();
    let status = 503;
    const handler = (_, response) => response.writeHead(status).end(bytes);
    await serve(handler, async (url) => {
      await assert.rejects(init(url), /HTTP status 503/);
      status = 200;
      await init(url);
    });
  });

  test("verifies with what it fetched", async () => {
    const output = await serve((_, response) => response.end(bytes), (url) => {
      const script = `import { init, verifySync } from "touchstone/url";
        await init(${JSON.stringify(url)}); console.log(${check});`;
      return run(script);
    });
    assert.equal(output, "ada");
  });
});
