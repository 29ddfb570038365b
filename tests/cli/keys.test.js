// An issuer's keys: made, shown, rotated, revoked, published, and what is refused. The real program on real stores.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLines, flat, folder, shell } from "./both.js";
import { everythingSaid, issuer, json, quick, snapshot } from "./issuer.js";

const at = (name) => join(folder, name);
const mode = (name) => (statSync(at(name)).mode & 0o777).toString(8);
const seconds = () => Date.now() / 1000;
const until = (time) => sleep(Math.max(0, (time - seconds()) * 1000 + 20));

/** A ring in the clear, in a store of its own. */
let stores = 0;
function newRing(...more) {
  const store = `ring-${stores++}`;
  json(["keys", "init", "--unsealed", "--store", store, ...more]);
  return ["--store", store];
}
const keysOf = (where) => json(["keys", "list", ...where]).keys;

test("init makes a ring and a key for it, both its owner's alone, and nothing when there is one already", () => {
  const made = issuer(["keys", "init", "--store", "sealed", "--make-sealing-key", "sealing.key"]);
  assert.deepEqual([made.code, made.err], [0, ""]);
  assert.match(flat(made.out), /^made: a key ring in "sealed", encrypted kid /);
  assert.deepEqual(["sealed", "sealed/key-ring.json", "sealed/lock", "sealing.key"].map(mode), ["700", "600", "600", "600"]);
  assert.match(readFileSync(at("sealing.key"), "utf8"), /^[\w-]{43}$/);
  const text = readFileSync(at("sealed/key-ring.json"), "utf8");
  assert.deepEqual(text.split(".").length, 5);
  assert.equal(JSON.parse(Buffer.from(text.split(".")[0], "base64url")).enc, "A256GCM");

  const before = snapshot();
  const again = issuer(["keys", "init", "--store", "sealed", "--make-sealing-key", "sealing.key"]);
  assert.equal(again.code, 3);
  assert.match(flat(again.err), /cannot write the sealing key to "sealing.key": there is one already/);
  for (const how of [["--make-sealing-key", "other.key"], ["--sealing-key-file", "sealing.key"], ["--unsealed"]]) {
    const other = issuer(["keys", "init", "--store", "sealed", ...how]);
    assert.equal(other.code, 1);
    assert.match(flat(other.err), /"sealed" holds a key ring already, and it stays as it is \(store_conflict\)/);
  }
  assert.deepEqual(snapshot(), before);
});

test("reseal keeps the same keys under another sealing key, or in the clear, and nothing is lost when it cannot", () => {
  const where = ["--store", "resealed"];
  const [old, next] = [["--sealing-key-file", "old.key"], ["--sealing-key-file", "next.key"]];
  json(["keys", "init", ...where, "--make-sealing-key", "old.key"]);
  const keys = keysOf([...where, ...old]);
  const reseal = (...args) => issuer(["keys", "reseal", ...where, ...args]);

  const before = snapshot();
  assert.equal(reseal(...old).code, 2);
  assert.equal(reseal(...old, "--new-unsealed", "--make-sealing-key", "next.key").code, 2);
  assert.match(flat(reseal("--make-sealing-key", "next.key").err), /sealing_key_missing/);
  assert.match(flat(reseal(...old, "--make-sealing-key", "old.key").err), /there is one already, and it stays as it is/);
  assert.match(flat(reseal("--sealing-key-file", "sealing.key", "--make-sealing-key", "next.key").err), /sealing_key_mismatch/);
  assert.match(flat(reseal(...old, "--new-sealing-key-file", "nowhere.key").err), /cannot read the sealing key from "nowhere.key"/);
  assert.deepEqual(snapshot(), before);

  const made = reseal(...old, "--make-sealing-key", "next.key");
  assert.deepEqual([made.code, made.err], [0, ""]);
  assert.match(flat(made.out), /^resealed: the key ring in "resealed" is encrypted under another key/);
  assert.equal(mode("next.key"), "600");
  assert.deepEqual(keysOf([...where, ...next]), keys);
  assert.match(flat(issuer(["keys", "list", ...where, ...old]).err), /sealing_key_mismatch/);

  assert.deepEqual(json(["keys", "reseal", ...where, ...next, "--new-unsealed"]), { isSealed: false, sealingKid: null });
  assert.deepEqual(keysOf(where), keys);
  assert.equal(json(["keys", "reseal", ...where, "--unsealed", "--new-sealing-key-file", "old.key"]).isSealed, true);
  assert.deepEqual(keysOf([...where, ...old]), keys);
});

