/** All reports found, and the search for earlier ones. */

import { button, make, swap } from "../dom";
import { sentenceOf } from "../errors";
import { grouped } from "../format";
import { reportsTable } from "../reports-table";
import { noteOn } from "../view";
import { words } from "../words/language";
import type { Page, State } from "./page";

/** Rows of the document at most. */
const ROWS = 500;

/**
 * The page.
 *
 * @param searchEarlier Searches blocks before those searched so far, and has the pages updated.
 */
export function createReportsPage(container: HTMLElement, searchEarlier: () => Promise<void>): Page {
  const list = make("div", { "data-testid": "all-reports" });
  const note = make("p", { class: "note", role: "status" });
  const actions = make("p", { class: "actions" });
  container.append(make("section", {}, list, note, actions));
  let isSearching = false;
  let problem = "";
  let latest: State | undefined;

  const search = (): void => {
    if (isSearching) return;
    isSearching = true;
    problem = "";
    show();
    searchEarlier()
      .catch((error: unknown) => (problem = words().reports.failed(sentenceOf(error))))
      .finally(() => {
        isSearching = false;
        show();
      });
  };

  const show = (): void => {
    if (!latest) return;
    const said = words().reports;
    const { snapshot, reports } = latest;
    const shown = (reports?.list ?? []).slice(0, ROWS);
    swap(list, shown.length > 0 && reportsTable(said.all, shown));
    const created = snapshot.network.deployment.oracle.blockNumber;
    const isWhole = reports !== undefined && reports.from <= created;
    const reach = reports && said.reach(grouped(reports.list.length), grouped(reports.from), grouped(snapshot.head.number));
    const busy = isSearching ? said.searching : "";
    const texts = [noteOn(reports, snapshot.summary.epoch), reach ?? "", isWhole ? said.whole : "", busy, problem];
    note.textContent = texts.filter((text) => text !== "").join(" ");
    const canSearch = reports !== undefined && !isWhole && !reports.searching;
    if (canSearch !== (actions.firstChild !== null) || actions.textContent !== (canSearch ? said.earlier : "")) {
      actions.replaceChildren(...(canSearch ? [button(said.earlier, search)] : []));
    }
  };

  return {
    title: () => words().reports.title,
    update(state) {
      latest = state;
      show();
    },
    close: () => undefined,
  };
}
