import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { HttpGetError, httpGet } from "../../dist/internals.js";

const text = (body) => new TextDecoder().decode(body);
const limits = { timeout: 5, maxSize: 1000 };

let origin;
let asked = [];
const routes = {
  "/set": (request, response) => response.writeHead(200, { ETag: '"1"', "Cache-Control": "max-age=60" }).end('{"keys":[]}'),
  "/304": (request, response) => response.writeHead(304, { ETag: '"1"' }).end(),
  "/404": (request, response) => response.writeHead(404).end("not here"),
  "/once": (request, response) => response.writeHead(302, { Location: "/set" }).end("moved"),
  "/thrice": (request, response) => response.writeHead(307, { Location: "/twice" }).end(),
  "/twice": (request, response) => response.writeHead(308, { Location: "once" }).end(),
  "/loop": (request, response) => response.writeHead(301, { Location: "/loop" }).end(),
  "/away": (request, response) => response.writeHead(302, { Location: "http://localhost.localhost/set" }).end(),
  "/file": (request, response) => response.writeHead(302, { Location: "file:///etc/hostname" }).end(),
  "/nowhere": (request, response) => response.writeHead(302).end("no Location"),
  "/large": (request, response) => response.end("x".repeat(100_000)),
  "/endless": (request, response) => {
    const write = () => void (response.destroyed || setImmediate(write) && response.write("x".repeat(10_000)));
    write();
  },
  "/bomb": (request, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync(Buffer.alloc(50 << 20))),
  "/silent": () => {},
  "/drip": (request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
  },
  "/cut": (request, response) => {
    response.writeHead(200, { "Content-Length": "100" }).write("x");
    setTimeout(() => response.destroy(), 20);
  },
};
const server = createServer((request, response) => {
  asked.push(request);
  routes[request.url](request, response);
});
before(() => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve)).then(() => {
  origin = `http://127.0.0.1:${server.address().port}`;
}));
after(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path, options, fields = []) => {
  asked = [];
  return httpGet(origin + path, fields, { ...limits, ...options });
};
const refusal = async (path, options) => {
  const error = await get(path, options).then(() => assert.fail(`${path} was answered`), (error) => error);
  assert.ok(error instanceof HttpGetError, String(error));
  return error.reason;
};

test("a document, its status and its fields; what is asked is sent and no more", async () => {
  const { status, fields, body } = await get("/set", {}, [["Accept", "application/json"], ["If-None-Match", '"1"']]);
  assert.equal(status, 200);
  assert.equal(text(body), '{"keys":[]}');
  assert.deepEqual(fields.filter(([name]) => name === "etag" || name === "cache-control"), [["cache-control", "max-age=60"], ["etag", '"1"']]);
  assert.equal(asked[0].headers.accept, "application/json");
  assert.equal(asked[0].headers["if-none-match"], '"1"');
  assert.equal(asked[0].headers.cookie ?? asked[0].headers.authorization, undefined);
});

test("any status is an answer; only 200 has a body", async () => {
  for (const [path, status] of [["/304", 304], ["/404", 404], ["/nowhere", 302]]) {
    const response = await get(path);
    assert.equal(response.status, status);
    assert.equal(response.body.length, 0);
  }
});

test("three redirects within the origin are followed, and no fourth", async () => {
  assert.equal(text((await get("/thrice")).body), '{"keys":[]}');
  assert.equal(asked.length, 4);
  assert.equal(await refusal("/loop"), "fetch_failed");
  assert.equal(asked.length, 4);
});

test("a redirect to another origin or scheme is refused and not followed", async () => {
  assert.equal(await refusal("/away"), "fetch_insecure");
  assert.equal(await refusal("/file"), "fetch_insecure");
  assert.equal(asked.length, 1);
});

test("http: is for loopback, unless it is allowed; other schemes and credentials are refused", async () => {
  const wanted = [];
  const fetch = async (url) => (wanted.push(url), new Response("{}"));
  const reasonOf = (url, options) => httpGet(url, [], { ...limits, fetch, ...options }).then(() => "answered", ({ reason }) => reason);
  for (const url of ["http://id.example/", "http://10.0.0.1/", "http://localhost.example/", "http://127.0.0.1.example/",
    "ftp://id.example/", "file:///etc/hostname", "data:,{}", "https://u:p@id.example/", "https://u@id.example/"]) {
    assert.equal(await reasonOf(url), "fetch_insecure", url);
  }
  assert.equal(await reasonOf("not a URL"), "fetch_failed");
  assert.equal(await reasonOf("ftp://id.example/", { allowHttp: true }), "fetch_insecure");
  assert.deepEqual(wanted, []);
  for (const url of ["https://id.example/", "http://127.9.9.9/", "http://[::1]/", "http://localhost/", "http://a.localhost/"]) {
    assert.equal(await reasonOf(url), "answered", url);
  }
  assert.equal(await reasonOf("http://id.example/", { allowHttp: true }), "answered");
});

test("a body is read to its limit and one byte, however much there is", async () => {
  for (const path of ["/large", "/endless", "/bomb"]) {
    assert.equal((await get(path)).body.length, 1001, path);
  }
  assert.equal((await get("/large", { maxSize: 100_000 })).body.length, 100_000);
  assert.equal((await get("/large", { maxSize: 99_999 })).body.length, 100_000);
});

test("the time is for all of it: a silent server, a dripping one, a fetch that does not listen", async () => {
  const never = () => new Promise(() => {});
  for (const [path, options] of [["/silent"], ["/drip"], ["/set", { fetch: never }]]) {
    const since = performance.now();
    assert.equal(await refusal(path, { timeout: 0.2, ...options }), "fetch_timed_out", path);
    const took = performance.now() - since;
    assert.ok(took > 150 && took < 2000, `${took} ms`);
  }
});

test("a body that is cut off and a port where nobody listens are failures", async () => {
  assert.equal(await refusal("/cut"), "fetch_failed");
  const closed = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => closed.once("listening", resolve));
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(httpGet(`http://127.0.0.1:${port}/`, [], limits), { reason: "fetch_failed" });
});

test("an abort is the caller's own error", async () => {
  const reason = new Error("enough");
  await assert.rejects(get("/set", { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(asked.length, 0);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(get("/silent", { signal: controller.signal }), reason);
});

test("fetch is given what its runtime knows, and no conditions in a browser", async () => {
  const inits = [];
  const fetch = async (url, init) => (inits.push(init), new Response("{}"));
  const fields = [["Accept", "application/json"], ["If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"]];
  const { Request: Known } = globalThis;
  await httpGet("https://id.example/", fields, { ...limits, fetch });
  try {
    globalThis.Request = class {};
    await httpGet("https://id.example/", fields, { ...limits, fetch });
    globalThis.Request = Known;
    globalThis.location = { origin: "https://app.example" };
    await httpGet("https://id.example/", fields, { ...limits, fetch });
  } finally {
    globalThis.Request = Known;
    delete globalThis.location;
  }
  assert.deepEqual(inits.map(({ signal, ...init }) => init), [
    { redirect: "manual", credentials: "omit", headers: fields },
    { redirect: "manual", headers: fields },
    { redirect: "manual", credentials: "omit", cache: "no-cache", headers: [fields[0]] },
  ]);
  const hidden = Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
  await assert.rejects(httpGet("https://id.example/", [], { ...limits, fetch: async () => hidden }), { reason: "fetch_failed" });
});