test("init asks how the ring is to be encrypted, and takes the environment's word", () => {
  const before = snapshot();
  const { code, out, err } = issuer(["keys", "init", "--store", "open"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(flat(err), /--make-sealing-key FILE makes a key .*TOUCHSTONE_SEALING_KEY.*--unsealed keeps the ring in the clear/);
  assert.deepEqual(snapshot(), before);

  const env = { TOUCHSTONE_SEALING_KEY: readFileSync(at("sealing.key"), "utf8"), TOUCHSTONE_STORE: "by-environment" };
  assert.equal(json(["keys", "init"], { env }).isSealed, true);
  assert.equal(keysOf(["--store", "by-environment", "--sealing-key-file", "sealing.key"]).length, 1);
  assert.equal(json(["keys", "init", "--unsealed", "--store", "clear"], { env }).isSealed, false);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(at("clear/key-ring.json")))), ["policy", "ring"]);
  // The file comes before the environment, and --unsealed before both.
  const wrong = { TOUCHSTONE_SEALING_KEY: "A".repeat(43) };
  assert.equal(issuer(["keys", "list", "--store", "sealed", "--sealing-key-file", "sealing.key"], { env: wrong }).code, 0);
  assert.equal(issuer(["keys", "list", "--store", "clear", "--unsealed"], { env: wrong }).code, 0);
});

const contradictions = [
  [["--publish-ahead", "30m"], /--publish-ahead is shorter than --cache-lifetime, --client-grace, --propagation and --clock-skew together: .* Now: --publish-ahead 30m, --cache-lifetime 1h, --client-grace 11m, --clock-skew 1m, --propagation 5m\./],
  [["--token-lifetime", "3h"], /--retain is shorter than --token-lifetime, .*lengthen it, or shorten --token-lifetime; nothing was written \(option_invalid\) Now: --retain 2h, --token-lifetime 3h, /],
  [["--rotate-every", "12h"], /--rotate-every is not longer than --publish-ahead: /],
  [["--max-signatures", "3"], /--max-signatures is less than 4/],
  [["--retain", "5000d"], /--retain is not from 0 to 10 years/],
];
test("a policy that contradicts itself is refused with what to change, and nothing is written", () => {
  const where = newRing();
  const before = snapshot();
  for (const [options, message] of contradictions) {
    for (const command of [["init", "--store", "never", "--make-sealing-key", "never.key"], ["policy", ...where]]) {
      const { code, out, err } = issuer(["keys", ...command, ...options]);
      assert.deepEqual([code, out], [1, ""], options.join(" "));
      assert.match(flat(err), message);
    }
    assert.equal(JSON.parse(issuer(["keys", "policy", ...where, ...options, "--json"]).out).error.reason, "option_invalid");
  }
  assert.deepEqual(snapshot(), before);
});

