// What keys weigh: `node --expose-gc memory.mjs PEER FIXTURE SETS`. Bytes a key, once parsed and after a
// verification with each. Who keeps everything in JavaScript and WASM is weighed exactly; what OpenSSL keeps is only
// to be seen in the process' resident memory, which is rough.
import { readFileSync } from "node:fs";
import { reasonOf } from "./peers/index.mjs";

const [file, fixture, sets] = process.argv.slice(2);
const given = JSON.parse(readFileSync(fixture, "utf8"));
const count = JSON.parse(given.jwks).keys.length * Number(sets);

// The newest Node counts the memory of WASM nowhere.
const wasmMemories = [];
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    if (this.exports.memory) wasmMemories.push(this.exports.memory);
  }
};
const inWasm = () => wasmMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

async function memory({ isInHeap }) {
  for (let i = 0; i < 10; i += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10)); // finalizers
  }
  const { rss, heapUsed } = process.memoryUsage();
  return isInHeap ? heapUsed + inWasm() : rss;
}

try {
  const peer = await import(`./peers/${file}.mjs`);
  const make = () => (peer.hold ?? peer.hot)(given);
  // Some sets beforehand: code, pools, and the holes that parsing leaves, which further keys fill first.
  const earlier = Array.from({ length: Number(sets) }, make);
  for (const token of given.tokens.slice(0, 20)) for (const verify of earlier) await verify(token);
  const before = await memory(peer);
  const held = Array.from({ length: Number(sets) }, make);
  globalThis.kept = [earlier, held]; // or they would be collected after their last use, before they are weighed
  const parsed = await memory(peer);
  // As far as time allows: who is slow is weighed by the keys that it came to, set by set.
  const until = performance.now() + 5000;
  let uses = 0;
  for (const verify of held) {
    for (const token of given.tokens) {
      if (performance.now() > until) break;
      await verify(token);
      uses += 1;
    }
  }
  const used = await memory(peer);
  console.log(
    JSON.stringify({
      parsed: (parsed - before) / count,
      ...(given.tokens.length ? { used: (parsed - before) / count + (used - parsed) / uses } : {}),
    }),
  );
} catch (error) {
  console.log(JSON.stringify({ gap: reasonOf(error) }));
}
