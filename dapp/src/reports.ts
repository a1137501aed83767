/** The events of the contracts: what changed since a block, and the latest reports. */

import { parseEventLogs, type AbiEvent, type Log } from "viem";
import { getLogs } from "viem/actions";

import { oracleAbi } from "./abi";
import type { Network } from "./network";

/** Rows of the table. */
const REPORTS_SHOWN = 20;
/** Blocks per eth_getLogs; public RPCs commonly refuse more. */
export const BLOCKS_PER_QUERY = 1000n;
/** How far back the table is filled at most, in queries. */
const MAX_QUERIES_BACK = 100;

const REPORT_EVENTS = ["ReportApplied", "Relaxed"];
const reportEvents = oracleAbi.filter(
  (item): item is AbiEvent => item.type === "event" && REPORT_EVENTS.includes(item.name),
);

/** One change of φ: a report applied, or all φ halved because the last report was stale. */
export interface ReportEvent {
  blockNumber: bigint;
  epoch: bigint;
  previousSumExpWad: bigint;
  sumExpWad: bigint;
  change: { kind: "report"; fromBlock: bigint; toBlock: bigint } | { kind: "relaxed"; halvings: bigint };
}

interface SumChange {
  epoch: bigint;
  previousSumExpWad: bigint;
  sumExpWad: bigint;
}

/** All logs of the oracle, which holds the nodes too, in [fromBlock, toBlock], of at most BLOCKS_PER_QUERY blocks. */
export function changesBetween({ client, deployment }: Network, fromBlock: bigint, toBlock: bigint): Promise<Log[]> {
  return getLogs(client, { address: deployment.oracle.address, fromBlock, toBlock });
}

/** The latest reports up to `head`, newest first. */
export async function latestReports({ client, deployment }: Network, head: bigint): Promise<ReportEvent[]> {
  const { address, blockNumber: created } = deployment.oracle;
  const found: ReportEvent[] = [];
  let toBlock = head;
  for (let query = 0; query < MAX_QUERIES_BACK && toBlock >= created && found.length < REPORTS_SHOWN; query++) {
    const first = toBlock - BLOCKS_PER_QUERY + 1n;
    const fromBlock = first > created ? first : created;
    // By their events alone: the registration of nodes left a log for each of them.
    found.push(...reportsIn(await getLogs(client, { address, events: reportEvents, fromBlock, toBlock })));
    toBlock = fromBlock - 1n;
  }
  return found.slice(0, REPORTS_SHOWN);
}

/** Whether `reports` hold that of this epoch. */
export function holdsEpoch(reports: ReportEvent[], epoch: bigint): boolean {
  return reports.some((report) => report.change.kind === "report" && report.epoch === epoch);
}

/** Whether `latestReports` goes back from `head` as far as `block`. */
export function isWithinReach(block: bigint, head: bigint): boolean {
  return head - block < BLOCKS_PER_QUERY * BigInt(MAX_QUERIES_BACK);
}

/** `earlier` with the reports among newer logs put before it, cut at the rows of the table. */
export function withReportsOf(logs: Log[], earlier: ReportEvent[]): ReportEvent[] {
  return [...reportsIn(logs), ...earlier].slice(0, REPORTS_SHOWN);
}

/** The reports among logs in chain order, newest first. */
function reportsIn(logs: Log[]): ReportEvent[] {
  return parseEventLogs({ abi: oracleAbi, eventName: REPORT_EVENTS, logs })
    .map((log) => ({ ...sumsOf(log.args as unknown as SumChange), blockNumber: log.blockNumber, change: changeOf(log) }))
    .reverse();
}

function sumsOf({ epoch, previousSumExpWad, sumExpWad }: SumChange): SumChange {
  return { epoch, previousSumExpWad, sumExpWad };
}

function changeOf({ eventName, args }: { eventName: string; args: unknown }): ReportEvent["change"] {
  if (eventName === "Relaxed") return { kind: "relaxed", halvings: (args as { halvings: bigint }).halvings };
  const { fromBlock, toBlock } = args as { fromBlock: bigint; toBlock: bigint };
  return { kind: "report", fromBlock, toBlock };
}
