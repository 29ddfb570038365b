// A directory on a real disk, and many processes: each update once, whoever is killed.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertMarks, killProbes, marksOf, secrets, startProbe } from "./probe.mjs";

const folder = mkdtempSync(join(tmpdir(), "touchstone-stores-"));
after(() => {
  killProbes();
  rmSync(folder, { recursive: true });
});
let directories = 0;
async function newDirectory() {
  directories += 1;
  const place = join(folder, `keys-${directories}`);
  const probe = await startProbe(place);
  assert.ok((await probe.create()).ok);
  assert.ok((await probe.swap("", `${secrets[0]};`)).ok);
  return [place, probe];
}

test("ten processes at once: each update is in once", async () => {
  const [place, probe] = await newDirectory();
  const writers = await Promise.all(marksOf("writer", 10).map(() => startProbe(place, { timeout: 30 })));
  const answers = await Promise.all(writers.map((writer, index) => writer.append(marksOf(`w${index}`, 5))));
  for (const answer of answers) assert.equal(answer.done, 5, JSON.stringify(answer));
  const { text } = await probe.load();
  assertMarks(text, writers.flatMap((_, index) => marksOf(`w${index}`, 5)));
  await Promise.all([probe, ...writers].map((one) => one.stop()));
});

test("writers are killed at any time: what was told to be in is in, and the others go on", async () => {
  const [place, probe] = await newDirectory();
  const told = [];
  for (let round = 0; round < 10; round += 1) {
    const [victim, survivor] = await Promise.all([startProbe(place), startProbe(place)]);
    const appending = victim.append(marksOf(`victim${round}`, 1000));
    const surviving = survivor.append(marksOf(`survivor${round}`, 3));
    await sleep(20 + 17 * round);
    await victim.kill();
    assert.equal(await appending, undefined);
    assert.equal((await surviving).done, 3);
    await survivor.stop();
    told.push(...victim.marks, ...survivor.marks);
    const { text } = await probe.load();
    const marks = text.slice(0, -1).split(";").slice(1);
    assertMarks(text, [...new Set(marks)]);
    // The last one may have gone in before the victim could tell.
    const untold = marks.filter((mark) => !told.includes(mark));
    assert.ok(untold.length <= 1, untold.join());
    assert.deepEqual(told.filter((mark) => !marks.includes(mark)), []);
    told.push(...untold);
  }
  assert.ok(told.length > 40, `only ${told.length}`);
  assert.ok((await probe.append(["last"])).ok);
  assert.deepEqual(readdirSync(place).sort(), ["key-ring.json", "lock"]);
  await probe.stop();
});