const wrong = [
  [["init", "--alg", "ES257"], /--alg does not take "ES257": RS, PS, ES or HS/],
  [["init", "--alg", "Ed448"], /--alg does not take "Ed448"/],
  [["init", "--rotate-every", "soon"], /--rotate-every does not take "soon": a duration such as 90s, 15m, 12h or 30d/],
  [["init", "--rotate-every", "-1"], /--rotate-every does not take "-1"/],
  [["init", "--max-signatures", "1e3"], /--max-signatures does not take "1e3": a whole number/],
  [["init", "--max-signatures", "9".repeat(20)], /--max-signatures does not take "9+"/],
  [["init", "--unsealed", "--sealing-key-file", "k"], /--unsealed and --sealing-key-file contradict each other/],
  [["init", "--unsealed", "--make-sealing-key", "k"], /--make-sealing-key and --unsealed contradict each other/],
  [["init", "--store", ""], /--store is empty/],
  [["init", "--store", "mysql://ada:hunter2@db/keys"], /the store is a directory, or a URL that begins with postgres:\/\//],
  [["list", "extra"], /it takes options, and no argument/],
  [["lst"], /unknown command "lst"; did you mean list\?\nTry: touchstone help keys\n/],
  [["--json"], /unknown option "--json"/],
  [["rotate", "--now=1"], /--now takes no value/],
  [["revoke"], /the KID is missing/],
  [["revoke", ""], /KID is empty/],
  [["publish", "--issuer", "https://id.example"], /--issuer needs --dir/],
  [["publish", "--dir", "site", "--jwks-uri", "https://id.example/k"], /--jwks-uri needs --issuer/],
  [["publish", "--dir", "site", "--issuer", "http://id.example"], /--issuer is an https URL/],
  [["policy", "--publish-first"], /unknown option "--publish-first"; did you mean --publish-ahead\?/],
];
test(`${wrong.length} wrong command lines end with 2, say what is wrong, and write nothing`, () => {
  const before = snapshot();
  for (const [args, message] of wrong) {
    const { code, out, err } = issuer(["keys", ...args]);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(flat(err), message);
    assert.match(err, /\nTry: touchstone help keys/);
  }
  assert.match(issuer(["rotate"]).err, /unknown command "rotate"; did you mean keys rotate\?/);
  assert.deepEqual(snapshot(), before);
});

test("without a command of the group its help is on standard error; asked for it is on standard output", () => {
  const asked = issuer(["keys", "--help"]);
  assert.deepEqual([asked.code, asked.err], [0, ""]);
  assert.deepEqual(issuer(["help", "keys"]), asked);
  assert.deepEqual(issuer(["keys"]), { code: 2, out: "", err: asked.out });
  const names = [...asked.out.split("Commands:\n")[1].matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name);
  for (const name of ["init", "list", "rotate", "revoke", "publish", "policy"]) assert.ok(names.includes(name), name);
  for (const name of names.filter((name) => name !== "help")) {
    const help = issuer(["help", "keys", name]);
    assert.match(help.out, new RegExp(`^Usage: touchstone keys ${name} `));
    assert.match(help.out, new RegExp(`^Example:\n  touchstone keys ${name} `, "m"));
    assert.match(help.out, /^ {2}--store STORE /m);
    assert.deepEqual(issuer(["keys", name, "--help"]), help);
  }
});

/** The ring of `sealed` in a store of its own, and how commands find it. */
function copyOfSealed(name) {
  cpSync(at("sealed"), at(name), { recursive: true });
  return ["--store", name, "--sealing-key-file", "sealing.key"];
}
const ringFile = (name) => at(`${name}/key-ring.json`);
const unusable = [
  ["another sealing key", (name) => writeFileSync(at("wrong.key"), "A".repeat(43), { mode: 0o600 }), 1, /the ring is encrypted under another key \(sealing_key_mismatch\) The ring is unharmed/, ["--sealing-key-file", "wrong.key"]],
  ["a file that is no sealing key", () => writeFileSync(at("no.key"), "secret", { mode: 0o600 }), 1, /sealing_key_malformed/, ["--sealing-key-file", "no.key"]],
  ["no sealing key", () => {}, 1, /the ring is encrypted, and no key was given for it \(sealing_key_missing\)/, ["--unsealed"]],
  ["a sealing key that is not there", () => {}, 3, /cannot read the sealing key from "gone.key": there is no such file/, ["--sealing-key-file", "gone.key"]],
  ["a sealing key that others may read", () => writeFileSync(at("shared.key"), readFileSync(at("sealing.key")), { mode: 0o640 }), 3, /cannot read the sealing key from "shared.key": others may read or write it; chmod 600/, ["--sealing-key-file", "shared.key"]],
  ["a sealing key that is a directory", () => mkdirSync(at("dir.key")), 3, /it is no file/, ["--sealing-key-file", "dir.key"]],
  ["a sealing key that is far too large", () => writeFileSync(at("large.key"), "A".repeat(5000), { mode: 0o600 }), 3, /too large/, ["--sealing-key-file", "large.key"]],
  ["a byte that was changed", (name) => {
    const bytes = readFileSync(ringFile(name));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(ringFile(name), bytes);
  }, 1, /the encrypted ring was changed, or is none \(sealed_ring_corrupt\)/],
  ["half of a ring", (name) => writeFileSync(ringFile(name), readFileSync(ringFile(name)).subarray(0, 500)), 1, /sealed_ring_corrupt/],
  ["an empty ring", (name) => writeFileSync(ringFile(name), ""), 1, /store_corrupt\) It is empty/],
  ["another's ring in the clear", (name) => writeFileSync(ringFile(name), readFileSync(at("clear/key-ring.json"))), 1, /the ring is not encrypted, and a key was given for it \(ring_not_sealed\)/],
  ["a ring that others may read", (name) => chmodSync(ringFile(name), 0o644), 3, /store_permission\) Others may read or write it/],
  ["a directory that others may read", (name) => chmodSync(at(name), 0o755), 3, /store_permission\) Others may read or write it/],
  ["a symbolic link", (name) => symlinkSync(at(name), at(`${name}-link`)), 3, /store_permission\) It is a symbolic link/, ["--store", "linked-link"], "linked"],
  ["no store", () => {}, 3, /"nowhere": the store has not been made yet \(store_missing\) `touchstone keys init` makes it/, ["--store", "nowhere"]],
];
test("what cannot be used is told with what to do, by every command, and stays as it is", () => {
  for (const [what, spoil, expected, message, instead, name = what.replaceAll(" ", "-")] of unusable) {
    const usual = copyOfSealed(name);
    spoil(name);
    const where = instead?.[0] === "--store" ? [...usual.slice(2), ...instead] : instead ? [...usual.slice(0, 2), ...instead] : usual;
    const before = snapshot();
    for (const args of [["keys", "list"], ["keys", "rotate", "--now"], ["keys", "revoke", "x", "--yes"], ["keys", "publish", "--dir", "site"], ["keys", "policy", "--rotate-every", "9d"], ["sign"]]) {
      const { code, out, err } = issuer([...args, ...where]);
      assert.deepEqual([code, out], [expected, ""], `${what}: ${args.join(" ")}: ${err}`);
      assert.match(flat(err), message);
      const { error } = JSON.parse(issuer([...args, ...where, "--json"]).out);
      assert.match(flat(err), new RegExp(`\\(${error.reason}\\)`));
    }
    assert.deepEqual(snapshot(), before, what);
  }
});

