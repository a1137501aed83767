/** What each consensus has of its own, read from its ledger; an engine without an entry shows its rounds alone. */

import { parseEventLogs, BaseError, ContractFunctionRevertedError, type AbiEvent, type Hex } from "viem";
import { getLogs } from "viem/actions";

import { delegateLedgerAbi, ledgerAbi, stakeLedgerAbi } from "../abi";
import type { DeployedLedger } from "../config";
import { facts, link, make, row, table, type Child } from "../dom";
import { BLOCKS_PER_QUERY } from "../events";
import { grouped, percent } from "../format";
import type { Network } from "../network";
import { reader } from "../read";
import { fragmentOf } from "../router";
import { words } from "../words/language";
import type { State } from "./page";

type Own = (network: Network, ledger: DeployedLedger, state: State) => Promise<Child[]>;

/** Nodes whose stake or votes are read, and reads at once. */
const NODES_SHOWN = 40;
const AT_ONCE = 4;
/** How far back deposits are searched, in queries. */
const MAX_QUERIES_BACK = 20;
const TWO_TO_256 = 1n << 256n;

export const ENGINES: Record<string, Own | undefined> = {
  PowLedger: workOf,
  StakeLedger: stakeOf,
  DelegateLedger: delegatesOf,
};

async function workOf(network: Network, contract: DeployedLedger, { snapshot }: State): Promise<Child[]> {
  const said = words().engine;
  const ledger = reader(network.client, contract, ledgerAbi, snapshot.head.number);
  const difficulty = await ledger<bigint>("difficulty");
  let challenge: string;
  try {
    challenge = await ledger<Hex>("challenge");
  } catch (error) {
    if (!isRevert(error)) throw error;
    challenge = said.notDrawn; // it takes the hash of a block that is not made yet
  }
  return [facts([[said.challenge, challenge], [said.target, largestHash(difficulty)]])];
}

/** The largest hash h with h · p < 2²⁵⁶, as hex. */
export function largestHash(difficulty: bigint): Hex {
  return `0x${((TWO_TO_256 - 1n) / difficulty).toString(16).padStart(64, "0")}`;
}

async function stakeOf(network: Network, contract: DeployedLedger, { snapshot }: State): Promise<Child[]> {
  const said = words().engine;
  const { head } = snapshot;
  const ledger = reader(network.client, contract, stakeLedgerAbi, head.number);
  const slot = await ledger<bigint>("slot");
  const term = await ledger<bigint>("termOf", slot);
  const total = await ledger<bigint>("totalStake", term);
  const nodes = await depositedNodes(network, contract, head.number);
  const stakes = await inTurns(nodes.slice(0, NODES_SHOWN), async (node) => ({
    node,
    stake: await ledger<bigint>("stakeOf", BigInt(node), term),
    chanceQ128: await ledger<bigint>("chanceQ128", BigInt(node)),
  }));
  const rows = stakes
    .sort((a, b) => (b.stake > a.stake ? 1 : b.stake < a.stake ? -1 : a.node - b.node))
    .map(({ node, stake, chanceQ128 }) =>
      row([nodeLink(node), grouped(stake), `${percent(Number(stake), Number(total))} %`, `${percent(Number(chanceQ128) / 2 ** 128, 1)} %`]),
    );
  const heads = [words().nodes.node, said.stakeOf, said.share, said.chance];
  return [
    facts([[said.slot, grouped(slot)], [said.term, grouped(term)], [said.stake, grouped(total)]]),
    make("h3", {}, said.stakes),
    rows.length > 0 ? table(said.stakes, heads, rows) : make("p", { class: "note" }, said.noStake),
  ];
}

async function depositedNodes(network: Network, contract: DeployedLedger, head: bigint): Promise<number[]> {
  const events = stakeLedgerAbi.filter((item): item is AbiEvent => item.type === "event" && item.name === "Deposited");
  const nodes = new Set<number>();
  let fromBlock = contract.blockNumber;
  // From the ledger's beginning on, when most deposits are made.
  for (let query = 0; query < MAX_QUERIES_BACK && fromBlock <= head; query++) {
    const last = fromBlock + BLOCKS_PER_QUERY - 1n;
    const toBlock = last < head ? last : head;
    const logs = await getLogs(network.client, { address: contract.address, events, fromBlock, toBlock });
    for (const log of parseEventLogs({ abi: stakeLedgerAbi, eventName: "Deposited", logs })) {
      nodes.add(Number((log.args as unknown as { node: bigint }).node));
    }
    fromBlock = toBlock + 1n;
  }
  return [...nodes];
}

async function delegatesOf(network: Network, contract: DeployedLedger, { snapshot }: State): Promise<Child[]> {
  const said = words().engine;
  const ledger = reader(network.client, contract, delegateLedgerAbi, snapshot.head.number);
  const [order, next] = await ledger<[number[], bigint]>("delegates");
  const term = await ledger<bigint>("term");
  const candidates = await ledger<number[]>("candidates");
  const listed = order.slice(0, NODES_SHOWN);
  const read = await inTurns(listed, async (node) => ({
    node,
    votes: await ledger<bigint>("votesOf", BigInt(node), term),
    missed: await ledger<bigint>("missedTurns", BigInt(node)),
    jailed: await ledger<bigint>("jailedUntil", BigInt(node)),
  }));
  const rows = read.map(({ node, votes, missed, jailed }, turn) =>
    row([
      `${turn + 1}${BigInt(turn) === next ? ` (${said.next})` : ""}`,
      nodeLink(node),
      grouped(votes),
      grouped(missed),
      jailed === 0n ? words().dash : grouped(jailed),
    ]),
  );
  const heads = [said.turn, words().nodes.node, said.votes, said.missed, said.jail];
  return [
    facts([[said.term, grouped(term)]]),
    make("h3", {}, said.order),
    rows.length > 0 ? table(said.order, heads, rows) : make("p", { class: "note" }, said.nobody),
    make("p", { class: "note" }, said.candidates(grouped(candidates.length))),
  ];
}

/** Results of `read` for all items, a few at a time: an RPC answers few requests of one page at once. */
async function inTurns<Item, Result>(items: Item[], read: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(first, first + AT_ONCE).map(read))));
  }
  return results;
}

function isRevert(error: unknown): boolean {
  return error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError) !== null;
}

function nodeLink(node: number): HTMLAnchorElement {
  return link(fragmentOf({ view: "node", node }), String(node));
}
