// workerd as Cloudflare's users run it: `wrangler dev`, and what `wrangler deploy` would send.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { output, pinned, resultsOf, startServer, versionOf } from "../programs.mjs";
import { fileNameOf, here, inStage, sources, suitesFor, writeProgram } from "../stage.mjs";
import { findNode } from "./node.mjs";
import { answering } from "./workerd.mjs";

const env = { WRANGLER_SEND_METRICS: "false", CI: "1", NO_COLOR: "1" };

export async function* rows({ suites, isQuick }) {
  if (isQuick) return;
  const node = findNode(22);
  const wrangler = pinned("wrangler/bin/wrangler.js");
  const missing = `${node ? "wrangler" : "Node 22"} is not installed`;
  if (!node || !wrangler) return yield { runtime: "wrangler", missing };
  const about = { runtime: "wrangler", version: versionOf("wrangler") };
  for (const suite of suitesFor(suites, [])) {
    const project = `wrangler-${fileNameOf(suite)}`;
    const cwd = inStage(project);
    writeProgram(`${project}/worker.mjs`, suite, { end: answering, source: sources.imported });
    const config = { name: project, main: "worker.mjs", compatibility_date: "2026-01-01" };
    writeFileSync(inStage(project, "wrangler.json"), JSON.stringify(config));

    const dev = async () => {
      const args = [wrangler, "dev", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
      const ready = /Ready on (http:\/\/127\.0\.0\.1:\d+)/;
      const { match, stop } = await startServer(node, args, { cwd, env, ready });
      try {
        return await (await fetch(match[1])).json();
      } finally {
        await stop();
      }
    };
    yield { ...about, form: "dev", suite, run: dev };

    // What would be sent, run.
    const notes = [];
    const deploy = async () => {
      const args = [wrangler, "deploy", "--dry-run", "--outdir", "out"];
      notes.push((await output(node, args, { cwd, env })).match(/Total Upload: .*/)[0]);
      const miniflare = pinned("miniflare/dist/src/index.js");
      return resultsOf(await output(node, [join(here, "miniflare.mjs"), miniflare, join(cwd, "out/worker.js")]));
    };
    yield { ...about, form: "deploy --dry-run", suite, run: deploy, notes };
  }
}
