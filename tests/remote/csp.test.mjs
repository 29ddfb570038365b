// A page in Chromium whose Content-Security-Policy does not let WebAssembly run, and one whose does.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { which } from "../../js/tools/steps.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
const example = (name) => readFileSync(`${root}tests/vectors/example/${name}`, "utf8").trim();
let server, browser;

/** The package, and at /POLICY a page under that policy. */
async function serve({ url }, response) {
  const path = normalize(decodeURIComponent(url));
  const type = types[extname(path)];
  if (!path.startsWith("/dist/") || !type) {
    return response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": path.slice(1) }).end("<!doctype html>");
  }
  return response.writeHead(200, { "Content-Type": type }).end(await readFile(root + path));
}

before(async () => {
  server = createServer(serve);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const args = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath: which("chromium"), args });
});
after(async () => {
  await browser.close();
  server.close();
});

/** What the ways into the package come to under a policy. */
async function under(policy) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/${encodeURIComponent(policy)}`);
  const outcomes = await page.evaluate(async ([token, jwks]) => {
    const attempt = async (use) => {
      try {
        return await use();
      } catch (error) {
        return { code: error.code, message: error.message, cause: error.cause?.name };
      }
    };
    const load = { "index.js": () => {}, "url.js": ({ init }) => init(), "module.js": ({ init }) => init(fetch("/dist/core.wasm")) };
    const outcomes = [];
    for (const [entry, init] of Object.entries(load)) {
      const use = async (module) => (await init(module), module.verifySync(token, jwks, { currentDate: new Date("2026-12-01") }).payload.sub);
      outcomes.push(await attempt(async () => use(await import(`/dist/${entry}`))));
    }
    return outcomes;
  }, [example("token.jwt"), example("jwks.json")]);
  await page.close();
  return outcomes;
}

test("without 'wasm-unsafe-eval' the error says to add it", { timeout: 30_000 }, async () => {
  const outcomes = await under("script-src 'self'");
  assert.equal(outcomes.length, 3);
  for (const { code, message, cause } of outcomes) {
    assert.deepEqual([code, cause], ["ERR_TOUCHSTONE_WASM_BLOCKED", "CompileError"]);
    assert.match(message, /add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy/);
  }
});

test("with it, all is well", { timeout: 30_000 }, async () => {
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
  assert.deepEqual(await under(policy), ["ada", "ada", "ada"]);
});
