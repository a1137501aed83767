/** The overview but for charts and nodes: figures, ages, latest reports, contracts. */

import { LEDGERS } from "./config";
import { byId, setText, setValue, swap } from "./dom";
import type { Snapshot } from "./follow";
import { grouped, utc, wad } from "./format";
import { limitFacts } from "./limits";
import { reportsTable } from "./reports-table";
import { holdsEpoch, type Found } from "./reports";
import { words } from "./words/language";

/** Rows of the table of the overview. */
const LATEST_REPORTS = 20;

/** Shows the figures of a snapshot that do not age. */
export function showFigures({ head, summary }: Snapshot): void {
  const said = words().cards;
  const { difficulty, openRound, baseDifficulty, sumExpWad } = summary;
  const figure = (value: bigint | undefined): string => (value === undefined ? words().none : grouped(value));
  // Miners meet the ledger's p where there is one: it counts its rounds, the controller the blocks of the chain.
  const met = openRound?.difficulty ?? difficulty;
  setValue("difficulty", figure(met), met);
  setText("unit", unitOf(summary));
  setValue("controller-difficulty", figure(difficulty), difficulty);
  byId("controller").hidden = openRound === undefined;
  byId("engine").hidden = openRound?.note === undefined;
  setText("engine", openRound?.note ?? "");
  setValue("base-difficulty", grouped(baseDifficulty), baseDifficulty);
  setValue("sum-exp", wad(sumExpWad, 12), sumExpWad);
  setValue("epoch", grouped(summary.epoch), summary.epoch);
  setText("epoch-note", summary.epoch === 0n ? said.noReport : said.windowTo(grouped(summary.windowEnd)));
  setValue("height", grouped(head.number), head.number);
  setText("block-time", said.stamped(utc(head.timestampSeconds)));
  setValue("active-count", grouped(summary.activeCount), BigInt(summary.activeCount));
  const retired = summary.nodeCount - summary.activeCount;
  setText("node-note", retired === 0 ? said.allActive : said.someRetired(grouped(retired)));
}

/** The age of the report by the chain's clock up to the latest block, and by this machine's from there on. */
export function ageOf({ summary }: Snapshot, sinceSeenSeconds: number): { seconds: bigint; stale: boolean } {
  const seconds = summary.ageSeconds + BigInt(sinceSeenSeconds);
  // Past the limit, the next block makes the report stale for the contract too.
  return { seconds, stale: summary.stale || seconds > summary.maxAgeSeconds };
}

/**
 * Shows what ages.
 *
 * @param sinceSeenSeconds Seconds since the page first saw the latest block.
 */
export function showAges(snapshot: Snapshot, sinceSeenSeconds: number): void {
  const said = words().cards;
  const { summary } = snapshot;
  const { seconds, stale } = ageOf(snapshot, sinceSeenSeconds);
  setText("age", words().facts.seconds(grouped(seconds)));
  setText("age-title", summary.epoch === 0n ? said.ageOfDeployment : said.ageOfReport);
  setText("age-note", said.limit(grouped(summary.maxAgeSeconds)) + (stale ? said.mayRelax : ""));
  const badge = byId("fresh");
  badge.hidden = false;
  badge.dataset["tone"] = stale ? "warn" : "good";
  setText("fresh", stale ? said.stale : said.fresh);
  byId("paused").hidden = !summary.paused;
  Object.assign(byId("staleness").dataset, {
    age: String(seconds),
    stale: String(stale),
    paused: String(summary.paused),
  });
  setText("block-seen", said.seen(grouped(sinceSeenSeconds)));
}

/** Shows the latest reports, newest first. */
export function showReports({ summary }: Snapshot, reports: Found | undefined): void {
  const shown = (reports?.list ?? []).slice(0, LATEST_REPORTS);
  swap(byId("reports"), shown.length > 0 && reportsTable(words().reports.latest, shown));
  setText("reports-note", noteOn(reports, summary.epoch));
}

/** Shows the contracts and who may sign. */
export function showFacts({ network: { deployment }, committee }: Snapshot): void {
  const said = words().facts;
  const rows: [name: string, value: string][] = [
    [said.chain, String(deployment.chainId)],
    ...deployment.all,
    [said.needed, said.of(String(committee.threshold), committee.operators.length)],
    ...committee.operators.map((address, i): [string, string] => [said.operator(i), address]),
    [said.model, committee.modelHash],
    ...limitFacts(committee.limits),
  ];
  // Only where one changed, so that a reader can select and copy.
  swap(byId("facts"), ...rows.map(([name, value]) => factOf(name, value)));
}

/** What p counts under a ledger, in the language in use. */
export function countsOf(ledger: string): string {
  return words().difficulty.counts[ledger] ?? LEDGERS[ledger] ?? "";
}

function unitOf({ difficulty, openRound }: Snapshot["summary"]): string {
  const said = words().difficulty;
  if (openRound) return said.ofRound(countsOf(openRound.by), grouped(openRound.number), openRound.by);
  return difficulty === undefined ? said.undefined : said.expected;
}

/** What is to be said of the reports beside the table. */
export function noteOn(reports: Found | undefined, epoch: bigint): string {
  const said = words().reports;
  if (reports === undefined || (reports.searching && reports.list.length === 0)) return said.searching;
  if (epoch === 0n) return said.none;
  return reports.searching || holdsEpoch(reports.list, epoch) ? "" : said.lost(grouped(epoch));
}

function factOf(name: string, value: string): HTMLElement {
  const pair = document.createElement("div");
  const term = document.createElement("dt");
  const description = document.createElement("dd");
  term.textContent = name;
  description.textContent = value;
  pair.append(term, description);
  return pair;
}
