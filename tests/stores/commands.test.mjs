// `touchstone keys` and `touchstone sign` on a real PostgreSQL server: made by keys init, shared by several machines.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startPostgres } from "./postgres.mjs";
import { secrets } from "./probe.mjs";

const program = process.env.TOUCHSTONE_CLI ?? fileURLToPath(new URL("../../build/release/native/touchstone", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "touchstone-commands-"));
let server;
before(async () => {
  server = await startPostgres();
});
after(() => {
  server?.remove();
  rmSync(folder, { recursive: true });
});

const said = [];
/** A message in one line, however it was wrapped. */
const flat = (text) => text.replaceAll(/\n +/g, " ");
/** Runs the program; where the store is comes from the environment, as a password should. */
function run(args, store, env = {}) {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, COLUMNS: "80", TOUCHSTONE_STORE: store, ...env } };
    execFile(program, args, options, (error, out, err) => {
      said.push(out, err);
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
}
async function json(args, ...more) {
  const { code, out, err } = await run([...args, "--json"], ...more);
  assert.deepEqual([code, err], [0, ""], out);
  return JSON.parse(out);
}

test("init makes the table and the ring in it, once, and the other commands find it", async () => {
  const database = server.newDatabase();
  const url = server.url(database);
  const sealed = { TOUCHSTONE_SEALING_KEY: "A".repeat(43) };
  const nothing = await run(["keys", "list"], url, sealed);
  assert.equal(nothing.code, 3);
  assert.match(nothing.err, /\(store_missing\)\s+`touchstone keys init` makes the table, and the first key\./);
  const all = await Promise.all(Array.from({ length: 4 }, () => run(["keys", "init"], url, sealed)));
  assert.deepEqual(all.map(({ code }) => code).sort(), [0, 1, 1, 1]);
  for (const { code, out, err } of all) {
    if (code === 0) assert.match(out, /^made: a key ring in the database, encrypted\n/);
    else assert.match(flat(err), /the database holds a key ring already, and it stays as it is \(store_conflict\)/);
  }
  const { keys } = await json(["keys", "list"], url, sealed);
  assert.deepEqual(keys.map(({ state }) => state), ["active"]);
  assert.equal(server.query(database, "select count(*) from touchstone_key_ring"), "1");
});

test("several machines: one rotation, every signature counted, each by itself", async () => {
  const url = server.url(server.newDatabase());
  await json(["keys", "init", "--unsealed"], url);
  const rotated = await Promise.all(Array.from({ length: 5 }, () => json(["keys", "rotate", "--now"], url)));
  assert.deepEqual(rotated.flatMap(({ changes }) => changes.map(({ kind }) => kind)), ["published"]);
  const made = await Promise.all(Array.from({ length: 5 }, () => json(["sign"], url)));
  assert.deepEqual(made.map(({ signatures }) => signatures).sort(), [1, 2, 3, 4, 5]);
  assert.equal((await json(["keys", "list"], url)).keys[0].signatures, 5);
});

test("no database, no login, a server that is away: told without the password", async () => {
  for (const [url, message] of [
    [server.url("nowhere"), /the database: .*\(store_missing\)\s+The server has no such database/s],
    [server.url("postgres", { password: "hunter2" }), /\(store_permission\)\s+The server refuses this user or password/s],
    [server.url("postgres", { at: 1 }), /\(store_unavailable\)\s+Nobody answers there/s],
  ]) {
    const made = await run(["keys", "init", "--make-sealing-key", "new.key"], url);
    assert.equal(made.code, 3);
    assert.match(made.err, message);
    const isKept = /"new.key" is kept, for the ring may be there by now; try again with --sealing-key-file/.test(flat(made.err));
    assert.equal(isKept, existsSync(join(folder, "new.key")));
  }
  // Of a server that is away nobody knows whether it has the ring by now: its key stays.
  assert.ok(existsSync(join(folder, "new.key")));
  assert.equal(readFileSync(join(folder, "new.key"), "utf8").length, 43);
  const all = said.join("\n");
  for (const secret of [secrets[1], "hunter2", "A".repeat(43), readFileSync(join(folder, "new.key"), "utf8")]) assert.ok(!all.includes(secret));
});
