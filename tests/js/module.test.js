import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { init } from "touchstone/module";
import { core } from "../../dist/internals.js";
import { fileOf, rawVerdict, read, signers } from "./support.mjs";

const bytes = readFileSync(fileOf("dist/core.wasm"));
const module = new WebAssembly.Module(bytes);

describe("the module", () => {
  test("imports nothing", () => assert.deepEqual(WebAssembly.Module.imports(module), []));

  test("exports what exports.txt lists, and the linker's two", () => {
    const listed = [...read("wasm/exports.txt").matchAll(/^core\s+(\w+)\s+\S/gm)].map(([, name]) => name);
    assert.ok(listed.length >= 20);
    const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
    assert.deepEqual(exported.sort(), [...listed, "_initialize", "memory"].sort());
  });

  test("is the one that is inlined, once", () => {
    const scripts = readdirSync(fileOf("dist"), { recursive: true }).filter((file) => file.endsWith(".js"));
    const text = scripts.map((file) => read(`dist/${file}`)).join("");
    assert.equal(text.split(bytes.toString("base64")).length, 2);
  });

  test("has the package's version", async () => {
    await init(module);
    const { wasm, bytes: memory } = core();
    const address = wasm.touchstone_version();
    const version = Buffer.from(memory.subarray(address, memory.indexOf(0, address))).toString();
    assert.equal(version, JSON.parse(read("package.json")).version);
  });
});

describe("a bare signature", () => {
  const message = Buffer.from("message");
  for (const { alg, jwk, sign } of signers) {
    test(alg, () => {
      const signature = Buffer.from(sign(message));
      assert.equal(rawVerdict(alg, message, signature, jwk), "valid");
      signature[signature.length - 1] ^= 1;
      assert.equal(rawVerdict(alg, message, signature, jwk), "signature_invalid");
      assert.equal(rawVerdict(alg, message, signature.subarray(1), jwk), "signature_length_invalid");
    });
  }
});
