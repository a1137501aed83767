/** Follows the chain: one refresh per new block, for as long as the page is open, through every failure of the RPC. */

import { getBlock } from "viem/actions";

import type { Deployment, Sources } from "./config";
import { failureOf, type Failure } from "./errors";
import { connect, type Network } from "./network";
import { BLOCKS_PER_QUERY } from "./events";
import {
  readCommittee,
  readHead,
  readNodes,
  readSummary,
  type Committee,
  type Head,
  type NodeTable,
  type Summary,
} from "./read";
import { changesBetween, holdsEpoch, latestReports, withReportsOf, type Found } from "./reports";

const POLL_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/** All that the page shows, as of one block. */
export interface Snapshot {
  network: Network;
  head: Head;
  summary: Summary;
  nodes: NodeTable;
  committee: Committee;
  /** Undefined until the first of them are searched. */
  reports: Found | undefined;
}

/** Told of each refresh. */
export interface Watcher {
  /** The values are those of the latest block; the same object again where that block was shown before. */
  current(snapshot: Snapshot): void;
  /** What was shown last may be out of date; the next try is due in `retryMs`. */
  failed(failure: Failure, retryMs: number): void;
}

type Complete = Snapshot & { reports: Found };

/** Polls the chain and tells the watcher; never returns, whatever fails. */
export async function follow(sources: Sources, watcher: Watcher): Promise<never> {
  let network: Network | undefined;
  let shown: Complete | undefined;
  let failures = 0;
  for (;;) {
    try {
      network ??= await connect(sources);
      shown = await refresh(network, shown, watcher);
      watcher.current(shown);
      failures = 0;
      await sleep(POLL_MS);
    } catch (error) {
      // After an outage there may be another chain or deployment behind the same URLs, so both are checked anew.
      network = undefined;
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
      failures++;
      watcher.failed(failureOf(error), retryMs);
      await sleep(retryMs);
    }
  }
}

/**
 * The values after the latest block. The block is read first and all else is read at its number. Events since the
 * block shown say whether the nodes changed; nothing is taken over from a refresh that failed, so none is missed.
 */
async function refresh(network: Network, shown: Complete | undefined, watcher: Watcher): Promise<Complete> {
  const known = shown && sameContracts(shown.network.deployment, network.deployment) ? shown : undefined;
  const head = await readHead(network.client);
  if (known?.head.hash === head.hash) return known;

  const summary = await readSummary(network, head.number);
  if (known && (await extend(network, known.head, head))) {
    const logs = await changesBetween(network, known.head.number + 1n, head.number);
    const reports = withReportsOf(logs, known.reports);
    // An RPC whose servers disagree may hold logs back; then only a full read is safe.
    const incomplete = lacksLastReport(known.reports, known) || lacksLastReport(reports, { summary });
    if (!incomplete) {
      if (logs.length > 0) return { ...(await readAll(network, head, summary)), reports };
      if (!changedUnseen(known.summary, summary)) return { ...known, network, head, summary, reports };
    }
  }

  const values = await readAll(network, head, summary);
  // The search for reports can take many queries; the values need not wait for it.
  watcher.current({ ...values, reports: undefined });
  const reports = await latestReports(network, head.number, (found) => watcher.current({ ...values, reports: found }));
  return { ...values, reports };
}

async function readAll(network: Network, head: Head, summary: Summary): Promise<Omit<Snapshot, "reports">> {
  const [nodes, committee] = await Promise.all([
    readNodes(network, summary.nodeCount, head.number),
    readCommittee(network, head.number),
  ]);
  return { network, head, summary, nodes, committee };
}

/** Whether `head` is a descendant of `earlier`, near enough that one query has all logs between them. */
async function extend({ client }: Network, earlier: Head, head: Head): Promise<boolean> {
  const distance = head.number - earlier.number;
  if (distance <= 0n || distance > BLOCKS_PER_QUERY) return false;
  if (head.parentHash === earlier.hash) return true;
  return (await getBlock(client, { blockNumber: earlier.number })).hash === earlier.hash;
}

/** Whether the last report is missing, though the block that applied it was searched. */
function lacksLastReport({ list, from }: Found, { summary }: { summary: Summary }): boolean {
  return summary.epoch > 0n && summary.reportBlock >= from && !holdsEpoch(list, summary.epoch);
}

function changedUnseen(before: Summary, after: Summary): boolean {
  return (
    before.sumExpWad !== after.sumExpWad ||
    before.nodeCount !== after.nodeCount ||
    before.activeCount !== after.activeCount
  );
}

function sameContracts(a: Deployment, b: Deployment): boolean {
  return (
    a.chainId === b.chainId &&
    a.oracle.address === b.oracle.address &&
    a.controller.address === b.controller.address &&
    a.ledger?.address === b.ledger?.address &&
    a.planBook?.address === b.planBook?.address
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
