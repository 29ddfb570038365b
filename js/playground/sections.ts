// The sections of the result, each made from what the core answered.
import type { Audit, Explanation, Finding, KeyDescription, SkippedKey, VerifyOptions } from "../src/url.js";
import { button, byId, h, json, setText, spoken, visible } from "./dom.js";
import type { Keys } from "./judge.js";
import { counted, date, isDate, local, relative } from "./words.js";

/** Fills a section and shows it; without content it is hidden. */
function show(id: string, ...content: (Node | string | undefined | false)[]): void {
  const section = byId(id);
  section.hidden = content.length === 0;
  section.lastElementChild!.replaceChildren(...content.filter((part): part is Node | string => Boolean(part)));
}

export function hideAll(): void {
  for (const section of document.querySelectorAll<HTMLElement>("#results > section:not(#advice, #timeline)")) section.hidden = true;
}

/** A section of an RFC as a link to it; any other source as it is. */
export function source(section: string): Node {
  const [, rfc, part, number] = /^RFC (\d+)(?: (section|appendix) ([\w.]+))?/.exec(section) ?? [];
  if (!rfc) return h("span", { class: "source" }, section === "policy" ? "Touchstone's policy" : section);
  const href = `https://www.rfc-editor.org/rfc/rfc${rfc}${number ? `#${part}-${number}` : ""}`;
  return h("a", { class: "source", href, rel: "noreferrer", target: "_blank" }, section);
}

/** A time in words that keeps up with the clock. */
function when(time: number, now: number): HTMLElement {
  return h("time", { datetime: date(time).replace(" UTC", "Z").replace(" ", "T"), title: local(time), "data-time": time }, relative(time, now));
}

export function updateTimes(now: number): void {
  for (const element of document.querySelectorAll<HTMLElement>("time[data-time]")) {
    setText(element, relative(Number(element.dataset["time"]), now));
  }
}

// ---- header and claims -----------------------------------------------------------------------------

const meanings: Record<string, string> = {
  iss: "who issued it",
  sub: "whom it is about",
  aud: "whom it is for",
  exp: "when it expires",
  nbf: "from when on it is valid",
  iat: "when it was issued",
  jti: "its own identifier",
  auth_time: "when the user logged in",
  updated_at: "when the user's data last changed",
  azp: "the client it was issued to",
  client_id: "the client that asked for it",
  nonce: "what the request carried",
  scope: "what it allows",
  cnf: "the key that its owner must prove to have",
  act: "who acts for the subject",
  alg: "how it is signed",
  kid: "which key signed it",
  typ: "what kind of token it is",
  cty: "what the payload is",
  crit: "extensions that must be understood",
  jwk: "a key of its own, which is never used",
  jku: "a URL for keys, which is never fetched",
  x5u: "a URL for a certificate, which is never fetched",
  x5c: "certificates of its own, which are never used",
};
const times = ["exp", "nbf", "iat", "auth_time", "updated_at"];

function table(object: Readonly<Record<string, unknown>>, now: number): HTMLElement {
  const rows = Object.entries(object).map(([name, value]) => {
    const isTime = times.includes(name) && typeof value === "number";
    const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("code", {}, visible(name)), meaning && h("small", {}, meaning)),
      h("td", {}, json(value), isTime && h("p", { class: "time" }, ...timeInWords(value as number, now))),
    );
  });
  return h("table", {}, h("tbody", {}, ...rows));
}

function timeInWords(time: number, now: number): (Node | string)[] {
  if (isDate(time) && time < 1e11) return [`${date(time)}, `, when(time, now)];
  const asMilliseconds = time / 1000;
  return isDate(asMilliseconds)
    ? [`Milliseconds? As such it would be ${date(asMilliseconds)}; a JWT has seconds.`]
    : ["Outside the years 0 to 9999."];
}

function copyJson(value: unknown): HTMLElement {
  const copy: HTMLButtonElement = button("Copy JSON", () => {
    void navigator.clipboard?.writeText(JSON.stringify(value, null, 2)).then(() => {
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy JSON"), 2000);
    });
  }, { class: "quiet" });
  return copy;
}

function trust({ valid, error }: Explanation): HTMLElement {
  if (valid) return h("p", { class: "badge good" }, "verified");
  const isSigned = error !== undefined && error.number >= 400;
  return h("p", { class: "badge" }, isSigned ? "signed by the key, and refused all the same" : "not verified: nothing here is to be trusted");
}

export function showDecoded(token: string, explanation: Explanation, now: number): void {
  const { unverified } = explanation;
  if (unverified) {
    const { header, payload } = unverified;
    show("claims", h("div", { class: "bar" }, trust(explanation), copyJson(payload)), table(payload, now));
    show("header", h("div", { class: "bar" }, trust(explanation), copyJson(header)), table(header, now));
    return;
  }
  // What cannot be parsed is shown as it stands: that is what its reader has to look at.
  const [header, payload] = token.split(".").map(textOf);
  const raw = (text: string) => [h("p", { class: "badge" }, "not parsed: the text as it stands"), h("pre", { class: "raw" }, visible(text.slice(0, 4000)))];
  show("claims", ...(payload ? raw(payload) : []));
  show("header", ...(header ? raw(header) : []));
}

