/** The events of the contracts: what changed since a block, and the reports, page by page backwards. */

import { parseEventLogs, type AbiEvent, type Hex, type Log } from "viem";
import { getLogs } from "viem/actions";

import { oracleAbi } from "./abi";
import { BLOCKS_PER_QUERY } from "./events";
import type { Network } from "./network";

/** What one search looks for at most, in reports and in queries; few queries do where it has found some. */
const REPORTS_WANTED = 100;
const MAX_QUERIES_BACK = 100;
const ENOUGH_REPORTS = 20;
const ENOUGH_QUERIES = 20;
/** What is kept of a page that stays open for long. */
const MOST_KEPT = 2000;

const REPORT_EVENTS = ["ReportApplied", "Relaxed"];
const reportEvents = oracleAbi.filter(
  (item): item is AbiEvent => item.type === "event" && REPORT_EVENTS.includes(item.name),
);

/** One change of φ: a report applied, or all φ halved because the last report was stale. */
export interface ReportEvent {
  blockNumber: bigint;
  blockHash: Hex;
  transactionHash: Hex;
  /** Of the block, where the RPC tells it with the event. */
  timestampSeconds: bigint | undefined;
  epoch: bigint;
  previousSumExpWad: bigint;
  sumExpWad: bigint;
  change: ReportChange | { kind: "relaxed"; halvings: bigint };
}

/** What a report says of itself. */
export interface ReportChange {
  kind: "report";
  fromBlock: bigint;
  toBlock: bigint;
  windowHash: Hex;
  phiHash: Hex;
  /** Operators, by index in the committee of that block. */
  signers: number[];
}

/** Reports, newest first, and the first block that was searched for them. */
export interface Found {
  list: ReportEvent[];
  from: bigint;
  searching: boolean;
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

/**
 * The latest reports up to block `head`.
 *
 * @param progress Told of what is found so far.
 */
export async function latestReports(network: Network, head: bigint, progress?: (found: Found) => void): Promise<Found> {
  const { address, blockNumber: created } = network.deployment.oracle;
  const list: ReportEvent[] = [];
  let from = head + 1n;
  for (let query = 0; from > created && !isEnough(list.length, query); query++) {
    const toBlock = from - 1n;
    const first = toBlock - BLOCKS_PER_QUERY + 1n;
    from = first > created ? first : created;
    // By their events alone: the registration of nodes left a log for each of them.
    const logs = await getLogs(network.client, { address, events: reportEvents, fromBlock: from, toBlock });
    list.push(...reportsIn(logs));
    progress?.({ list: [...list], from, searching: true });
  }
  return { list, from, searching: false };
}

/** Whether `reports` hold that of this epoch. */
export function holdsEpoch(reports: ReportEvent[], epoch: bigint): boolean {
  return reports.some((report) => report.change.kind === "report" && report.epoch === epoch);
}

/** `earlier` with the reports among newer logs put before it. */
export function withReportsOf(logs: Log[], earlier: Found): Found {
  const list = [...reportsIn(logs), ...earlier.list];
  if (list.length <= MOST_KEPT) return { ...earlier, list };
  const kept = list.slice(0, MOST_KEPT);
  return { ...earlier, list: kept, from: kept.at(-1)?.blockNumber ?? earlier.from };
}

/** The later search continued by an earlier one; what both cover is taken from the later. */
export function joined(later: Found, earlier: Found | undefined): Found {
  if (!earlier || earlier.from >= later.from) return later;
  return { ...later, list: [...later.list, ...earlier.list.filter((each) => each.blockNumber < later.from)], from: earlier.from };
}

/** The operators whose bit is set. */
export function signersOf(bits: number): number[] {
  return Array.from({ length: 32 }, (_, index) => index).filter((index) => (bits >>> index) & 1);
}

function isEnough(reports: number, queries: number): boolean {
  if (queries >= MAX_QUERIES_BACK || reports >= REPORTS_WANTED) return true;
  return queries >= ENOUGH_QUERIES && reports >= ENOUGH_REPORTS;
}

/** The reports among logs in chain order, newest first. */
function reportsIn(logs: Log[]): ReportEvent[] {
  return parseEventLogs({ abi: oracleAbi, eventName: REPORT_EVENTS, logs })
    .map((log) => ({
      ...sumsOf(log.args as unknown as SumChange),
      blockNumber: log.blockNumber,
      blockHash: log.blockHash,
      transactionHash: log.transactionHash,
      timestampSeconds: timeOf(log),
      change: changeOf(log),
    }))
    .reverse();
}

/** The time that a log's block has, where the RPC says it with the log. */
export function timeOf(log: object): bigint | undefined {
  const { blockTimestamp } = log as { blockTimestamp?: bigint | null };
  return blockTimestamp ?? undefined;
}

function sumsOf({ epoch, previousSumExpWad, sumExpWad }: SumChange): SumChange {
  return { epoch, previousSumExpWad, sumExpWad };
}

function changeOf({ eventName, args }: { eventName: string; args: unknown }): ReportEvent["change"] {
  if (eventName === "Relaxed") return { kind: "relaxed", halvings: (args as { halvings: bigint }).halvings };
  const said = args as { fromBlock: bigint; toBlock: bigint; windowHash: Hex; phiHash: Hex; signers: number };
  const { fromBlock, toBlock, windowHash, phiHash, signers } = said;
  return { kind: "report", fromBlock, toBlock, windowHash, phiHash, signers: signersOf(signers) };
}
