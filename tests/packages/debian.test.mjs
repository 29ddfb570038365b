// The Debian packages: what lintian says, what dpkg says of their dependencies, and what their files do once
// they are installed. They are installed with a copy of dpkg's own records into a folder, so that their
// dependencies count and the machine stays as it is.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = join(root, "build", "packages");
const system = join(work, "system");
const usr = join(system, "usr");
const example = join(root, "tests", "vectors", "example");
const output = (program, args, options) => execFileSync(program, args, { encoding: "utf8", cwd: work, ...options });
const triplet = output("dpkg-architecture", ["-qDEB_HOST_MULTIARCH"], { cwd: root }).trim();
const lib = join(usr, "lib", triplet);
const env = {
  ...process.env,
  LD_LIBRARY_PATH: lib,
  LC_ALL: "C.UTF-8",
  PATH: `${join(usr, "bin")}:${process.env.PATH}`,
  PKG_CONFIG_PATH: join(lib, "pkgconfig"),
  XDG_DATA_DIRS: `${join(usr, "share")}:/usr/share`,
};

const names = [
  "libtouchstone-dev",
  "libtouchstone-issuer0.1",
  "libtouchstone-remote0.1",
  "libtouchstone-stores0.1",
  "libtouchstone0.1",
  "touchstone",
];
let files;

// dpkg as if `system` were the machine: with its own records in place of this machine's, and with the manual
// pages that small images leave out.
const dpkg = (...args) => {
  const records = join(system, "var/lib/dpkg");
  const options = ["--force-not-root", "--force-unsafe-io", "--no-triggers", "--path-include=*"];
  return spawnSync("dpkg", [`--admindir=${records}`, `--instdir=${system}`, ...options, ...args], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
};

before(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(system, "var/lib/dpkg"), { recursive: true });
  rmSync(join(root, "build/debian/packages"), { recursive: true, force: true });
  output("cpack", ["--preset", "debian"], { cwd: root });
  const folder = join(root, "build/debian/packages");
  files = readdirSync(folder).sort().map((name) => join(folder, name));
  for (const part of ["status", "info", "updates", "triggers"]) {
    cpSync(join("/var/lib/dpkg", part), join(system, "var/lib/dpkg", part), { recursive: true });
  }
});

const field = (file, name) => output("dpkg-deb", ["--field", file, name]).trim();

