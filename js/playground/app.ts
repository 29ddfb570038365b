// The page: reads its fields, has them judged each second, and shows what came of it.
import { init, type Refusal } from "../src/url.js";
import { adviceFor } from "./advice.js";
import { button, byId, h, setText, visible } from "./dom.js";
import { listExamples, type Example } from "./examples.js";
import { fetchSet, findSet } from "./fetch-keys.js";
import { judge, readKeys, undecided, type Judgement, type Keys } from "./judge.js";
import { lifeInWords, pictureOfLife } from "./life.js";
import { fromFragment, toLink, type Input } from "./link.js";
import { asOptions, fillForm, fixedTime, hintForTime, readForm, type Written } from "./options.js";
import { isKeys, issuerOf, kindOfKeys, jwkOfPem, parseObject, unwrap } from "./paste.js";
import { isRing, readRing, timelineOf, timelineOfSet, withoutSecrets, type Timeline } from "./ring.js";
import { hideAll, showAudit, showCode, showDecoded, showKeys, showSteps, source, updateTimes } from "./sections.js";
import { keyInWords, pictureOfKeys, timelineInWords } from "./timeline.js";
import { duration, isDate } from "./words.js";

const tokenField = byId<HTMLTextAreaElement>("token");
const jwksField = byId<HTMLTextAreaElement>("jwks");

// ---- what is in the fields -------------------------------------------------------------------------

let token = "";
let written: Written = {};
let keys: Keys = { kind: "empty" };
let keysText = "";
let example: Example | undefined;
/** Whether private keys were taken out of what is in the field. */
let hadSecrets = false;
/** What a fetch or another step has to say of the keys, until they change. */
let said: Node[] = [];

const clock = () => Date.now() / 1000;
const now = () => {
  const fixed = fixedTime(written);
  return fixed === undefined || Number.isNaN(fixed) ? clock() : fixed;
};

function read(): void {
  const pasted = unwrap(tokenField.value);
  token = pasted.token;
  written = readForm();
  const text = takeSecretsOut(jwksField.value.trim());
  if (text !== keysText) {
    keys.set?.dispose();
    keys = readKeys(text, now());
    keysText = text;
    said = [];
  }
  setNotes("token-notes", [...pasted.notes.map((note) => h("p", {}, note)), ...notesOnToken()]);
  setNotes("jwks-notes", [...said, ...notesOnKeys()]);
  shown = "";
  show();
}

/** Of a ring only what is public stays in the page, so that nothing else can be shown, or get into a link. */
function takeSecretsOut(text: string): string {
  const left = kindOfKeys(text) === "ring" ? withoutSecrets(text) : text;
  if (left !== text) jwksField.value = left;
  if (left !== text || left !== keysText) hadSecrets = left !== text;
  return left;
}

/** Fills the fields. */
function write(input: Input): void {
  tokenField.value = input.token;
  jwksField.value = input.jwks;
  fillForm(input.options);
  const isBehindMore = Object.keys(input.options).some((name) => byId("more").contains(byId(name)));
  if (isBehindMore) byId<HTMLDetailsElement>("more").open = true;
  byId("shared").hidden = true;
  read();
}

const input = (): Input => ({ token: tokenField.value, jwks: jwksField.value, options: readForm() });

/** What the user changes is no longer what the link or the example says. */
function edited(): void {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  setExample(undefined);
  byId("shared").hidden = true;
  read();
}

function change(options: Written): void {
  fillForm({ ...readForm(), ...options });
  edited();
}

function setKeys(text: string, ...notes: Node[]): void {
  jwksField.value = text;
  edited();
  said = notes;
  setNotes("jwks-notes", [...said, ...notesOnKeys()]);
}

// ---- notes on what was pasted ----------------------------------------------------------------------

function setNotes(id: string, notes: Node[]): void {
  const area = byId(id);
  const text = notes.map((note) => note.textContent).join("\n");
  if (area.dataset["text"] === text) return;
  area.dataset["text"] = text;
  area.replaceChildren(...notes.map((note) => h("div", { class: "note" }, note)));
}

