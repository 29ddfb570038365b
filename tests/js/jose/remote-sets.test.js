import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, mock, test } from "node:test";
import { now } from "../support.mjs";
import { agree, at, describedError, jose, jwkOf, jwsOf, ours } from "./support.mjs";

const url = new URL("https://id.example/jwks");
const es = { keys: [jwkOf("ES256")] };
const both = { keys: [jwkOf("ES256"), jwkOf("RS256")] };
const tokens = { ES256: jwsOf("ES256"), RS256: jwsOf("RS256"), HS256: jwsOf("HS256"), broken: "x" };

/** A provider, a clock and a set, and what becomes of each step. */
class World {
  constructor(m, options = {}) {
    this.m = m;
    this.log = [];
    this.requests = [];
    this.answer = () => Response.json(es);
    this.clock = now * 1000;
    this.set = m.createRemoteJWKSet(url, {
      ...options,
      [m.customFetch]: async (...args) => (this.requests.push(args), this.answer(...args)),
      ...(options.cache ? { [m.jwksCache]: options.cache } : {}),
    });
  }
  async step(name, call) {
    let what;
    try {
      what = await call();
    } catch (error) {
      what = describedError(error, this.m);
    }
    const { coolingDown, fresh, reloading } = this.set;
    this.log.push({ name, what, fetches: this.requests.length, coolingDown, fresh, reloading, jwks: this.set.jwks() });
  }
  verify(alg, options) {
    return this.step(`verify ${alg}`, async () => (await this.m.jwtVerify(tokens[alg], this.set,
      at(options))).key.algorithm.name);
  }
  reload() {
    return this.step("reload", () => this.set.reload());
  }
  pass(milliseconds) {
    this.clock += milliseconds;
    return this.step(`${milliseconds} ms pass`, () => undefined);
  }
}

/** The same scenario with both, each with its own world; no step takes any of the world's time. */
function scenario(name, options, run) {
  agree(name, async (m) => {
    const cache = options.cache && structuredClone(options.cache);
    let world;
    const clock = mock.method(Date, "now", () => world?.clock ?? now * 1000);
    try {
      world = new World(m, { ...options, cache });
      await run(world);
    } finally {
      clock.mock.restore();
    }
    return { log: world.log, cache };
  }, "accepted");
}

