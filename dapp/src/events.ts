/** Searches the events of one contract backwards from a block, a bounded number of queries. */

import { parseEventLogs, type Abi, type AbiEvent } from "viem";
import { getLogs } from "viem/actions";

import type { DeployedContract } from "./config";
import type { Network } from "./network";

/** Blocks per eth_getLogs; public RPCs commonly refuse more. */
export const BLOCKS_PER_QUERY = 1000n;
const MAX_QUERIES_BACK = 100;

/** One event: what it says, and its block. */
export interface Told<Args> {
  args: Args;
  blockNumber: bigint;
}

/**
 * The latest events of one name up to block `head`, newest first, `most` of them at most.
 *
 * @param indexed Values of indexed arguments that an event must have.
 */
export async function latestEvents<Args>(
  network: Network,
  contract: DeployedContract,
  [abi, name]: readonly [Abi, string],
  head: bigint,
  most: number,
  indexed?: Record<string, string>,
): Promise<Told<Args>[]> {
  const event = abi.find((item): item is AbiEvent => item.type === "event" && item.name === name);
  const found: Told<Args>[] = [];
  let toBlock = head;
  for (let query = 0; query < MAX_QUERIES_BACK && toBlock >= contract.blockNumber && found.length < most; query++) {
    const first = toBlock - BLOCKS_PER_QUERY + 1n;
    const fromBlock = first > contract.blockNumber ? first : contract.blockNumber;
    const logs = await getLogs(network.client, { address: contract.address, event, ...(indexed && { args: indexed }), fromBlock, toBlock });
    const here = parseEventLogs({ abi, eventName: name, logs }).map((log) => ({
      args: log.args as unknown as Args,
      blockNumber: log.blockNumber,
    }));
    found.push(...here.reverse());
    toBlock = fromBlock - 1n;
  }
  return found.slice(0, most);
}

/** How many reads are under way at once. */
const AT_ONCE = 4;

/** `values` by `read`, a few at a time, in their order. */
export async function readEach<From, To>(values: From[], read: (value: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (let first = 0; first < values.length; first += AT_ONCE) {
    results.push(...(await Promise.all(values.slice(first, first + AT_ONCE).map(read))));
  }
  return results;
}
