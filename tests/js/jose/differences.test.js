import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { claims, read } from "../support.mjs";
import { more, otherwise, stricter } from "./differences.mjs";
import { jose, jwkOf, jwsOf, ours, outcome, verdict } from "./support.mjs";

const page = read("js/docs/migrating-from-jose.md");

for (const { what, cases } of [...stricter, ...more, ...otherwise]) {
  describe(what, () => {
    for (const [name, call, theirs, mine] of cases) {
      test(name, async () => {
        assert.equal(verdict(await outcome(call, ours)), mine);
        assert.equal(verdict(await outcome(call, jose)), theirs, "jose's");
      });
    }
    test("is a difference", () => assert.ok(cases.some(([, , theirs, mine]) => theirs !== mine)));
  });
}

test("the migration page's example", async () => {
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwkOf("ES256")] })));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const [, example] = page.match(/^```js\n(.*?)^```$/ms);
    const text = example
      .replace('"touchstone/jose"', JSON.stringify(import.meta.resolve("touchstone/jose")))
      .replace("https://id.example/jwks", `http://127.0.0.1:${server.address().port}/jwks`);
    const { authenticate } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    const request = (token) => new Request("https://api.example/", { headers: { Authorization: `Bearer ${token}` } });
    const { exp, ...lasting } = claims;
    assert.equal((await authenticate(request(jwsOf("ES256", lasting)))).sub, "ada");
    await assert.rejects(authenticate(request(jwsOf("ES256", { ...lasting, aud: "x" }))), { claim: "aud" });
    await assert.rejects(authenticate(new Request("https://api.example/")), { code: "ERR_JWS_INVALID" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("the migration page lists these, and no others", () => {
  const rows = (all) => all.map(({ what, why }) => `| ${what} | ${why} |`).join("\n");
  const tables = page.matchAll(/^\| (?:What|Refused|Accepted)[^\n]* \| Why \|\n\| --- \| --- \|\n((?:\|.*\n)+)/gm);
  assert.deepEqual([...tables].map(([, table]) => table.trim()), [stricter, more, otherwise].map(rows));
});
