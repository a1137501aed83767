/** The rounds of a ledger that were won lately, from its events. */

import { parseEventLogs, type AbiEvent, type Hex, type Log } from "viem";
import { getLogs } from "viem/actions";

import { ledgerAbi } from "./abi";
import type { DeployedLedger } from "./config";
import { BLOCKS_PER_QUERY } from "./events";
import type { Snapshot } from "./follow";
import type { Network } from "./network";
import type { Won } from "./points";
import { reader } from "./read";
import { timeOf } from "./reports";

/** Rounds that are kept, and how far back they are searched at most, in queries. */
const ROUNDS = 200;
const MAX_QUERIES_BACK = 10;
/** Blocks that are read again, since a reorganisation may have changed them. */
const SETTLED_BLOCKS = 12n;
/** Rounds whose times are asked one by one where events do not carry them, and how many at once. */
const TIMES_ASKED = 80;
const AT_ONCE = 4;

const wonEvents = ledgerAbi.filter((item): item is AbiEvent => item.type === "event" && item.name === "RoundWon");

/** What is known of the rounds. */
export interface Rounds {
  /** Oldest first. */
  won: Won[];
  /** Rounds after a round that make it final. */
  confirmations: number;
  /** Transactions of a full block at θ = 1. */
  capacity: number;
}

/**
 * Follows the rounds in the background.
 *
 * @param changed Told of the rounds whenever they changed.
 * @returns A function to call with each snapshot; it returns at once.
 */
export function createRounds(changed: (rounds: Rounds) => void): (snapshot: Snapshot) => void {
  let state: (Rounds & { ledger: string; to: bigint; round: bigint }) | undefined;
  let isReading = false;

  const read = async ({ network, head, summary }: Snapshot, ledger: DeployedLedger): Promise<void> => {
    const open = summary.openRound?.number ?? 0n;
    if (state?.ledger !== ledger.address) state = undefined;
    if (state?.round === open) return;
    const constants = state ?? (await constantsOf(network, ledger));
    const before = state?.won ?? [];
    const since = state ? state.to - SETTLED_BLOCKS : undefined;
    const news = await wonUpTo(network, ledger, head.number, since);
    const first = news[0]?.round ?? Infinity;
    const known = new Map(before.map((won) => [won.round, won]));
    const won = [...before.filter((each) => each.round < first), ...news].slice(-ROUNDS);
    await addTimes(network, ledger, won, known);
    state = { ...constants, won, ledger: ledger.address, to: head.number, round: open };
    changed({ won, confirmations: constants.confirmations, capacity: constants.capacity });
  };

  return (snapshot) => {
    const { ledger } = snapshot.network.deployment;
    if (!ledger || isReading) return;
    isReading = true;
    read(snapshot, ledger)
      // The refresh of the page says what is wrong with the RPC; the next snapshot tries again.
      .catch(() => undefined)
      .finally(() => (isReading = false));
  };
}

async function constantsOf(network: Network, contract: DeployedLedger): Promise<Pick<Rounds, "confirmations" | "capacity">> {
  const ledger = reader(network.client, contract, ledgerAbi, undefined);
  const [confirmations, capacity] = [await ledger<bigint>("CONFIRMATIONS"), await ledger<bigint>("CAPACITY")];
  return { confirmations: Number(confirmations), capacity: Number(capacity) };
}

/** Rounds won from block `since`, or the last ones, up to block `head`, oldest first. */
async function wonUpTo(network: Network, ledger: DeployedLedger, head: bigint, since: bigint | undefined): Promise<Won[]> {
  const end = since !== undefined && since > ledger.blockNumber ? since : ledger.blockNumber;
  let found: Won[] = [];
  let toBlock = head;
  for (let query = 0; query < MAX_QUERIES_BACK && toBlock >= end && found.length < ROUNDS; query++) {
    const first = toBlock - BLOCKS_PER_QUERY + 1n;
    const fromBlock = first > end ? first : end;
    const logs = await getLogs(network.client, { address: ledger.address, events: wonEvents, fromBlock, toBlock });
    found = [...wonIn(logs), ...found];
    toBlock = fromBlock - 1n;
  }
  return found;
}

function wonIn(logs: Log[]): Won[] {
  return parseEventLogs({ abi: ledgerAbi, eventName: "RoundWon", logs }).map((log) => {
    const said = log.args as unknown as { round: bigint; node: bigint; blockHash: Hex; weight: bigint; difficulty: bigint };
    const time = timeOf(log);
    return {
      round: Number(said.round),
      node: Number(said.node),
      blockNumber: log.blockNumber,
      blockHash: said.blockHash,
      weight: Number(said.weight),
      difficulty: said.difficulty,
      timestampSeconds: time === undefined ? undefined : Number(time),
    };
  });
}

/** Fills in the times of the latest rounds: those known, and else what the ledger says. */
async function addTimes(network: Network, contract: DeployedLedger, rounds: Won[], known: Map<number, Won>): Promise<void> {
  const ledger = reader(network.client, contract, ledgerAbi, undefined);
  for (const won of rounds) {
    const before = known.get(won.round);
    if (before?.blockHash === won.blockHash) won.timestampSeconds ??= before.timestampSeconds;
  }
  const untimed = rounds.slice(-TIMES_ASKED).filter((won) => won.timestampSeconds === undefined);
  for (let first = 0; first < untimed.length; first += AT_ONCE) {
    await Promise.all(
      untimed.slice(first, first + AT_ONCE).map(async (won) => {
        const { timestampSeconds } = await ledger<{ timestampSeconds: bigint }>("roundOf", BigInt(won.round));
        won.timestampSeconds = Number(timestampSeconds);
      }),
    );
  }
}
