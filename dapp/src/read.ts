/** Reads of the contracts, each at a block given by number, so that all values of one refresh belong together. */

import type { Abi, Address, Client, Hex } from "viem";
import { getBlock, readContract } from "viem/actions";

import { controllerAbi, ledgerAbi, oracleAbi } from "./abi";
import type { DeployedContract, DeployedLedger } from "./config";
import type { Limits } from "./limits";
import { NOTES } from "./notes";
import type { Network } from "./network";

/** Nodes per call: a whole number of φ words, and a reply that every RPC accepts. */
export const NODES_PER_PAGE = 2000;
const LANES_PER_WORD = 16;
const RETIRED_BITS_PER_WORD = 256;
/** φ in WAD of one lane unit: 1e18 / 2¹⁵, exact. */
const WAD_PER_LANE_UNIT = 30_517_578_125_000n;

/** The block that a refresh reads at. */
export interface Head {
  number: bigint;
  hash: Hex;
  parentHash: Hex;
  timestampSeconds: bigint;
}

/** What can change with every block. */
export interface Summary {
  nodeCount: number;
  activeCount: number;
  /** p of DifficultyController; undefined while no node is active, for then it has no divisor. */
  difficulty: bigint | undefined;
  /** The open round of the ledger, where there is one, the p of that, and what its consensus is about just now. */
  openRound: { by: string; number: bigint; difficulty: bigint; note: string | undefined } | undefined;
  baseDifficulty: bigint;
  sumExpWad: bigint;
  epoch: bigint;
  /** Last block of the last report's window. */
  windowEnd: bigint;
  /** The block that applied the last report. */
  reportBlock: bigint;
  stale: boolean;
  ageSeconds: bigint;
  maxAgeSeconds: bigint;
  paused: boolean;
}

/** All nodes, retired ones included: index n of each list is node n. */
export interface NodeTable {
  theta0Wad: bigint[];
  phiWad: bigint[];
  thetaWad: bigint[];
  retired: boolean[];
}

/** Who may sign reports, from which model, within which bounds. */
export interface Committee {
  operators: Address[];
  threshold: bigint;
  modelHash: Hex;
  limits: Limits;
}

/** The latest block. */
export async function readHead(client: Client): Promise<Head> {
  const block = await getBlock(client, { blockTag: "latest" });
  return {
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    timestampSeconds: block.timestamp,
  };
}

/** Difficulty, counts, and the state of the last report, after block `at`. */
export async function readSummary({ client, deployment }: Network, at: bigint): Promise<Summary> {
  const oracle = reader(client, deployment.oracle, oracleAbi, at);
  const controller = reader(client, deployment.controller, controllerAbi, at);
  const [nodeCount, activeCount, last, [stale, ageSeconds, maxAgeSeconds], paused] = await Promise.all([
    oracle<bigint>("nodeCount"),
    oracle<bigint>("activeCount"),
    oracle<{ epoch: bigint; toBlock: bigint; blockNumber: bigint }>("lastReport"),
    oracle<readonly [boolean, bigint, bigint]>("staleness"),
    oracle<boolean>("paused"),
  ]);
  // `current` reverts while no node is active.
  const reading =
    activeCount > 0n
      ? await controller<{ baseDifficulty: bigint; sumExpWad: bigint; difficulty: bigint }>("current")
      : { baseDifficulty: await controller<bigint>("baseDifficulty"), sumExpWad: 0n, difficulty: undefined };
  return {
    nodeCount: Number(nodeCount),
    activeCount: Number(activeCount),
    difficulty: reading.difficulty,
    openRound: activeCount > 0n && deployment.ledger ? await readRound(client, deployment.ledger, at) : undefined,
    baseDifficulty: reading.baseDifficulty,
    sumExpWad: reading.sumExpWad,
    epoch: last.epoch,
    windowEnd: last.toBlock,
    reportBlock: last.blockNumber,
    stale,
    ageSeconds,
    maxAgeSeconds,
    paused,
  };
}