describe("createRemoteJWKSet: when it fetches", () => {
  scenario("once, when it is needed", {}, async (world) => {
    await world.pass(0);
    for (let i = 0; i < 3; i++) await world.verify("ES256");
  });
  for (const options of [{}, { cooldownDuration: 0 }, { cooldownDuration: 1000 }, { cooldownDuration: 60_000,
    cacheMaxAge: 1000 }, { cacheMaxAge: 0 },
    { cacheMaxAge: Infinity }, { cooldownDuration: Infinity }, { cooldownDuration: 0.5, cacheMaxAge: 100.5 },
      { cooldownDuration: "x", cacheMaxAge: null }]) {
    scenario(`a key that is missing, and time: ${JSON.stringify(options)}`, options, async (world) => {
      await world.verify("ES256");
      await world.verify("RS256"); // is missing
      for (const ms of [100, 901, 1, 28_998, 1, 570_000, 1, 1e12]) {
        await world.pass(ms);
        await world.verify("ES256");
        await world.verify("RS256");
      }
      world.answer = () => Response.json(both);
      await world.pass(31_000);
      await world.verify("RS256");
      await world.verify("ES256");
    });
  }
  scenario("a key that went away", {}, async (world) => {
    await world.verify("ES256");
    world.answer = () => Response.json({ keys: [jwkOf("RS256")] });
    await world.pass(599_999);
    await world.verify("ES256");
    await world.pass(1);
    await world.verify("ES256");
    await world.verify("RS256");
  });
  scenario("reload, cooldown or not", {}, async (world) => {
    for (let i = 0; i < 3; i++) await world.reload();
    await world.verify("ES256");
  });
  scenario("a provider that fails, and recovers", {}, async (world) => {
    world.answer = () => new Response(null, { status: 500 });
    await world.verify("ES256");
    await world.verify("ES256");
    world.answer = () => Promise.reject(new TypeError("fetch failed"));
    await world.reload();
    world.answer = () => Response.json(es);
    await world.verify("ES256");
    await world.pass(600_000);
    world.answer = () => new Response("x");
    await world.verify("ES256");
    await world.reload();
    world.answer = () => Response.json(es);
    await world.verify("ES256");
  });
  scenario("many at once, one fetch", {}, async (world) => {
    await world.step("all", () => Promise.all([world.set.reload(), ...Array.from({ length: 5 },
      () => world.m.jwtVerify(tokens.ES256, world.set, at()))]).then((all) => all.length));
    const pending = world.set.reload();
    await world.step("while one is under way", () => undefined);
    await pending;
    await world.step("after it", () => undefined);
  });
  // Where no request may wait for another's promise, each fetches; the set is that of the one that started last.
  for (const order of [[0, 1], [1, 0]]) {
    scenario(`in Workers each fetches for itself, ${order}`, {}, async (world) => {
      const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
      Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Cloudflare-Workers" }, configurable: true });
      try {
        const answers = [];
        world.answer = () => new Promise((resolve) => answers.push(resolve));
        const reloads = [world.set.reload(), world.set.reload()];
        await world.step("two are under way", () => undefined);
        for (const which of order) {
          answers[which](Response.json([es, both][which]));
          await reloads[which];
          await world.step(`${which} is over`, () => undefined);
        }
      } finally {
        if (navigator) Object.defineProperty(globalThis, "navigator", navigator);
        else delete globalThis.navigator;
      }
    });
  }
  scenario("by a function around it", {}, async (world) => {
    await world.step("verify", async () => (await world.m.jwtVerify(tokens.ES256, (...args) => world.set(...args),
      at())).key.algorithm.name);
    await world.step("directly", async () => (await world.set({ alg: "ES256", kid: "ES256" })).type);
    await world.step("none", () => world.set({ alg: "ES256", kid: "x" }));
    await world.pass(30_000);
    await world.step("none", () => world.set({ alg: "ES256", kid: "x" }));
  });
  scenario("a token that is broken or not allowed fetches nothing", {}, async (world) => {
    await world.verify("broken");
    await world.verify("ES256", { algorithms: ["RS256"] });
  });
  scenario("several keys match", {}, async (world) => {
    world.answer = () => Response.json({ keys: [jwkOf("ES256"), jwkOf("ES256")] });
    await world.verify("ES256");
    await world.pass(30_001);
    await world.verify("ES256");
  });
});

describe("createRemoteJWKSet: what it fetches", () => {
  for (const [name, answer] of Object.entries({
    "no JSON": () => new Response("{"),
    "an empty body": () => new Response(""),
    "null": () => Response.json(null),
    "no set": () => Response.json({ x: 1 }),
    "an array": () => Response.json([]),
    "keys no array": () => Response.json({ keys: {} }),
    "no keys": () => Response.json({ keys: [] }),
    "another media type": () => new Response(JSON.stringify(es), { headers: { "Content-Type": "text/html" } }),
    "status 204": () => new Response(null, { status: 204 }),
    "status 404": () => Response.json(es, { status: 404 }),
    "status 302 elsewhere": () => new Response(null, { status: 302, headers: { Location: "https://other.example/" } }),
    "more than the set": () => Response.json({ ...both, x: { y: [1] } }),
    "no Response, but what will do": () => ({ status: 200, json: async () => structuredClone(es) }),
    "no Response, and another status": () => ({ status: 500, headers: new Headers(), json: async () => es }),
    "an AbortError": () => Promise.reject(new DOMException("x", "AbortError")),
    "a TimeoutError": () => Promise.reject(new DOMException("x", "TimeoutError")),
    "a TypeError": () => Promise.reject(new TypeError("fetch failed")),
    "an error of its own": () => Promise.reject(new RangeError("x")),
  })) {
    scenario(name, {}, async (world) => {
      world.answer = answer;
      await world.verify("ES256");
      await world.reload();
    });
  }
  test("fetch's own error comes through", async () => {
    const thrown = new RangeError("x");
    for (const m of [ours, jose]) {
      const set = m.createRemoteJWKSet(url, { [m.customFetch]: () => Promise.reject(thrown) });
      await assert.rejects(set.reload(), (error) => error === thrown);
    }
  });
  agree("how it asks", async (m) => {
    const requests = [];
    const set = m.createRemoteJWKSet(new URL("https://id.example/a?b#c"), {
      headers: { "X-A": "1", "User-Agent": "me", Accept: "application/x" },
      [m.customFetch]: async (to, { headers, method, redirect, signal, ...others }) => {
        requests.push([to, [...headers], method, redirect, signal instanceof AbortSignal,
          headers instanceof Headers, others]);
        return Response.json(es);
      },
    });
    await set.reload();
    return requests;
  });
  agree("Accept by default", async (m) => {
    let accept;
    const set = m.createRemoteJWKSet(url,
      { [m.customFetch]: async (_, { headers }) => ((accept = headers.get("accept")), Response.json(es)) });
    await set.reload();
    return accept;
  });
});

