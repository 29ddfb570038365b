// One start: `node startup.mjs PEER FIXTURES`. Milliseconds until the peer is loaded, and until its first verdict.
import { readFileSync } from "node:fs";
import { reasonOf } from "./peers/index.mjs";

const [file, fixtures] = process.argv.slice(2);
const given = JSON.parse(readFileSync(fixtures, "utf8"));
try {
  const since = performance.now();
  const peer = await import(`./peers/${file}.mjs`);
  const loaded = performance.now();
  await peer.hot(given)(given.tokens.small[0]);
  const verdict = performance.now();
  console.log(
    JSON.stringify({ name: peer.name, loaded: loaded - since, verdict: verdict - since }),
  );
} catch (error) {
  console.log(JSON.stringify({ name: file, gap: reasonOf(error) }));
}
