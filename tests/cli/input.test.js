// What is read, what cannot be read, and what cannot be written.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { both, bothInShell, commandLines, exampleJwks, exampleToken, file, folder, jwks, now, shell } from "./both.js";

const at = ["--now", String(now)];
const jwksFile = file("jwks.json", exampleJwks);
file("token.jwt", exampleToken);
mkdirSync(join(folder, "directory"));

test("what cannot be read ends with 3, names the file and says why", () => {
  symlinkSync("loop", join(folder, "loop"));
  for (const [args, message] of [
    [["verify", "gone.jwt", "--jwks", jwksFile], 'cannot read the token from "gone.jwt": there is no such file'],
    [["verify", "directory", "--jwks", jwksFile], 'cannot read the token from "directory": it is a directory'],
    [["verify", "token.jwt", "--jwks", "gone.json"], 'cannot read the JWK Set from "gone.json": there is no such file'],
    [["verify", "token.jwt", "--jwks", "directory"], 'cannot read the JWK Set from "directory": it is a directory'],
    [["verify", "token.jwt", "--jwks", "token.jwt/x"], 'cannot read the JWK Set from "token.jwt/x": a part of its path is not a directory'],
    [["verify", "token.jwt", "--jwks", "loop"], 'cannot read the JWK Set from "loop": its symbolic links go in a circle'],
    [["verify", "token.jwt", "--jwks", "n".repeat(300)], "its name is too long"],
    [["verify", "--batch", "gone.txt", "--jwks", jwksFile], 'cannot read the tokens from "gone.txt": there is no such file'],
    [["verify", "--batch", "directory", "--jwks", jwksFile], 'cannot read the tokens from "directory": it is a directory'],
    [["decode", "gone.jwt"], 'cannot read the token from "gone.jwt": there is no such file'],
    [["audit", "gone\u001b[31m.json"], 'cannot read the JWK Set from "gone\\u001b[31m.json": there is no such file'],
    [["thumbprint", "directory/"], 'cannot read the JWK from "directory/": it is a directory'],
  ]) {
    const { code, out, err } = both(args);
    assert.equal(code, 3, args.join(" "));
    assert.equal(out, "");
    assert.ok(err.startsWith("touchstone: cannot read "), err);
    assert.ok(err.replaceAll("\n  ", " ").includes(message), err);
  }
  const { code, err } = bothInShell(`$TOUCHSTONE verify - --jwks ${jwksFile} < directory`);
  assert.equal(code, 3);
  assert.equal(err, "touchstone: cannot read the token from standard input: it is a directory\n");
});

test("empty inputs are refused, and said to be empty", () => {
  const token = both(["verify", "-", "--jwks", jwksFile, ...at]);
  assert.equal(token.code, 1);
  assert.match(token.out, /^refused: token_malformed/);
  assert.match(token.out, /hint +there is nothing in it: it is empty/);
  for (const args of [["verify", "token.jwt", "--jwks", "-"], ["audit", "-"], ["thumbprint", "-"]]) {
    const { code, out } = both(args);
    assert.equal(code, 1);
    assert.match(out, /^refused: jwks_malformed/);
    assert.match(out, /it is empty/);
  }
});

test("any bytes are refused, and none of them reach the terminal", () => {
  const inputs = [randomBytes(1000), Buffer.alloc(1000), Buffer.from("\ufeff" + exampleToken), Buffer.from(exampleToken, "utf16le"),
    Buffer.from([0xff, 0xfe, 0x65]), Buffer.from("\u001b[2J"), Buffer.from([0xc3, 0x28, 0x2e, 0x2e])];
  for (const input of inputs) {
    for (const args of [["verify", "-", "--jwks", jwksFile, ...at], ["verify", "token.jwt", "--jwks", "-", ...at], ["decode", "-"], ["audit", "-"], ["thumbprint", "-"]]) {
      const { code, out, err } = both(args, { input });
      assert.equal(code, 1);
      assert.equal(err, "");
      assert.match(out, /^refused: [\x0a\x20-\x7e]*$/);
    }
  }
  assert.match(both(["decode", "-"], { input: "\ufeffey" }).out, /byte-order mark/);
});

test("a token or set at the limit is read whole, and one byte more is too large", () => {
  const signature = (length) => `${exampleToken.slice(0, exampleToken.lastIndexOf(".") + 1)}${"A".repeat(length)}`;
  const fits = 64 * 1024 - signature(0).length;
  const verify = (input) => both(["verify", "-", "--jwks", jwksFile, ...at], { input }).out;
  assert.match(verify(`${signature(fits)}\r\n`), /^refused: (?!token_too_large)/);
  assert.match(verify(`${signature(fits + 1)}\n`), /^refused: token_too_large/);
  const set = (size) => exampleJwks.trim() + " ".repeat(size - exampleJwks.trim().length);
  assert.equal(both(["audit", "-"], { input: set(1 << 20) }).code, 0);
  assert.match(both(["audit", "-"], { input: set((1 << 20) + 1) }).out, /^refused: jwks_too_large/);
});

test("an endless or huge input is read no further than the limit", () => {
  for (const args of ["verify /dev/zero --jwks jwks.json", "decode /dev/zero", "verify token.jwt --jwks /dev/zero", "audit /dev/zero"]) {
    const { code, out } = bothInShell(`timeout 20 $TOUCHSTONE ${args}`);
    assert.equal(code, 1, args);
    assert.match(out, /^refused: (token|jwks)_too_large/, args);
  }
  file("huge.jwt", exampleToken + "A".repeat(10 << 20));
  assert.match(both(["verify", "huge.jwt", "--jwks", jwksFile]).out, /^refused: token_too_large/);
  assert.match(both(["audit", jwks(...Array(1001).fill({}))]).out, /^refused: jwks_too_large/);
});

test("a pipe, a process substitution, a slow writer", () => {
  const options = `--now ${now} --issuer https://id.example --audience api`;
  const valid = bothInShell(`$TOUCHSTONE verify token.jwt --jwks jwks.json ${options}`);
  assert.equal(valid.code, 0);
  assert.deepEqual(bothInShell(`$TOUCHSTONE verify <(cat token.jwt) --jwks <(cat jwks.json) ${options}`), valid);
  assert.deepEqual(bothInShell(`(head -c 20 token.jwt; sleep 0.2; tail -c +21 token.jwt) | $TOUCHSTONE verify - --jwks jwks.json ${options}`), valid);
});

test("a reader that leaves early is no crash, and is not taken for success", () => {
  file("lines.txt", "x\n".repeat(300000));
  for (const commandLine of Object.values(commandLines)) {
    const { code, out, err } = shell("set -o pipefail; $TOUCHSTONE verify --batch lines.txt --jwks jwks.json | head -1", commandLine);
    assert.deepEqual({ code, out, err }, { code: 3, out: "1\ttoken_malformed\n", err: "" });
  }
});

test("a device that is full is named", () => {
  const { code, err } = bothInShell("$TOUCHSTONE decode token.jwt > /dev/full");
  assert.equal(code, 3);
  assert.equal(err, "touchstone: cannot write the output: no space is left on the device\n");
  assert.equal(bothInShell("$TOUCHSTONE verify --batch lines.txt --jwks jwks.json > /dev/full").code, 3);
});
