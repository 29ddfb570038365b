// Adds marks to the end of what a directory holds, each until it is in, and tells it then: PATH NAME TIMES
import { writeSync } from "node:fs";
import { fileStore } from "touchstone/issuer/file-store";

const [, , path, name, times] = process.argv;
const store = fileStore(path, { timeout: 60 });
for (let number = 0; number < Number(times); number += 1) {
  for (;;) {
    const { text, version } = await store.load();
    if (await store.compareAndSwap(version, `${text}${name}${number};`)) break;
  }
  writeSync(1, `${name}${number}\n`);
}
