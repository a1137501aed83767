/** The client of the RPC or the wallet, and the check that it and the deployment file are of the same chain. */

import { createClient, custom, http, type Client, type Transport } from "viem";
import { getChainId, getCode } from "viem/actions";

import { loadDeployment, type DeployedContract, type Deployment, type Sources } from "./config";
import { PageError } from "./errors";
import { walletNamed } from "./wallets";
import { words } from "./words/language";

// Long: a development chain takes seconds for a page of thousands of nodes.
const RPC_TIMEOUT_MS = 15_000;
/** Requests at the RPC at once: RPCs refuse clients that ask for much at a time, and views read beside each other. */
const AT_ONCE = 4;

/** An RPC found to serve the chain and the contracts of a deployment. */
export interface Network {
  client: Client;
  deployment: Deployment;
}

/**
 * Reads the deployment file and checks the RPC against it.
 *
 * @throws PageError where the chain ids differ or a contract is not there; a viem error where the RPC fails.
 */
export async function connect(sources: Sources): Promise<Network> {
  const deployment = await loadDeployment(sources.deployment);
  const client = createClient({
    transport: await transportOf(sources),
    // A contract must not send the page to other servers.
    ccipRead: false,
  });
  const chainId = await getChainId(client);
  if (chainId !== deployment.chainId) {
    const said = words().errors;
    throw sources.wallet === undefined
      ? new PageError(said.wrongChain(chainId, deployment.chainId), "chain")
      : new PageError(said.walletChain(chainId, deployment.chainId), "chain", deployment.chainId);
  }
  await Promise.all([
    requireCode(client, deployment, deployment.oracle, "PhiOracle"),
    requireCode(client, deployment, deployment.controller, "DifficultyController"),
    ...(deployment.ledger ? [requireCode(client, deployment, deployment.ledger, deployment.ledger.name)] : []),
    ...(deployment.planBook ? [requireCode(client, deployment, deployment.planBook, "PlanBook")] : []),
  ]);
  return { client, deployment };
}

async function transportOf({ rpc, wallet }: Sources): Promise<Transport> {
  // One retry, so that an RPC which fails now and then does not void a refresh of many reads; follow.ts does the rest.
  if (wallet === undefined) {
    return http(rpc.href, { timeout: RPC_TIMEOUT_MS, retryCount: 1, fetchFn: inTurn(fetch, AT_ONCE) });
  }
  return custom((await walletNamed(wallet)).provider, { retryCount: 1 });
}

/** `fetching` with at most `atOnce` requests under way; further ones wait for their turn, first come, first served. */
export function inTurn(fetching: typeof fetch, atOnce: number): typeof fetch {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (input, init) => {
    if (free > 0) free--;
    else await new Promise<void>((wake) => waiting.push(wake));
    try {
      return await fetching(input, init);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

async function requireCode(
  client: Client,
  deployment: Deployment,
  { address }: DeployedContract,
  name: string,
): Promise<void> {
  if ((await getCode(client, { address })) === undefined) {
    throw new PageError(words().errors.noContract(deployment.chainId, address, name), "contract");
  }
}