const noteWith = (text: string, ...buttons: HTMLButtonElement[]): HTMLElement =>
  h("div", {}, h("p", {}, text), h("p", { class: "actions" }, ...buttons));

function notesOnToken(): Node[] {
  const object = parseObject(token);
  if (isKeys(object) || isRing(object)) {
    const move = button("Move it to Keys", () => {
      tokenField.value = "";
      setKeys(token);
    });
    return [noteWith("This is a key, or a set of keys, and no token.", move)];
  }
  if (object && "payload" in object) return [h("p", {}, "This is a JWS in JSON. A JWT is always compact; verifyJws() takes the other serializations.")];
  return [];
}

function notesOnKeys(): Node[] {
  const text = keysText;
  switch (keys.kind) {
    case "empty":
      return noteOnIssuer();
    case "url":
      return [noteWith("This is a URL. It is fetched when you say so, and told nothing of the token.",
        button("Fetch this key set", () => void fetchKeys(text)),
        button("Ask this issuer for its set", () => void askIssuer(issuerOf(text))))];
    case "metadata": {
      const { jwks_uri: uri } = parseObject(text)!;
      return [noteWith("This is an issuer's metadata; it says where the keys are.", button(`Fetch ${visible(String(uri)).slice(0, 200)}`, () => void fetchKeys(String(uri))))];
    }
    case "publicPem":
      return [noteWith("This is a public key in PEM; keys are given as JWK here.", button("Make it a JWK", () => void convertPem(text)))];
    case "certificate":
      return [h("p", {}, "This is a certificate. openssl x509 -pubkey -noout prints its public key, which can be pasted here.")];
    case "privatePem":
      return [h("p", { class: "bad" }, "This is a private key. Never paste one anywhere, not even here: only its public half is needed to verify.")];
    case "token":
      return [noteWith("This is a token, and no key.", button("Move it to Token", () => {
        tokenField.value = text;
        setKeys("");
      }))];
    case "text":
      return [noteWith("This is no JSON. If it is the secret of an HMAC, it can be made a JWK.", button("Make it a secret", () => makeSecret(text)))];
    case "ring":
      return hadSecrets
        ? [h("p", { class: "bad" }, "This ring held private keys. They did not leave this page, and were taken out of the field at once.")]
        : [];
    case "json":
      return noteOnSet(text);
  }
}

function noteOnIssuer(): Node[] {
  const { iss } = parseClaims();
  if (typeof iss !== "string" || iss.length > 300 || !/^https:\/\/[^\s/]/.test(iss)) return [];
  return [noteWith("The token, unverified, names its issuer. It can be asked for its keys.", button(`Ask ${visible(iss)}`, () => void askIssuer(iss)))];
}

function parseClaims(): Record<string, unknown> {
  const judgement = judge(token, keys, {}, now());
  return "explanation" in judgement ? { ...judgement.explanation.unverified?.payload } : {};
}

function noteOnSet(text: string): Node[] {
  const { refusal, set } = keys;
  if (refusal) {
    const { offset } = refusal.detail ?? {};
    return [h("p", { class: "bad" }, `It cannot be read: ${refusal.message}${offset === undefined ? "" : `; ${placeOf(text, offset)}`}.`)];
  }
  const hasPrivate = set?.skipped.some(({ reason }) => reason === "private_member");
  return hasPrivate ? [h("p", { class: "bad" }, "A private key is in this set. If the set is published, the key is compromised: rotate it at once.")] : [];
}

/** A position in bytes as people count. */
function placeOf(text: string, offset: number): string {
  const before = new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, offset));
  const lines = before.split("\n");
  return `reading stopped in line ${lines.length}, at character ${lines.at(-1)!.length + 1}`;
}

async function fetchKeys(url: string): Promise<void> {
  await fetching(`Fetching ${url} …`, async () => {
    const text = await fetchSet(url);
    return () => setKeys(text, fetched(url));
  });
}

async function askIssuer(issuer: string): Promise<void> {
  await fetching(`Asking ${issuer} …`, async () => {
    const url = await findSet(issuer);
    const text = await fetchSet(url);
    return () => {
      // Keys that an issuer was asked for verify its tokens alone (RFC 8414 section 6.2).
      fillForm({ ...readForm(), issuer });
      setKeys(text, fetched(url));
    };
  });
}

