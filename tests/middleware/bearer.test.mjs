// What the adapters share, where no request of the table shows it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVerifier, TouchstoneError } from "../../dist/index.js";
import { bearerAuth as forExpress } from "../../dist/middleware/express.js";
import { bearerAuth as forFastify, jwtOf } from "../../dist/middleware/fastify.js";
import { bearerAuth, BearerError } from "../../dist/middleware/fetch.js";
import { bearerAuth as forHono } from "../../dist/middleware/hono.js";
import { claims, currentDate, errorTable, jwksOf, jwtOf as signed, refusal } from "../js/support.mjs";

const policy = { jwks: jwksOf("ES256"), issuer: claims.iss, audience: "api", currentDate };
const good = signed("ES256");
const requestWith = (authorization) => new Request("https://api.example/", { headers: authorization ? { authorization } : {} });
const rejection = (promise) => promise.then(() => assert.fail("it was let in"), (error) => error);

/** Refuses every token with one error. */
const refusing = (error) => ({ verify: () => Promise.reject(error) });

describe("options", () => {
  const refused = {
    scope: [null, "", [], [""], "read  write", " read", 'a"b', "a\\b", "\u00e9", "a\nb", 5, [5], ["a", null], {}],
    realm: [null, 5, "a\r\nSet-Cookie: x", "\u00e9", "\0", ["api"]],
    resourceMetadata: [null, 5, "", "/metadata", "ftp://api.example/", "javascript:alert(1)", {}],
    optional: [null, 0, "true", () => true],
    getToken: [null, "cookie", {}],
    onError: [null, "log", {}],
    unknown: [undefined, 1],
  };
  for (const [name, values] of Object.entries(refused)) {
    test(`${name} that is none`, () => {
      for (const adapter of [bearerAuth, forHono, forExpress, forFastify]) {
        for (const value of values) {
          const { reason, detail } = refusal(() => adapter(policy, { [name]: value }));
          assert.deepEqual([reason, detail.member], ["option_invalid", name], String(value));
        }
      }
    });
  }

  test("those of the verifier are read at once", () => {
    for (const keys of [undefined, null, {}, { ...policy, audience: undefined }, { ...policy, algorithm: "ES256" }]) {
      assert.equal(refusal(() => bearerAuth(keys)).reason, "option_invalid");
    }
    assert.equal(refusal(() => bearerAuth(policy, new Map())).reason, "option_invalid");
  });

  test("a realm cannot leave its quotation marks", async () => {
    const { headers } = await rejection(bearerAuth(policy, { realm: 'a", error="x' })(requestWith()));
    assert.equal(headers["WWW-Authenticate"], 'Bearer realm="a\\", error=\\"x"');
  });

  test("the URL of the metadata is written as URLs are", async () => {
    for (const resourceMetadata of ['https://api.example/a"b\u00e9', new URL('https://api.example/a"b\u00e9')]) {
      const { headers } = await rejection(bearerAuth(policy, { resourceMetadata })(requestWith()));
      assert.equal(headers["WWW-Authenticate"], 'Bearer resource_metadata="https://api.example/a%22b%C3%A9"');
    }
  });
});

describe("each row of errors.def", () => {
  /**
   * Below 500 and 602 the token was judged; the set, its metadata and its fetching are the provider's; 5xx and 601
   * ours. Those of an issuer, from 700 on, would reach a verifier that asks one for its keys: they are not there, either.
   */
  const ofProvider = /^(jwks_(malformed|too_large|too_deep|contains_private_key|uri_invalid|no_usable_keys|cooling_down|not_ready)|metadata_.*|private_address|fetch_.*|content_type_mismatch|snapshot_invalid)$/;
  const ofServer = ["option_invalid", "out_of_memory", "jwk_malformed", "issuer_invalid"];
  for (const row of errorTable) {
    test(row.reason, async () => {
      const error = new TouchstoneError({ ...row, message: "only for logs" });
      const told = [];
      const rejected = await rejection(bearerAuth(refusing(error), { onError: (...all) => told.push(all) })(requestWith("Bearer x")));
      if (ofServer.includes(row.reason)) {
        assert.equal(rejected, error);
        assert.deepEqual(told, []);
        return;
      }
      assert.equal(rejected.status, ofProvider.test(row.reason) || row.number >= 700 ? 503 : 401);
      assert.equal(rejected.cause, error);
      assert.equal(told[0][0], error);
      assert.ok(!JSON.stringify([rejected.headers, rejected.body]).includes(row.reason));
    });
  }
});

