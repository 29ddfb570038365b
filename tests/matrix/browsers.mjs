// Real browsers, driven by no protocol: a page sends its answer as a form does, which no policy here forbids, and is
// then sent to the next page.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import { miniBrowser } from "../../js/tools/setup.mjs";
import { which } from "../../js/tools/steps.mjs";
import { output } from "./programs.mjs";
import { entryFile, inStage, packageFolder } from "./stage.mjs";

const chromiumArguments = (profile, url) => [
  "--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", `--user-data-dir=${profile}`, url,
];

/** The browsers that there are; without `program` when one is not here. */
export const browsers = [
  { name: "Chromium", program: which("chromium"), isQuick: true, arguments: chromiumArguments },
  {
    name: "Firefox",
    program: which("firefox-esr") ?? which("firefox"),
    arguments: (profile, url) => ["--headless", "--no-remote", "--profile", profile, url],
  },
  {
    name: "WebKit",
    program: existsSync(miniBrowser) ? which("xvfb-run") : undefined,
    before: ["-a", miniBrowser],
    arguments: (_, url) => ["-a", miniBrowser, "--private", url],
  },
];

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const html = (script, number) => `<!doctype html><meta charset="utf-8"><title>Touchstone</title>
<form method="post" action="/answer?${number}" enctype="text/plain"><textarea name="answer"></textarea></form>
<script src="/watch.js"></script>
<script type="module" src="/${script}"></script>`;

/** A script that cannot be loaded, or throws, is an answer, too. */
const watch = `for (const type of ["error", "unhandledrejection"]) addEventListener(type, ({ message, reason, target }) => {
  const error = message ?? String(reason ?? target.src + " could not be loaded");
  document.forms[0].elements.answer.value = JSON.stringify([{ name: "runs", ok: false, error }]);
  document.forms[0].submit();
}, true);`;

/** A file of the stage. In scripts the package's names become paths, as every development server does it. */
function fileOf(path) {
  if (path === "/watch.js") return ["text/javascript", watch];
  const file = path === "/core.wasm" ? join(packageFolder, "dist/core.wasm") : inStage(normalize(path));
  const type = types[extname(file)];
  if (!type || !existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  if (extname(file) === ".wasm") return [type, bytes];
  const named = /((?:from|import) ?)"((?:touchstone|#)[^"]*)"/g;
  const withPaths = (_, before, name) => `${before}"/node_modules/touchstone/${entryFile(name)}"`;
  return [type, bytes.toString().replace(named, withPaths)];
}

/** A browser that is open, and the server that tells it where to go. */
export class Browser {
  #kind;
  #child;
  #profile;
  #policy;
  /** The page to be shown next, and who waits for its answer. */
  #script;
  #number = 0;
  #waiting;
  /** The browser's request for the next page, while there is none. */
  #idle;
  #server = createServer((request, response) => this.#serve(request, response));

  static async start(kind) {
    const browser = new Browser();
    browser.#kind = kind;
    const version = await output(kind.program, [...(kind.before ?? []), "--version"]);
    browser.version = version.match(/\d+(\.\d+)*/)[0];
    browser.#server.listen(0, "127.0.0.1");
    await once(browser.#server, "listening");
    return browser;
  }

  /** Opens a page that has nothing but this script, under the policy, and gives its answer. */
  async open(policy, script) {
    this.#policy = policy;
    this.#script = script;
    this.#number++;
    const answer = new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
    const timer = setTimeout(() => this.#waiting.reject(new Error("no answer in 30 s")), 30_000);
    if (!this.#child) this.#launch();
    else this.#goOn();
    try {
      return await answer;
    } catch (error) {
      await this.#close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async stop() {
    await this.#close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #launch() {
    this.#profile = mkdtempSync(join(tmpdir(), "touchstone-browser-"));
    const args = this.#kind.arguments(this.#profile, `http://127.0.0.1:${this.#server.address().port}/next`);
    // In a group of its own: browsers are many processes.
    const env = { ...process.env, HOME: this.#profile };
    this.#child = spawn(this.#kind.program, args, { detached: true, stdio: "ignore", env });
    this.#child.on("error", (error) => this.#waiting.reject(error));
    this.#child.on("close", (code, signal) => this.#waiting.reject(new Error(`it ended with ${code ?? signal}`)));
  }

  async #close() {
    const child = this.#child;
    this.#child = this.#idle = undefined;
    if (!child) return;
    const closed = once(child, "close");
    try {
      process.kill(-child.pid, "SIGKILL");
      await closed;
    } catch {} // it has ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #goOn() {
    this.#idle?.writeHead(303, { Location: "/page" }).end();
    this.#idle = undefined;
  }

  async #serve(request, response) {
    const { pathname, search } = new URL(request.url, "http://localhost");
    const headers = { "Content-Security-Policy": this.#policy, "Cache-Control": "no-store" };
    if (pathname === "/next") {
      this.#idle = response;
      if (this.#script) this.#goOn();
    } else if (pathname === "/page") {
      response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end(html(this.#script, this.#number));
    } else if (pathname === "/answer") {
      const answer = (await text(request)).replace(/^answer=/, "");
      response.writeHead(303, { Location: "/next" });
      // A browser sends a form again when the connection went away: that is no answer of the page that followed.
      if (search === `?${this.#number}` && this.#script) {
        this.#script = undefined;
        this.#waiting.resolve(JSON.parse(answer));
      }
      response.end();
    } else {
      const [type, body] = fileOf(pathname) ?? [];
      if (body) response.writeHead(200, { ...headers, "Content-Type": type }).end(body);
      else response.writeHead(404).end();
    }
  }
}