function textOf(segment: string): string {
  try {
    const bytes = Uint8Array.from(atob(segment.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return "";
  }
}

// ---- steps and keys --------------------------------------------------------------------------------

const marks = {
  passed: ["✓", "passed"],
  failed: ["✕", "failed"],
  unchecked: ["–", "not checked"],
  not_reached: ["", "not reached"],
} as const;

export function showSteps({ steps }: Explanation): void {
  const items = steps.map(({ step, question, section, status }) => {
    const [mark, words] = marks[status];
    return h(
      "li",
      { class: status, "data-step": step },
      h("span", { class: "mark", "aria-hidden": "true" }, mark),
      h("span", {}, spoken(`${words}: `), h("b", {}, step), ` ${question}`, status === "unchecked" && h("i", {}, " not checked")),
      source(section),
    );
  });
  show("steps", h("ol", { class: "steps" }, ...items));
}

export function showKeys({ set }: Keys, explanation: Explanation | undefined): void {
  if (!set) return show("keys");
  const considered = new Map(explanation?.keys.map((key) => [key.index, key]));
  const all: (KeyDescription | SkippedKey)[] = [...set.keys, ...set.skipped].sort((a, b) => a.index - b.index);
  const items = all.slice(0, 50).map((key) => {
    const { status, reason } = considered.get(key.index) ?? {};
    const isSkipped = "message" in key;
    const isUsed = explanation?.key === key.index;
    const [kind, words] = isSkipped
      ? ["skipped", `unusable: ${key.message}${key.member ? ` (${visible(key.member)})` : ""}`]
      : isUsed
        ? ["used", explanation.valid || explanation.error!.number >= 400 ? "verified the signature" : "was tried"]
        : status === "matching"
          ? ["used", "matches the header"]
          : status === "passed_over"
            ? ["over", `passed over: ${reason?.replaceAll("_", " ")}`]
            : ["over", "not considered"];
    return h(
      "li",
      { class: kind, "data-key": key.index },
      h("p", {}, h("b", {}, `keys[${key.index}]`), " ", key.kid === undefined ? "without kid" : h("code", {}, visible(key.kid).slice(0, 200)), !isSkipped && ` ${describe(key)}`),
      h("p", { class: "status" }, words),
      !isSkipped && h("p", { class: "help" }, "thumbprint ", h("code", {}, key.thumbprint)),
    );
  });
  show(
    "keys",
    all.length === 0 && h("p", {}, "The set is empty."),
    h("ul", { class: "keys" }, ...items),
    all.length > 50 && h("p", { class: "help" }, `and ${counted(all.length - 50, "more key")}`),
  );
}

const describe = ({ kty, crv, alg, bits }: KeyDescription) =>
  [kty, crv ?? (kty === "AKP" ? "" : `${bits} bits`), alg].filter(Boolean).join(" · ");

// ---- audit -----------------------------------------------------------------------------------------

const severities: Finding["severity"][] = ["error", "warning", "note"];

export function showAudit(audit: Audit | undefined): void {
  if (!audit) return show("audit");
  const { findings, keys, usable } = audit;
  const counts = severities.map((severity) => counted(findings.filter((finding) => finding.severity === severity).length, severity));
  const items = severities
    .flatMap((severity) => findings.filter((finding) => finding.severity === severity))
    .slice(0, 100)
    .map((finding) =>
      h(
        "li",
        { "data-severity": finding.severity, "data-finding": finding.id },
        h("p", {}, h("b", { class: "badge" }, finding.severity), " ", where(finding), ": ", finding.message, " ", source(finding.section)),
        finding.advice !== "" && h("p", { class: "do" }, h("b", {}, "What to do: "), finding.advice),
      ),
    );
  show(
    "audit",
    h("p", {}, `${counted(keys, "key")}, ${usable} usable; ${counts.join(", ")}.`),
    items.length > 0 ? h("ul", { class: "findings" }, ...items) : h("p", {}, "Nothing to say against it."),
    findings.length > 100 && h("p", { class: "help" }, `and ${counted(findings.length - 100, "more finding")}`),
  );
}

function where({ key, kid, member }: Finding): string {
  const name = key === undefined ? "the set" : `keys[${key}]${kid === undefined ? "" : ` ${visible(JSON.stringify(kid)).slice(0, 100)}`}`;
  return member === undefined ? name : `${name}, ${visible(member).slice(0, 100)}`;
}

// ---- code ------------------------------------------------------------------------------------------

export function showCode(options: VerifyOptions, fixed: number | undefined): void {
  const members = Object.entries(options).map(([name, value]) => {
    const only = Array.isArray(value) && value.length === 1 && name !== "algorithms" && name !== "requiredClaims" && name !== "crit";
    return `  ${name}: ${visible(JSON.stringify(only ? value[0] : value))},\n`;
  });
  if (fixed !== undefined) members.push(`  currentDate: new Date(${Math.round(fixed * 1000)}),\n`);
  const given = members.length > 0 ? `, {\n${members.join("")}}` : "";
  const code = `import { verify } from "touchstone";\n\nconst { payload, unchecked } = await verify(token, jwks${given});`;
  show("code", h("pre", {}, h("code", {}, code)));
}
