// The directory, its faults, and several processes on it at once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createIssuer, generateSealingKey, unseal } from "touchstone/issuer";
import { fileStore } from "touchstone/issuer/file-store";
import { hasty, refusalOf } from "./support.mjs";

const folder = mkdtempSync(join(tmpdir(), "touchstone-file-store-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newPlace = () => join(folder, `keys-${++count}`);
const place = () => {
  const path = newPlace();
  mkdirSync(path, { mode: 0o700 });
  return path;
};
const refused = async (tried) => {
  const { code, reason, detail, message } = await refusalOf(tried);
  assert.ok(!message.includes(folder));
  assert.ok(code.startsWith("ERR_TOUCHSTONE_"));
  return [reason, detail?.hint ?? detail?.member].filter(Boolean).join(" ");
};

test("load and compare-and-swap", async () => {
  const path = place();
  const store = fileStore(path);
  assert.equal(await store.load(), undefined);
  assert.equal(await store.compareAndSwap("x", "one"), undefined);
  const first = await store.compareAndSwap(undefined, "one");
  assert.deepEqual(await store.load(), { text: "one", version: first });
  assert.equal(await store.compareAndSwap(undefined, "two"), undefined);
  const second = await fileStore(`${path}//`).compareAndSwap(first, "zwölf");
  assert.equal(await store.compareAndSwap(first, "three"), undefined);
  assert.deepEqual(await store.load(), { text: "zwölf", version: second });
  assert.deepEqual(readdirSync(path).sort(), ["key-ring.json", "lock"]);
  for (const name of readdirSync(path)) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600);
});

test("the directory is made when that is asked for, and only then", async () => {
  const path = newPlace();
  assert.equal(await refused(fileStore(path).load()), "store_missing");
  assert.equal(await refused(fileStore(path).compareAndSwap(undefined, "x")), "store_missing");
  const store = fileStore(path, { create: true });
  assert.equal(await store.load(), undefined);
  assert.ok(await store.compareAndSwap(undefined, "x"));
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(await refused(fileStore(join(folder, "no/where"), { create: true }).compareAndSwap(undefined, "x")), "store_missing parent");
});

describe("what is not as it should be is refused", () => {
  for (const [name, spoil, expected] of [
    ["a directory for others", (path) => chmodSync(path, 0o750), "store_permission mode"],
    ["a text for others", (path) => chmodSync(join(path, "key-ring.json"), 0o640), "store_permission mode"],
    ["an empty text", (path) => truncateSync(join(path, "key-ring.json")), "store_corrupt size"],
    ["a text that is too long", (path) => truncateSync(join(path, "key-ring.json"), 5 << 20), "store_corrupt size"],
    ["a text that is a directory", (path) => (rmSync(join(path, "key-ring.json")), mkdirSync(join(path, "key-ring.json"), 0o700)), "store_corrupt type"],
    ["a text that is elsewhere", (path) => (renameSync(join(path, "key-ring.json"), join(path, "x")), symlinkSync("x", join(path, "key-ring.json"))), "store_permission symbolic link"],
    ["a directory that is elsewhere", (path) => (renameSync(path, `${path}-x`), symlinkSync(`${path}-x`, path)), "store_permission symbolic link"],
    ["a directory that is a file", (path) => (rmSync(path, { recursive: true }), writeFileSync(path, "")), "store_missing not a directory"],
    ["a lock for others", (path) => chmodSync(join(path, "lock"), 0o644), "store_permission mode", true],
    ["a lock that is elsewhere", (path) => (rmSync(join(path, "lock")), symlinkSync("x", join(path, "lock"))), "store_permission symbolic link", true],
  ]) {
    const isOfWritersAlone = expected && name.includes("lock");
    test(name, async () => {
      const path = place();
      const store = fileStore(path, { timeout: 0.2 });
      const version = await store.compareAndSwap(undefined, "x");
      spoil(path);
      if (!isOfWritersAlone) assert.equal(await refused(store.load()), expected);
      assert.equal(await refused(store.compareAndSwap(version, "y")), expected);
    });
  }

  test("arguments", async () => {
    const store = fileStore(place());
    assert.equal(await refused(store.compareAndSwap(undefined, "")), "option_invalid text");
    assert.equal(await refused(store.compareAndSwap(undefined, "x".repeat((4 << 20) + 1))), "option_invalid text");
    for (const [given, options] of [[""], [undefined], ["x", { timeout: 0 }], ["x", { timeout: "1" }], ["x", 1]])
      assert.equal((await refusalOf(() => fileStore(given, options))).reason, "option_invalid");
  });
});

test("a writer's lock is waited for, and no longer than the time-out", async () => {
  const path = place();
  const store = fileStore(path, { timeout: 1 });
  const version = await store.compareAndSwap(undefined, "x");
  const holder = spawn("flock", ["-x", join(path, "lock"), "-c", "echo; cat"], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  assert.equal(await refused(store.compareAndSwap(version, "y")), "store_unavailable lock");
  assert.equal((await store.load()).text, "x", "readers need no lock");
  const waiting = fileStore(path, { timeout: 20 }).compareAndSwap(version, "y");
  holder.stdin.end();
  assert.ok(await waiting);
});

test("a full disk leaves the old text", { skip: process.getuid() !== 0 && "needs to mount" }, async (t) => {
  const path = place();
  const mount = (...args) => new Promise((resolve) => spawn(...args, { stdio: "ignore" }).on("close", resolve));
  if ((await mount("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", path])) !== 0) return t.skip("may not mount");
  try {
    const store = fileStore(path);
    const version = await store.compareAndSwap(undefined, "old");
    assert.equal(await refused(store.compareAndSwap(version, "x".repeat(100_000))), "store_full");
    assert.deepEqual(await store.load(), { text: "old", version });
    assert.deepEqual(readdirSync(path).sort(), ["key-ring.json", "lock"]);
    assert.ok(await store.compareAndSwap(version, "new"));
  } finally {
    await mount("umount", [path]);
  }
});

const writer = fileURLToPath(new URL("file-store-writer.mjs", import.meta.url));
const append = (path, name, times) => {
  const child = spawn(process.execPath, [writer, path, name, `${times}`], { stdio: ["ignore", "pipe", "inherit"] });
  child.said = "";
  child.stdout.on("data", (data) => (child.said += data));
  child.ended = new Promise((resolve) => child.on("close", resolve));
  return child;
};

test("processes at once, one of them killed: each update is in once, and none that was told is lost", async () => {
  const path = place();
  await fileStore(path).compareAndSwap(undefined, ";");
  const writers = ["a", "b", "c"].map((name) => append(path, name, 8));
  const victim = append(path, "v", 1000);
  while (victim.said.split("\n").length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  victim.kill("SIGKILL");
  await Promise.all([...writers, victim].map(({ ended }) => ended));
  const marks = (await fileStore(path).load()).text.split(";").filter(Boolean);
  assert.equal(new Set(marks).size, marks.length);
  for (const { said } of [...writers, victim]) for (const mark of said.split("\n").filter(Boolean)) assert.ok(marks.includes(mark), mark);
  for (const name of ["a", "b", "c"]) assert.equal(marks.filter((mark) => mark.startsWith(name)).length, 8);
  assert.ok(await fileStore(path).compareAndSwap((await fileStore(path).load()).version, "end"));
});

test("issuers of two processes share a ring", async () => {
  const path = newPlace();
  const sealingKey = generateSealingKey();
  const child = spawn(process.execPath, [fileURLToPath(new URL("file-store-issuer.mjs", import.meta.url)), path], {
    stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, SEALING_KEY: sealingKey },
  });
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  const own = createIssuer({ issuer: "https://id.example", store: fileStore(path, { create: true }), sealingKey, policy: hasty });
  const kids = await Promise.all(Array.from({ length: 20 }, async () => (await own.sign({})).kid));
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
  const { ring } = unseal(readFileSync(join(path, "key-ring.json"), "utf8"), sealingKey);
  assert.deepEqual([...new Set([...kids, ...JSON.parse(said)])], [ring.active.kid]);
  assert.ok(ring.active.signatures >= 40);
});
