/** The language in use: the reader's choice, kept by the browser, or else the browser's own. */

import { en, type Words } from "./en";
import { zh } from "./zh";

const DICTIONARIES = { en, zh } as const;
const KEPT_AS = "catalyst-language";

export type Language = keyof typeof DICTIONARIES;

let language: Language = "en";

/** What the page says, in the language in use. */
export function words(): Words {
  return DICTIONARIES[language];
}

/** The language to begin with: what was kept, else Chinese where the browser prefers it, else English. */
export function languageOf(kept: string | null, preferred: readonly string[]): Language {
  if (kept !== null && Object.hasOwn(DICTIONARIES, kept)) return kept as Language;
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(DICTIONARIES, tag));
  return (known as Language | undefined) ?? "en";
}

/** Takes up the language that the reader has chosen before, and puts it into the page. */
export function beginLanguage(): void {
  use(languageOf(stored(), navigator.languages));
}

/** Changes to the other language, for good. */
export function changeLanguage(): void {
  use(language === "en" ? "zh" : "en");
  try {
    localStorage.setItem(KEPT_AS, language);
  } catch (error) {
    // Browsers may refuse to keep anything; the choice then ends with this visit.
    if (!(error instanceof DOMException)) throw error;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

function use(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
  for (const element of document.querySelectorAll<HTMLElement>("[data-words]")) {
    element.textContent = phrase(words(), element.dataset["words"] ?? "");
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-label]")) {
    element.setAttribute("aria-label", phrase(words(), element.dataset["label"] ?? ""));
  }
}

/** The phrase at a dotted path of a dictionary, as index.html names them. */
export function phrase(dictionary: Words, path: string): string {
  let found: unknown = dictionary;
  for (const name of path.split(".")) found = (found as Record<string, unknown> | undefined)?.[name];
  if (typeof found !== "string") throw new Error(`no phrase is called "${path}"`);
  return found;
}