test("a broken ring in the clear is refused, whatever was done to it", () => {
  const ring = JSON.parse(readFileSync(at("clear/key-ring.json")));
  const broken = [
    "{}", "[]", "{", "null", JSON.stringify({ ...ring, more: 1 }),
    JSON.stringify({ ...ring, policy: { ...ring.policy, retain: 1 } }),
    JSON.stringify({ ...ring, ring: { ...ring.ring, version: 2 } }),
    JSON.stringify({ ...ring, ring: { ...ring.ring, keys: [...ring.ring.keys, ...ring.ring.keys] } }),
    JSON.stringify(ring).replace(/"d":"./, '"d":"!'),
  ];
  for (const text of broken) {
    writeFileSync(at("clear/key-ring.json"), text);
    const { code, out, err } = issuer(["sign", "--store", "clear"]);
    assert.deepEqual([code, out], [1, ""], `${err}${text.slice(0, 20)}`);
    assert.match(err, /^touchstone sign: .*\(\w+\)/s);
  }
  writeFileSync(at("clear/key-ring.json"), JSON.stringify(ring));
  assert.equal(issuer(["sign", "--store", "clear"]).code, 0);
});

test("a database that nobody serves: told without its password", () => {
  for (const args of [["keys", "init", "--unsealed"], ["keys", "list"], ["sign"]]) {
    const { code, err } = issuer([...args, "--store", "postgres://ada:hunter2@127.0.0.1:1/keys"]);
    assert.equal(code, 3);
    assert.match(flat(err), /the database: .*\(store_unavailable\) Nobody answers there/);
  }
});

test("list: a table on 80 columns, blocks where it is narrower, the whole kid where there is room", () => {
  const where = newRing("--alg", "Ed25519");
  json(["keys", "rotate", ...where, "--now"]);
  const [{ kid }, { kid: other }] = keysOf(where);
  const show = (columns) => issuer(["keys", "list", ...where], { env: { COLUMNS: String(columns) } }).out;
  const table = show(80);
  assert.match(table, /^STATE +KID +ALG +SINCE \(UTC\) +UNTIL \(UTC\) +SIGNATURES\n/);
  const row = /^active +(\S+) +Ed25519 +(\d{4}-\d\d-\d\d \d\d:\d\d) +(\d{4}-\d\d-\d\d \d\d:\d\d) +0$/m.exec(table);
  assert.ok(row, table);
  assert.ok(row[1].length >= 12 && kid.startsWith(row[1]));
  const minutes = (Date.parse(`${row[3]}Z`) - Date.parse(`${row[2]}Z`)) / 60_000;
  assert.ok(minutes >= 1440 && minutes <= 1441, row[0]); // the mark came later than the key
  assert.match(table, /^next\n {2}in 2[34] hours {3}\S{12} signs no more\n {2}in 2[34] hours {3}\S{12} begins to sign\n/m);
  assert.match(show(120), new RegExp(`^active +${kid} `, "m"));
  assert.match(show(60), new RegExp(`^active\n  kid +${kid}\n  alg +Ed25519\n`, "m"));
  for (const columns of [40, 60, 78, 79, 80, 100, 120, 200]) {
    for (const line of show(columns).split("\n")) {
      assert.doesNotMatch(line, / $/);
      assert.ok(line.length <= columns || [kid, other].includes(line.trim().split(/ +/)[1]), `${columns}: ${line}`);
    }
  }
});

test("every page fits its width", () => {
  const where = newRing();
  const [{ kid }] = keysOf(where);
  const help = ["init", "list", "rotate", "revoke", "publish", "policy"].map((name) => ["help", "keys", name]);
  const pages = [
    ["help"], ["help", "keys"], ["help", "sign"], ...help, ["keys", "policy", ...where], ["keys", "rotate", "--now", ...where],
    ["keys", "publish", "--dir", "site", "--issuer", "https://id.example", ...where], ["keys", "policy", "--retain", "1", ...where],
    ["keys", "init", ...where], ["keys", "revoke", "--yes", ...where, "--", kid], ["sign", "--store", "none"],
  ];
  for (const columns of [40, 80]) {
    for (const args of pages) {
      const { out, err } = issuer(args, { env: { COLUMNS: String(columns) } });
      for (const line of `${out}${err}`.split("\n")) {
        assert.doesNotMatch(line, / $/);
        const isWhole = /^ *\S+$/.test(line) || /^ +(touchstone|--|[\w-]+: +\S+$)/.test(line) || line.includes(kid);
        assert.ok(line.length <= columns || isWhole, `${columns}: ${args.join(" ")}: ${line}`);
      }
    }
  }
});

test("a rotation by hand, from the mark to the key that is gone", async () => {
  const where = newRing(...quick);
  const [first] = keysOf(where);
  assert.deepEqual(json(["keys", "rotate", ...where]).changes, []);
  assert.match(issuer(["keys", "rotate", ...where]).out, /^nothing is due by now\n {2}next /);

  const marked = json(["keys", "rotate", "--now", ...where]);
  assert.deepEqual(marked.changes.map(({ kind }) => kind), ["published"]);
  assert.deepEqual([marked.active, marked.isDue], [first.kid, true]);
  assert.ok(marked.signsUntil > seconds() - 5 && marked.signsUntil <= first.since + 60);
  await until(marked.signsUntil);
  const rotated = issuer(["keys", "rotate", ...where]);
  assert.match(flat(rotated.out), new RegExp(`^rotated: what is published has changed retired +${first.kid.slice(0, 12)}, ES256: stays in the set until .* activated +\\S{12}, ES256: signs from now on next `));
  const keys = keysOf(where);
  assert.deepEqual(keys.map(({ state }) => state), ["retiring", "active"]);
  assert.equal(keys[0].removeAt - keys[0].retiredAt, 2.5);
  await until(keys[0].removeAt);
  assert.deepEqual(json(["keys", "list", ...where]).isDue, true);
  assert.match(flat(issuer(["keys", "list", ...where]).out), /^due: `touchstone keys rotate` brings the ring up to date/m);
  assert.deepEqual(json(["keys", "rotate", ...where]).changes, [{ kind: "removed", kid: first.kid, alg: "ES256" }]);
});

test("rotate --now says when the successor takes over, and why not at once", () => {
  const where = newRing();
  const out = flat(issuer(["keys", "rotate", "--now", ...where]).out);
  assert.match(out, /due +\S{12} signs until \S+Z, in 2[34] hours; before that clients may have a copy of the set without its successor/);
  assert.match(flat(issuer(["keys", "rotate", "--now", ...where]).out), /^nothing is due by now was due /);
  assert.equal(keysOf(where).length, 2);
});

test("revoke takes the beginning of a kid, asks, and reports the cost", () => {
  const where = newRing();
  json(["sign", ...where]);
  json(["sign", ...where]);
  json(["keys", "rotate", "--now", ...where]);
  const [first, second] = keysOf(where);
  const before = snapshot();
  for (const [kid, code, message] of [
    ["nobody", 1, /the ring has no key with this kid \(ring_key_unknown\) `touchstone keys list` shows them/],
    [first.kid, 2, /--yes is needed where nobody can be asked/],
  ]) {
    const result = issuer(["keys", "revoke", ...where, "--", kid]);
    assert.deepEqual([result.code, result.out], [code, ""]);
    assert.match(flat(result.err), message);
  }
  assert.deepEqual(snapshot(), before);

  const revoked = json(["keys", "revoke", "--yes", ...where, "--", first.kid.slice(0, 8)]);
  assert.deepEqual([revoked.revoked, revoked.state, revoked.signatures], [first.kid, "active", 2]);
  assert.deepEqual(revoked.changes.map(({ kind, kid }) => [kind, kid]), [["revoked", first.kid], ["activated", second.kid]]);
  assert.equal(revoked.active, second.kid);
  const now = seconds();
  assert.ok(Math.abs(revoked.tokensUntil - now - 3600) < 30);
  assert.ok(Math.abs(revoked.acceptedUntil - now - (3600 + 660 + 300 + 60)) < 30);
  assert.equal(revoked.refusedUntil, second.usableFrom);
  assert.deepEqual(keysOf(where).map(({ kid }) => kid), [second.kid]);

  json(["sign", ...where]);
  const page = flat(issuer(["keys", "revoke", "--yes", ...where, "--", second.kid]).out);
  assert.match(page, new RegExp(`^revoked: ${second.kid}, ES256, was active revoked .* published .* activated .*\ncost signatures +1: those tokens are refused that would have expired by \\S+Z, in (60|59) minutes accepted +by clients .* refused +new tokens, by clients that do not ask for an unknown kid, until \\S+Z, in 2[34] hours next `));
});

test("a beginning that two kids share is refused", () => {
  // The same ring with two kids made alike: kids are the issuer's to choose.
  const where = newRing();
  json(["keys", "rotate", "--now", ...where]);
  const name = at(`${where[1]}/key-ring.json`);
  const ring = JSON.parse(readFileSync(name));
  for (const [i, key] of ring.ring.keys.entries()) key.jwk.kid = i === 0 ? "same" : "same-again";
  writeFileSync(name, JSON.stringify(ring));
  const { code, err } = issuer(["keys", "revoke", "sam", "--yes", ...where]);
  assert.equal(code, 1);
  assert.match(err, /2 keys have a kid that begins so \(ring_key_unknown\)/);
  assert.equal(json(["keys", "revoke", "same", "--yes", ...where]).revoked, "same"); // the whole of one counts
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
test("on a terminal revoke asks, and goes on only for a typed yes", { skip: !hasScript }, () => {
  const where = newRing();
  const [{ kid }] = keysOf(where);
  const ask = (answer) =>
    shell(`(sleep 0.3; printf '${answer}\\n'; sleep 0.5) | script -qec "$0 $TOUCHSTONE" /dev/null`.replace("$0 $TOUCHSTONE", `${commandLines.native[0]} keys revoke ${where.join(" ")} -- ${kid}`), commandLines.native, { TERM: "dumb" });
  const refused = ask("y");
  assert.equal(refused.code, 1);
  assert.match(refused.out.replaceAll("\r\n  ", " "), new RegExp(`Revoke ${kid} \\(ES256, active, 0 signatures\\)\\?\\s+Its tokens will be refused. Type yes to go on:`));
  assert.match(refused.out, /nothing was revoked \(not_confirmed\)/);
  assert.equal(keysOf(where)[0].kid, kid);
  const done = ask("yes");
  assert.equal(done.code, 0);
  assert.match(done.out, /revoked: /);
  assert.notEqual(keysOf(where)[0].kid, kid);
});

test("policy shows the policy, changes what is given, and the ring goes by it at once", () => {
  const where = newRing("--rotate-every", "90d", "--max-signatures", "100");
  const { policy } = json(["keys", "policy", ...where]);
  assert.deepEqual([policy.alg, policy.rotateEvery, policy.maxSignatures, policy.retain], ["ES256", 90 * 86400, 100, 7200]);
  assert.match(issuer(["keys", "policy", ...where]).out, /^policy\n {2}alg +ES256\n {2}rotate-every +90d\n {2}publish-ahead +1d\n {2}retain +2h\n {2}max-signatures +100\n/);
  const changed = json(["keys", "policy", ...where, "--alg", "EdDSA", "--token-lifetime", "90m", "--retain", "3h"]);
  assert.deepEqual([changed.policy.alg, changed.policy.tokenLifetime, changed.policy.rotateEvery], ["EdDSA", 5400, 90 * 86400]);
  assert.deepEqual(changed.changes, []);
  assert.equal(issuer(["sign", ...where, "--expires-in", "85m"]).code, 0); // at once
  // A key that waits and that the new policy does not want is replaced.
  json(["keys", "rotate", "--now", ...where]);
  assert.equal(keysOf(where)[1].alg, "EdDSA");
  assert.deepEqual(json(["keys", "policy", ...where, "--alg", "ES384"]).changes.map(({ kind }) => kind), ["replaced", "published"]);
  assert.equal(keysOf(where)[1].alg, "ES384");
});

test("init --publish-first waits, and says so", () => {
  const where = newRing("--publish-first");
  assert.deepEqual(keysOf(where).map(({ state }) => state), ["pending"]);
  const { code, out, err } = issuer(["sign", ...where]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(flat(err), /the ring has no active key \(signing_key_missing\) `touchstone keys list` says when/);
});

test("an RSA key waits for longer, by the time that it took to make", () => {
  const since = Date.now();
  const [{ publishedAt, usableFrom }] = keysOf(newRing("--publish-first", "--alg", "RS256", "--publish-ahead", "1d"));
  const longer = usableFrom - publishedAt - 86_400;
  assert.ok(longer > 0.01 && longer < (Date.now() - since) / 1000, `${longer} s`);
});

test("two at once make one rotation, and no ring is lost", async () => {
  const where = newRing();
  const command = `${commandLines.native[0]} keys rotate --now ${where.join(" ")} --json`;
  const { code, out } = shell(`for i in 1 2 3 4 5 6 7 8; do ${command} & done; wait`, commandLines.native);
  assert.equal(code, 0);
  const changes = out.trim().split("\n").flatMap((line) => JSON.parse(line).changes);
  assert.deepEqual(changes.map(({ kind }) => kind), ["published"]);
  assert.equal(keysOf(where).length, 2);
});

test("nothing that was said holds a secret", () => {
  const secrets = [readFileSync(at("sealing.key"), "utf8"), "hunter2"];
  for (let i = 0; i < stores; i++) {
    for (const { jwk } of JSON.parse(readFileSync(at(`ring-${i}/key-ring.json`))).ring.keys) secrets.push(jwk.d ?? jwk.k);
  }
  assert.ok(secrets.length > 10);
  const said = everythingSaid();
  for (const secret of secrets) {
    const bytes = Buffer.from(secret, "base64url");
    for (const form of [secret, bytes.toString("hex"), bytes.toString("base64")]) assert.ok(!said.includes(form));
  }
  assert.ok(!existsSync(at("never")) && !existsSync(at("never.key")));
});
