// Command lines that are understood, and those that are not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { both, commandLines, exampleJwks, exampleToken, file, flat, runOne, withoutIssuer } from "./both.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url)));
file("token.jwt", exampleToken);
file("jwks.json", exampleJwks);

test("--version", () => {
  assert.deepEqual(both(["--version"]), { code: 0, out: `touchstone ${version}\n`, err: "" });
});

test("help is on standard output, and each command's has an example and all its options", () => {
  const same = withoutIssuer;
  const general = both(["help"], { same });
  assert.equal(general.code, 0);
  assert.deepEqual(both(["--help"], { same }), general);
  assert.deepEqual(both(["-h"], { same }), general);
  assert.deepEqual(both(["help", "help"], { same }), general);
  for (const command of ["verify", "decode", "audit", "thumbprint"]) {
    assert.match(general.out, new RegExp(`^  ${command} `, "m"));
    const help = both(["help", command]);
    assert.deepEqual({ ...help, out: "" }, { code: 0, out: "", err: "" });
    assert.match(help.out, new RegExp(`^Usage: touchstone ${command} `));
    assert.match(help.out, new RegExp(`^Example:\n  touchstone ${command} `, "m"));
    assert.match(help.out, /^ {2}--json /m);
    assert.match(help.out, /Exit status: 0 valid, 1 refused, 2 /);
    assert.deepEqual(both([command, "--help"]), help);
    assert.deepEqual(both([command, "-h"]), help);
  }
});

test("the examples of the help run as they stand", () => {
  for (const command of ["verify", "decode", "audit", "thumbprint"]) {
    const { out } = both(["help", command]);
    const line = out.match(/^Example:\n((?: {2}.*\n)+)/m)[1].replaceAll("\\\n", " ").trim();
    const [, ...args] = line.split("<")[0].trim().split(/\s+/);
    const { code, out: said } = both(args, { input: line.includes("<") ? exampleToken : "" });
    assert.ok(said.length > 0, line);
    assert.equal(code, command === "thumbprint" ? 1 : 0, line); // one key of the example is of an unknown type
  }
});

test("without a command the help is on standard error, and the exit code is 2", () => {
  const same = withoutIssuer;
  const { code, out, err } = both([], { same });
  assert.equal(code, 2);
  assert.equal(out, "");
  assert.equal(err, both(["help"], { same }).out);
});