const fetched = (url: string): Node =>
  noteWith(`Fetched from ${visible(url).slice(0, 300)}.`, button("Fetch again", () => void fetchKeys(url)));

/** A step that takes time. If the field has changed meanwhile, nothing comes of it. */
async function fetching(words: string, work: () => Promise<() => void>): Promise<void> {
  const before = jwksField.value;
  said = [h("p", {}, visible(words).slice(0, 300))];
  setNotes("jwks-notes", said);
  let finish: () => void;
  try {
    finish = await work();
  } catch (error) {
    finish = () => {
      said = [h("p", { class: "bad" }, error instanceof Error ? error.message : "It did not work.")];
      setNotes("jwks-notes", [...said, ...notesOnKeys()]);
    };
  }
  if (jwksField.value === before) finish();
}

async function convertPem(text: string): Promise<void> {
  const jwk = await jwkOfPem(text);
  if (jwk) return setKeys(JSON.stringify(jwk, null, 2), h("p", {}, "Made of the PEM. It has no alg: add the one that the key is for."));
  said = [h("p", { class: "bad" }, "This browser cannot read it: it knows RSA, P-256, P-384, P-521 and Ed25519, and those only on pages that came securely.")];
  setNotes("jwks-notes", said);
}

function makeSecret(text: string): void {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text.slice(0, 4096)));
  const k = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  setKeys(JSON.stringify({ kty: "oct", k }, null, 2), h("p", {}, "Made of the text's UTF-8. If the secret was base64, k is to be that."));
}

// ---- the verdict -----------------------------------------------------------------------------------

/** What the sections were made of. */
let shown = "";
let judgement: Judgement = { state: "idle" };

function show(): void {
  judgement = judge(token, keys, asOptions(written), now());
  if (Number.isNaN(fixedTime(written)) && "explanation" in judgement) {
    const explanation = undecided(judgement.explanation);
    judgement = { state: "asked", option: "currentDate", hint: hintForTime(written), explanation };
  }
  const made = JSON.stringify(judgement);
  if (made !== shown) {
    shown = made;
    showVerdict();
    showSections();
  }
  setText(byId("countdown"), countdown());
  updateTimes(now());
  showLife();
  showTimeline();
}

function showVerdict(): void {
  const [word, reason] = wordsOf(judgement);
  const slab = byId("slab");
  slab.dataset["state"] = judgement.state;
  slab.dataset["reason"] = judgement.state === "refused" ? judgement.error.reason : "";
  setText(byId("word"), word);
  setText(byId("reason"), reason);
  document.title = judgement.state === "idle" ? "Touchstone playground" : `${word} · Touchstone playground`;
}

function wordsOf(judgement: Judgement): [word: string, reason: string] {
  switch (judgement.state) {
    case "idle":
      return ["Paste a token", keys.set ? "The keys are there." : "or take one of the examples."];
    case "asked":
      return ["Not judged", `The option ${judgement.option} cannot be read.`];
    case "unjudged":
      return ["Not judged", keys.kind === "empty" ? "There are no keys to verify it with." : "What was pasted as keys is no key set."];
    case "refused": {
      const { message, member } = judgement.error;
      const named = member && !message.split(/\W/).includes(member) ? ` (${visible(member).slice(0, 100)})` : "";
      return ["Refused", `${message[0]!.toUpperCase()}${message.slice(1)}${named}.`];
    }
    case "valid": {
      const { unchecked } = judgement.explanation;
      return ["Valid", unchecked?.length ? `Not checked: ${unchecked.join(", ")}.` : "Signature, time and what you expect: all is right."];
    }
  }
}

