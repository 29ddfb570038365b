// What is tested, by name: each a function of a Visit.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { build } from "esbuild";
import { classes } from "../agreement/attacks.mjs";
import { policyHeader, site } from "../../js/playground/build.mjs";
import { types } from "../../js/playground/serve.mjs";
import { root } from "../../js/tools/steps.mjs";
import { jwks, key, makeHmacToken, makeToken, pem, privatePem, seconds, usual } from "./tokens.mjs";

const { examples, groups } = JSON.parse(readFileSync(new URL("../../js/playground/examples.json", import.meta.url)));
/** Rings, policies, and what core makes of them: see tests/issuer/timeline_test.cpp. */
const timelines = JSON.parse(readFileSync(new URL("../issuer/timelines.json", import.meta.url)));
/** A ring in the middle of its life, as if recorded now. */
const grown = (() => {
  const { policy, ring } = timelines.findLast((each) => each.ring.keys.length >= 3 && each.ring.keys.some(({ jwk }) => jwk.crv));
  const times = ["publishedAt", "usableFrom", "activatedAt", "retiredAt", "removeAt"];
  const later = Date.now() / 1000 - timelines.find((each) => each.ring === ring).now;
  const moved = (key) => Object.fromEntries(Object.entries(key).map(([name, value]) => [name, times.includes(name) ? value + later : value]));
  return { policy, ring: { ...ring, keys: ring.keys.map(moved) } };
})();
/** Of a ring each text that may not be shown. */
const secretsOf = ({ keys }) => keys.flatMap(({ jwk }) => ["d", "p", "q", "dp", "dq", "qi", "k"].flatMap((name) => jwk[name] ?? []));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A server on loopback for the time of a test. */
async function withServer(answer, test) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** What axe has against the page; of each the element. */
async function faults(visit) {
  // Not a script of the page: its policy would refuse it.
  await visit.evaluate(new Function(`if (!window.axe) { ${axe}\n }`));
  const found = await visit.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`));
  });
  return found;
}

async function setTheme(visit, theme) {
  for (let turn = 0; turn < 3; ++turn) {
    if ((await visit.evaluate(() => document.documentElement.dataset.theme)) === theme) return;
    await visit.click("#theme");
  }
  assert.equal(await visit.evaluate(() => document.documentElement.dataset.theme), theme);
}

export const tests = {
  async "paste a token and a set: the verdict, all that led to it, and what is not checked"(visit) {
    await visit.open();
    await visit.expectText("#word", /Paste a token/);
    await visit.paste("token", makeToken(usual()));
    await visit.expectVerdict("unjudged");
    assert.match(await visit.text("#claims"), /not verified: nothing here is to be trusted[\s\S]*"ada"/);
    assert.equal(await visit.evaluate(() => document.querySelectorAll("#steps .failed").length), 0);
    await visit.paste("jwks", jwks);
    await visit.expectVerdict("valid");
    assert.match(await visit.text("#reason"), /^Not checked: iss, aud\.$/);
    assert.match(await visit.text("#advice"), /say for whom it must be/);
    assert.match(await visit.text("#countdown"), /^expires in (1 hour|59 minutes \d+ seconds)$/);
    assert.match(await visit.text("#claims"), /verified[\s\S]*iss\s+who issued it\s+"https:\/\/id\.example"[\s\S]*UTC, 6\d seconds ago/);
    assert.match(await visit.text("#header"), /"ES256"/);
    assert.match(await visit.text("#keys"), /keys\[0\] k1 EC · P-256 · ES256\s+verified the signature\s+thumbprint [\w-]{43}/);
    assert.match(await visit.text("#audit"), /1 key, 1 usable; 0 errors, 0 warnings, 0 notes\./);
    const statuses = await visit.evaluate(() => [...document.querySelectorAll("#steps li")].map(({ className, dataset }) => `${dataset.step} ${className}`));
    assert.equal(statuses.length, 14);
    assert.ok(statuses.includes("signature passed") && statuses.includes("issuer unchecked"));
    await visit.paste("issuer", "https://id.example");
    await visit.paste("audience", "api");
    await visit.expectText("#reason", /all is right/);
    assert.match(await visit.text("#code"), /issuer: "https:\/\/id\.example",\s+audience: "api"/);
    await visit.paste("audience", "another");
    await visit.expectVerdict("audience_mismatch");
    assert.match(await visit.text("#advice"), /audience_mismatch\s+ERR_JWT_CLAIM_VALIDATION_FAILED/);
    assert.equal(await visit.evaluate(() => document.title), "Refused · Touchstone playground");
    await visit.click("#clear");
    await visit.expectVerdict("idle");
    assert.equal(await visit.evaluate(() => document.getElementById("audience").value + document.getElementById("jwks").value), "");
  },

  async "every example, by one click: the verdict that is said of it"(visit) {
    await visit.open();
    const buttons = await visit.evaluate(() => {
      document.querySelectorAll("#examples details").forEach((group) => (group.open = true));
      return [...document.querySelectorAll("#examples button")].map((button, index) => {
        button.setAttribute("data-number", index);
        return button.textContent;
      });
    });
    assert.equal(buttons.length, examples.length + 1);
    const inOrder = groups.flatMap((group) => examples.filter((example) => example.group === group));
    const wrong = [];
    for (const [index, name] of buttons.entries()) {
      const { verdict, class: attack, why } = inOrder.find((example) => example.name === name) ?? { verdict: "valid", why: "Watch it go" };
      await visit.click(`[data-number="${index}"]`);
      await visit.until((number) => document.querySelector(`[data-number="${number}"]`).ariaPressed === "true", index);
      const seen = await visit.verdict();
      const about = await visit.text("#advice .about");
      const isSaid = about.includes(why) && (!attack || (about.includes(`“${attack}”`) && about.includes(verdict)));
      if (seen !== verdict || !isSaid) wrong.push({ name, verdict, seen, about });
    }
    assert.deepEqual(wrong, []);
  },

  async "there is an example of every algorithm, and of every class of attacks"() {
    const used = new Set(examples.map((example) => example.class));
    assert.deepEqual(Object.keys(classes).filter((name) => !used.has(name)), []);
    const { algorithms } = await import("../agreement/signers.mjs");
    const shown = examples.filter(({ group }) => group === "Algorithms").map(({ name }) => name);
    assert.deepEqual([...Object.keys(algorithms), "ML-DSA-65", "ML-DSA-87"].filter((name) => !shown.includes(name)), []);
    assert.deepEqual(examples.filter(({ jwks }) => /"(p|q|dp|dq|qi|priv)":/.test(jwks)), []);
  },

  async "the countdown runs, and ends in the refusal, without a touch"(visit) {
    await visit.open();
    await visit.paste("jwks", jwks);
    await visit.paste("token", makeToken({ ...usual(), nbf: seconds() + 3, exp: seconds() + 6 }));
    await visit.expectVerdict("token_not_active");
    assert.match(await visit.text("#countdown"), /^valid in [123] seconds?$/);
    await visit.expectVerdict("valid");
    const first = await visit.text("#countdown");
    assert.match(first, /^expires in \d seconds?$/);
    await visit.until((before) => document.getElementById("countdown").innerText !== before, first);
    await visit.expectVerdict("token_expired");
    assert.match(await visit.text("#countdown"), /^expired \d seconds? ago$/);
    assert.match(await visit.text("#verdict"), /Refused\s+The token has expired/);
    assert.match(await visit.text("#life-words"), /expired (now|\d seconds? ago)/);
    await visit.press("Judge it a second before");
    await visit.expectVerdict("valid");
    assert.equal(await visit.text("#countdown"), "expires in 1 second");
  },

  async "a token that is signed in the page, by one click"(visit) {
    await visit.open();
    await visit.evaluate(() => document.querySelectorAll("#examples details").forEach((group) => (group.open = true)));
    await visit.press("Expires in 30 seconds");
    await visit.expectVerdict("valid");
    await visit.expectText("#countdown", /^expires in (30|2\d) seconds$/);
  },

  async "a link carries the input, in the fragment and nowhere else"(visit) {
    await visit.open();
    const token = makeToken(usual());
    await visit.paste("token", token);
    await visit.paste("jwks", jwks);
    await visit.paste("audience", "api, other & = # + %");
    await visit.click("#more summary");
    await visit.paste("clockTolerance", "30");
    await visit.expectVerdict("valid");
    await visit.click("#share");
    const link = await visit.until(() => document.getElementById("link")?.value);
    assert.match(await visit.text("#shared"), /Who has the link has the token/);
    const { hash, search, pathname } = new URL(link);
    assert.equal(search + pathname, "/");
    assert.ok(hash.includes(token));
    assert.equal(await visit.evaluate(() => location.hash), "");

    await visit.open(hash);
    await visit.expectVerdict("valid");
    const fields = ["token", "jwks", "audience", "clockTolerance", "issuer"];
    const read = await visit.evaluate((ids) => ids.map((id) => document.getElementById(id).value), fields);
    assert.deepEqual(read, [token, jwks, "api, other & = # + %", "30", ""]);
    assert.equal(await visit.evaluate(() => document.getElementById("more").open), true);
    // Another link in the same page; then an edit, after which the address no longer says what is shown.
    await visit.evaluate(() => (location.hash = "token=abc&unknown=1&issuer=https%3A%2F%2Fid.example"));
    await visit.expectVerdict("token_malformed");
    assert.deepEqual(await visit.evaluate((ids) => ids.map((id) => document.getElementById(id).value), fields), ["abc", "", "", "", "https://id.example"]);
    await visit.paste("token", "abcd");
    assert.equal(await visit.evaluate(() => location.href), visit.url);
  },

  async "what a token says is text, whatever it says"(visit) {
    await visit.open();
    const markup = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
    const claims = {
      ...usual(),
      sub: markup,
      [markup]: markup,
      bidi: "user\u202e\u2066gnp.exe\u200b\u0000",
      long: "x".repeat(40_000),
      deep: JSON.parse(`${"[".repeat(25)}${"]".repeat(25)}`),
      exp: 4e9,
      __proto__x: 1,
    };
    const hostileKey = { ...key, kid: markup, [markup]: 1 };
    await visit.paste("token", makeToken(claims, { kid: markup, "\u202e": markup }));
    await visit.paste("jwks", JSON.stringify({ keys: [hostileKey, { kty: markup, kid: `${markup}\u202e` }] }));
    await visit.paste("issuer", markup);
    await visit.expectVerdict("issuer_mismatch");
    await visit.paste("issuer", "");
    await visit.expectVerdict("valid");
    const seen = await visit.evaluate(() => ({
      elements: document.querySelectorAll("main img, main script, main iframe").length,
      hacked: "hacked" in window,
      text: document.querySelector("main").innerText,
    }));
    assert.equal(seen.elements, 0);
    assert.equal(seen.hacked, false);
    assert.ok(seen.text.includes(JSON.stringify(markup)), "the claim is not shown as it is");
    assert.ok(seen.text.includes("\\u202e\\u2066gnp.exe\\u200b\\u0000"), "what is unseen is not shown");
    assert.ok(!/[\u202e\u2066\u200b\u0000]/.test(seen.text));
    assert.ok(seen.text.length < 30_000);
    await visit.press("… show 39,402 more characters");
    await visit.until(() => document.querySelector("main").innerText.length > 40_000);
    assert.ok(await visit.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
    // Through the address, too.
    await visit.open(`#${new URLSearchParams({ token: markup, jwks: markup, issuer: markup, currentDate: markup })}`);
    await visit.expectVerdict("asked");
    assert.equal(await visit.evaluate(() => document.querySelectorAll("main img").length + Number("hacked" in window)), 0);
  },

  async "as large as can be: 64 KiB and more, a thousand keys, a million letters"(visit) {
    await visit.open();
    await visit.paste("jwks", JSON.stringify({ keys: Array.from({ length: 1000 }, (_, index) => ({ ...key, kid: `k${index}` })) }));
    await visit.paste("token", makeToken({ ...usual(), x: "y".repeat(47_000) }));
    await visit.expectVerdict("valid");
    assert.equal(await visit.evaluate(() => document.querySelectorAll("#keys li").length), 50);
    assert.match(await visit.text("#keys"), /and 950 more keys\s*$/);
    await visit.evaluate(() => {
      document.getElementById("token").value = "a".repeat(1_000_000);
      document.getElementById("form").dispatchEvent(new Event("input"));
    });
    await visit.expectVerdict("token_too_large");
  },

  async "what people paste around a token is left out, and said"(visit) {
    await visit.open();
    const token = makeToken(usual());
    await visit.paste("jwks", jwks);
    const wrapped = {
      [`Bearer ${token}`]: /“Bearer” in front/,
      [`Authorization: Bearer ${token}`]: /“Authorization:” in front/,
      [`"${token}"`]: /quotes around it/,
      [`  ${token.replace(/.{70}/g, "$&\n  ")}\n`]: /line ends within it/,
      [`access_token=${token}`]: /a name in front/,
      [`{"token_type":"Bearer","access_token":"${token}"}`]: /its member access_token/,
    };
    for (const [text, note] of Object.entries(wrapped)) {
      await visit.paste("token", text);
      await visit.expectText("#token-notes", note);
      await visit.expectVerdict("valid");
    }
    await visit.paste("token", token);
    await visit.expectVerdict("valid");
    assert.equal(await visit.text("#token-notes"), "");
    await visit.paste("token", `${token}.${token.split(".").slice(1).join(".")}`);
    await visit.expectVerdict("jwe_unsupported");
    assert.match(await visit.text("#advice"), /holder of the private key/);
  },

  async "what people paste as keys is helped"(visit) {
    await visit.open();
    const token = makeToken(usual());
    await visit.paste("token", token);
    await visit.paste("jwks", pem);
    await visit.expectText("#jwks-notes", /public key in PEM/);
    await visit.expectVerdict("unjudged");
    await visit.press("Make it a JWK");
    await visit.until(() => document.getElementById("jwks").value.startsWith("{"));
    await visit.expectVerdict("no_matching_key"); // the token names a kid, which PEM does not have
    await visit.expectText("#keys", /passed over: kid missing/);

    await visit.paste("jwks", privatePem);
    await visit.expectText("#jwks-notes", /Never paste one anywhere/);
    await visit.paste("jwks", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----");
    await visit.expectText("#jwks-notes", /openssl x509/);
    await visit.paste("jwks", JSON.stringify({ keys: [{ ...key, d: key.x }] }));
    await visit.expectText("#jwks-notes", /A private key is in this set/);
    assert.match(await visit.text("#audit"), /error[\s\S]*private members[\s\S]*What to do: Consider the key compromised/);
    await visit.paste("jwks", '{\n  "keys": [}\n]}');
    await visit.expectVerdict("jwks_malformed");
    assert.match(await visit.text("#jwks-notes"), /line 2, at character 12/);

    await visit.paste("jwks", token);
    await visit.paste("token", jwks);
    await visit.press("Move it to Keys");
    await visit.until((set) => document.getElementById("jwks").value === set, jwks);
    await visit.paste("jwks", token);
    await visit.press("Move it to Token");
    await visit.until((moved) => document.getElementById("token").value === moved && document.getElementById("jwks").value === "", token);
    assert.match(await visit.text("#jwks-notes"), /Ask https:\/\/id\.example/); // and nobody asked
  },

  async "an HMAC's secret, step by step as the page advises"(visit) {
    await visit.open();
    const secret = "a secret of thirty-two letters..";
    await visit.paste("token", makeHmacToken(usual(), secret));
    await visit.paste("jwks", secret);
    await visit.press("Make it a secret");
    await visit.expectVerdict("alg_not_allowed");
    await visit.press("Allow HS256");
    await visit.expectVerdict("valid");
    assert.match(await visit.text("#audit"), /who can read the set can sign tokens/);
  },

  async "a set, and an issuer's, fetched when told to and not before"(visit) {
    const token = makeToken({ ...usual(), iss: undefined });
    const documents = { "/jwks.json": { body: jwks }, "/private.json": { body: jwks, cors: false } };
    const asked = [];
    const answer = ({ url, headers }, response) => {
      asked.push({ url, headers });
      const { status = 200, body, cors = true } = documents[url] ?? { status: 404, body: "" };
      const readable = cors ? { "Access-Control-Allow-Origin": "*" } : {};
      response.writeHead(status, { "Content-Type": "application/json", ...readable }).end(body);
    };
    await withServer(answer, async (origin) => {
      documents["/.well-known/openid-configuration"] = { body: JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks.json` }) };
      visit.mayAsk = [origin];
      visit.mayComplain = /CORS|404|Cross-Origin|ERR_FAILED/i; // browsers say so too
      await visit.open();
      await visit.paste("token", token);
      await visit.paste("jwks", `${origin}/jwks.json`);
      await visit.expectText("#jwks-notes", /fetched when you say so/);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      assert.deepEqual(asked, []);
      await visit.press("Fetch this key set");
      await visit.expectVerdict("valid");
      assert.match(await visit.text("#jwks-notes"), /Fetched from http:\/\/127.*Fetch again/s);
      assert.deepEqual(asked.map(({ url }) => url), ["/jwks.json"]);
      assert.ok(!JSON.stringify(asked).includes(token.slice(0, 40)));
      assert.ok(!asked.some(({ headers }) => "referer" in headers || "cookie" in headers));

      await visit.paste("jwks", `${origin}/.well-known/openid-configuration`);
      await visit.press("Ask this issuer");
      await visit.expectVerdict("claim_missing"); // this token has no iss, and is now expected to have the issuer's
      assert.equal(await visit.evaluate(() => document.getElementById("issuer").value), origin);
      await visit.paste("token", makeToken({ ...usual(), iss: origin }));
      await visit.expectVerdict("valid");

      await visit.paste("jwks", `${origin}/private.json`);
      await visit.press("Fetch this key set");
      await visit.expectText("#jwks-notes", /CORS/);
      await visit.paste("jwks", `${origin}/nowhere.json`);
      await visit.press("Fetch this key set");
      await visit.expectText("#jwks-notes", /status 404/);
      await visit.paste("jwks", "http://key-sets.example/jwks.json");
      await visit.press("Fetch this key set");
      await visit.expectText("#jwks-notes", /only https: is fetched/);
    });
  },

  async "an option that is none says which, and how it is meant"(visit) {
    await visit.open();
    await visit.paste("token", makeToken(usual()));
    await visit.paste("jwks", jwks);
    await visit.click("#more summary");
    for (const [id, value, words] of [
      ["clockTolerance", "6 minutes", /./],
      ["algorithms", "none", /./],
      ["currentDate", "yesterday", /seconds since 1970/],
      ["currentDate", "1795631400000", /milliseconds/],
      ["maxTokenAge", "an hour or so", /./],
    ]) {
      await visit.paste(id, value);
      await visit.expectVerdict("asked");
      assert.equal(await visit.evaluate((field) => document.getElementById(field).getAttribute("aria-invalid"), id), "true");
      await visit.expectText(`#${id}-note`, words);
      assert.match(await visit.text("#claims"), /not verified[\s\S]*"ada"/);
      await visit.paste(id, "");
      await visit.expectVerdict("valid");
      assert.equal(await visit.evaluate(() => document.querySelectorAll("[aria-invalid]").length), 0);
    }
  },

  async "by the keyboard alone"(visit) {
    await visit.open();
    await visit.page.press("Tab");
    assert.equal(await visit.evaluate(() => document.activeElement.className), "skip");
    await visit.page.press("Enter");
    assert.equal(await visit.evaluate(() => document.activeElement.id), "token");
    await visit.page.type("abc");
    await visit.expectVerdict("token_malformed");
    const reached = [];
    for (let turn = 0; turn < 40; ++turn) {
      await visit.page.press("Tab");
      const { name, isSeen, isHidden } = await visit.evaluate(() => {
        const { activeElement: element } = document;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + Math.min(box.width, 20) / 2, box.y + Math.min(box.height, 20) / 2);
        return {
          name: element.id || element.textContent.trim().slice(0, 40),
          isSeen: outlineStyle !== "none" && outlineWidth !== "0px",
          isHidden: !element.contains(top) && !top?.contains(element),
        };
      });
      assert.ok(isSeen, `the focus on ${name} cannot be seen`);
      assert.ok(!isHidden, `${name} has the focus and is covered`);
      reached.push(name);
      if (name === "ES256") break;
    }
    for (const name of ["jwks", "issuer", "audience", "RS256", "ES256"]) assert.ok(reached.includes(name), `${name} was not reached: ${reached}`);
    await visit.page.press("Enter");
    await visit.expectVerdict("valid");
    assert.equal(await visit.evaluate(() => document.activeElement.textContent), "ES256");
    await visit.page.press("Tab");
    await visit.page.press("Space");
    await visit.until(() => document.getElementById("advice").innerText.includes("ES384"));
    // The link that skips is no link that carries an input.
    await visit.evaluate(() => document.querySelector(".skip").focus());
    await visit.page.press("Enter");
    await visit.until(() => document.activeElement.id === "token");
    assert.equal(await visit.verdict(), "valid");
  },

  async "who does not see it is told: names, headings, a live verdict, a silent countdown"(visit) {
    await visit.open();
    await visit.press("A good token");
    await visit.expectVerdict("valid");
    const facts = await visit.evaluate(() => ({
      headings: [...document.querySelectorAll("h1, h2")].filter((heading) => heading.checkVisibility()).map(({ localName, innerText }) => `${localName} ${innerText.trim().replace(/\s+/g, " ")}`),
      live: [...document.querySelectorAll('[role="status"]')].map(({ id }) => id),
      picture: document.querySelector("#picture svg").getAttribute("aria-label"),
      focus: document.activeElement.id,
      unnamed: [...document.querySelectorAll("input, textarea, select")].filter(({ labels }) => !labels.length).map(({ id }) => id),
    }));
    assert.deepEqual(facts.headings.slice(0, 2), ["h1 Touchstone playground", "h2 Examples"]);
    assert.ok(facts.headings.includes("h2 Verdict") && facts.headings.includes("h2 Step by step"));
    assert.ok(facts.live.includes("verdict") && !facts.live.includes("countdown"));
    assert.match(facts.picture, /^A line of time, not to scale: issued and valid from 2026-01-01 00:00:00 UTC, expires 2100-.* within the token's time\.$/);
    assert.equal(facts.focus, "token");
    assert.deepEqual(facts.unnamed, []);
  },

  async "axe finds nothing, in light and dark"(visit) {
    await visit.open();
    for (const theme of ["light", "dark"]) {
      await setTheme(visit, theme);
      await visit.click("#clear");
      const found = { empty: await faults(visit) };
      for (const name of ["ES256", "RS256 becomes HS256", "A set with much to say of", "Expired"]) {
        await visit.press(name);
        await visit.until((chosen) => document.getElementById("advice").innerText.includes(chosen), name);
        found[name] = await faults(visit);
      }
      await visit.paste("jwks", JSON.stringify(grown));
      await visit.evaluate(() => (document.querySelector("#timeline details").open = true));
      found.ring = await faults(visit);
      await visit.paste("jwks", "https://id.example/jwks.json");
      await visit.click("#share");
      await visit.until(() => Boolean(document.getElementById("link")));
      if (!(await visit.evaluate(() => document.getElementById("more").open))) await visit.click("#more summary");
      await visit.paste("clockTolerance", "a while");
      await visit.expectVerdict("asked");
      found.notes = await faults(visit);
      assert.deepEqual(Object.entries(found).filter(([, list]) => list.length > 0), [], theme);
    }
  },

  async "on a phone nothing runs out of the page"(visit) {
    await visit.open();
    await visit.page.resize(360, 740);
    const width = await visit.evaluate(() => innerWidth);
    // MiniBrowser makes its window no narrower than its own buttons.
    assert.ok(visit.name === "webkit" ? width <= 480 : width === 360, `the window is ${width} wide`);
    const check = async (what) => {
      const wide = await visit.evaluate(() => ({
        page: document.scrollingElement.scrollWidth - innerWidth,
        elements: [...document.querySelectorAll("body *")]
          .filter((element) => element.checkVisibility() && !element.closest(".streak, .spoken, .skip") && element.getBoundingClientRect().right > innerWidth + 1)
          .map((element) => `${element.localName}#${element.id}.${element.className}`),
      }));
      assert.deepEqual(wide, { page: Math.min(wide.page, 0), elements: [] }, what);
    };
    await check("empty");
    await visit.evaluate(() => document.querySelectorAll("#examples details").forEach((group) => (group.open = true)));
    for (const name of ["ML-DSA-87", "A set with much to say of", "jku: the cloud's metadata", "Not valid yet", "65 KiB"]) {
      await visit.press(name);
      await visit.until((chosen) => document.getElementById("advice").innerText.includes(chosen), name);
      await check(name);
    }
    await visit.paste("jwks", JSON.stringify(grown));
    await visit.evaluate(() => (document.querySelector("#timeline details").open = true));
    for (const narrow of [360, 320]) {
      await visit.page.resize(narrow, 740);
      await visit.until(() => document.querySelector("#keys-picture svg").getBoundingClientRect().right < innerWidth);
      await check(`a ring, ${narrow}`);
    }
    // The verdict stays in sight while its reasons are read.
    await visit.evaluate(() => scrollTo(0, document.scrollingElement.scrollHeight / 2));
    assert.ok(await visit.evaluate(() => document.getElementById("word").getBoundingClientRect().top >= 0));
    await visit.page.resize(740, 360);
    assert.ok(await visit.evaluate(() => innerHeight > 480 || document.getElementById("word").getBoundingClientRect().top < 0));
  },

  async "light and dark, as the system has it or as it is chosen"(visit) {
    await visit.open();
    const colours = {};
    for (const theme of ["light", "dark"]) {
      await setTheme(visit, theme);
      colours[theme] = await visit.evaluate(() => getComputedStyle(document.body).backgroundColor);
    }
    assert.notEqual(colours.light, colours.dark);
    await visit.open();
    assert.equal(await visit.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.equal(await visit.evaluate(() => getComputedStyle(document.body).backgroundColor), colours.dark);
    assert.deepEqual(await visit.evaluate(() => Object.keys(localStorage)), ["touchstone-theme"]);
    assert.equal(await visit.evaluate(() => document.cookie), "");
  },

  async "the policy holds: in the page as in the header, and against what would be injected"(visit) {
    await visit.open();
    const { headers } = await fetch(visit.url);
    const inPage = await visit.evaluate(() => document.querySelector('meta[http-equiv="Content-Security-Policy"]').content);
    assert.equal(headers.get("content-security-policy"), policyHeader);
    assert.match(policyHeader, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src /);
    assert.equal(`${inPage}; frame-ancestors 'none'`, policyHeader);
    const outcome = await visit.evaluate(async () => {
      const script = document.createElement("script");
      const tried = {};
      try {
        script.textContent = "window.injected = true";
        document.head.append(script);
      } catch {
        tried.script = "refused by its type";
      }
      tried.injected = "injected" in window;
      try {
        document.body.insertAdjacentHTML("beforeend", "<b id=html>html</b>");
      } catch {}
      tried.html = !document.getElementById("html") || !window.trustedTypes;
      document.getElementById("html")?.remove();
      tried.image = await new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve("loaded");
        image.onerror = () => resolve("refused");
        image.src = "https://images.example/x.png";
      });
      const http = await fetch("http://key-sets.example/").then(() => "fetched", () => "refused");
      return { ...tried, http };
    });
    assert.equal(outcome.injected, false);
    assert.equal(outcome.html, true);
    assert.equal(outcome.image, "refused");
    assert.equal(outcome.http, "refused");
    visit.mayComplain = /Content.Security.Policy|TrustedHTML|TrustedScript/i;
    visit.mayAsk = ["https://images.example", "http://key-sets.example"]; // asked of the browser, which refused
  },

  async "the server has the page's files, and nothing else, whatever it is asked"(visit) {
    const { port } = new URL(visit.url);
    const ask = (path, method = "GET") =>
      new Promise((resolve, reject) => {
        request({ host: "127.0.0.1", port, path, method }, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
      });
    for (const path of ["//", "/../package.json", "/..%2fpackage.json", "/%", "http://[", "/index.html/", "/nothing.js"]) {
      assert.equal(await ask(path), 404, path);
    }
    assert.equal(await ask("/", "POST"), 405);
    assert.equal(await ask("/", "HEAD"), 200);
    assert.equal(await ask("/?a=b"), 200);
  },

  async "from any folder of any host, which need set no header"(visit) {
    const answer = ({ url }, response) => {
      const name = url === "/a/folder/" ? "index.html" : url.replace("/a/folder/", "");
      response.writeHead(200, { "Content-Type": name === "core.wasm" ? "application/octet-stream" : types[extname(name)] });
      response.end(readFileSync(join(site, name)));
    };
    await withServer(answer, async (origin) => {
      visit.mayAsk = [origin];
      visit.url = `${origin}/a/folder/`;
      await visit.open();
      await visit.press("A good token");
      await visit.expectVerdict("valid");
      await visit.click("#share");
      const link = await visit.until(() => document.getElementById("link")?.value);
      assert.ok(link.startsWith(`${origin}/a/folder/#token=ey`));
    });
  },

  async "what is planned of a ring is what core plans"() {
    const { readRing, timelineOf, withoutSecrets } = await modulesOf("ring.js");
    let planned = 0;
    for (const { policy, ring, now, until, timeline } of timelines) {
      const drawn = timelineOf(readRing(withoutSecrets(JSON.stringify({ policy, ring }))), now, until);
      assert.deepEqual(JSON.parse(JSON.stringify(drawn)), timeline);
      planned += timeline.keys.filter((row) => row.planned).length;
      // Without the policy: what has been, and when a key goes that has been told so.
      const known = timelineOf(readRing(JSON.stringify(ring)), now);
      assert.equal(known.next, undefined);
      for (const [index, { removeAt }] of ring.keys.entries())
        if (removeAt > now) assert.equal(known.keys.find(({ kid }) => kid === ring.keys[index].jwk.kid).spans.at(-1).to, removeAt);
    }
    assert.ok(planned > 50, `only ${planned} planned keys`);
  },

  async "the axis of the keys' picture has round times, from seconds to centuries"() {
    const { ticks } = await modulesOf("timeline.js");
    const start = 1_795_655_405; // 2026-11-26 01:10:05, a Thursday
    const labels = (length, atMost) => ticks(start, start + length, atMost).map(([, label, day]) => label + (day && ` ${day}`));
    assert.deepEqual(labels(5, 3), ["01:10:06 2026-11-26", "01:10:08", "01:10:10"]);
    assert.deepEqual(labels(36 * 3600, 4), ["12:00 2026-11-26", "00:00 2026-11-27", "12:00"]);
    assert.deepEqual(labels(3 * 86400, 4), ["2026-11-27", "2026-11-28", "2026-11-29"]);
    assert.deepEqual(labels(21 * 86400, 4), ["2026-11-30", "2026-12-07", "2026-12-14"]);
    assert.deepEqual(labels(60 * 86400, 3), ["2026-12", "2027-01"]);
    assert.deepEqual(labels(3000 * 86400, 5), ["2028", "2030", "2032", "2034"]);
    assert.deepEqual(labels(7e9, 5), ["2050", "2100", "2150", "2200"]);
    assert.ok(ticks(-1e11, 1e11, 3).length <= 4);
  },

  async "a ring: its keys over time, past and planned, and nothing that is secret"(visit) {
    const { policy, ring } = timelines.at(-1);
    const now = ring.keys[0].publishedAt + 3600;
    await visit.open();
    await visit.click("#more summary");
    await visit.paste("currentDate", `${now}`);
    await visit.paste("jwks", JSON.stringify({ policy, ring }));
    await visit.expectText("#keys-words", /The next change is (due|in \d+ days, 20[\d-]+ [\d:]+ UTC)\. Times are in UTC/);
    await visit.expectText("#jwks-notes", /ring held private keys\. They did not leave this page, and were taken out of the field at once/);
    const page = await visit.evaluate(() => document.documentElement.outerHTML + document.getElementById("jwks").value);
    const secrets = secretsOf(ring);
    assert.ok(secrets.length >= 6);
    for (const secret of secrets) assert.ok(!page.includes(secret));
    const { bars, labels, role } = await visit.evaluate(() => ({
      bars: [...document.querySelectorAll("#keys-picture rect")].map(({ className }) => className.baseVal.trim()),
      labels: [...document.querySelectorAll("#keys-picture text")].map(({ textContent }) => textContent),
      role: document.querySelector("#keys-picture svg").getAttribute("role"),
    }));
    assert.equal(role, "img");
    assert.ok(bars.includes("active planned") && bars.includes("pending planned"), bars.join());
    assert.ok(labels.filter((label) => /^20\d\d-\d\d-\d\d$/.test(label)).length >= 2, labels.join());
    assert.ok(labels.includes("now") && labels.some((label) => label.startsWith("planned 1")), labels.join());
    await visit.press("Copy link");
    assert.ok((await visit.evaluate(() => document.getElementById("link").value)).includes("publishedAt"));
    const link = await visit.evaluate(() => document.getElementById("link").value);
    for (const secret of secrets) assert.ok(!decodeURIComponent(link).includes(secret));
    await visit.evaluate(() => (document.querySelector("#timeline details").open = true));
    await visit.expectText("#keys-list", /planned 2, RS256: planned pending from 2026-[\d-]+ [\d:]+ UTC to 202/);
    // The ring's keys verify, as the set does that it publishes.
    assert.match(await visit.text("#keys"), /keys\[0\]/);
    await visit.paste("jwks", JSON.stringify(ring));
    await visit.expectText("#keys-words", /Nothing here says what is planned/);
    await visit.paste("jwks", JSON.stringify({ ...ring, keys: ring.keys.map(({ publishedAt, ...rest }) => rest) }));
    await visit.expectText("#keys-words", /not as touchstone keeps one/);
  },

  async "a published set: what it says of its keys' times, and what it does not"(visit) {
    await visit.open();
    await visit.paste("jwks", jwks);
    await visit.expectText("#keys-words", /The keys are published now\. Since when, until when, and which one signs, this set does not say/);
    assert.equal(await visit.evaluate(() => document.querySelectorAll("#keys-picture svg").length), 0);
    const keys = JSON.parse(jwks).keys;
    const start = 1_700_000_000;
    const historical = [
      { ...keys[0], kid: "<b>&\"'\u202e", iat: start, exp: start + 86400 },
      { ...keys[0], kid: "gone", iat: start, exp: start + 86400, revoked: { revoked_at: start + 3600, reason: "compromised" } },
      { ...keys[0], kid: "silent" },
    ];
    await visit.paste("jwks", JSON.stringify({ keys: historical }));
    await visit.expectText("#keys-words", /Nothing here says what is planned/);
    await visit.evaluate(() => (document.querySelector("#timeline details").open = true));
    const list = await visit.text("#keys-list");
    assert.match(list, /^<b>&"'\\u202e, ES256: published from 2023-11-14 22:13:20 UTC to 2023-11-15 22:13:20 UTC\.$/m);
    assert.match(list, /^gone, ES256: published from 2023-11-14 22:13:20 UTC to 2023-11-14 23:13:20 UTC\.$/m);
    assert.match(list, /^silent, ES256: published now\.$/m);
    assert.equal(await visit.evaluate(() => document.querySelectorAll("#keys-picture rect").length), 2);
    // Whatever stands where times belong, the page goes on.
    for (const wrong of [{ iat: 1e300 }, { exp: "soon" }, { revoked: { revoked_at: null } }, { iat: -1e11, exp: 1e11 }])
      await visit.paste("jwks", JSON.stringify({ keys: [{ ...keys[0], ...wrong }] }));
    await visit.expectText("#keys-list", /outside the years 0 to 9999/);
    for (const wrong of ['{"ring":{"keys":[]}}', '{"ring":{"keys":[null,1]}}', '{"policy":7,"ring":{"keys":[{"jwk":{"k":"secret"}}]}}', '{"keys":[{"jwk":{}}]}'])
      await visit.paste("jwks", wrong).then(() => visit.expectText("#keys-words", /not as touchstone keeps one|Nothing here says/));
    assert.ok(!(await visit.evaluate(() => document.getElementById("jwks").value)).includes("secret"));
  },

  async "without its module, or where a host forbids it, it says so"(visit) {
    const hosts = {
      "script-src 'self'": [200, /needs 'wasm-unsafe-eval' in script-src/],
      [policyHeader]: [404, /could not be loaded: .*HTTP status 404/],
    };
    for (const [policy, [status, words]] of Object.entries(hosts)) {
      const answer = ({ url }, response) => {
        const name = url === "/" ? "index.html" : url.slice(1);
        const file = readFileSync(join(site, name));
        const body = name === "index.html" ? file.toString().replace(/<meta http-equiv[^>]*>/, "") : file;
        response.writeHead(name === "core.wasm" ? status : 200, { "Content-Type": types[extname(name)], "Content-Security-Policy": policy });
        response.end(body);
      };
      await withServer(answer, async (origin) => {
        visit.mayAsk.push(origin);
        visit.url = `${origin}/`;
        await visit.open();
        // WebKit's policy says nothing of a module that is compiled while it is fetched.
        if (visit.name === "webkit" && status === 200) return assert.equal(await visit.text("#word"), "Paste a token");
        assert.equal(await visit.text("#word"), "Not loaded");
        assert.match(await visit.text("#reason"), words);
      });
    }
    visit.mayComplain = /./;
  },
};

/** The page's own code, as a module here. */
async function modulesOf(...names) {
  const contents = names.map((name) => `export * from "./${name}";`).join("\n");
  const resolveDir = join(root, "js", "playground");
  const { outputFiles } = await build({ stdin: { contents, resolveDir, loader: "ts" }, bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
}

/** What the page looks like, for people to look at. */
export async function screenshots(visit) {
  await visit.open();
  const scenes = { empty: undefined, valid: "ES256", attack: "RS256 becomes HS256", expired: "Expired", set: "A set with much to say of", ring: undefined };
  for (const [size, width, height] of [["desktop", 1280, 900], ["phone", 360, 740]]) {
    await visit.page.resize(width, height);
    await visit.evaluate(() => document.querySelectorAll("#examples details").forEach((group) => (group.open = true)));
    for (const theme of ["light", "dark"]) {
      await setTheme(visit, theme);
      for (const [scene, example] of Object.entries(scenes)) {
        if (example) await visit.press(example);
        else await visit.click("#clear");
        if (scene === "ring") await visit.paste("jwks", JSON.stringify(grown));
        await visit.evaluate(async () => {
          scrollTo(0, 0);
          document.querySelector("#keys-picture svg")?.scrollIntoView({ block: "end" });
          document.getAnimations().forEach((animation) => animation.finish());
          for (let frame = 0; frame < 2; ++frame) await new Promise(requestAnimationFrame);
        });
        await visit.screenshot(`${scene}-${size}-${theme}`);
      }
    }
  }
}