async function readRound(client: Client, contract: DeployedLedger, at: bigint): Promise<Summary["openRound"]> {
  const ledger = reader(client, contract, ledgerAbi, at);
  const note = NOTES[contract.name];
  const [number, difficulty, text] = await Promise.all([
    ledger<bigint>("openRound"),
    ledger<bigint>("difficulty"),
    note?.text(reader(client, contract, note.abi, at)),
  ]);
  return { by: contract.name, number, difficulty, note: text };
}

/** θ₀, φ and θ of all nodes after block `at`. */
export async function readNodes({ client, deployment }: Network, nodeCount: number, at: bigint): Promise<NodeTable> {
  const oracle = reader(client, deployment.oracle, oracleAbi, at);
  const table: NodeTable = { theta0Wad: [], phiWad: [], thetaWad: [], retired: [] };
  const retiredWords = await oracle<bigint[]>("retiredWords", 0n, BigInt(words(nodeCount, RETIRED_BITS_PER_WORD)));
  for (let first = 0; first < nodeCount; first += NODES_PER_PAGE) {
    const count = Math.min(NODES_PER_PAGE, nodeCount - first);
    const [theta0s, thetas, phiWords] = await Promise.all([
      oracle<bigint[]>("theta0s", BigInt(first), BigInt(count)),
      oracle<bigint[]>("thetas", BigInt(first), BigInt(count)),
      oracle<bigint[]>("phiWords", BigInt(first / LANES_PER_WORD), BigInt(words(count, LANES_PER_WORD))),
    ]);
    table.theta0Wad.push(...theta0s);
    table.thetaWad.push(...thetas);
    for (let i = 0; i < count; i++) table.phiWad.push(phiOf(phiWords, i));
  }
  for (let node = 0; node < nodeCount; node++) table.retired.push(isRetired(retiredWords, node));
  return table;
}

/** θ of all nodes after block `at`, in WAD; a retired node has 0. */
export async function readThetas({ client, deployment }: Network, nodeCount: number, at: bigint): Promise<bigint[]> {
  const oracle = reader(client, deployment.oracle, oracleAbi, at);
  const thetaWad: bigint[] = [];
  for (let first = 0; first < nodeCount; first += NODES_PER_PAGE) {
    thetaWad.push(...(await oracle<bigint[]>("thetas", BigInt(first), BigInt(NODES_PER_PAGE))));
  }
  return thetaWad;
}

/** The committee, its model and its limits after block `at`. */
export async function readCommittee({ client, deployment }: Network, at: bigint): Promise<Committee> {
  const oracle = reader(client, deployment.oracle, oracleAbi, at);
  const [operators, threshold, modelHash, limits] = await Promise.all([
    oracle<Address[]>("operators"),
    oracle<bigint>("threshold"),
    oracle<Hex>("modelHash"),
    oracle<Limits>("limits"),
  ]);
  return { operators, threshold, modelHash, limits };
}

/**
 * A function that calls one contract after block `at`, else after the latest one; the caller names the type that the
 * ABI gives the result.
 */
export function reader(client: Client, contract: DeployedContract, abi: Abi, at: bigint | undefined) {
  const block = at === undefined ? {} : { blockNumber: at };
  return <T>(functionName: string, ...args: unknown[]): Promise<T> =>
    readContract(client, { address: contract.address, abi, functionName, args, ...block }) as Promise<T>;
}

function phiOf(phiWords: bigint[], lane: number): bigint {
  const word = phiWords[Math.floor(lane / LANES_PER_WORD)] ?? 0n;
  return BigInt.asIntN(16, word >> BigInt((lane % LANES_PER_WORD) * 16)) * WAD_PER_LANE_UNIT;
}

function isRetired(retiredWords: bigint[], node: number): boolean {
  const word = retiredWords[Math.floor(node / RETIRED_BITS_PER_WORD)] ?? 0n;
  return ((word >> BigInt(node % RETIRED_BITS_PER_WORD)) & 1n) === 1n;
}

function words(items: number, perWord: number): number {
  return Math.ceil(items / perWord);
}
