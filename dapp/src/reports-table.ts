/** A table of reports, each with a link to its own page. */

import { link, row, table, type Child } from "./dom";
import { grouped, wad } from "./format";
import type { ReportEvent } from "./reports";
import { fragmentOf } from "./router";
import { words } from "./words/language";

/** The table, newest first; `label` names it. */
export function reportsTable(label: string, reports: ReportEvent[]): HTMLElement {
  const said = words().reports;
  const heads = [said.block, said.epoch, said.change, said.window, said.signers, said.before, said.after];
  return table(label, heads, reports.map(rowOf));
}

function rowOf(report: ReportEvent): HTMLTableRowElement {
  const said = words().reports;
  const { change, epoch } = report;
  const isReport = change.kind === "report";
  const cells: Child[] = [
    grouped(report.blockNumber),
    isReport ? link(fragmentOf({ view: "epoch", epoch }), grouped(epoch)) : grouped(epoch),
    isReport ? said.report : said.relaxed(grouped(2n ** change.halvings)),
    isReport ? `${grouped(change.fromBlock)} – ${grouped(change.toBlock)}` : words().dash,
    isReport ? change.signers.join(", ") : words().dash,
    wad(report.previousSumExpWad, 12),
    wad(report.sumExpWad, 12),
  ];
  return row(cells, { "data-epoch": String(epoch), "data-kind": change.kind });
}
