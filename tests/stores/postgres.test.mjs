// A key ring in a real PostgreSQL server: who may, who is first, and what a lost answer means.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres, startProxy } from "./postgres.mjs";
import { assertMarks, killProbes, marksOf, reasonOf, secrets, startProbe } from "./probe.mjs";

let server;
before(async () => {
  server = await startPostgres();
});
after(() => {
  killProbes();
  server?.remove();
});

const first = `${secrets[0]};`;
/** A probe on a table of its own, with a first text unless told otherwise. */
async function newStore({ text = first, ...options } = {}) {
  const database = server.newDatabase();
  const probe = await startProbe(server.url(database), options);
  assert.ok((await probe.create()).ok);
  if (text) assert.ok((await probe.swap("", text)).ok);
  return [database, probe];
}

/** What a new probe says when it loads from there. */
async function reasonAt(url, { op = "load", ...options } = {}) {
  const probe = await startProbe(url, options);
  const answer = await probe[op]("", "text");
  await probe.stop();
  return reasonOf(answer);
}

describe("one process", () => {
  test("from nothing to a text, and from one to the next", async () => {
    const database = server.newDatabase();
    const probe = await startProbe(server.url(database));
    assert.equal(reasonOf(await probe.load()), "store_missing table");
    assert.equal(reasonOf(await probe.swap("", "text")), "store_missing table");
    assert.equal(reasonOf(await probe.create()), "ok");
    assert.equal(reasonOf(await probe.create()), "ok");
    assert.equal((await probe.load()).text, null);
    const { version } = await probe.swap("", "one\u0000 \"two\" é");
    assert.ok(version);
    const { text, version: found } = await probe.load();
    assert.deepEqual([text, found], ["one\u0000 \"two\" é", version]);
    for (const expected of ["", "another", "\u0000", version.slice(1)]) {
      assert.equal(reasonOf(await probe.swap(expected, "two")), "store_conflict");
    }
    const large = "a".repeat(4 << 20);
    const next = await probe.swap(version, large);
    assert.ok(next.ok && next.version !== version);
    assert.equal((await probe.load()).text, large);
    assert.equal(reasonOf(await probe.swap(version, "three")), "store_conflict");
    assert.equal(reasonOf(await probe.swap(next.version, `${large}a`)), "option_invalid is empty or larger than 4 MiB");
    // A text that came back is not the one from before.
    const same = await probe.swap(next.version, large);
    assert.notEqual(same.version, next.version);
    await probe.stop();
  });

  test("rings with names share a table", async () => {
    const [database, probe] = await newStore();
    const other = await startProbe(server.url(database, { query: "?touchstone_ring=issuer-%32&application_name=x" }));
    assert.equal((await other.load()).text, null);
    assert.ok((await other.swap("", "other")).ok);
    assert.equal((await probe.load()).text, first);
    const rings = 'select "ring" from touchstone_key_ring order by 1';
    assert.equal(server.query(database, rings), "default\nissuer-2");
    await Promise.all([probe.stop(), other.stop()]);
  });

  test("a text that is too large or empty is no text of ours", async () => {
    const [database, probe] = await newStore();
    for (const text of ["''", "decode(repeat('00', 4194305), 'hex')"]) {
      server.query(database, `update touchstone_key_ring set "text" = ${text}`);
      assert.equal(reasonOf(await probe.load()), "store_corrupt size");
    }
    await probe.stop();
  });

  test("nobody but its owner may use the table, and one that was made for us stays as it is", async () => {
    const [database, probe] = await newStore();
    server.query("postgres", "create role guest login password 's3cret-password'");
    const guest = server.url(database, { user: "guest" });
    assert.equal(await reasonAt(guest), "store_permission privilege");
    server.query(database, "grant select on touchstone_key_ring to guest");
    assert.equal(await reasonAt(guest), "ok");
    assert.equal(await reasonAt(guest, { op: "create" }), "ok");
    assert.equal(await reasonAt(guest, { op: "swap" }), "store_permission privilege");
    server.query(database, "drop table touchstone_key_ring");
    assert.equal(await reasonAt(guest, { op: "create" }), "store_permission privilege");
    const readOnly = { query: "?options=-c%20default_transaction_read_only%3Don" };
    assert.equal(await reasonAt(server.url(database, readOnly), { op: "create" }), "store_permission read-only");
    await probe.stop();
  });

  const foreign = {
    "other columns": "x int",
    "a version that is a number": '"ring" text primary key, "version" int not null, "text" bytea not null',
    "a text that is no bytea": '"ring" text primary key, "version" text not null, "text" text not null',
  };
  for (const [name, columns] of Object.entries(foreign)) {
    test(`a table that is not ours: ${name}`, async () => {
      const database = server.newDatabase();
      server.query(database, `create table touchstone_key_ring (${columns})`);
      for (const op of ["load", "create"]) {
        assert.equal(await reasonAt(server.url(database), { op }), "store_corrupt table", op);
      }
      assert.equal(server.query(database, "select count(*) from touchstone_key_ring"), "0");
    });
  }
});

