/** Where the page reads from: the RPC, and the deployment file that names the contracts. */

import { isAddress, type Address } from "viem";

import { PageError } from "./errors";
import ledgers from "./ledgers.json";
import { words } from "./words/language";

const FETCH_TIMEOUT_MS = 10_000;

/** Where the page reads from. */
export interface Sources {
  deployment: URL;
  rpc: URL;
  /** The id of a wallet that is read in place of `rpc`. */
  wallet: string | undefined;
}

/** One deployed contract: its address, and the block that holds its creation. */
export interface DeployedContract {
  address: Address;
  blockNumber: bigint;
}

/** The ledgers of rounds that there are, and what p is under each; `make abi` writes the file. */
export const LEDGERS: Record<string, string> = ledgers;

/** A ledger of rounds, by its contract's name. */
export interface DeployedLedger extends DeployedContract {
  name: string;
}

/** The contracts of routes to other chains. */
export interface Bridges {
  locks: DeployedContract;
  pool: DeployedContract;
  conditions: DeployedContract;
}

/** The contracts of one deployment, and the chain they are on. */
export interface Deployment {
  chainId: number;
  oracle: DeployedContract;
  controller: DeployedContract;
  /** The ledger of rounds, where there is one. */
  ledger: DeployedLedger | undefined;
  /** The book of plans, where there is one. */
  planBook: DeployedContract | undefined;
  /** The registry of files, where there is one. */
  registry: DeployedContract | undefined;
  /** What carries transfers to other chains, where all of it is there. */
  bridges: Bridges | undefined;
  /** Every contract that the file names, by name. */
  all: [name: string, address: string][];
}

/**
 * What to read from: `?deployment=`, `?rpc=` and `?wallet=` of the page's own URL, or else the files beside the page's
 * folder.
 *
 * @throws PageError where a given URL is no http(s) URL.
 */
export function sourcesOf(pageUrl: string): Sources {
  const query = new URL(pageUrl).searchParams;
  return {
    deployment: sourceUrl(query.get("deployment"), "../v1/deployment", pageUrl, "deployment"),
    rpc: sourceUrl(query.get("rpc"), "../rpc", pageUrl, "rpc"),
    wallet: query.get("wallet") ?? undefined,
  };
}

/**
 * Fetches and checks the deployment file.
 *
 * @throws PageError with a sentence that names what is wrong with it.
 */
export async function loadDeployment(url: URL): Promise<Deployment> {
  const said = words().errors;
  let response: Response;
  try {
    response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  } catch {
    throw unusable(said.deploymentUnreachable(url.href));
  }
  if (response.status === 404) throw unusable(said.deploymentMissing(url.href));
  if (!response.ok) throw unusable(said.deploymentStatus(url.href, response.status));
  let file: unknown;
  try {
    file = await response.json();
  } catch {
    throw unusable(said.deploymentNotJson(url.href));
  }
  return parseDeployment(file);
}

/**
 * The deployment that a file's content tells of.
 *
 * @throws PageError with a sentence that names what is wrong with it.
 */
export function parseDeployment(file: unknown): Deployment {
  const { chainId, contracts } = fields(file, "{…}");
  if (!isWholeNumber(chainId)) throw unusable(words().errors.noChainId);
  const named = fields(contracts, words().errors.contracts);
  return {
    chainId,
    oracle: parseContract(named, "PhiOracle"),
    controller: parseContract(named, "DifficultyController"),
    ledger: parseLedger(named),
    planBook: parseOptional(named, "PlanBook"),
    registry: parseOptional(named, "StorageRegistry"),
    bridges: parseBridges(named),
    all: Object.entries(named).map(([name, entry]) => [name, String(fields(entry, name)["address"])]),
  };
}

function parseContract(contracts: Record<string, unknown>, name: string): DeployedContract {
  const { address, blockNumber } = fields(contracts[name], name);
  if (typeof address !== "string" || !isAddress(address)) {
    throw unusable(words().errors.badAddress(name, String(address)));
  }
  if (!isWholeNumber(blockNumber)) {
    throw unusable(words().errors.badBlock(name));
  }
  return { address, blockNumber: BigInt(blockNumber) };
}

function parseOptional(contracts: Record<string, unknown>, name: string): DeployedContract | undefined {
  return isDeployed(contracts[name], name) ? parseContract(contracts, name) : undefined;
}

function parseBridges(contracts: Record<string, unknown>): Bridges | undefined {
  const locks = parseOptional(contracts, "HashLock");
  const pool = parseOptional(contracts, "RelayPool");
  const conditions = parseOptional(contracts, "RouteConditions");
  return locks && pool && conditions && { locks, pool, conditions };
}

function parseLedger(contracts: Record<string, unknown>): DeployedLedger | undefined {
  for (const name of Object.keys(LEDGERS)) {
    if (isDeployed(contracts[name], name)) return { name, ...parseContract(contracts, name) };
  }
  return undefined;
}

/** Whether an entry is there, and of a contract that is mined: before that, its blockNumber is null. */
function isDeployed(entry: unknown, name: string): boolean {
  return entry !== undefined && fields(entry, name)["blockNumber"] !== null;
}

function sourceUrl(given: string | null, fallback: string, pageUrl: string, name: string): URL {
  let url: URL;
  try {
    url = new URL(given ?? fallback, pageUrl);
  } catch {
    throw new PageError(words().errors.notUrl(name, given ?? ""));
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new PageError(words().errors.notHttp(name, url.protocol));
  }
  return url;
}

function unusable(sentence: string): PageError {
  return new PageError(sentence, "deployment");
}

function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unusable(words().errors.notThere(what));
  }
  return value as Record<string, unknown>;
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
