// workerd, Cloudflare's runtime, by miniflare, which needs a newer Node than the package does.
import { join } from "node:path";
import { esbuild } from "../bundlers.mjs";
import { output, pinned, resultsOf, versionOf } from "../programs.mjs";
import { fileNameOf, here, sources, suitesFor, writeProgram } from "../stage.mjs";
import { findNode } from "./node.mjs";

/** What a Worker does: it answers each request with the results. */
export const answering = `export default { fetch: async () => Response.json(await run()) };`;

export async function* rows({ suites }) {
  const node = findNode(22);
  const miniflare = pinned("miniflare/dist/src/index.js");
  const missing = `${node ? "miniflare" : "Node 22"} is not installed`;
  if (!node || !miniflare) return yield { runtime: "workerd", missing };
  const version = versionOf("workerd");
  for (const suite of suitesFor(suites, [])) {
    const name = `workerd-${fileNameOf(suite)}`;
    const run = async () => {
      const program = writeProgram(`${name}.mjs`, suite, { end: answering, source: sources.imported });
      const main = await esbuild(program, name, { conditions: ["workerd"], loader: { ".wasm": "copy" } });
      return resultsOf(await output(node, [join(here, "miniflare.mjs"), miniflare, main]));
    };
    yield { runtime: "workerd", version, form: "miniflare", suite, run };
  }
}
