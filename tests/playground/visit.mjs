// One visit to the playground: a page, and the words that tests use of it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export class Visit {
  constructor({ browser, name, folder, url, asked }) {
    Object.assign(this, { browser, name, folder, url, asked });
    asked.length = 0;
    /** Origins that this visit may ask beside the page's own. */
    this.mayAsk = [];
    /** What the browser may say of it, on its console or as a violation of the policy. */
    this.mayComplain = undefined;
  }

  async open(fragment = "") {
    if (!this.page) {
      this.page = await this.browser.newPage();
      await this.page.resize(1280, 900);
    }
    await this.page.goto(this.url + fragment);
    await this.page.evaluate(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    await this.until(() => document.getElementById("slab").dataset.state !== "loading");
  }

  evaluate = (work, ...given) => this.page.evaluate(work, ...given);
  click = (selector) => this.page.click(selector);

  /** Waits until a function says yes in the page; gives what it says. */
  async until(holds, ...given) {
    for (const end = Date.now() + 15_000; ; await sleep(50)) {
      const value = await this.evaluate(holds, ...given);
      if (value) return value;
      if (Date.now() > end) throw new Error(`Waited in vain for ${holds} ${JSON.stringify(given).slice(0, 200)}`);
    }
  }

  /** As a paste does: the whole text at once, in place of what was there. */
  async paste(id, text) {
    await this.click(`#${id}`);
    await this.evaluate(
      (field, value) => {
        document.getElementById(field).select();
        document.execCommand(value ? "insertText" : "delete", false, value);
      },
      id,
      text,
    );
  }

  /** A click on the button that has this text. */
  async press(text) {
    const found = await this.evaluate((wanted) => {
      const buttons = [...document.querySelectorAll("button")].filter((button) => button.checkVisibility());
      const button = buttons.find(({ textContent }) => textContent.startsWith(wanted));
      document.querySelectorAll("[data-pressed]").forEach((other) => other.removeAttribute("data-pressed"));
      button?.setAttribute("data-pressed", "");
      return Boolean(button);
    }, text);
    assert.ok(found, `there is no button ${text}`);
    await this.click("[data-pressed]");
  }

  text = (selector) => this.evaluate((wanted) => document.querySelector(wanted)?.innerText ?? "", selector);

  verdict = () => this.evaluate(() => {
    const { state, reason } = document.getElementById("slab").dataset;
    return state === "refused" ? reason : state;
  });

  /** Waits for the verdict: "valid", a reason, or a state. */
  async expectVerdict(wanted) {
    await this.until((verdict) => {
      const { state, reason } = document.getElementById("slab").dataset;
      return (state === "refused" ? reason : state) === verdict;
    }, wanted).catch(async () => assert.equal(await this.verdict(), wanted));
  }

  async expectText(selector, pattern) {
    await this.until(
      (wanted, source, flags) => new RegExp(source, flags).test(document.querySelector(wanted)?.innerText ?? ""),
      selector, pattern.source, pattern.flags,
    ).catch(async () => assert.match(await this.text(selector), pattern));
  }

  async screenshot(name) {
    await this.page.screenshot(join(this.folder, `${name}.png`));
  }

  /** What holds of every visit: no request but for the page's own files, nothing forbidden tried, no error. */
  async end() {
    if (!this.page) return; // the test was of files alone
    const { origin } = new URL(this.url);
    const requests = await this.page.requests;
    assert.ok(requests.length > 0);
    const elsewhere = requests.filter((url) => !/^(about|data|blob):/.test(url) && ![origin, ...this.mayAsk].includes(new URL(url).origin));
    assert.deepEqual(elsewhere, []);
    const complaints = [...this.page.errors, ...(await this.evaluate(() => window.violations))];
    assert.deepEqual(complaints.filter((text) => !this.mayComplain?.test(text)), []);
    const files = ["/", "/app.js", "/style.css", "/icon.svg", "/core.wasm", "/favicon.ico"];
    for (const { url, headers } of this.asked) {
      assert.ok(files.includes(url), `the server was asked for ${url}`);
      assert.ok(!JSON.stringify(headers).includes("eyJ"), "the server was told of a token");
    }
    await this.close();
  }

  async close() {
    await this.evaluate(() => localStorage.clear()).catch(() => {});
    await this.page?.close();
  }
}
