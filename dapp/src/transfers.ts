/** Transfers to other chains that began or ended here, and the conditions of routes, from the contracts of routes. */

import { type Address, type Hex } from "viem";

import { hashLockAbi, relayPoolAbi, routeConditionsAbi } from "./abi";
import type { Bridges } from "./config";
import { latestEvents, readEach } from "./events";
import type { Network } from "./network";
import { reader } from "./read";

/** Of each kind, the latest ones. */
const SHOWN = 50;

/** What the operators signed of a route. */
export interface Conditions {
  observedAtSeconds: bigint;
  validUntilSeconds: bigint;
  p95Seconds: number;
  successBps: number;
  feeBps: number;
  feeFixed: bigint;
  mostAmount: bigint;
}

/** A route and what is in force for it. */
export interface Route {
  id: Hex;
  conditions: Conditions;
}

/** One transfer, as this chain knows it. */
export interface Transfer {
  id: Hex;
  blockNumber: bigint;
  by: "lock" | "pool";
  from: Address;
  /** In units of the token of this chain. */
  amount: bigint;
  otherChain: bigint;
  /** Of the contract's own list of states. */
  status: number;
}

/** All that the page shows of transfers. */
export interface Transfers {
  routes: Route[];
  /** Newest first. */
  transfers: Transfer[];
  pool: { liquid: bigint; lent: bigint };
}

interface Lock {
  amount: bigint;
  counterpart: { chainId: bigint };
}

interface Order {
  user: Address;
  minReceived: { amount: bigint }[];
  fillInstructions: { destinationChainId: bigint }[];
}

/** What stands at block `head`. */
export async function readTransfers(network: Network, bridges: Bridges, head: bigint): Promise<Transfers> {
  const pool = reader(network.client, bridges.pool, relayPoolAbi, head);
  const [liquid, lent] = await pool<[bigint, bigint, bigint]>("pool");
  const transfers = [...(await locksOf(network, bridges, head)), ...(await ordersOf(network, bridges, head))];
  transfers.sort((a, b) => Number(b.blockNumber - a.blockNumber));
  return { routes: await routesOf(network, bridges, head), transfers, pool: { liquid, lent } };
}

async function routesOf(network: Network, { conditions }: Bridges, head: bigint): Promise<Route[]> {
  const event = [routeConditionsAbi, "Published"] as const;
  const told = await latestEvents<{ route: Hex }>(network, conditions, event, head, SHOWN);
  const read = reader(network.client, conditions, routeConditionsAbi, head);
  const ids = [...new Set(told.map(({ args }) => args.route))];
  return readEach(ids, async (id) => ({ id, conditions: await read<Conditions>("conditionsOf", id) }));
}

async function locksOf(network: Network, { locks }: Bridges, head: bigint): Promise<Transfer[]> {
  type Locked = { lock: Hex; sender: Address; content: Lock };
  const told = await latestEvents<Locked>(network, locks, [hashLockAbi, "Locked"], head, SHOWN);
  const read = reader(network.client, locks, hashLockAbi, head);
  return readEach(told, async ({ args: { lock, sender, content }, blockNumber }) => ({
    id: lock,
    blockNumber,
    by: "lock" as const,
    from: sender,
    amount: content.amount,
    otherChain: content.counterpart.chainId,
    status: await read<number>("statusOf", lock),
  }));
}

async function ordersOf(network: Network, { pool }: Bridges, head: bigint): Promise<Transfer[]> {
  type Opened = { orderId: Hex; resolvedOrder: Order };
  const told = await latestEvents<Opened>(network, pool, [relayPoolAbi, "Open"], head, SHOWN);
  const read = reader(network.client, pool, relayPoolAbi, head);
  return readEach(told, async ({ args: { orderId, resolvedOrder }, blockNumber }) => ({
    id: orderId,
    blockNumber,
    by: "pool" as const,
    from: resolvedOrder.user,
    amount: resolvedOrder.minReceived[0]?.amount ?? 0n,
    otherChain: resolvedOrder.fillInstructions[0]?.destinationChainId ?? 0n,
    status: (await read<{ status: number }>("stateOf", orderId)).status,
  }));
}
