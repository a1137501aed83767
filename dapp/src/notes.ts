/** What a consensus is about just now, in a line under p, by its ledger; a ledger without one shows p alone. */

import type { Abi } from "viem";

import { delegateLedgerAbi, stakeLedgerAbi } from "./abi";
import { grouped } from "./format";
import { words } from "./words/language";

/** Calls a view of the ledger at the block of the refresh. */
type Read = <T>(functionName: string, ...args: unknown[]) => Promise<T>;

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
  return words().engine.noteSlot(grouped(slot), grouped(term), grouped(total));
}

async function nextTurn(read: Read): Promise<string> {
  const [[order, next], term] = await Promise.all([read<[number[], bigint]>("delegates"), read<bigint>("term")]);
  const first = order[Number(next)];
  return first === undefined
    ? words().engine.noteNobody(grouped(term))
    : words().engine.noteTurn(String(first), order.length, grouped(term));
}
