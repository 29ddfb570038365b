import assert from "node:assert/strict";
import test from "node:test";
import { both, claims, commandLines, ec, file, jwks, now, privateJwk, publicJwk, rsa, shell, token } from "./both.js";

const key = publicJwk(ec, { kid: "ec-1" });
file("jwks.json", jwks(key, publicJwk(rsa, { kid: "rsa-1" })));
const good = token(claims, { kid: "ec-1" });
const late = token({ ...claims, exp: now - 1 }, { kid: "ec-1" });
const forged = good.slice(0, -6) + "AAAAAA";
const batch = (input, ...options) =>
  both(["verify", "--batch", "-", "--jwks", "jwks.json", "--now", String(now), ...options], { input });

test("a line for each line, in their order, and a summary on standard error", () => {
  const { code, out, err } = batch([good, late, "", "x", forged, late, good].join("\n") + "\n");
  assert.equal(code, 1);
  assert.equal(out, "1\tvalid\n2\ttoken_expired\n3\ttoken_malformed\n4\ttoken_malformed\n5\tsignature_invalid\n6\ttoken_expired\n7\tvalid\n");
  assert.equal(err, "7 tokens: 2 valid, 5 refused (2 token_malformed, 2 token_expired, 1\n  signature_invalid)\n");
});

test("all valid: exit code 0; with or without a last line end, also CR LF", () => {
  for (const text of [good, `${good}\n`, `${good}\r\n`, `${good}\r`]) {
    assert.deepEqual(batch(text), { code: 0, out: "1\tvalid\n", err: "1 token: 1 valid, 0 refused\n" });
  }
});

test("nothing at all is not success", () => {
  assert.deepEqual(batch(""), { code: 1, out: "", err: "refused: there is no token to verify\n" });
  assert.equal(batch("\n").out, "1\ttoken_malformed\n");
});

test("the options hold for every token", () => {
  assert.equal(batch(`${good}\n${late}\n`, "--leeway", "10s").code, 0);
  assert.equal(batch(`${good}\n`, "--audience", "other").out, "1\taudience_mismatch\n");
});

test("--json is a line of JSON for each line", () => {
  const { code, out } = batch(`${good}\n${late}\n\u001b\n`, "--json");
  assert.equal(code, 1);
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines[0], { line: 1, valid: true });
  assert.equal(lines[1].error.reason, "token_expired");
  assert.equal(lines[1].valid, false);
  assert.equal(lines[2].error.reason, "token_malformed");
});

test("lines of any length and content", () => {
  const long = "A".repeat(200000);
  const atLimit = `${good.slice(0, good.lastIndexOf(".") + 1)}`.padEnd(64 * 1024, "A");
  const { out } = batch(`${long}\n${good}\n${atLimit}\r\n${atLimit}A\n\0\0\n${good}`);
  const reasons = out.trimEnd().split("\n").map((line) => line.split("\t")[1]);
  assert.equal(reasons.length, 6);
  assert.equal(reasons[0], "token_too_large");
  assert.equal(reasons[1], "valid");
  assert.notEqual(reasons[2], "token_too_large");
  assert.equal(reasons[3], "token_too_large");
  assert.equal(reasons[4], "token_malformed");
  assert.equal(reasons[5], "valid");
});

test("a line longer than the memory there is", () => {
  // The module's memory ends at 1 GB by itself.
  for (const [name, commandLine] of Object.entries(commandLines)) {
    const limit = name === "native" ? "ulimit -v 1000000; " : "";
    const { code, out, err } = shell(
      `${limit}head -c 1200000000 /dev/zero | $TOUCHSTONE verify --batch - --jwks jwks.json`,
      commandLine,
    );
    assert.deepEqual({ code, out }, { code: 1, out: "1\ttoken_too_large\n" });
    assert.equal(err, "1 token: 0 valid, 1 refused (1 token_too_large)\n");
  }
});

test("many tokens, on many cores, keep their order", () => {
  const kinds = [good, late, "x", forged, "", `${good.slice(0, -1)}B`];
  const names = ["valid", "token_expired", "token_malformed", "signature_invalid", "token_malformed", "token_base64_invalid"];
  // Mostly cheap ones: the order is what is tested. The blocks differ in cost, so that they overtake each other.
  const pick = (i) => (i % 97 === 0 ? 0 : i % 89 === 0 ? 1 : i % 83 === 0 ? 3 : [2, 4, 5][i % 3]);
  const count = 20000;
  const lines = Array.from({ length: count }, (_, i) => kinds[pick(i)]);
  const expected = Array.from({ length: count }, (_, i) => `${i + 1}\t${names[pick(i)]}\n`).join("");
  file("many.txt", lines.join("\n") + "\n");
  const { code, out, err } = both(["verify", "--batch", "many.txt", "--jwks", "jwks.json", "--now", String(now)]);
  assert.equal(code, 1);
  assert.ok(out === expected, "the lines, or their order, are wrong"); // too long to be shown
  assert.match(err, /^20,000 tokens: 207 valid, 19,793 refused/);
});

test("a JWK Set that is refused, and one that holds a private key", () => {
  const args = ["verify", "--batch", "-", "--now", String(now), "--jwks"];
  const broken = both([...args, "[]"], { input: good });
  assert.equal(broken.code, 1);
  assert.match(broken.out, /^refused: jwks_malformed/);
  const leaky = both([...args, jwks(key, privateJwk(rsa))], { input: good });
  assert.equal(leaky.code, 0);
  assert.match(leaky.err, /^warning: keys\[1\] is a private key/);
});
