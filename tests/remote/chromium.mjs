// A page in Chromium as one more build: it runs the package, by the commands of probe.mjs.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { which } from "../../js/tools/steps.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The package and the commands; the page itself has nothing but a policy that lets WASM run and fetch. */
async function serve({ url }, response) {
  if (url === "/") {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src https:";
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
    return response.end("<!doctype html><title>remote key sets</title>");
  }
  const path = normalize(url);
  const isPublic = path.startsWith("/dist/") || path === "/tests/remote/commands.mjs";
  const body = isPublic && [".js", ".mjs"].includes(extname(path)) && (await readFile(join(root, path)).catch(() => {}));
  return body ? response.writeHead(200, { "Content-Type": "text/javascript" }).end(body) : response.writeHead(404).end();
}

/** In the page. */
async function obeyInPage(command) {
  window.commands ??= await import("/tests/remote/commands.mjs");
  return window.commands.obey(command);
}

/** Starts the browser; its builds have the methods of builds.mjs. It takes any certificate: whose it is, others test. */
export async function startChromium() {
  const server = createServer(serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const args = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath: which("chromium"), args });
  return {
    async startBuild() {
      const page = await browser.newPage({ ignoreHTTPSErrors: true });
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      const ask = (op, more) => page.evaluate(obeyInPage, { op, ...more });
      return {
        discover: (issuer, { policy, http }) => ask("discover", { issuer, policy, http }),
        verify: (jwt, options = {}) => ask("verify", { jwt, options }),
        events: async () => (await ask("events")).events,
        stop: () => page.close(),
      };
    },
    async stop() {
      await browser.close();
      server.close();
    },
  };
}