test("each package has its name, and names what it needs", () => {
  const depends = Object.fromEntries(files.map((file) => [field(file, "Package"), field(file, "Depends")]));
  assert.deepEqual(Object.keys(depends).sort(), names);
  assert.match(depends["libtouchstone0.1"], /libc6 .*libstdc\+\+6/);
  assert.doesNotMatch(depends["libtouchstone0.1"], /curl|json/);
  assert.match(depends["libtouchstone-remote0.1"], /libtouchstone0\.1 \(>= .*libcurl4/);
  assert.match(depends["libtouchstone-issuer0.1"], /libtouchstone0\.1 \(>= .*libsodium23/);
  assert.match(depends["libtouchstone-stores0.1"], /libtouchstone0\.1 \(>= .*libpq5/);
  for (const name of names.filter((name) => name.startsWith("lib") && name !== "libtouchstone-dev"))
    assert.ok(depends["libtouchstone-dev"].includes(`${name} (= `), name);
  assert.match(depends["libtouchstone-dev"], /nlohmann-json3-dev \(>= .*nlohmann-json3-dev \(<< .*libpq-dev.*libsodium-dev/);
  assert.match(depends.touchstone, /libtouchstone0\.1 .*libmicrohttpd12/);
});

test("lintian finds nothing but what we know", () => {
  const known = {
    "initial-upload-closes-no-bugs": "no upload to Debian: there is no bug that asks for one",
    "hardening-no-fortify-functions": "of the stores: they call no function that could be fortified",
    "no-symbols-control-file": "most of the symbols are C++; native/abi has them",
  };
  const { stdout, stderr } = spawnSync("lintian", ["--no-cfg", "--pedantic", "--display-info", ...files], {
    encoding: "utf8",
    env,
  });
  assert.doesNotMatch(stderr, /error/i);
  const unknown = stdout.split("\n").filter((line) => line && !known[line.split(" ")[2]]);
  assert.deepEqual(unknown, []);
});

test("dpkg takes them together, and not one that lacks another", () => {
  const alone = dpkg("--install", files.find((file) => /libtouchstone-remote/.test(file)));
  assert.match(alone.stderr, /depends on libtouchstone0\.1/);
  const all = dpkg("--install", ...files);
  assert.equal(all.status, 0, all.stderr);
  const status = output("dpkg-query", [`--admindir=${join(system, "var/lib/dpkg")}`, "-W", "-f", "${Package} ${Status}\n", ...names]);
  assert.deepEqual(status.trim().split("\n").sort(), names.map((name) => `${name} install ok installed`));
  assert.match(dpkg("--verify", ...names).stdout, /^$/);
});

test("the command runs on the shared libraries", () => {
  assert.match(output("ldd", [join(usr, "bin/touchstone")], { env }), new RegExp(`${lib}/libtouchstone\\.so\\.0\\.1`));
  const verdict = output("touchstone", ["verify", join(example, "token.jwt"), "--jwks", join(example, "jwks.json")], { env });
  assert.match(verdict, /^valid\n/);
});

test("the development package serves C by pkg-config, and C++ by CMake", () => {
  const examples = join(root, "native/examples");
  const token = readFileSync(join(example, "token.jwt"), "utf8");
  output("sh", ["-c", `cc -std=c99 ${examples}/c/verify.c $(pkg-config --cflags --libs touchstone) -o verify`], { env });
  assert.match(output("./verify", [join(example, "jwks.json"), "https://id.example", "api"], { env, input: token }), /"sub":"ada"/);
  output("sh", ["-c", `cmake -S ${examples}/cmake-project -B bearer -DBUILD_SHARED_LIBS=ON -DCMAKE_PREFIX_PATH=${usr} && cmake --build bearer`], { env });
  assert.equal(output("bearer/bearer", [join(example, "jwks.json"), "read"], { env, input: `Bearer ${token}` }), '200 "ada"\n');
  assert.match(output("ldd", ["bearer/bearer"], { env }), /libtouchstone\.so\.0\.1/);
});

// What the command says of itself: the commands, and the options of each.
const listed = (page, title, pattern) =>
  [...page.split(`${title}:\n`)[1].split("\n\n")[0].matchAll(pattern)].map(([, name]) => name);
const help = (...args) => output("touchstone", ["help", ...args], { env });
const wordsOf = (...words) => listed(help(...words), "Commands", /^ {2}([a-z]\S*) /gm).filter((name) => name !== "help");
const commands = () => wordsOf().flatMap((word) => (word === "keys" ? wordsOf("keys").map((name) => `keys ${name}`) : word));
const options = (command) => listed(help(...command.split(" ")), "Options", /^ {2}(--[a-z-]+)/gm);

test("the manual page has every command and option, and man has no complaint", () => {
  const page = join(usr, "share/man/man1/touchstone.1.gz");
  const { stdout, stderr } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], {
    encoding: "utf8",
    env: { ...env, MANWIDTH: "100", MAN_KEEP_FORMATTING: "", MANROFFSEQ: "" },
  });
  assert.equal(stderr, "");
  const text = stdout.replace(/\x1b\[[\d;]*m|.\x08/g, "");
  assert.match(text, /EXIT STATUS\n +0 +valid\n/);
  for (const command of commands()) {
    const section = text.split(`\n   ${command}\n`)[1]?.split(/\n {0,3}\S/)[0];
    assert.ok(section, command);
    for (const option of options(command)) assert.match(section, new RegExp(`^ {7}(-h, )?${option}\\b`, "m"));
  }
});

// What each shell offers for a command line that ends where the cursor is.
const bash = (line) => {
  const words = line.split(/ |(?<==)|(?==)/);
  const script = `
    source /usr/share/bash-completion/bash_completion
    _completion_loader touchstone
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
    "$(complete -p touchstone | sed 's/.*-F \\([^ ]*\\).*/\\1/')" touchstone
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return output("bash", ["--norc", "-c", script], { env }).trim().split("\n");
};
const fish = (line) =>
  output("fish", ["--no-config", "-c", `source ${usr}/share/fish/vendor_completions.d/touchstone.fish; complete -C '${line}'`], {
    env: { ...env, HOME: work },
  })
    .trim()
    .split("\n")
    .map((offered) => offered.split("\t")[0]);
// zsh completes in a terminal only: one of its own, which lists what there is.
const zsh = (line) => {
  const script = `
    zmodload zsh/zpty
    zpty shell 'TERM=dumb PS1= zsh -f -i'
    zpty -w shell 'fpath=(${usr}/share/zsh/vendor-completions $fpath); autoload compinit; compinit -u -D; unsetopt zle_bracketed_paste list_ambiguous; LISTMAX=10000; stty columns 500 rows 500; bindkey "^I" list-choices; PS1=; echo ready'
    zpty -r -m shell out '*ready*ready*'
    zpty -w -n shell $'${line}\\t'
    sleep 1.5
    zpty -w -n shell $'\\C-uecho finished\\n'
    zpty -r -m shell out '*finished*finished*'
    print -r -- $out`;
  return output("zsh", ["-f", "-c", script], { env: { ...env, HOME: work } });
};

test("bash completes commands, options, words and files", () => {
  assert.deepEqual(bash("touchstone ").filter((word) => !/^-|help/.test(word)), wordsOf());
  assert.deepEqual(bash("touchstone keys "), wordsOf("keys"));
  for (const command of commands()) assert.deepEqual(bash(`touchstone ${command} --`), options(command));
  assert.deepEqual(bash("touchstone verify --alg ES"), ["ES256", "ES384", "ES512", "ES256K"]);
  assert.deepEqual(bash("touchstone verify --alg=ES"), bash("touchstone verify --alg ES"));
  assert.deepEqual(bash(`touchstone verify --jwks ${example}/jw`), [`${example}/jwks.json`]);
  assert.deepEqual(bash(`touchstone audit ${example}/jw`), [`${example}/jwks.json`]);
  assert.deepEqual(bash("touchstone verify --issuer h"), [""]);
  assert.deepEqual(bash(`touchstone fetch ${example}/jw`), [""]);
});

test("fish does the same", () => {
  assert.deepEqual(fish("touchstone ").filter((word) => word !== "help").sort(), wordsOf().sort());
  for (const command of commands()) assert.deepEqual(fish(`touchstone ${command} --`).sort(), options(command).sort());
  assert.deepEqual(fish("touchstone verify --alg ES").sort(), ["ES256", "ES256K", "ES384", "ES512"]);
});

test("zsh does the same", () => {
  const offered = zsh("touchstone ");
  for (const word of wordsOf()) assert.match(offered, new RegExp(`^${word} +-- `, "m"));
  const long = zsh("touchstone verify --");
  for (const option of options("verify")) assert.match(long, new RegExp(`(^|\\s)${option} +-- `, "m"));
  assert.match(zsh("touchstone verify --alg ES"), /ES256 +ES256K +ES384 +ES512/);
});

test("dpkg removes them without a trace", () => {
  const { status, stderr } = dpkg("--purge", ...names);
  assert.equal(status, 0, stderr);
  assert.equal(existsSync(lib), false);
  assert.equal(existsSync(join(usr, "bin")), false);
});
