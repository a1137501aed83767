/** Access to the document. Chain data goes in as text only. */

/** The element with this id; index.html has it. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element "${id}"`);
  return element;
}

/** Puts text into an element, and touches it only where the text is another. */
export function setText(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** Puts a number into an element: shown as `text`, and exact in `data-value`. */
export function setValue(id: string, text: string, value: bigint | undefined): void {
  setText(id, text);
  byId(id).dataset["value"] = value?.toString() ?? "";
}

/** What an element can hold; undefined and false are left out. */
export type Child = Node | string | undefined | false;

/** A new element with attributes and children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...present(children));
  return element;
}

/** A link within the page or to elsewhere. */
export function link(href: string, text: string): HTMLAnchorElement {
  return make("a", { href }, text);
}

/** A button that is no form's. */
export function button(text: string, act: () => void): HTMLButtonElement {
  const element = make("button", { type: "button" }, text);
  element.addEventListener("click", act);
  return element;
}

/** A list of names and values. */
export function facts(rows: (readonly [name: string, value: Child] | undefined)[]): HTMLDListElement {
  const pairs = rows.filter((row) => row !== undefined);
  return make("dl", { class: "facts" }, ...pairs.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

/** A table that scrolls by itself where it is wider than the page; `label` names it. */
export function table(label: string, heads: string[], rows: HTMLTableRowElement[]): HTMLElement {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": label },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)),
  );
}

/** A row of a table. */
export function row(cells: Child[], attributes: Record<string, string> = {}): HTMLTableRowElement {
  return make("tr", attributes, ...cells.map((cell) => make("td", {}, cell)));
}

/**
 * Replaces what an element holds, unless it would look the same; the focus and what was opened stay where they were.
 */
export function swap(element: HTMLElement, ...children: Child[]): void {
  const made = make("div", {}, ...children);
  if (made.innerHTML === element.innerHTML) return;
  const focused = placeOf(element, document.activeElement);
  element.replaceChildren(...made.childNodes);
  if (focused) atPlace(element, focused)?.focus({ preventScroll: true });
}

/** The way from `root` down to an element within it, as positions among siblings. */
function placeOf(root: HTMLElement, element: Element | null): number[] | undefined {
  if (!element || element === root || !root.contains(element)) return undefined;
  const place: number[] = [];
  for (let at: Element = element; at !== root && at.parentElement; at = at.parentElement) {
    place.unshift([...at.parentElement.children].indexOf(at));
  }
  return place;
}

function atPlace(root: HTMLElement, place: number[]): HTMLElement | undefined {
  let at: Element | undefined = root;
  for (const position of place) at = at?.children[position];
  return at instanceof HTMLElement ? at : undefined;
}

function present(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== undefined && child !== false);
}