describe("createRemoteJWKSet: jwksCache", () => {
  for (const [name, cache] of Object.entries({
    empty: {},
    fresh: { jwks: es, uat: now * 1000 - 1000 },
    "as old as may be": { jwks: es, uat: now * 1000 - 599_999 },
    "too old": { jwks: es, uat: now * 1000 - 600_000 },
    "without a time": { jwks: es },
    "with a time that is none": { jwks: es, uat: "x" },
    "at no time": { jwks: es, uat: NaN },
    "without a set": { uat: now * 1000 },
    "with a set that is none": { jwks: { keys: 1 }, uat: now * 1000 },
    "with other keys": { jwks: { keys: [] }, uat: now * 1000 - 1000 },
    "beyond the cooldown": { jwks: { keys: [] }, uat: now * 1000 - 31_000 },
  })) {
    scenario(name, { cache }, async (world) => {
      await world.pass(0);
      await world.verify("ES256");
      await world.pass(300_000);
      await world.verify("RS256");
      world.answer = () => new Response(null, { status: 500 });
      await world.pass(600_000);
      await world.verify("ES256");
    });
  }
});

describe("createRemoteJWKSet: arguments", () => {
  for (const [name, argument] of Object.entries({ text: url.href, undefined: undefined, object: { href: url.href },
    number: 1 })) {
    agree(`URL: ${name}`, async (m) => m.createRemoteJWKSet(argument), "TypeError");
  }
  for (const option of ["timeoutDuration", "cooldownDuration", "cacheMaxAge"]) {
    for (const value of [-1, NaN, 1.5, 0, 5000, "5000", null, -Infinity]) {
      agree(`${option}: ${String(value)}`, async (m) => typeof m.createRemoteJWKSet(url, { [option]: value }));
    }
  }
  agree("options are null", async (m) => typeof m.createRemoteJWKSet(url, null));
  agree("headers that are none", async (m) => typeof m.createRemoteJWKSet(url, { headers: { "ä": "x" } }), "TypeError");
  agree("the function's members", async (m) => {
    const set = m.createRemoteJWKSet(url);
    return Object.keys(set).map((name) => {
      const { value, get, ...attributes } = Object.getOwnPropertyDescriptor(set, name);
      return [name, typeof value, typeof get, attributes];
    });
  });
});

describe("createRemoteJWKSet: over a socket", () => {
  const hits = [];
  const held = [];
  const server = createServer((request, response) => {
    hits.push([request.method, request.url, request.headers.accept, request.headers["x-a"]]);
    if (request.url === "/never") return void held.push(response);
    if (request.url === "/half") return void response.writeHead(200).write('{"keys":');
    if (request.url === "/elsewhere") return void response.writeHead(302, { Location: "https://other.example/" }).end();
    response.writeHead(request.url === "/jwks" ? 200 : 404,
      { "Content-Type": "application/json" }).end(JSON.stringify(es));
  });
  let origin;
  before(async () => {
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const over = (path, options) => async (m) => {
    hits.length = 0;
    const set = m.createRemoteJWKSet(new URL(path, origin), options);
    const { payload } = await m.jwtVerify(tokens.ES256, set, at());
    await m.jwtVerify(tokens.ES256, set, at());
    return [payload, hits.slice(), set.fresh];
  };
  agree("verifies", over("/jwks", { headers: { "x-a": "1" } }), "accepted");
  agree("status 404", over("/nothing"), "ERR_JOSE_GENERIC");
  agree("a redirect to elsewhere", over("/elsewhere"), "ERR_JOSE_GENERIC");
  agree("no answer in time", over("/never", { timeoutDuration: 50 }), "ERR_JWKS_TIMEOUT");
  agree("half an answer in time", over("/half", { timeoutDuration: 50 }), "ERR_JWKS_TIMEOUT");
  agree("nobody there", async (m) => m.createRemoteJWKSet(new URL("http://127.0.0.1:9/"), {}).reload(), "TypeError");
});