function countdown(): string {
  if (judgement.state !== "valid" && judgement.state !== "refused") return "";
  const { exp, nbf } = judgement.explanation.unverified?.payload ?? {};
  const reason = judgement.state === "refused" ? judgement.error.reason : undefined;
  if (reason === "token_not_active" && isDate(nbf)) return `valid in ${duration(nbf - now())}`;
  if ((reason && reason !== "token_expired") || !isDate(exp)) return "";
  if (exp > now()) return `expires in ${duration(exp - now())}`;
  return `expired ${duration(Math.floor(now() - exp))} ago${reason ? "" : ", within clockTolerance"}`;
}

function showSections(): void {
  for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const note of document.querySelectorAll("p.error")) setText(note, "");
  if (judgement.state === "asked") markField(judgement.option, judgement.hint);

  const explanation = "explanation" in judgement ? judgement.explanation : undefined;
  hideAll();
  byId("welcome").hidden = judgement.state !== "idle" || keys.set !== undefined;
  showAdvice();
  showKeys(keys, explanation);
  showAudit(keys.audit);
  if (!explanation) return;
  showDecoded(token, explanation, now());
  if (judgement.state === "asked") return;
  showSteps(explanation);
  showCode(asOptions(written), fixedTime(written));
}

function markField(option: string, hint: string | undefined): void {
  const field = document.getElementById(option);
  const note = document.getElementById(`${option}-note`);
  if (!field || !note) return;
  field.setAttribute("aria-invalid", "true");
  setText(note, hint ?? "This value is not taken.");
  if (byId("more").contains(field)) byId<HTMLDetailsElement>("more").open = true;
}

function showAdvice(): void {
  const section = byId("advice");
  const advice = adviceFor(judgement).map(({ text, step }) =>
    h("div", {}, h("p", {}, text), step && h("p", { class: "actions" }, button(step[0], () => change(step[1])))),
  );
  const about = judgement.state === "refused" && refusalLine(judgement.error);
  const content = [example && aboutExample(example), about, ...advice].filter((part): part is HTMLElement => Boolean(part));
  section.hidden = content.length === 0;
  section.replaceChildren(...content);
}

function refusalLine({ reason, code, section, message, hint }: Refusal): HTMLElement {
  const more = hint !== undefined && !message.includes(hint) && ` · ${visible(hint)}`;
  return h("p", { class: "refusal" }, h("code", {}, reason), " ", h("code", {}, code), " ", source(section), more);
}

function aboutExample({ name, why, class: attack, verdict }: Example): HTMLElement {
  const [kind, said] = attack
    ? ["Attack", h("p", {}, "Class “", attack, "”. Touchstone answers: ", h("code", {}, verdict), ".")]
    : ["Example", undefined];
  return h("div", { class: "about" }, h("p", {}, h("b", {}, `${kind}: ${name}.`), ` ${why}`), said);
}

function showLife(): void {
  const claims = "explanation" in judgement ? judgement.explanation.unverified?.payload : undefined;
  const section = byId("life");
  section.hidden = !claims;
  if (!claims) return;
  const picture = byId("picture");
  const drawn = pictureOfLife(claims, now(), Math.max(picture.clientWidth, 240));
  picture.replaceChildren(...(drawn ? [drawn] : []));
  setText(byId("life-words"), lifeInWords(claims, now()));
}

let drawn = "";

/** Drawn anew when the keys or the width are other ones, or now has moved by a pixel. */
function showTimeline(): void {
  const timeline = readTimeline();
  byId("timeline").hidden = keys.kind !== "ring" && !keys.set?.keys.length;
  setText(byId("keys-words"), timeline ? timelineInWords(timeline) : wordsWithoutTimes());
  const picture = byId("keys-picture");
  const width = Math.max(picture.clientWidth, 240);
  const pixel = timeline && Math.floor((timeline.now / (timeline.until - timeline.from + 1)) * width);
  const wanted = JSON.stringify([keysText, width, pixel, timeline?.next]);
  if (wanted === drawn) return;
  drawn = wanted;
  picture.replaceChildren(...(timeline ? [pictureOfKeys(timeline, width)] : []));
  byId("keys-more").hidden = !timeline;
  byId("keys-list").replaceChildren(...(timeline?.keys.map((row) => h("li", {}, keyInWords(row))) ?? []));
}

