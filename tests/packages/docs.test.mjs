// The references: they are written without a warning, and say of each error what it means.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const words = (html) => html.replace(/<[^>]*>/g, "").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

test("npm run docs writes them without a warning", () => {
  execFileSync("node", ["js/tools/docs.mjs"], { cwd: root, encoding: "utf8" }); // throws on a warning
  const rows = [...read("core/include/touchstone/errors.def").matchAll(/^TOUCHSTONE_ERROR\((\d+), (\w+), (\w+), .*"(.*)"\)$/gm)];
  assert.ok(rows.length > 90);
  const c = words(read("build/docs/native/html/touchstone_8h.html"));
  const cpp = words(read("build/docs/native/html/classtouchstone_1_1Error.html"));
  for (const [, , id, ID, message] of rows) {
    assert.ok(c.includes(`TOUCHSTONE_${ID}`) && c.includes(message), ID);
    assert.ok(cpp.includes(id) && cpp.includes(message), id);
  }
  for (const name of ["touchstone_verify", "touchstone_key_set_parse", "touchstone_key_set_cache_request"]) {
    assert.ok(c.includes(`${name} (`), name);
  }
  assert.match(read("build/docs/js/functions/api.verify.html"), /verify/);
});
