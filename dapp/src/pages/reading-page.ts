/** A page over events of one application: read once for each block, and shown with what went wrong. */

import { make, swap, type Child } from "../dom";
import { sentenceOf } from "../errors";
import type { Page, State } from "./page";

/** What such a page is made of. */
export interface Reading<Content> {
  /** Names the section for tests. */
  testId: string;
  title(): string;
  /** What stands there where the deployment file names no contract of the application; undefined where it does. */
  absent(state: State): string | undefined;
  /** What stands there until it is read. */
  waiting(): string;
  /** A sentence about a failed read. */
  failed(why: string): string;
  read(state: State): Promise<Content>;
  show(content: Content, state: State): Child[];
}

/** The page in `container`. */
export function createReadingPage<Content>(container: HTMLElement, of: Reading<Content>): Page {
  const section = make("section", { "data-testid": of.testId });
  container.append(section);
  let content: Content | undefined;
  let problem = "";
  let readAt: bigint | undefined;
  let isReading = false;
  let latest: State | undefined;

  const show = (): void => {
    if (!latest) return;
    const absent = of.absent(latest);
    if (absent !== undefined) return swap(section, make("p", {}, absent));
    const notice = problem !== "" && make("p", { class: "notice" }, problem);
    if (content === undefined) return swap(section, notice, problem === "" && make("p", { class: "note" }, of.waiting()));
    swap(section, notice, ...of.show(content, latest));
  };

  return {
    title: () => of.title(),
    update(state) {
      latest = state;
      show();
      if (isReading || readAt === state.snapshot.head.number || of.absent(state) !== undefined) return;
      isReading = true;
      of.read(state)
        .then((read) => {
          content = read;
          readAt = state.snapshot.head.number;
          problem = "";
        })
        .catch((error: unknown) => (problem = of.failed(sentenceOf(error))))
        .finally(() => {
          isReading = false;
          show();
        });
    },
    close: () => (latest = undefined),
  };
}
