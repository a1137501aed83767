/** The RPC client, and the check that the RPC and the deployment file are of the same chain. */

import { createClient, http, type Client } from "viem";
import { getChainId, getCode } from "viem/actions";

import { loadDeployment, type DeployedContract, type Deployment, type Sources } from "./config";
import { PageError } from "./errors";

// Long: a development chain takes seconds for a page of thousands of nodes.
const RPC_TIMEOUT_MS = 15_000;

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
    // One retry, so that an RPC which fails now and then does not void a refresh of many reads; follow.ts does the rest.
    transport: http(sources.rpc.href, { timeout: RPC_TIMEOUT_MS, retryCount: 1 }),
    // A contract must not send the page to other servers.
    ccipRead: false,
  });
  const chainId = await getChainId(client);
  if (chainId !== deployment.chainId) {
    throw new PageError(
      `The RPC serves chain ${chainId}, but the deployment file is of chain ${deployment.chainId}: ` +
        "give both of the same network.",
    );
  }
  await Promise.all([
    requireCode(client, deployment, deployment.oracle, "PhiOracle"),
    requireCode(client, deployment, deployment.controller, "DifficultyController"),
    ...(deployment.ledger ? [requireCode(client, deployment, deployment.ledger, deployment.ledger.name)] : []),
  ]);
  return { client, deployment };
}

async function requireCode(
  client: Client,
  deployment: Deployment,
  { address }: DeployedContract,
  name: string,
): Promise<void> {
  if ((await getCode(client, { address })) === undefined) {
    throw new PageError(`Chain ${deployment.chainId} has no contract at ${address}, the address of ${name}.`);
  }
}
