// Width, colour and progress. `script` (util-linux) gives a program a terminal of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { both, bothInShell, commandLines, exampleJwks, exampleToken, file, jwks, shell, withoutIssuer } from "./both.js";

file("token.jwt", exampleToken);
file("jwks.json", exampleJwks);
file("bad.json", jwks(...Array.from({ length: 5 }, (_, i) => ({ kty: "RSA", kid: `key number ${i}`, n: "AQAB", e: "AQAB" }))));
const verify = ["verify", "token.jwt", "--jwks", "jwks.json", "--now", "1800000000"];

test("every page fits its width, from 40 columns on", () => {
  const pages = [
    ["help"], ["help", "verify"], ["help", "decode"], ["help", "audit"], ["help", "thumbprint"],
    [...verify, "--explain"], [...verify, "--issuer", "x", "--explain"], ["verify", "token.jwt", "--jwks", "bad.json"],
    ["decode", "token.jwt"], ["audit", "jwks.json"], ["audit", "bad.json"],
    ["verify"], ["verify", "token.jwt", "--jwks", "gone.json"], ["verify", "token.jwt", "--jwks", "jwks.json", "--leeway", "1h"],
  ];
  for (const columns of [40, 60, 80, 100]) {
    for (const args of pages) {
      const { out, err } = both(args, { env: { COLUMNS: String(columns) }, same: withoutIssuer });
      for (const line of `${out}${err}`.split("\n")) {
        assert.doesNotMatch(line, / $/);
        // What is to be copied is not cut: a thumbprint, an example of a command line.
        const isWhole = /^ +(thumbprint +)?\S+$/.test(line) || /^ +(touchstone|--issuer)/.test(line);
        assert.ok(line.length <= columns || isWhole, `${columns}: ${args.join(" ")}: ${line}`);
      }
    }
  }
});

test("COLUMNS that is no width is passed over", () => {
  const expected = both(["help", "verify"]);
  for (const columns of ["", "0", "-3", "wide", "8e1"]) {
    assert.deepEqual(both(["help", "verify"], { env: { COLUMNS: columns } }), expected, columns);
  }
  const narrowest = both(["help", "verify"], { env: { COLUMNS: "40" } });
  assert.deepEqual(both(["help", "verify"], { env: { COLUMNS: "1" } }), narrowest);
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
const onTerminal = (args, env = {}, stty = "cols 80", run = bothInShell) => {
  const line = `stty ${stty}; $TOUCHSTONE ${args}`.replaceAll("$TOUCHSTONE", "$0 $1");
  const names = Object.entries({ COLUMNS: "", TERM: "xterm", ...env }).map(([name, value]) => `${name}=${value}`);
  return run(`f() { export ${names.join(" ")}; script -qec "${line.replace("$0 $1", "$*")}" /dev/null < /dev/null; }; f $TOUCHSTONE`);
};

test("colour on a terminal, unless it is not wanted", { skip: !hasScript }, () => {
  const args = verify.join(" ");
  const { code, out } = onTerminal(args);
  assert.equal(code, 0);
  assert.match(out, /^\x1b\[1;32mvalid\x1b\[0m\r\n/);
  const plain = both(verify).out.replaceAll("\n", "\r\n");
  assert.equal(out.replaceAll(/\x1b\[[\d;]*m/g, ""), plain);
  assert.equal(onTerminal(args, { NO_COLOR: "1" }).out, plain);
  assert.equal(onTerminal(args, { TERM: "dumb" }).out, plain);
  assert.equal(onTerminal(`${args} --no-color`).out, plain);
  assert.doesNotMatch(both(verify).out, /\x1b/);
  assert.doesNotMatch(onTerminal(`${args} --json`).out, /\x1b/);
});

test("a terminal's own width counts, and COLUMNS before it", { skip: !hasScript }, () => {
  const widest = (out) => Math.max(...out.split("\r\n").map((line) => line.length));
  assert.ok(widest(onTerminal("help verify", {}, "cols 60").out) <= 60);
  assert.ok(widest(onTerminal("help verify", { COLUMNS: "100" }, "cols 60").out) > 80);
});

test("a batch shows its progress on a terminal, and nowhere else", { skip: !hasScript }, () => {
  file("lines.txt", `${exampleToken}\n`.repeat(30_000));
  const args = "verify --batch lines.txt --jwks jwks.json > verdicts.txt";
  for (const commandLine of Object.values(commandLines)) {
    const { out } = onTerminal(args, {}, "cols 80", (line, env) => shell(line, commandLine, env));
    // How often it is drawn depends on the speed; so many take longer than the first tenth of a second.
    const drawn = String.raw`\r\[#*\.*\] (\d+)% [\d,]+ tokens, 0 refused\x1b\[K`;
    assert.match(out, new RegExp(String.raw`^(${drawn})+\r\x1b\[K30,000 tokens: 30,000 valid, 0 refused\r\n$`));
    const steps = [...out.matchAll(new RegExp(drawn, "g"))].map(([, percent]) => Number(percent));
    assert.deepEqual(steps, steps.toSorted((a, b) => a - b));
  }
  assert.doesNotMatch(both(["verify", "--batch", "lines.txt", "--jwks", "jwks.json"]).err, /\x1b/);
});
