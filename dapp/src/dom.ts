/** Access to the elements of index.html. Chain data goes in as text only. */

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
