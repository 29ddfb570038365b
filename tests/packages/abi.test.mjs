// The binary interface against the recorded one: there is no release yet, so the record stands for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, describe, recorded, verdict, version } from "./abi.mjs";

test("the binary interface is the recorded one", () => {
  const { version: of, lines } = recorded();
  assert.equal(verdict(compare(lines, describe()), of), "");
});

test("the record is of this version or an earlier one", () => {
  const number = (text) => text.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  assert.ok(number(recorded().version) <= number(version()));
});

test("a change is told with what it means", () => {
  const { lines } = recorded();
  const without = (pattern) => lines.filter((line) => !pattern.test(line));
  assert.match(verdict(compare(lines, without(/touchstone_verify$/)), "0.1.0"), /gone.*\n.*touchstone_verify\nPrograms built with 0\.1\.0 would break/);
  const moved = lines.map((line) => line.replace(/^(touchstone::Url at +)24:/, "$1 99:"));
  assert.match(verdict(compare(lines, moved), "0.1.0"), /would break/);
  // A program that was compiled without a member does not set it.
  assert.match(verdict(compare(without(/Expectations at .* ignore_kid$/), lines), "0.1.0"), /ignore_kid\n.*would break/);
  assert.match(verdict(compare(without(/touchstone_verify$/), lines), "0.1.0"), /^new:\n.*touchstone_verify\nPrograms go on/);
});
