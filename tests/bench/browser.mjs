// The same in Chromium: a page on loopback that has Touchstone's package and jose, as a bundler would give them.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { which } from "../../js/tools/steps.mjs";
import { shuffle } from "./measure.mjs";
import { reasonOf } from "./peers/index.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const peerNames = ["touchstone", "jose"];
const page = `<!doctype html><title>bench</title>
<script type="importmap">{ "imports": { "jose": "/tests/bench/node_modules/jose/dist/webapi/index.js" } }</script>`;
const types = { ".js": "text/javascript", ".mjs": "text/javascript" };
// Isolated from other origins, a page gets a clock of 5 microseconds instead of 100.
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cache-Control": "no-store",
};

async function serve(request, response) {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const type = types[extname(path)];
  const isOurs = ["dist", join("tests", "bench")].some((folder) =>
    path.startsWith(sep + folder + sep),
  );
  if (path === sep) {
    response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end(page);
  } else if (!type || !isOurs) {
    response.writeHead(404).end();
  } else {
    const body = await readFile(join(root, path)).catch(() => undefined);
    if (body) response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
    else response.writeHead(404).end();
  }
}

// ---- what runs in the page: functions that see nothing of this file ----------------------------------

async function runInPage({ fixtures, settings, peerNames }) {
  const { seeded } = await import("/tests/bench/measure.mjs");
  const { cold, hot, sets } = await import("/tests/bench/scenarios.mjs");
  const { load } = await import("/tests/bench/peers/index.mjs");
  const peers = await Promise.all(peerNames.map(load));
  const options = { ...settings, random: seeded(settings.seed), now: () => performance.now() };
  for (const scenario of [hot, cold, sets]) {
    for await (const result of scenario(fixtures, peers, options)) await window.report(result);
  }
}

async function startInPage({ name, given }) {
  const since = performance.now();
  const peer = await import(`/tests/bench/peers/${name}.mjs`);
  const loaded = performance.now();
  await peer.hot(given)(given.tokens.small[0]);
  return { loaded: loaded - since, verdict: performance.now() - since };
}

// ------------------------------------------------------------------------------------------------------

/** Start-up, each in a context of its own, which has no cache yet. */
async function starts(browser, address, { given, settings, random }) {
  const samples = Object.fromEntries(peerNames.map((name) => [name, []]));
  const loaded = Object.fromEntries(peerNames.map((name) => [name, []]));
  for (let round = 0; round < settings.starts; round += 1) {
    for (const name of shuffle(peerNames, random)) {
      const context = await browser.newContext();
      const tab = await context.newPage();
      await tab.goto(address);
      const took = await tab.evaluate(startInPage, { name, given });
      samples[name].push(took.verdict * 1e6);
      loaded[name].push(took.loaded * 1e6);
      await context.close();
    }
  }
  return { scenario: "startup", id: given.id, size: "small", samples, loaded, gaps: {} };
}

/** Calls `report` with each result; gives the browser's name, or why there is none. */
export async function measureBrowser(fixtures, settings, { report, random }) {
  const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(which).find(Boolean);
  if (!executablePath) return { gap: "Chromium was not found: apt-get install chromium" };
  let chromium;
  try {
    ({ chromium } = await import("playwright-core"));
  } catch (error) {
    return { gap: `playwright-core: ${reasonOf(error)}` };
  }
  const server = createServer(serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/`;
  let browser;
  try {
    browser = await chromium.launch({ executablePath });
    const tab = await browser.newPage();
    await tab.exposeFunction("report", report);
    await tab.goto(address);
    const { memory, ...needed } = fixtures;
    await tab.evaluate(runInPage, { fixtures: needed, settings, peerNames });
    await tab.close();
    report(await starts(browser, address, { given: fixtures.cases.ES256, settings, random }));
    return { name: `Chromium ${browser.version().split(".")[0]}`, version: browser.version() };
  } catch (error) {
    return { gap: reasonOf(error) };
  } finally {
    await browser?.close();
    server.close();
  }
}
