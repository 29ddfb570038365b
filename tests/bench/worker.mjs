// Measures one Node: `node worker.mjs FIXTURES OPTIONS`, both files of JSON. A line of JSON for each result.
import { readFileSync } from "node:fs";
import { seeded } from "./measure.mjs";
import { cachedPeers, hotPeers, load } from "./peers/index.mjs";
import { cached, cold, forms, hot, remote, sets } from "./scenarios.mjs";

const [fixtures, settings] = process.argv
  .slice(2)
  .map((file) => JSON.parse(readFileSync(file, "utf8")));
const options = {
  ...settings,
  random: seeded(settings.seed),
  now: () => performance.now(),
};

const loadAll = (files) => Promise.all(files.map(load));
const peers = await loadAll(hotPeers);
const withCaches = await loadAll(cachedPeers);
const { forms: ways } = await import("./peers/touchstone-forms.mjs");
const { remote: places } = await import("./peers/touchstone-remote.mjs");

for (const results of [
  hot(fixtures, peers, options),
  cold(fixtures, peers, options),
  sets(fixtures, peers, options),
  cached(fixtures, withCaches, options),
  forms(fixtures, ways, options),
  remote(fixtures, places, options),
]) {
  for await (const result of results) console.log(JSON.stringify(result));
}
