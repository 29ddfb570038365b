// The README's examples run as pasted, and say what their comments say.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "node:test";

const root = fileURLToPath(new URL("../..", import.meta.url));

const examples = [...readFileSync(`${root}/README.md`, "utf8").matchAll(/```js\n([^]*?)```/g)].map(([, text]) => text);

/** The example's provider and its token: what the reader has of their own. */
const world = `
import { readFileSync } from "node:fs";
const read = (name) => readFileSync("tests/vectors/example/" + name, "utf8");
const token = read("token.jwt").trim();
const documents = {
  "https://id.example/.well-known/openid-configuration": () =>
    JSON.stringify({ issuer: "https://id.example", jwks_uri: "https://id.example/keys" }),
  "https://id.example/keys": () => read("jwks.json"),
};
globalThis.fetch = async (url) => new Response(documents[url]());
`;

for (const [position, given] of ["", world, ""].entries()) {
  test(`the README's JavaScript example ${position + 1}`, () => {
    const example = examples[position];
    const promised = [...example.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
    // From standard input in the package's folder, so that "touchstone" is the package itself.
    const input = given + example;
    const run = spawnSync(process.execPath, ["--input-type=module"], { cwd: root, input, encoding: "utf8" });
    assert.equal(run.stderr, "");
    assert.deepEqual(run.stdout.trim().split("\n"), promised);
  });
}

test("there is no other", () => assert.equal(examples.length, 3));
