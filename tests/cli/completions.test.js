// The manual page and the shells' completions, as they are built, for all commands of this program; those that are
// installed are for tests/packages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { commandLines } from "./both.js";
import { issuer } from "./issuer.js";

const manual = join(dirname(commandLines.native[0]), "manual");
const listed = (page, title, pattern) => [...page.split(`${title}:\n`)[1].split("\n\n")[0].matchAll(pattern)].map(([, name]) => name);
const help = (...words) => issuer(["help", ...words]).out;
const inGroup = listed(help("keys"), "Commands", /^ {2}([a-z]\S*) /gm).filter((name) => name !== "help");
const top = listed(help(), "Commands", /^ {2}([a-z]\S*) /gm);
const commands = [...top.filter((name) => !["help", "keys"].includes(name)), ...inGroup.map((name) => `keys ${name}`)];
const options = (command) => listed(help(...command.split(" ")), "Options", /^ {2}(--[a-z-]+)/gm);
const has = (program) => spawnSync(program, ["--version"]).status === 0;

test("the manual page has every command and option, and man has no complaint", { skip: !has("man") }, () => {
  const { stdout, stderr } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", join(manual, "touchstone.1")], {
    encoding: "utf8",
    env: { ...process.env, MANWIDTH: "100", MAN_KEEP_FORMATTING: "", MANROFFSEQ: "" },
  });
  assert.equal(stderr, "");
  const text = stdout.replace(/\x1b\[[\d;]*m|.\x08/g, "");
  for (const command of commands) {
    const section = text.split(`\n   ${command}\n`)[1]?.split(/\n {0,3}\S/)[0];
    assert.ok(section, command);
    for (const option of options(command)) assert.match(section, new RegExp(`^ {7}(-h, )?${option}\\b`, "m"));
  }
  assert.match(text, /^ {7}TOUCHSTONE_SEALING_KEY\n/m);
});

test("bash completes commands of two words", () => {
  const bash = (...words) => {
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _touchstone; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, join(manual, "touchstone.bash"), "touchstone", ...words], { encoding: "utf8", cwd: manual });
    assert.equal(stderr, "");
    return stdout.trim().split("\n");
  };
  assert.deepEqual(bash(""), [...top, "--help", "--version"]);
  assert.deepEqual(bash("help", ""), top);
  assert.deepEqual(bash("keys", ""), inGroup);
  assert.deepEqual(bash("help", "keys", ""), inGroup);
  assert.deepEqual(bash("keys", "re"), inGroup.filter((name) => name.startsWith("re")));
  for (const command of commands) assert.deepEqual(bash(...command.split(" "), "--"), options(command), command);
  assert.deepEqual(bash("keys", "init", "--alg", "ES"), ["ES256", "ES384", "ES512", "ES256K"]);
  assert.deepEqual(bash("keys", "init", "--alg", "=", "HS"), ["HS256", "HS384", "HS512"]);
  assert.deepEqual(bash("verify", "--alg", "ML"), ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]);
  assert.deepEqual(bash("keys", "list", "--store", "touchstone.b"), ["touchstone.bash"]);
  assert.deepEqual(bash("sign", "touchstone.b"), ["touchstone.bash"]);
  assert.deepEqual(bash("keys", "list", "touchstone.b"), [""]); // it takes no argument
});

test("fish completes commands of two words", { skip: !has("fish") }, () => {
  const fish = (line) => {
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", `source ${manual}/touchstone.fish; complete -C '${line}'`], { encoding: "utf8", env: { ...process.env, HOME: "/nonexistent" } });
    assert.equal(stderr.replaceAll(/^.*(HOME|XDG|history|universal|data directory|config).*\n?/gim, ""), "");
    return stdout.trim().split("\n").map((offered) => offered.split("\t")[0]).sort();
  };
  assert.deepEqual(fish("touchstone "), top.toSorted());
  assert.deepEqual(fish("touchstone keys "), inGroup.toSorted());
  for (const command of commands) assert.deepEqual(fish(`touchstone ${command} --`), options(command).toSorted(), command);
});

test("zsh can read its file, which has every command", { skip: !has("zsh") }, () => {
  const file = join(manual, "_touchstone");
  assert.deepEqual(spawnSync("zsh", ["-n", file], { encoding: "utf8" }).stderr, "");
  const { stdout } = spawnSync("cat", [file], { encoding: "utf8" });
  for (const command of commands) assert.ok(stdout.includes(`'${command}')`), command);
});
