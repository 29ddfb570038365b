// What the page is made of. Text becomes text nodes and nothing else: whatever a token holds, it is never HTML.

type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

const svgTags = new Set(["svg", "path", "line", "circle", "rect", "text", "g"]);

/** An element. An attribute that is a function listens to the event of its name. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes?: Attributes, ...children: Child[]
): HTMLElementTagNameMap[Tag];
export function h(tag: string, attributes?: Attributes, ...children: Child[]): Element;
export function h(tag: string, attributes: Attributes = {}, ...children: Child[]): Element {
  const element = svgTags.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

export function byId<Element extends HTMLElement = HTMLElement>(id: string): Element {
  return document.getElementById(id) as Element;
}

/** Sets what has changed: a screen reader is told of nothing twice, and a selection stays. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export const button = (label: string, click: () => void, attributes: Attributes = {}): HTMLButtonElement =>
  h("button", { type: "button", ...attributes, click }, label);

/** Says something only to those who do not see the page. */
export const spoken = (text: string): HTMLElement => h("span", { class: "spoken" }, text);

// What would not be seen, or would turn the text around it: controls, bidirectional marks, spaces of no width, tags.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udfff]/g;

/** Text that shows all that it holds, as JSON would write it: U+202E as \u202e. */
export const visible = (text: string): string =>
  text.replace(unseen, (match) => [...Array(match.length).keys()].map((at) => `\\u${match.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""));

const longest = 600;

/** JSON in full view; of a long one the beginning, and a button for the rest. */
export function json(value: unknown): HTMLElement {
  const text = visible(JSON.stringify(value, null, 2) ?? "");
  const code = h("code", { class: "json" }, text.slice(0, longest));
  if (text.length <= longest) return code;
  const rest = text.length - longest;
  const more = button(`… show ${rest.toLocaleString("en")} more characters`, () => {
    code.textContent = text;
    code.tabIndex = -1;
    code.focus();
    more.remove();
  });
  return h("span", {}, code, more);
}
