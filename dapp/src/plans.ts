/** Plans of a PlanBook, from its events and what it says of each now. */

import { hexToString, type Address, type Hex } from "viem";

import { planBookAbi } from "./abi";
import type { DeployedContract } from "./config";
import { latestEvents, readEach } from "./events";
import type { Network } from "./network";
import { reader } from "./read";

/** Plans that are read, the latest ones. */
const PLANS_SHOWN = 50;

/** Indices that stand for no party and no step, as IPlanBook has them. */
export const EVERYONE = 254;
export const ARBITER_STEP = 254;
export const REST = 2n ** 128n - 1n;

/** One step, as far as the page shows it. */
export interface Step {
  verb: number;
  actor: number;
  dueFrom: number;
  dueSeconds: bigint;
  payments: { payer: number; payee: number; amount: bigint }[];
}

/** What a plan says. */
export interface Content {
  kind: Hex;
  parties: Address[];
  deposits: bigint[];
  token: Address;
  termsHash: Hex;
  modelHash: Hex;
  steps: Step[];
}

/** One plan and where it stands. */
export interface Plan {
  id: Hex;
  blockNumber: bigint;
  content: Content;
  standing: { status: number; step: number; joined: number };
}

/** The latest plans up to block `head`, newest first, or the one with this id. */
export async function latestPlans(network: Network, book: DeployedContract, head: bigint, id?: Hex): Promise<Plan[]> {
  type Proposed = { plan: Hex; content: Content };
  const found = await latestEvents<Proposed>(network, book, [planBookAbi, "Proposed"], head, PLANS_SHOWN, id && { plan: id });
  const read = reader(network.client, book, planBookAbi, head);
  return readEach(found, async ({ args: { plan, content }, blockNumber }) => ({
    id: plan,
    blockNumber,
    content,
    standing: await read<Plan["standing"]>("standingOf", plan),
  }));
}

/** What each party of a plan holds now, in units of its token. */
export async function holdings(network: Network, book: DeployedContract, plan: Plan, at: bigint): Promise<bigint[]> {
  const read = reader(network.client, book, planBookAbi, at);
  const held: bigint[] = [];
  for (let party = 0; party < plan.content.parties.length; party++) {
    held.push(await read<bigint>("heldBy", plan.id, BigInt(party)));
  }
  return held;
}

/** The kind of an agreement, as text. */
export function kindOf(kind: Hex): string {
  return hexToString(kind, { size: 32 });
}
