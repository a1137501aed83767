/** What a consensus is about just now, in a line under p, by its ledger; a ledger without one shows p alone. */

import type { Abi } from "viem";

import { delegateLedgerAbi, stakeLedgerAbi } from "./abi";
import { grouped } from "./format";

/** Calls a view of the ledger at the block of the refresh. */
type Read = <T>(functionName: string, ...args: bigint[]) => Promise<T>;

interface Note {
  abi: Abi;
  text: (read: Read) => Promise<string>;
}

export const NOTES: Record<string, Note | undefined> = {
  StakeLedger: { abi: stakeLedgerAbi, text: slotAndStake },
  DelegateLedger: { abi: delegateLedgerAbi, text: nextTurn },
};

async function slotAndStake(read: Read): Promise<string> {
  const slot = await read<bigint>("slot");
  const term = await read<bigint>("termOf", slot);
  const total = await read<bigint>("totalStake", term);
  return `slot ${grouped(slot)}, term ${grouped(term)}; active stake ${grouped(total)}`;
}

async function nextTurn(read: Read): Promise<string> {
  const [[order, next], term] = await Promise.all([read<[number[], bigint]>("delegates"), read<bigint>("term")]);
  const first = order[Number(next)];
  return first === undefined
    ? `term ${grouped(term)}; nobody is elected`
    : `next turn of node ${first}, one of ${order.length} delegates; term ${grouped(term)}`;
}