const wrong = [
  [["verfy"], /unknown command "verfy"; did you mean verify\?/],
  [["frobnicate"], /unknown command "frobnicate"\n/],
  [["help", "verfiy"], /did you mean verify\?/],
  [["--verison"], /unknown option "--verison"; did you mean --version\?/],
  [["verify", "token.jwt"], /touchstone verify: the key is missing: --jwks JWKS, or --issuer URL, whose metadata names it\nTry: touchstone help verify\n/],
  [["verify", "--jwks", "jwks.json"], /the TOKEN is missing/],
  [["verify", "", "--jwks", "jwks.json"], /TOKEN is empty/],
  [["verify", "token.jwt", "--jwks", ""], /--jwks is empty/],
  [["verify", "token.jwt", "--jwks"], /--jwks needs a value: --jwks JWKS/],
  [["verify", "token.jwt", "token.jwt", "--jwks", "jwks.json"], /there is more than one TOKEN/],
  [["verify", "-", "--jwks", "-"], /standard input can be read only once/],
  [["verify", "--batch", "-", "--jwks", "-"], /standard input can be read only once/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--jwks", "jwks.json"], /--jwks is given twice/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--isuer", "x"], /unknown option "--isuer"; did you mean --issuer\?/],
  // An abbreviation is not an option: what it stands for changes with each new one.
  [["verify", "token.jwt", "--jwks", "jwks.json", "--iss", "x"], /unknown option "--iss"; did you mean --issuer\?/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--iss"], /unknown option "--iss"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--i=x"], /unknown option "--i"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--=x"], /unknown option "--"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--json=yes"], /--json takes no value/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "-x"], /unknown option "-x"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "-é"], /unknown option "-é"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--alg", "ES257"], /--alg does not take "ES257"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--alg", "RS256", "--alg", "none", "--alg", "ES256"], /--alg does not take "none"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--leeway", "301"], /--leeway does not take "301": .*at most 5m/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--leeway", "6m"], /--leeway does not take "6m"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--leeway", "-1"], /--leeway does not take "-1"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--leeway", "nan"], /--leeway does not take "nan"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--leeway="], /--leeway does not take ""/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--max-age", "soon"], /--max-age does not take "soon"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--multiple-keys", "all"], /--multiple-keys does not take "all"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--profile", "jwt"], /--profile does not take "jwt"/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--profile", "id_token"], /--profile needs --issuer/],
  [["verify", "token.jwt", "--jwks", "jwks.json", "--nonce", "n"], /--nonce does not take "n": .*--profile id_token/],
  [["verify", "token.jwt", "--batch", "token.jwt", "--jwks", "jwks.json"], /--batch stands in place of TOKEN/],
  [["verify", "--batch", "token.jwt", "--jwks", "jwks.json", "--explain"], /--explain does not go with --batch/],
  [["decode"], /touchstone decode: the TOKEN is missing/],
  [["decode", "token.jwt", "--jwks", "jwks.json"], /unknown option "--jwks"/],
  [["audit"], /the JWKS is missing/],
  [["audit", "http://id.example/jwks"], /JWKS is not fetched/],
  [["thumbprint"], /the JWK is missing/],
  [["thumbprint", "jwks.json", "--hash", "sha256"], /--hash does not take "sha256": sha-256 /],
];
for (const time of ["", "yesterday", "1e9", "0x10", "inf", "9".repeat(400), "2026-02-30", "2026-11-23T18:30:00", "2026-11-23T25:00:00Z", "1.2.3"]) {
  wrong.push([["verify", "token.jwt", "--jwks", "jwks.json", "--now", time], /--now does not take (this value|")/]);
}
test(`${wrong.length} wrong command lines end with 2 and say what is wrong`, () => {
  for (const [args, message] of wrong) {
    const { code, out, err } = both(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err.replaceAll("\n  ", " "), message);
    assert.match(err, /^touchstone/);
    assert.match(err, /\nTry: touchstone help/);
  }
});

test("npx says which program has the commands that need private keys", () => {
  for (const args of [["keys"], ["keys", "list"], ["sign", "claims.json"], ["serve", "--help"], ["help", "keys"]]) {
    const { code, out, err } = runOne(commandLines.npx, args);
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(flat(err), /"(keys|sign|serve)" needs private keys, which this program does not handle: the native one does,/);
  }
});

test("a token among the arguments is not repeated, wherever it stands", () => {
  const lines = [
    [exampleToken],
    [`Bearer ${exampleToken}`],
    ["verify", exampleToken.slice(5, 150), "--jwks", "jwks.json"],
    ["verify", exampleToken],
    ["verify", exampleToken, exampleToken, "--jwks", "jwks.json"],
    ["verify", exampleToken, "--jwks", "jwks.json", "--now", exampleToken],
    ["verify", exampleToken, "--jwks", "jwks.json", "--alg", exampleToken],
    ["verify", `Bearer ${exampleToken}`, "--jwks", "jwks.json"],
    ["verify", `--tokn=${exampleToken}`, "--jwks", "jwks.json"],
    ["verify", exampleToken.slice(2), "--jwks", "jwks.json"],
  ];
  for (const args of lines) {
    const { code, out, err } = both(args);
    assert.ok(code === 1 || code === 2);
    assert.doesNotMatch(out + err, new RegExp(exampleToken.slice(10, 30)));
  }
});

test("options may stand anywhere, also with POSIXLY_CORRECT, and -- ends them", () => {
  const now = ["--now", "1800000000"];
  const expected = both(["verify", "token.jwt", "--jwks", "jwks.json", ...now]);
  assert.equal(expected.code, 0);
  for (const env of [{}, { POSIXLY_CORRECT: "1" }]) {
    assert.deepEqual(both(["verify", "--jwks=jwks.json", "token.jwt", ...now], { env }), expected);
    assert.deepEqual(both(["verify", "--jwks", "jwks.json", ...now, "--", "token.jwt"], { env }), expected);
    assert.deepEqual(both(["verify", "-", ...now, "--jwks", "jwks.json"], { env, input: exampleToken }), expected);
    assert.deepEqual(both(["verify", ...now, "--jwks", "jwks.json", "--", "-"], { env, input: exampleToken }), expected);
    assert.deepEqual(both(["verify", "token.jwt", ...now, "--jwks", "-"], { env, input: exampleJwks }), expected);
  }
  assert.equal(both(["verify", "--jwks", "jwks.json", "--", "--json"]).code, 3); // a file of that name
});

test("arguments that are not UTF-8 are refused", () => {
  assert.match(both(["verify", "\ufffd"]).err, /argument 2 is not UTF-8/);
  const { code, err } = runOne(["bash", "-c", `"$0" verify "$(printf '\\377')"`, commandLines.native[0]], []);
  assert.equal(code, 2);
  assert.match(err, /argument 2 is not UTF-8/);
});