describe("many processes", () => {
  test("ten make the table and put the first text: one of them does", async () => {
    const url = server.url(server.newDatabase());
    const probes = await Promise.all(marksOf("p", 10).map(() => startProbe(url, { timeout: 30 })));
    const created = await Promise.all(probes.map((probe) => probe.create()));
    assert.deepEqual(created.map(reasonOf), Array(10).fill("ok"));
    const swapped = await Promise.all(probes.map((probe, index) => probe.swap("", `text ${index}`)));
    const winners = swapped.flatMap(({ ok }, index) => (ok ? [index] : []));
    assert.equal(winners.length, 1);
    for (const answer of swapped) assert.ok(answer.ok || reasonOf(answer) === "store_conflict");
    assert.equal((await probes[0].load()).text, `text ${winners[0]}`);
    await Promise.all(probes.map((probe) => probe.stop()));
  });

  test("ten processes at once: each update is in once", async () => {
    const [database, probe] = await newStore();
    const writers = await Promise.all(marksOf("p", 10).map(() => startProbe(server.url(database), { timeout: 30 })));
    const answers = await Promise.all(writers.map((writer, index) => writer.append(marksOf(`w${index}`, 5))));
    for (const answer of answers) assert.equal(answer.done, 5, JSON.stringify(answer));
    assertMarks((await probe.load()).text, writers.flatMap((_, index) => marksOf(`w${index}`, 5)));
    await Promise.all([probe, ...writers].map((one) => one.stop()));
  });

  test("the server is restarted and killed in the middle: each update is in once, and none is lost", async () => {
    const [database, probe] = await newStore();
    const writers = await Promise.all(marksOf("p", 4).map(() => startProbe(server.url(database))));
    const appending = writers.map((writer, index) => writer.append(marksOf(`w${index}`, 60)));
    for (const mode of ["fast", "immediate"]) {
      await sleep(100);
      server.stop(mode);
      server.start();
    }
    const answers = await Promise.all(appending);
    for (const answer of answers) assert.equal(answer.done, 60, JSON.stringify(answer));
    assertMarks((await probe.load()).text, writers.flatMap((_, index) => marksOf(`w${index}`, 60)));
    await Promise.all([probe, ...writers].map((one) => one.stop()));
  });

  test("writers are killed: what was told to be in is in", async () => {
    const [database, probe] = await newStore();
    const told = [];
    for (let round = 0; round < 5; round += 1) {
      const victim = await startProbe(server.url(database));
      const appending = victim.append(marksOf(`victim${round}`, 1000));
      await sleep(60 + 23 * round);
      await victim.kill();
      assert.equal(await appending, undefined);
      const marks = (await probe.load()).text.slice(0, -1).split(";").slice(1);
      assert.deepEqual(victim.marks.filter((mark) => !marks.includes(mark)), []);
      told.push(...victim.marks);
    }
    assert.ok(told.length > 0);
    const { text } = await probe.load();
    assertMarks(text, [...new Set(text.slice(0, -1).split(";").slice(1))]);
    await probe.stop();
  });
});

