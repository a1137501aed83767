/** Where the page reads from: the RPC, and the deployment file that names the contracts. */

import { isAddress, type Address } from "viem";

import { PageError } from "./errors";
import ledgers from "./ledgers.json";

const FETCH_TIMEOUT_MS = 10_000;

/** The two URLs the page reads from. */
export interface Sources {
  deployment: URL;
  rpc: URL;
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

/** The contracts of one deployment, and the chain they are on. */
export interface Deployment {
  chainId: number;
  oracle: DeployedContract;
  controller: DeployedContract;
  /** The ledger of rounds, where there is one. */
  ledger: DeployedLedger | undefined;
}

/**
 * The URLs to read from: `?deployment=` and `?rpc=` of the page's own URL, or else the files beside the page's folder.
 *
 * @throws PageError where a given URL is no http(s) URL.
 */
export function sourcesOf(pageUrl: string): Sources {
  const query = new URL(pageUrl).searchParams;
  return {
    deployment: sourceUrl(query.get("deployment"), "../deployment.json", pageUrl, "deployment"),
    rpc: sourceUrl(query.get("rpc"), "../rpc", pageUrl, "rpc"),
  };
}

/**
 * Fetches and checks the deployment file.
 *
 * @throws PageError with a sentence that names what is wrong with it.
 */
export async function loadDeployment(url: URL): Promise<Deployment> {
  let response: Response;
  try {
    response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  } catch {
    throw new PageError(`The deployment file at ${url.href} cannot be reached.`);
  }
  if (!response.ok) throw new PageError(`The deployment file at ${url.href} answers HTTP ${response.status}.`);
  let file: unknown;
  try {
    file = await response.json();
  } catch {
    throw new PageError(`The deployment file at ${url.href} is not JSON.`);
  }
  return parseDeployment(file);
}

function parseDeployment(file: unknown): Deployment {
  const { chainId, contracts } = fields(file, "The deployment file");
  if (!isWholeNumber(chainId)) throw new PageError("The deployment file has no whole number as its chainId.");
  const named = fields(contracts, "The deployment file's list of contracts");
  return {
    chainId,
    oracle: parseContract(named, "PhiOracle"),
    controller: parseContract(named, "DifficultyController"),
    ledger: parseLedger(named),
  };
}

function parseContract(contracts: Record<string, unknown>, name: string): DeployedContract {
  const { address, blockNumber } = fields(contracts[name], `${name} in the deployment file`);
  if (typeof address !== "string" || !isAddress(address)) {
    throw new PageError(`The address of ${name} in the deployment file is not valid: ${String(address)}.`);
  }
  if (!isWholeNumber(blockNumber)) {
    throw new PageError(`The blockNumber of ${name} in the deployment file is not a whole number.`);
  }
  return { address, blockNumber: BigInt(blockNumber) };
}

function parseLedger(contracts: Record<string, unknown>): DeployedLedger | undefined {
  for (const name of Object.keys(LEDGERS)) {
    if (isDeployed(contracts[name], name)) return { name, ...parseContract(contracts, name) };
  }
  return undefined;
}

/** Whether an entry is there, and of a contract that is mined: before that, its blockNumber is null. */
function isDeployed(entry: unknown, name: string): boolean {
  return entry !== undefined && fields(entry, `${name} in the deployment file`)["blockNumber"] !== null;
}

function sourceUrl(given: string | null, fallback: string, pageUrl: string, name: string): URL {
  let url: URL;
  try {
    url = new URL(given ?? fallback, pageUrl);
  } catch {
    throw new PageError(`The ?${name}= of this page's address is not a URL: ${given}.`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new PageError(`The ${name} URL must begin with http: or https:, not ${url.protocol}`);
  }
  return url;
}

function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PageError(`${what} is missing or is not an object.`);
  }
  return value as Record<string, unknown>;
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
