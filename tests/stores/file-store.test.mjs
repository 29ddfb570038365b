// The npm package's fileStore() and the native library on one directory.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileStore } from "touchstone/issuer/file-store";
import { assertMarks, killProbes, marksOf, secrets, startProbe } from "./probe.mjs";

const folder = mkdtempSync(join(tmpdir(), "touchstone-stores-"));
after(() => {
  killProbes();
  rmSync(folder, { recursive: true });
});

test("each reads what the other wrote, under the same version", async () => {
  const place = join(folder, "one");
  const probe = await startProbe(place);
  const store = fileStore(place, { create: true });
  const first = await store.compareAndSwap(undefined, "zwölf");
  assert.deepEqual([(await probe.load()).text, (await probe.load()).version], ["zwölf", first]);
  assert.equal((await probe.swap("", "x")).error.reason, "store_conflict");
  const { version } = await probe.swap(first, "two");
  assert.deepEqual(await store.load(), { text: "two", version });
  assert.equal(await store.compareAndSwap(first, "x"), undefined);
  await probe.stop();
});

test("both at once, and a native writer is killed: each update is in once", async () => {
  const place = join(folder, "both");
  const probe = await startProbe(place);
  assert.ok((await probe.create()).ok);
  assert.ok((await probe.swap("", `${secrets[0]};`)).ok);
  const store = fileStore(place, { timeout: 30 });
  const append = async (mark) => {
    for (;;) {
      const { text, version } = await store.load();
      if (await store.compareAndSwap(version, `${text}${mark};`)) return;
    }
  };
  const natives = await Promise.all(marksOf("native", 3).map(() => startProbe(place, { timeout: 30 })));
  const victim = await startProbe(place, { timeout: 30 });
  const ending = victim.append(marksOf("victim", 1000));
  const appending = natives.map((native, index) => native.append(marksOf(`n${index}`, 10)));
  for (const mark of marksOf("js", 20)) {
    await append(mark);
    if (mark === marksOf("js", 20)[5]) await victim.kill();
  }
  await ending;
  for (const answer of await Promise.all(appending)) assert.equal(answer.done, 10, JSON.stringify(answer));
  const { text } = await store.load();
  const all = text.slice(0, -1).split(";").slice(1);
  const others = all.filter((mark) => !mark.startsWith("victim"));
  assertMarks(`${[secrets[0], ...others].join(";")};`, [...natives.flatMap((_, index) => marksOf(`n${index}`, 10)), ...marksOf("js", 20)]);
  assert.deepEqual(victim.marks.filter((mark) => !all.includes(mark)), []);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(readdirSync(place).sort(), ["key-ring.json", "lock"]);
  await Promise.all([probe, ...natives].map((one) => one.stop()));
});