const readTimeline = (): Timeline | undefined => {
  if (keys.kind !== "ring") return keys.set && timelineOfSet(keysText, now());
  const ring = readRing(keysText);
  return ring && timelineOf(ring, now());
};

const wordsWithoutTimes = (): string => keys.kind === "ring"
  ? "This ring is not as touchstone keeps one."
  : "The keys are published now. Since when, until when, and which one signs, this set does not say.";

/** At each full second, when tokens expire. */
function tick(): void {
  if (!document.hidden) show();
  setTimeout(tick, 1000 - (Date.now() % 1000));
}

// ---- examples, links, theme ------------------------------------------------------------------------

function setExample(chosen: Example | undefined, pressed?: HTMLButtonElement): void {
  example = chosen;
  for (const other of document.querySelectorAll('[aria-pressed="true"]')) other.setAttribute("aria-pressed", "false");
  pressed?.setAttribute("aria-pressed", "true");
}

function choose(chosen: Example, pressed: HTMLButtonElement): void {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  setExample(chosen, pressed);
  write(chosen.input);
}

function share(): void {
  const link = toLink(input());
  const field = h("input", { value: link, readonly: true, "aria-label": "The link", id: "link" });
  field.addEventListener("focus", () => field.select());
  const outcome = h("span", {}, "Here it is.");
  const warning = " Who has the link has the token. It stands behind the #, which browsers send to no server.";
  const area = byId("shared");
  area.replaceChildren(h("p", {}, outcome, warning), field);
  area.hidden = false;
  // Where a page may not write to the clipboard, the link is there to be copied.
  navigator.clipboard?.writeText(link).then(() => setText(outcome, "Copied."), () => {});
}

const themes = ["system", "light", "dark"];

function setTheme(theme: string): void {
  document.documentElement.dataset["theme"] = theme;
  setText(byId("theme"), `Theme: ${theme}`);
  try {
    localStorage.setItem("touchstone-theme", theme);
  } catch {
    // Storage is switched off; the page remembers nothing else.
  }
}

function storedTheme(): string {
  try {
    return themes.find((theme) => theme === localStorage.getItem("touchstone-theme")) ?? "system";
  } catch {
    return "system";
  }
}

function openLink(): void {
  const linked = fromFragment(location.hash);
  if (!linked) return;
  setExample(undefined);
  write(linked);
}

async function start(): Promise<void> {
  setTheme(storedTheme());
  byId("theme").addEventListener("click", () => {
    const theme = document.documentElement.dataset["theme"]!;
    setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]!);
  });
  byId("examples").append(...listExamples(choose));
  const offered = [...document.querySelectorAll<HTMLButtonElement>("#examples button")];
  for (const starter of document.querySelectorAll<HTMLElement>("[data-example]")) {
    starter.addEventListener("click", () => {
      offered.find(({ textContent }) => textContent === starter.dataset["example"])!.click();
      tokenField.focus(); // the button that was clicked is gone
    });
  }
  try {
    await init();
  } catch (error) {
    byId("slab").dataset["state"] = "broken";
    setText(byId("word"), "Not loaded");
    const isForbidden = error instanceof WebAssembly.CompileError || /unsafe-eval|Content.Security/i.test(`${error}`);
    setText(byId("reason"), isForbidden
      ? "The page's host does not allow WebAssembly: its Content-Security-Policy needs 'wasm-unsafe-eval' in script-src."
      : `The verifier, core.wasm, could not be loaded: ${error instanceof Error ? error.message : error}`);
    return;
  }
  byId("form").addEventListener("input", edited);
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    write({ token: "", jwks: "", options: {} });
    edited();
    tokenField.focus();
  });
  byId("share").addEventListener("click", share);
  // By itself the link would put the focus into the field in WebKit, but no caret.
  document.querySelector(".skip")!.addEventListener("click", (event) => {
    event.preventDefault();
    tokenField.focus();
  });
  addEventListener("hashchange", openLink);
  addEventListener("resize", () => {
    showLife();
    showTimeline();
  });
  document.addEventListener("visibilitychange", () => document.hidden || show());
  openLink();
  read(); // also what the browser has kept in the fields over a reload
  tick();
}

void start();
