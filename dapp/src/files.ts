/** Files of a StorageRegistry: their terms, who holds them, and how proofs of that went. */

import { type Address, type Hex } from "viem";

import { storageRegistryAbi } from "./abi";
import type { DeployedContract } from "./config";
import { latestEvents, readEach } from "./events";
import type { Network } from "./network";
import { reader } from "./read";

/** Files and proofs that are read, the latest ones. */
const FILES_SHOWN = 50;
const PROOFS_SHOWN = 50;

/** What the owner of a file wants, as far as the page shows it. */
export interface FileTerms {
  contentDigest: Hex;
  sizeBytes: bigint;
  codec: number;
  temperature: number;
  privacy: number;
  replicasMin: number;
  replicasMax: number;
  maxRent: bigint;
  regions: Hex[];
}

/** One file and how it stands. */
export interface StoredFile {
  id: Hex;
  blockNumber: bigint;
  terms: FileTerms;
  standing: { owner: Address; agreements: number; held: number; fund: bigint };
}

/** One holder of a file. */
export interface Holding {
  holder: Address;
  region: Hex;
  agreement: { status: number; sinceSeconds: bigint; rent: bigint; locked: bigint; challenger: Address };
}

/** How a challenge of a holder ended. */
export interface Proof {
  holder: Address;
  blockNumber: bigint;
  isAnswered: boolean;
}

/** One file with its holders and proofs. */
export interface FileDetails {
  holdings: Holding[];
  /** Newest first. */
  proofs: Proof[];
}

/** The latest files up to block `head`, newest first, or the one with this id. */
export async function latestFiles(
  network: Network,
  registry: DeployedContract,
  head: bigint,
  id?: Hex,
): Promise<StoredFile[]> {
  const event = [storageRegistryAbi, "FileRegistered"] as const;
  const found = await latestEvents<{ file: Hex }>(network, registry, event, head, FILES_SHOWN, id && { file: id });
  const read = reader(network.client, registry, storageRegistryAbi, head);
  return readEach(found, async ({ args: { file }, blockNumber }) => ({
    id: file,
    blockNumber,
    terms: await read<FileTerms>("termsOf", file),
    standing: await read<StoredFile["standing"]>("standingOf", file),
  }));
}

/** Who holds a file at block `head`, and the latest proofs. */
export async function detailsOf(
  network: Network,
  registry: DeployedContract,
  head: bigint,
  file: Hex,
): Promise<FileDetails> {
  const read = reader(network.client, registry, storageRegistryAbi, head);
  const holdings = await readEach(await read<Address[]>("holdersOf", file), async (holder) => ({
    holder,
    region: (await read<{ region: Hex }>("holderOf", holder)).region,
    agreement: await read<Holding["agreement"]>("agreementOf", file, holder),
  }));
  const ended = async (name: "Answered" | "Convicted"): Promise<Proof[]> => {
    const event = [storageRegistryAbi, name] as const;
    const told = await latestEvents<{ holder: Address }>(network, registry, event, head, PROOFS_SHOWN, { file });
    return told.map(({ args: { holder }, blockNumber }) => ({ holder, blockNumber, isAnswered: name === "Answered" }));
  };
  const proofs = [...(await ended("Answered")), ...(await ended("Convicted"))];
  return { holdings, proofs: proofs.sort((a, b) => Number(b.blockNumber - a.blockNumber)) };
}
