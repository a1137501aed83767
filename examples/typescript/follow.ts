/**
 * Prints the network's state, checks θ of a node against the contract, and waits for one new epoch.
 *
 * Run: `node follow.js API_URL RPC_URL`. The RPC may be the oracle's own, API_URL/rpc.
 */

import { createPublicClient, http, type Address } from "viem";

import { answered, each, events, oracleClient, phiOracleAbi } from "../../clients/typescript/client.js";

const NODE = 0;

async function main(url: string, rpc: string): Promise<void> {
  const api = oracleClient(url);
  const network = await answered(api.GET("/v1/network"));
  if (network.report.stale) throw new Error("the report in force is stale: its values are not to be used");
  console.log(`epoch ${network.report.epoch}, p ${network.difficulty?.difficulty ?? "undefined"}`);

  const shares: number[] = [];
  const page = (cursor: string | undefined) =>
    answered(api.GET("/v1/nodes", { params: { query: { limit: 2, ...(cursor === undefined ? {} : { cursor }) } } }));
  for await (const node of each(page)) shares.push(node.theta);
  console.log(`nodes ${shares.length} of ${network.node_count}`);

  // What the API says can be checked with any node of the chain, at the same block.
  const node = await answered(api.GET("/v1/nodes/{node}", { params: { path: { node: NODE } } }));
  const chain = createPublicClient({ transport: http(rpc) });
  const thetaWad = await chain.readContract({
    address: network.contracts["PhiOracle"]?.address as Address,
    abi: phiOracleAbi,
    functionName: "theta",
    args: [BigInt(NODE)],
    blockNumber: BigInt(node.block),
  });
  if (thetaWad !== BigInt(node.theta_wad)) throw new Error(`the contract says ${thetaWad}, the API ${node.theta_wad}`);
  console.log(`theta of node ${NODE} is ${node.theta}, as the contract says`);

  for await (const epoch of events(url, network.report.epoch - 1)) {
    console.log(`epoch ${epoch.epoch} by operators ${epoch.signers.join(" and ")}`);
    return;
  }
}

const [url, rpc] = process.argv.slice(2);
if (url === undefined || rpc === undefined) throw new Error("give API_URL and RPC_URL");
await main(url, rpc);
