// The playground in real browsers, by real clicks and keys: `node tests/playground/run.mjs [--browsers chromium,...]`.
// It needs dist/. Screenshots of what was seen are left in build/playground-screenshots.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPlayground } from "../../js/playground/build.mjs";
import { servePlayground } from "../../js/playground/serve.mjs";
import { main, root, seconds } from "../../js/tools/steps.mjs";
import { browsers } from "./browsers.mjs";
import { screenshots, tests } from "./tests.mjs";
import { Visit } from "./visit.mjs";

const { values } = parseArgs({
  options: { browsers: { type: "string", default: "chromium" }, only: { type: "string", default: "" } },
});

async function runIn(name, total) {
  const launching = browsers[name]?.();
  const known = Object.entries(tests).filter(([title]) => title.includes(values.only));
  if (!launching) {
    console.log(`\n${name}: MISSING on this machine; its ${known.length} tests were not run`);
    total.skipped += known.length;
    return;
  }
  const browser = await launching;
  console.log(`\n${name}: ${browser.version}`);
  const folder = join(root, "build", "playground-screenshots", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const asked = [];
  const server = await servePlayground(0, ({ url, headers }) => asked.push({ url, headers }));
  const url = `http://127.0.0.1:${server.address().port}/`;
  try {
    for (const [title, test] of [...known, ...(values.only ? [] : [["screenshots", screenshots]])]) {
      const since = performance.now();
      const visit = new Visit({ browser, name, folder, url, asked });
      try {
        await test(visit);
        await visit.end();
        total.passed++;
        console.log(`ok      ${title} (${seconds(since)})`);
      } catch (error) {
        total.failed++;
        console.log(`FAILED  ${title} (${seconds(since)})\n${error.stack}`);
        await visit.screenshot(`failed-${title.replace(/\W+/g, "-")}`).catch(() => {});
        await visit.close().catch(() => {});
      }
    }
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

await main(async () => {
  await buildPlayground();
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const name of values.browsers.split(",")) {
    if (!browsers[name]) throw new Error(`there is no browser ${name}`);
    await runIn(name, total);
  }
  const { passed, failed, skipped } = total;
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
});
