// One table of requests, and every adapter in its own framework answers it alike.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { requests, secrets } from "./requests.mjs";
import { servers, told } from "./servers.mjs";

for (const [name, start] of Object.entries(servers)) {
  describe(name, () => {
    let server;
    before(async () => {
      server = await start();
    });
    after(() => server.stop());

    for (const [what, path, authorization, expected, more] of requests) {
      test(what, { timeout: 10_000 }, async () => {
        if (server.sendsOneField && authorization.length > 1) return;
        told.length = 0;
        const { status, headers, text } = await server.ask(path, authorization, more);
        assert.equal(status, expected.status);
        if (expected.body) assert.deepEqual(JSON.parse(text), expected.body);
        if (status !== 200) {
          const answer = `${text}\n${JSON.stringify([...headers])}`;
          for (const secret of secrets) assert.ok(!answer.includes(secret), `${secret}: ${answer}`);
        }
        if (status !== 200 && status !== 500) {
          assert.equal(headers.get("www-authenticate") ?? undefined, expected.challenge);
          assert.equal(headers.get("retry-after") ?? undefined, expected.retryAfter);
          assert.equal(headers.get("cache-control"), "no-store");
          assert.match(headers.get("content-type"), /^application\/json/);
        }
        if (!expected.reason || server.tellsNothing) return;
        assert.deepEqual(told.map(({ error }) => [error.constructor.name, error.reason]), [["TouchstoneError", expected.reason]]);
        assert.ok(told[0].request);
      });
    }
  });
}