describe("what stands between us and the server", () => {
  test("a connection that a restart has ended is made anew", async () => {
    const [, probe] = await newStore();
    for (const mode of ["fast", "immediate"]) {
      server.stop(mode);
      assert.equal(reasonOf(await probe.load()), "store_unavailable connection");
      assert.equal(reasonOf(await probe.load()), "store_unavailable connect");
      server.start();
      assert.equal((await probe.load()).text, first);
    }
    const { version } = await probe.load();
    server.stop("immediate");
    server.start();
    assert.ok((await probe.swap(version, `${first}next;`)).ok);
    await probe.stop();
  });

  test("the answer to an update is lost: it counts once, and success is told", async () => {
    const [database, probe] = await newStore();
    const proxy = await startProxy(server.port);
    const cut = await startProbe(server.url(database, { at: proxy.port, query: "?sslmode=disable" }));
    const { version } = await cut.load();
    let cuts = 0;
    proxy.shouldCut = (data) => data.includes("UPDATE 1") && (cuts += 1) === 1;
    const swapped = await cut.swap(version, `${first}once;`);
    assert.equal(cuts, 1);
    assert.ok(swapped.ok, JSON.stringify(swapped));
    assert.deepEqual(await probe.load().then(({ text, version }) => [text, version]), [`${first}once;`, swapped.version]);

    // Of the first text, too; and when another was faster, that is what is told.
    server.query(database, "delete from touchstone_key_ring");
    cuts = 0;
    proxy.shouldCut = (data) => data.includes("INSERT 0 1") && (cuts += 1) === 1;
    const inserted = await cut.swap("", first);
    assert.equal(cuts, 1);
    assert.equal((await probe.load()).version, inserted.version);
    cuts = 0;
    proxy.shouldCut = (data) => {
      if (!data.includes("UPDATE 1") || (cuts += 1) !== 1) return false;
      server.query(database, `update touchstone_key_ring set "version" = 'faster', "text" = 'faster'`);
      return true;
    };
    assert.equal(reasonOf(await cut.swap(inserted.version, "slower")), "store_conflict");
    assert.equal(cuts, 1);
    assert.equal((await probe.load()).text, "faster");
    await Promise.all([probe.stop(), cut.stop()]);
    proxy.stop();
  });

  test("the answer is lost, and nobody can be asked again: that is not taken for the old text", async () => {
    const [database, probe] = await newStore();
    server.query(database, "create role leaver login password 's3cret-password'; grant all on touchstone_key_ring to leaver");
    const proxy = await startProxy(server.port);
    const place = server.url(database, { user: "leaver", at: proxy.port, query: "?sslmode=disable" });
    const cut = await startProbe(place);
    const { version } = await cut.load();
    proxy.shouldCut = (data) => {
      if (!data.includes("UPDATE 1")) return false;
      server.query(database, "alter role leaver nologin");
      return true;
    };
    assert.equal(reasonOf(await cut.swap(version, "new")), "store_unavailable connection");
    assert.equal((await probe.load()).text, "new");
    assert.equal(reasonOf(await cut.load()), "store_permission login");
    await Promise.all([probe.stop(), cut.stop()]);
    proxy.stop();
  });

  test("connections are cut: once it is tried again, then it is an error", async () => {
    const [database, probe] = await newStore();
    const proxy = await startProxy(server.port);
    const cut = await startProbe(server.url(database, { at: proxy.port, query: "?sslmode=disable" }));
    assert.equal((await cut.load()).text, first);
    proxy.cut();
    assert.equal((await cut.load()).text, first);
    proxy.shouldCut = (data) => data.includes("SELECT 1");
    assert.equal(reasonOf(await cut.load()), "store_unavailable connection");
    proxy.shouldCut = () => true;
    assert.equal(reasonOf(await cut.load()), "store_unavailable connect");
    proxy.shouldCut = () => false;
    assert.equal((await cut.load()).text, first);
    await Promise.all([probe.stop(), cut.stop()]);
    proxy.stop();
  });

  test("who, where and what cannot be reached is told, in words that hold no secret", async () => {
    const database = server.newDatabase();
    assert.equal(await reasonAt(server.url(database, { password: `${secrets[1]}x` })), "store_permission login");
    assert.equal(await reasonAt(server.url(database, { password: "" })), "store_permission login");
    assert.equal(await reasonAt(server.url(database, { user: "nobody" })), "store_permission login");
    assert.equal(await reasonAt(server.url("none")), "store_missing database");
    assert.equal(await reasonAt(server.url(database, { at: 1 })), "store_unavailable connect");
    const schema = { query: "?options=-c%20search_path%3Dnone" };
    assert.equal(await reasonAt(server.url(database, schema), { op: "create" }), "store_missing schema");
  });

  test("a server that says nothing is not waited for longer than the time-out", async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const probe = await startProbe(server.url("none", { at: silent.address().port }), { timeout: 0.2 });
    const { ms, ...answer } = await probe.load();
    assert.equal(reasonOf(answer), "store_unavailable time-out");
    assert.ok(ms >= 200 && ms < 5000, `${ms} ms`);
    await probe.stop();
    silent.close();
  });

  test("a statement that waits for others ends, here and at the server", async () => {
    const [database, patient] = await newStore();
    const unlock = await server.lockTable(database);
    const probe = await startProbe(server.url(database), { timeout: 0.5 });
    assert.equal(reasonOf(await probe.load()), "store_unavailable time-out");
    assert.equal(reasonOf(await probe.swap("", "text")), "store_unavailable time-out");
    const waiting = () =>
      server.query(database, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
    for (let i = 0; i < 100 && waiting() !== "0"; i += 1) await sleep(100);
    assert.equal(waiting(), "0");
    await unlock();
    assert.equal((await probe.load()).text, first);
    await Promise.all([probe.stop(), patient.stop()]);
  });
});

