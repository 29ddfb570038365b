// What the README and the guides say is so: their JavaScript runs, their links lead somewhere, the tests that they name
// exist. A block marked `js` runs to its end and prints what its comments say; `js worker` and `js route`
// export a handler, `js server` listens, and all let in who has the token; `js before` is another library's, and only parsed.
import assert from "node:assert/strict";
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = join(root, "build", "docs");
const read = (file) => readFileSync(join(root, file), "utf8");
const filesIn = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name) && !/node_modules/.test(entry.parentPath ?? entry.path))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length));
const guides = ["js/docs", "native/docs", "core/docs"].flatMap((folder) => filesIn(folder, /\.md$/));
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...guides];

// Examples import the package and the frameworks by their names.
rmSync(work, { recursive: true, force: true });
mkdirSync(join(work, "node_modules"), { recursive: true });
symlinkSync(root, join(work, "node_modules", "touchstone"));
const frameworks = join(root, "tests", "middleware", "node_modules");
for (const name of existsSync(frameworks) ? readdirSync(frameworks) : []) {
  if (!/^[.@]/.test(name)) symlinkSync(join(frameworks, name), join(work, "node_modules", name));
}
const world = join(root, "tests", "docs", "world.mjs");

const blocksOf = (page) =>
  [...read(page).matchAll(/^```js *(\w*)\n([^]*?)^```$/gm)].map(([, kind, code], index) => {
    const file = join(work, `${page.replaceAll("/", "-").replace(/\.md$/, "")}-${index + 1}.mjs`);
    writeFileSync(file, code);
    return { kind, code, file, name: `${page}, block ${index + 1}` };
  });

const preloaded = { execArgv: ["--import", pathToFileURL(world).href], cwd: root };

/** What comments beside console.log() say that it prints. */
const printed = (code) => [...code.matchAll(/console\.log\(.*\);? \/\/ (.*)$/gm)].map(([, text]) => text);

const play = {
  before: ({ file }) => assert.equal(spawnSync(process.execPath, ["--check", file]).status, 0),

  ""({ code, file, name }) {
    const env = { ...process.env, ...(/\blocation\b/.test(code) ? { DOCS_LOCATION: "https://app.example/" } : {}) };
    const { status, stdout, stderr } = spawnSync(process.execPath, [...preloaded.execArgv, file], { cwd: root, env, encoding: "utf8" });
    assert.equal(status, 0, `${name}\n${stderr}`);
    const expected = printed(code);
    if (expected.length) assert.deepEqual(stdout.trim().split("\n"), expected);
  },

  async worker({ code, file }) {
    const child = fork(world, { ...preloaded, execArgv: [] });
    try {
      await once(child, "message");
      child.send({ module: pathToFileURL(file).href });
      const [{ good, none }] = await once(child, "message");
      assert.equal(good.status, 200, good.text);
      assert.match(good.text, /ada/);
      if (/401|bearerAuth/.test(code)) assert.equal(none.status, 401);
    } finally {
      child.kill();
    }
  },

  async server({ file }) {
    const child = fork(file, preloaded);
    try {
      const told = {};
      while (!(told.token && told.port)) Object.assign(told, (await once(child, "message"))[0]);
      const ask = (headers) => fetch(`http://127.0.0.1:${told.port}/`, { headers });
      const good = await ask({ Authorization: `Bearer ${told.token}` });
      assert.equal(good.status, 200);
      assert.match(await good.text(), /ada/);
      assert.equal((await ask({})).status, 401);
    } finally {
      child.kill();
    }
  },
};

play.route = play.worker;

for (const page of pages) {
  describe(page, () => {
    for (const block of blocksOf(page)) test(block.name, { timeout: 30_000 }, () => play[block.kind](block));

    test("links lead somewhere", () => {
      const anchor = (heading) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
      for (const [, link] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [path, fragment] = link.split("#");
        const target = path ? resolve(root, dirname(page), path) : join(root, page);
        assert.ok(existsSync(target), `${link} is not there`);
        if (!fragment) continue;
        const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchor(text));
        assert.ok(headings.includes(fragment), `${link}: no such heading`);
      }
    });
  });
}

test("every guide is linked from the README", () => {
  for (const guide of guides) assert.ok(read("README.md").includes(`(${guide})`), guide);
});

test("the tests that the security model names exist", () => {
  const sources = filesIn("tests", /\.(cpp|mjs|js)$/).map((file) => [file, read(file)]);
  const names = [...read("core/docs/security-model.md").matchAll(/\| `([^`]+)` \|$/gm)].map(([, name]) => name);
  assert.ok(names.length >= 25);
  for (const name of names) {
    assert.ok(sources.some(([file, text]) => file === name || text.includes(`"${name}"`)), `no test is called ${name}`);
  }
});
