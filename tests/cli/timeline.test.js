// `touchstone keys timeline`: which key is in which state when, on a terminal, as JSON and as a picture.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { commandLines, file, flat, folder, runOne } from "./both.js";

const day = 86400;
const utf8 = { LC_ALL: "C.UTF-8" };
file("sealing.key", Buffer.alloc(32, 7).toString("base64url"));
chmodSync(join(folder, "sealing.key"), 0o600);
const store = ["--store", "keys", "--sealing-key-file", "sealing.key"];
const timeline = (args = [], env = utf8) => runOne(commandLines.native, ["keys", "timeline", ...store, ...args], { env });

test("a ring is there", () => {
  const { code, err } = runOne(commandLines.native, ["keys", "init", ...store, "--alg", "ES256"]);
  assert.equal(code, 0, err);
});

test("as JSON: what was, what is to come, and no key", () => {
  const { code, out, err } = timeline(["--json"]);
  assert.equal(code, 0, err);
  const { from, now, next, until, keys } = JSON.parse(out);
  assert.ok(from <= now && now < next && next < until);
  assert.ok(Math.abs(until - now - 60 * day) < 1);
  assert.deepEqual(keys.map(({ kid, planned }) => (planned ? kid : planned)), [false, "planned 1", "planned 2"]);
  assert.deepEqual(keys[1].spans.map(({ state }) => state), ["pending", "active", "retiring"].slice(0, keys[1].spans.length));
  assert.equal(keys[1].spans[0].from, next);
  assert.doesNotMatch(out, /"(d|k|p|q|jwk)"/);
  assert.equal(out.split("\n").length, 2);
});

test("--until is a time or so long from now; --now another time", () => {
  const { now } = JSON.parse(timeline(["--json"]).out);
  const late = Math.floor(now) + 10 * day;
  const until = (value) => JSON.parse(timeline(["--json", "--now", `${late}`, "--until", value]).out).until;
  assert.equal(until("90d"), late + 90 * day);
  assert.equal(until("2036-01-01"), Date.UTC(2036) / 1000);
  assert.equal(until("2000-01-01"), late);
  assert.equal(JSON.parse(timeline(["--json", "--now", `${late}`]).out).now, late);
  const { code, out, err } = timeline(["--json", "--until", "2100-01-01"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).keys.length, 1 + 256);
  assert.match(flat(err), /the plan ends 20[\d-]+T[\d:]+Z, since no more than 256 keys are planned/);
});

test("on a terminal: as wide as it is, in blocks or in ASCII", () => {
  for (const columns of [40, 47, 60, 80, 132]) {
    for (const [args, env, glyph] of [
      [[], utf8, /█+━+/],
      [["--ascii"], utf8, /#+\++/],
      [[], { LC_ALL: "C" }, /#+\++/],
      [[], { LANG: "en_US.UTF-8", LC_CTYPE: "", LC_ALL: "" }, /█+━+/],
      [[], { LANG: "en_US.UTF-8", LC_ALL: "POSIX" }, /#+\++/],
      [[], {}, /#+\++/],
    ]) {
      const { code, out, err } = timeline(args, { ...env, COLUMNS: `${columns}` });
      assert.equal(code, 0, err);
      assert.match(out, glyph);
      assert.doesNotMatch(out, /\x1b/);
      assert.equal(/[^\x00-\x7f]/.test(out), glyph.source.startsWith("█"));
      for (const line of out.split("\n")) assert.ok([...line].length <= columns, `${columns}: ${line}`);
    }
  }
});

test("colour on a terminal alone", { skip: spawnSync("script", ["--version"]).status !== 0 }, () => {
  const line = `stty cols 80; ${commandLines.native[0]} keys timeline ${store.join(" ")}`;
  const on = (env) => spawnSync("script", ["-qec", line, "/dev/null"], { cwd: folder, env: { PATH: process.env.PATH, TERM: "xterm", ...utf8, ...env } }).stdout.toString();
  assert.match(on({}), /\x1b\[32m█/);
  assert.doesNotMatch(on({ NO_COLOR: "1" }), /\x1b\[3/);
});

test("as a picture, into a file or onto standard output", () => {
  const { code, out, err } = timeline(["--svg", "pictures/keys.svg", "--width", "700"]);
  assert.equal(code, 0, err);
  assert.match(out, /^drawn: "pictures\/keys\.svg"$/m);
  const picture = readFileSync(join(folder, "pictures", "keys.svg"), "utf8");
  assert.match(picture, /^<svg [^>]*width="700"[\s\S]*<\/svg>\n$/);
  assert.equal(statSync(join(folder, "pictures", "keys.svg")).mode & 0o444, 0o444);
  assert.match(timeline(["--svg", "-"]).out, /^<svg [^>]*width="960"/);
  const refused = timeline(["--svg", "sealing.key/keys.svg"]);
  assert.equal(refused.code, 3);
  assert.match(flat(refused.err), /the picture/);
});

test("wrong command lines and stores say what is wrong", () => {
  const wrong = [
    [["--until", "soon"], 2, /--until does not take "soon": a time such as 2027-11-26, or 90d from now/],
    [["--width", "12"], 2, /--width does not take "12": a number from 320 to 10000/],
    [["--width", "1e3"], 2, /--width does not take/],
    [["--svg", "-", "--json"], 2, /--json and --svg are two outputs/],
    [["--svg"], 2, /--svg needs a value/],
    [["keys"], 2, /it takes options, and no argument/],
  ];
  for (const [args, exit, words] of wrong) {
    const { code, out, err } = timeline(args);
    assert.equal(code, exit, args.join(" "));
    assert.equal(out, "");
    assert.match(flat(err), words);
  }
  const { code } = runOne(commandLines.native, ["keys", "timeline", "--store", "nowhere", "--unsealed"], { env: utf8 });
  assert.equal(code, 3);
  assert.ok(!existsSync(join(folder, "nowhere")));
});