describe("what is the server's own fault", () => {
  const fault = new TypeError("this KeySet was disposed of");

  test("is passed on", async () => {
    const onError = () => assert.fail("it is no refusal");
    assert.equal(await rejection(bearerAuth(refusing(fault), { onError })(requestWith("Bearer x"))), fault);
    let passedOn;
    await forExpress(refusing(fault))({ headers: { authorization: "Bearer x" } }, {}, (error) => (passedOn = error));
    assert.equal(passedOn, fault);
    const request = { headers: { authorization: "Bearer x" }, raw: {} };
    assert.equal(await rejection(forFastify(refusing(fault))(request, {})), fault);
    const context = { req: { raw: requestWith("Bearer x") } };
    assert.equal(await rejection(forHono(refusing(fault))(context, assert.fail)), fault);
  });

  test("a log that fails lets nobody in", async () => {
    for (const onError of [() => { throw fault; }, async () => { throw fault; }]) {
      assert.equal(await rejection(bearerAuth(policy, { onError })(requestWith("Bearer x"))), fault);
    }
  });
});

describe("BearerError", () => {
  test("gives an answer that can be sent each time", async () => {
    const error = await rejection(bearerAuth(policy)(requestWith("Bearer x")));
    assert.ok(error instanceof BearerError && error instanceof Error);
    assert.equal(error.name, "BearerError");
    for (let time = 0; time < 2; time++) {
      const { response } = error;
      assert.equal(response.status, 401);
      assert.equal(await response.text(), '{"error":"invalid_token"}');
    }
  });

  test("holds neither the token nor its claims", async () => {
    const token = signed("ES256", { ...claims, aud: "other-audience", email: "ada@id.example" });
    const error = await rejection(bearerAuth(policy)(requestWith(`Bearer ${token}`)));
    const { inspect } = await import("node:util");
    const logged = inspect(error, { depth: 9 });
    assert.match(logged, /audience_mismatch/);
    for (const secret of [token, token.split(".")[1], "other-audience", "ada@id.example"]) assert.ok(!logged.includes(secret), logged);
  });
});

describe("what goes along with a request", () => {
  const recording = () => {
    const calls = [];
    const { verify } = createVerifier(policy);
    return { calls, verify: (jwt, call) => (calls.push(call), verify(jwt)) };
  };
  const waitUntil = () => {};

  test("fetch: as it is given", async () => {
    const verifier = recording();
    await bearerAuth(verifier)(requestWith(`Bearer ${good}`), { waitUntil });
    assert.deepEqual(verifier.calls, [{ waitUntil }]);
  });

  test("Hono: its ExecutionContext, where there is one", async () => {
    const { Hono } = await import("hono");
    const verifier = recording();
    const app = new Hono().get("/", forHono(verifier), (c) => c.text(c.get("jwt").payload.sub));
    const waited = [];
    const context = { waitUntil: (promise) => waited.push(promise), passThroughOnException() {} };
    assert.equal(await (await app.fetch(requestWith(`Bearer ${good}`), {}, context)).text(), "ada");
    assert.equal(await (await app.fetch(requestWith(`Bearer ${good}`))).text(), "ada");
    const [inWorkers, elsewhere] = verifier.calls;
    const promise = Promise.resolve();
    inWorkers.waitUntil(promise);
    assert.deepEqual(waited, [promise]);
    assert.equal(elsewhere, undefined);
  });
});

describe("Node's requests", () => {
  const let_in = async (request) => {
    const response = { setHeader() {}, end() {} };
    let passed = false;
    await forExpress(policy)(request, response, () => (passed = true));
    return passed ? request.jwt.payload.sub : response.statusCode;
  };
  test("a field that an earlier handler set", async () => {
    assert.equal(await let_in({ headers: { authorization: `Bearer ${good}` }, rawHeaders: ["Cookie", `token=${good}`] }), "ada");
    assert.equal(await let_in({ headers: { authorization: `Bearer ${good}` }, rawHeaders: ["Authorization", "Basic YTpi"] }), "ada");
    assert.equal(await let_in({ headers: {}, rawHeaders: ["Authorization", `Bearer ${good}`] }), 401);
  });
  test("fields in an array, as wrappers have them", async () => {
    assert.equal(await let_in({ headers: { authorization: [`Bearer ${good}`] } }), "ada");
    assert.equal(await let_in({ headers: { authorization: [] } }), 401);
    assert.equal(await let_in({ headers: { authorization: [`Bearer ${good}`, `Bearer ${good}`] } }), 400);
  });
  test("a value that looks like the name", async () => {
    const rawHeaders = ["X-First", "Authorization", "Authorization", `Bearer ${good}`, "X-Last", "authorization"];
    assert.equal(await let_in({ headers: { authorization: `Bearer ${good}` }, rawHeaders }), "ada");
  });
});

test("jwtOf() of a request that nobody let in", () => {
  assert.throws(() => jwtOf({}), { name: "TypeError", message: /is bearerAuth\(\) a hook of its route/ });
});
