/** Everything on the page but the nodes: figures, ages, reports, contracts, and the state of the link to the RPC. */

import { LEDGERS } from "./config";
import { byId, setText, setValue } from "./dom";
import type { Snapshot } from "./follow";
import { grouped, utc, wad } from "./format";
import { limitFacts } from "./limits";
import { holdsEpoch, type ReportEvent } from "./reports";

/** Shows the figures of a snapshot that do not age. */
export function showFigures({ head, summary }: Snapshot): void {
  const { difficulty, openRound, baseDifficulty, sumExpWad } = summary;
  // Miners meet the ledger's p where there is one: it counts its rounds, the controller the blocks of the chain.
  const met = openRound?.difficulty ?? difficulty;
  setValue("difficulty", met === undefined ? "none" : grouped(met), met);
  setText("unit", unitOf(summary));
  setValue("controller-difficulty", difficulty === undefined ? "none" : grouped(difficulty), difficulty);
  byId("controller").hidden = openRound === undefined;
  byId("engine").hidden = openRound?.note === undefined;
  setText("engine", openRound?.note ?? "");
  setValue("base-difficulty", grouped(baseDifficulty), baseDifficulty);
  setValue("sum-exp", wad(sumExpWad, 12), sumExpWad);
  setValue("epoch", grouped(summary.epoch), summary.epoch);
  setText("epoch-note", summary.epoch === 0n ? "no report yet" : `window up to block ${grouped(summary.windowEnd)}`);
  setValue("height", grouped(head.number), head.number);
  setText("block-time", `stamped ${utc(head.timestampSeconds)},`);
  setValue("active-count", grouped(summary.activeCount), BigInt(summary.activeCount));
  const retired = summary.nodeCount - summary.activeCount;
  setText("node-note", retired === 0 ? "active, none retired" : `active, ${grouped(retired)} retired`);
}

/**
 * Shows what ages: the report by the chain's clock up to the latest block, and by this machine's from there on.
 *
 * @param sinceSeenSeconds Seconds since the page first saw the latest block.
 */
export function showAges({ summary }: Snapshot, sinceSeenSeconds: number): void {
  const age = summary.ageSeconds + BigInt(sinceSeenSeconds);
  // Past the limit, the next block makes the report stale for the contract too.
  const stale = summary.stale || age > summary.maxAgeSeconds;
  setText("age", `${grouped(age)} s`);
  setText("age-title", summary.epoch === 0n ? "Age of the deployment" : "Age of the report");
  setText("age-note", `limit ${grouped(summary.maxAgeSeconds)} s${stale ? ": anyone may relax φ" : ""}`);
  const badge = byId("fresh");
  badge.hidden = false;
  badge.dataset["tone"] = stale ? "warn" : "good";
  setText("fresh", stale ? "stale" : "fresh");
  byId("paused").hidden = !summary.paused;
  Object.assign(byId("staleness").dataset, { age: String(age), stale: String(stale), paused: String(summary.paused) });
  setText("block-seen", `seen ${grouped(sinceSeenSeconds)} s ago`);
}

/** Shows the reports, newest first. */
export function showReports({ reports, summary }: Snapshot): void {
  byId("reports").replaceChildren(...(reports ?? []).map(rowOf));
  setText("reports-note", noteOn(reports, summary.epoch));
}

/** Shows the contracts and who may sign. */
export function showFacts({ deployment, committee }: Snapshot): void {
  const facts: [name: string, value: string][] = [
    ["Chain", String(deployment.chainId)],
    ["PhiOracle", deployment.oracle.address],
    ["DifficultyController", deployment.controller.address],
    ...(deployment.ledger ? [[deployment.ledger.name, deployment.ledger.address] as [string, string]] : []),
    ["Signatures needed", `${committee.threshold} of ${committee.operators.length}`],
    ...committee.operators.map((address, i): [string, string] => [`Operator ${i}`, address]),
    ["Model", committee.modelHash],
    ...limitFacts(committee.limits),
  ];
  byId("facts").replaceChildren(...facts.map(([name, value]) => factOf(name, value)));
}

/** Shows that the values are those of the latest block. */
export function showLive(): void {
  byId("failure").hidden = true;
  setLink("live", "live");
}

/** Shows that the RPC has not answered for a while, unless a failure is shown already. */
export function showWaiting(): void {
  if (byId("link").dataset["state"] === "live") setLink("waiting", "waiting for the RPC");
}

/** Shows what failed, and which block the values are of. */
export function showFailure(sentence: string, shown: Snapshot | undefined): void {
  const values = shown ? ` The values below are those of block ${grouped(shown.head.number)}.` : "";
  setText("failure-text", sentence + values);
  byId("failure").hidden = false;
  setLink("failed", "failing");
}

/** Counts down to the next try. */
export function showRetry(seconds: number): void {
  setText("failure-retry", seconds > 0 ? `Next try in ${seconds} s.` : "Trying again…");
}

function setLink(state: string, text: string): void {
  byId("link").dataset["state"] = state;
  setText("link", text);
}

function unitOf({ difficulty, openRound }: Snapshot["summary"]): string {
  if (openRound) return `${LEDGERS[openRound.by]} of round ${grouped(openRound.number)}, by ${openRound.by}`;
  return difficulty === undefined ? "no node is active, so p is not defined" : "expected hashes for the next block";
}

function noteOn(reports: ReportEvent[] | undefined, epoch: bigint): string {
  if (reports === undefined) return "Searching the events…";
  if (epoch === 0n) return "No report has been applied yet.";
  return holdsEpoch(reports, epoch) ? "" : `The RPC returns no event of the report of epoch ${grouped(epoch)}.`;
}

function rowOf(report: ReportEvent): HTMLTableRowElement {
  const { change } = report;
  const row = document.createElement("tr");
  row.dataset["epoch"] = String(report.epoch);
  row.dataset["kind"] = change.kind;
  const texts = [
    grouped(report.blockNumber),
    grouped(report.epoch),
    change.kind === "report" ? "report" : `relaxed, φ / ${grouped(2n ** change.halvings)}`,
    change.kind === "report" ? `${grouped(change.fromBlock)} – ${grouped(change.toBlock)}` : "–",
    wad(report.previousSumExpWad, 12),
    wad(report.sumExpWad, 12),
  ];
  for (const text of texts) row.insertCell().textContent = text;
  return row;
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
