// What happens when memory cannot grow: here it is the module's own limit, elsewhere the runtime's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createVerifier, init, KeySet, TouchstoneError, verifyJwsSync, verifySync } from "touchstone/module";
import { core } from "../../dist/internals.js";
import { currentDate, fileOf, jwksOf, jwtOf, refusal } from "./support.mjs";

/** The same module, with no more memory than it starts with and one page. */
function withLittleMemory(bytes) {
  const number = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return [value, at];
    }
  };
  const leb = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]);
  for (let at = 8; at < bytes.length; ) {
    const [size, body] = number(at + 1);
    if (bytes[at] === 5) {
      const [initial] = number(body + 2); // after the count of memories and the flags
      const section = [1, 1, ...leb(initial), ...leb(initial + 1)];
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([5, section.length, ...section]), bytes.subarray(body + size)]);
    }
    at = body + size;
  }
}

await init(withLittleMemory(readFileSync(fileOf("dist/core.wasm"))));

const jwks = jwksOf("ES256");
const good = jwtOf("ES256");
const accept = () => assert.equal(verifySync(good, jwks, { currentDate }).payload.sub, "ada");
const isRefused = (call) => {
  const error = refusal(call);
  assert.ok(error instanceof TouchstoneError);
  assert.deepEqual(
    [error.reason, error.code, error.message],
    ["out_of_memory", "ERR_TOUCHSTONE_OUT_OF_MEMORY", "memory for the input could not be had"],
  );
  return error;
};

test("a text that has no room is refused, and the instance works on", () => {
  const instance = core();
  const large = " ".repeat(6 << 20);
  isRefused(() => KeySet.parse(large, { maxSize: 8 << 20 }));
  isRefused(() => verifySync(large, jwks, { maxTokenSize: 8 << 20 }));
  isRefused(() => verifyJwsSync(good, jwks, { payload: new Uint8Array(6 << 20) }));
  accept();
  assert.equal(core(), instance);
});

test("a text that can be placed and not be read costs the instance, and nothing else", () => {
  const keySet = KeySet.parse(jwks);
  const verifier = createVerifier({ jwks, issuer: "https://id.example", audience: "api", currentDate });
  const instance = core();
  // A JSON value takes many times the two bytes of its text.
  const swelling = `{"x":[${"1,".repeat(400_000)}1],"keys":[]}`;
  for (let i = 0; i < 3; i++) {
    const { cause } = isRefused(() => KeySet.parse(swelling));
    assert.ok(cause instanceof WebAssembly.RuntimeError);
    accept();
    assert.notEqual(core(), instance);
    assert.equal(keySet.verifySync(good, { currentDate }).payload.sub, "ada");
    assert.equal(keySet.keys.length, 1);
    assert.equal(verifier.verifySync(good).payload.sub, "ada");
  }
  keySet.dispose();
});

test("an instance that was given up is not called again", () => {
  const keySet = KeySet.parse(jwks);
  const instance = core();
  isRefused(() => KeySet.parse(`{"x":[${"2,".repeat(400_000)}2],"keys":[]}`));
  let calls = 0;
  instance.wasm = { ...instance.wasm, touchstone_key_set_free: () => calls++ };
  keySet.dispose();
  assert.equal(calls, 0);
});

test("no sequence of them wears the library out", () => {
  for (let i = 0; i < 50; i++) {
    isRefused(() => KeySet.parse(`{"x":[${"1,".repeat(400_000 + i)}1],"keys":[]}`));
    accept();
  }
});