describe("TLS", () => {
  const isTls = (database) =>
    server.query(database, "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'touchstone' and datname = current_database()");

  test("what the URL asks for holds", async () => {
    const [database, probe] = await newStore();
    const at = (more, host = "localhost") => server.url(database, { host, query: `?${more}` });
    const trusted = `sslmode=verify-full&sslrootcert=${server.caFile}`;
    const secure = await startProbe(at(trusted));
    assert.equal((await secure.load()).text, first);
    assert.equal(isTls(database), "t");
    await secure.stop();
    assert.equal(await reasonAt(at(`sslmode=verify-full&sslrootcert=${server.strangerFile}`)), "store_unavailable TLS");
    assert.equal(await reasonAt(at(`${trusted}&hostaddr=127.0.0.1`, "other.example")), "store_unavailable TLS");
    await probe.stop();
    const plain = await startProbe(at("sslmode=disable"));
    assert.equal((await plain.load()).text, first);
    assert.equal(isTls(database), "f");
    await plain.stop();
  });

  test("without a word in the URL it is required of servers that are not on this machine", async () => {
    const [database, probe] = await newStore();
    await probe.stop();
    server.stop();
    server.start({ ssl: "off" });
    try {
      for (const host of ["127.0.0.1", "localhost"]) assert.equal(await reasonAt(server.url(database, { host })), "ok");
      // Only the resolver knows that this is the loopback, too.
      const elsewhere = { host: "127.1" };
      assert.equal(await reasonAt(server.url(database, elsewhere)), "store_unavailable TLS");
      assert.equal(await reasonAt(server.url(database, { host: `127.0.0.1:${server.port},127.1` })), "store_unavailable TLS");
      assert.equal(await reasonAt(server.url(database, { ...elsewhere, query: "?sslmode=prefer" })), "ok");
      assert.equal(await reasonAt(server.url(database, elsewhere), { env: { PGSSLMODE: "disable" } }), "ok");
    } finally {
      server.stop();
      server.start();
    }
  });
});
