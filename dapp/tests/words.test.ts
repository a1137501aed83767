import { describe, expect, it } from "vitest";

import page from "../index.html?raw";
import { en, type Words } from "../src/words/en";
import { languageOf, phrase } from "../src/words/language";
import { zh } from "../src/words/zh";

/** Every phrase of a dictionary, by its dotted path. */
function phrases(dictionary: object, path = ""): [path: string, value: unknown][] {
  return Object.entries(dictionary).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null ? phrases(value, `${path}${name}.`) : [[path + name, value] as [string, unknown]],
  );
}

describe("dictionaries", () => {
  // What p counts is named in English by ledgers.json, so that Chinese alone has phrases there.
  const own = (path: string): boolean => !path.startsWith("difficulty.counts.");
  const english = new Map(phrases(en).filter(([path]) => own(path)));
  const chinese = new Map(phrases(zh).filter(([path]) => own(path)));

  it("have the same keys", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("have phrases of the same form, none of them empty", () => {
    for (const [path, value] of english) {
      const other = chinese.get(path);
      expect(typeof other, path).toBe(typeof value);
      if (typeof value === "function") expect((other as () => string).length, path).toBe((value as () => string).length);
      else if (path !== "failure.page" && path !== "plans.dueFrom.2") expect([value, other], path).not.toContain("");
    }
  });

  it("use every argument in both languages", () => {
    for (const [path, value] of english) {
      if (typeof value !== "function") continue;
      for (const dictionary of [value, chinese.get(path)]) {
        const say = dictionary as (...given: string[]) => string;
        const given = Array.from({ length: say.length }, (_, i) => `‹${String(i)}›`);
        for (const argument of given) expect(say(...given), path).toContain(argument);
      }
    }
  });

  it("translate each phrase that is a sentence", () => {
    for (const [path, value] of english) {
      if (typeof value === "string" && value.includes(" ") && /[a-z]{4}/.test(value)) expect(chinese.get(path), path).not.toBe(value);
    }
  });

  it.each([["en", en], ["zh", zh]] as [string, Words][])("have every phrase that index.html names: %s", (_, words) => {
    const named = [...page.matchAll(/data-(?:words|label)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(20);
    for (const path of named) expect(phrase(words, path)).not.toBe("");
  });

  it("refuse a phrase that there is not", () => {
    expect(() => phrase(en, "nav.nothing")).toThrow("nav.nothing");
  });
});

describe("languageOf", () => {
  it("takes what was kept, then what the browser prefers, then English", () => {
    expect(languageOf("zh", ["en-US"])).toBe("zh");
    expect(languageOf(null, ["fr", "zh-CN", "en"])).toBe("zh");
    expect(languageOf("toString", ["de"])).toBe("en");
  });
});
