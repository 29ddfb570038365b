import assert from "node:assert/strict";
import { test } from "node:test";
import "touchstone";
import { core } from "../../dist/internals.js";
import { errorTable, read } from "./support.mjs";

const { wasm } = core();
const textAt = (address) => {
  const bytes = new Uint8Array(wasm.memory.buffer);
  return new TextDecoder().decode(bytes.subarray(address, bytes.indexOf(0, address)));
};
const rowOf = (number) => ({
  number,
  reason: textAt(wasm.touchstone_error_reason(number)),
  code: textAt(wasm.touchstone_error_code(number)),
  section: textAt(wasm.touchstone_error_section(number)),
  message: textAt(wasm.touchstone_error_message(number)),
});

test("the module's table is errors.def, row by row, and has no other row", () => {
  assert.ok(errorTable.length > 70);
  const rows = [];
  for (let number = 0; number <= 65_535; number++) {
    const row = rowOf(number);
    if (row.reason !== "") rows.push(row);
    else assert.deepEqual(row, { number, reason: "", code: "", section: "", message: "" });
  }
  assert.deepEqual(rows, errorTable.map(({ id, ...row }) => row));
});

test("numbers, ids and spellings are unique", () => {
  for (const column of ["number", "reason", "id"]) {
    assert.equal(new Set(errorTable.map((row) => row[column])).size, errorTable.length);
  }
  for (const { reason, id } of errorTable) assert.equal(reason.toUpperCase(), id);
});

test("the published types are the table's columns", () => {
  const types = read("dist/generated/errors.d.ts");
  const members = (name) =>
    [...types.match(new RegExp(`type ${name} =([^;]*);`))[1].matchAll(/"(\w+)"/g)].map(([, member]) => member);
  assert.deepEqual(members("ErrorReason"), errorTable.map(({ reason }) => reason));
  assert.deepEqual(members("ErrorCode"), [...new Set(errorTable.map(({ code }) => code))]);
});

test("the numbers that JavaScript has to know are their rows'", () => {
  const [, list] = read("js/src/instance.ts").match(/const rows = \{([^}]*)\};/);
  const known = [...list.matchAll(/(\w+): (\d+),/g)];
  assert.ok(known.length > 0);
  for (const [, reason, number] of known) assert.equal(rowOf(Number(number)).reason, reason);
});
