// Three real browsers behind one small interface. Chromium and Firefox are driven by puppeteer; WebKit, in GTK's
// MiniBrowser, by the WebDriver protocol itself (https://www.w3.org/TR/webdriver2/), of which this takes little.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { which } from "../../js/tools/steps.mjs";
import { freePort } from "../free-port.mjs";

/** Names of keys, as puppeteer has them and as WebDriver does (section 17.4.2). */
const webDriverKeys = { Tab: "\ue004", Enter: "\ue007", Space: " " };

/** A page in a browser; what tests do to it. */
class PuppeteerPage {
  constructor(page) {
    this.page = page;
    /** What the page asked for, in order. */
    this.requests = [];
    this.errors = [];
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
  }
  async goto(url) {
    await this.page.goto("about:blank"); // another fragment alone would load nothing
    await this.page.goto(url);
  }
  resize = (width, height) => this.page.setViewport({ width, height });
  evaluate = (work, ...given) => this.page.evaluate(work, ...given);
  async click(selector) {
    const element = await this.page.$(selector);
    // To the middle: at the top the verdict lies over what scrolls by.
    await element.evaluate((found) => found.scrollIntoView({ block: "center", behavior: "instant" }));
    await element.click();
    await element.dispose();
  }
  press = (key) => this.page.keyboard.press(key === "Space" ? " " : key);
  type = (text) => this.page.keyboard.type(text);
  screenshot = (path) => this.page.screenshot({ path });
  close = () => this.page.close();
}

async function launchPuppeteer(browser, executablePath, args) {
  const launched = await puppeteer.launch({ browser, executablePath, args, headless: true });
  return {
    version: await launched.version(),
    newPage: async () => new PuppeteerPage(await launched.newPage()),
    close: () => launched.close(),
  };
}

/** A session of WebDriver. */
class WebKitPage {
  errors = [];

  constructor(command) {
    this.command = command;
  }
  /** As the page itself tells; there is no other who would. */
  get requests() {
    return this.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(({ name }) => name),
    );
  }
  async goto(url) {
    await this.command("POST", "url", { url: "about:blank" });
    await this.command("POST", "url", { url });
  }
  async resize(width, height) {
    // A window has a frame, so it is asked twice.
    for (let extra = [0, 0], turn = 0; turn < 2; ++turn) {
      await this.command("POST", "window/rect", { width: width + extra[0], height: height + extra[1] });
      await sleep(200);
      const [inner, outer] = await this.evaluate(() => [[innerWidth, innerHeight], [outerWidth, outerHeight]]);
      extra = [outer[0] - inner[0], outer[1] - inner[1]];
    }
  }
  async evaluate(work, ...given) {
    const script = `
      const done = arguments[arguments.length - 1];
      Promise.resolve((${work})(...Array.from(arguments).slice(0, -1)))
        .then((value) => done({ value }), (error) => done({ error: String(error && error.stack || error) }));`;
    const { value, error } = await this.command("POST", "execute/async", { script, args: given });
    if (error) throw new Error(error);
    return value;
  }
  async #find(selector) {
    return Object.values(await this.command("POST", "element", { using: "css selector", value: selector }))[0];
  }
  async click(selector) {
    await this.evaluate((wanted) => document.querySelector(wanted).scrollIntoView({ block: "center", behavior: "instant" }), selector);
    await this.command("POST", `element/${await this.#find(selector)}/click`, {});
  }
  async #keys(keys) {
    const actions = [...keys].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    await this.command("POST", "actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }
  press = (key) => this.#keys(webDriverKeys[key]);
  type = (text) => this.#keys(text);
  async screenshot(path) {
    writeFileSync(path, Buffer.from(await this.command("GET", "screenshot"), "base64"));
  }
  async close() {}
}

/** A program in the background, with all that it starts. */
function start(program, args, env) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: "ignore", detached: true });
  child.on("error", () => {});
  return () => {
    try {
      process.kill(-child.pid);
    } catch {
      // gone already
    }
  };
}

async function until(holds, what, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const value = await holds();
    if (value) return value;
  }
  throw new Error(`${what} did not come within ${seconds} s`);
}

async function launchWebKit(driver, miniBrowser, xvfb) {
  const home = mkdtempSync(join(tmpdir(), "touchstone-webkit-"));
  const display = `:${90 + (process.pid % 400)}`;
  const stopDisplay = start(xvfb, [display, "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]);
  await until(() => existsSync(`/tmp/.X11-unix/X${display.slice(1)}`), "Xvfb");
  const port = await freePort();
  const env = { DISPLAY: display, HOME: home, XDG_RUNTIME_DIR: home, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LIBGL_ALWAYS_SOFTWARE: "1", GDK_BACKEND: "x11" };
  const stopDriver = start(driver, [`--port=${port}`, "--host=127.0.0.1"], env);
  const base = `http://127.0.0.1:${port}/`;
  const ask = async (method, path, body) => {
    const response = await fetch(base + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  };
  await until(() => ask("GET", "status").catch(() => undefined), "WebKitWebDriver");
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary: miniBrowser, args: ["--automation"] } } };
  const session = await ask("POST", "session", { capabilities });
  await ask("POST", `session/${session.sessionId}/timeouts`, { script: 60_000, pageLoad: 60_000 });
  return {
    version: `WebKit ${session.capabilities.browserVersion}`,
    newPage: async () => new WebKitPage((method, path, body) => ask(method, `session/${session.sessionId}/${path}`, body)),
    async close() {
      await ask("DELETE", `session/${session.sessionId}`).catch(() => {});
      stopDriver();
      stopDisplay();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const miniBrowsers = ["4.1", "4.0", "6.0"].flatMap((version) =>
  ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${version}/MiniBrowser`),
);

/** Each browser: starts it; undefined when it is not on this machine. */
export const browsers = {
  chromium() {
    const program = which("chromium") ?? which("google-chrome");
    const args = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    return program && launchPuppeteer("chrome", program, args);
  },
  firefox() {
    const program = which("firefox-esr") ?? which("firefox");
    return program && launchPuppeteer("firefox", program, []);
  },
  webkit() {
    const [driver, xvfb, miniBrowser] = [which("WebKitWebDriver"), which("Xvfb"), miniBrowsers.find(existsSync)];
    return driver && xvfb && miniBrowser && launchWebKit(driver, miniBrowser, xvfb);
  },
};
