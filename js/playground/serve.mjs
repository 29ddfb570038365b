// `npm run playground [-- --port PORT]`: builds the playground and serves it on this machine.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { main } from "../tools/steps.mjs";
import { buildPlayground, policyHeader, site } from "./build.mjs";

/** Media types by ending. */
export const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The site on loopback, port 0 for any that is free. `seen` is told of each request. */
export async function servePlayground(port = 0, seen = () => {}) {
  const server = createServer((request, response) => {
    seen(request);
    const [path] = request.url.split("?");
    const name = path === "/" ? "index.html" : path.slice(1);
    const type = /^[a-z]+\.[a-z]+$/.test(name) ? types[extname(name)] : undefined;
    const isRead = request.method === "GET" || request.method === "HEAD";
    let body;
    try {
      body = type && isRead && readFileSync(join(site, name));
    } catch {
      // not there
    }
    if (!body) return response.writeHead(isRead ? 404 : 405).end();
    response.writeHead(200, {
      "Content-Type": type,
      "Content-Length": body.length,
      "Content-Security-Policy": policyHeader,
      "Cross-Origin-Opener-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-cache",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const { values } = parseArgs({ options: { port: { type: "string", default: "8017" } } });
    const { setup } = await import("../tools/setup.mjs");
    await setup();
    const { buildPackage } = await import("../tools/build.mjs");
    await buildPackage();
    await buildPlayground();
    const server = await servePlayground(Number(values.port));
    console.log(`\nThe playground is at http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`);
  });
}
