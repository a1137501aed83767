/** Files of the StorageRegistry: the list, and one file with its holders and proofs. */

import { hexToString, type Hex } from "viem";

import { cidOf } from "../cid";
import { facts, link, make, row, table, type Child } from "../dom";
import { detailsOf, latestFiles, type FileDetails, type Holding, type StoredFile } from "../files";
import { grouped, short, utc } from "../format";
import { fragmentOf } from "../router";
import { words } from "../words/language";
import type { Page } from "./page";
import { createReadingPage } from "./reading-page";

const OFFERED = 1;

/** The list of files, or one of them by its id. */
export function createFilesPage(container: HTMLElement, id: Hex | undefined): Page {
  return createReadingPage<{ files: StoredFile[]; details: FileDetails }>(container, {
    testId: "files",
    title: () => (id === undefined ? words().files.title : `${words().files.file} ${short(id)}`),
    absent: ({ snapshot }) => (snapshot.network.deployment.registry ? undefined : words().files.noRegistry),
    waiting: () => words().files.reading,
    failed: (why) => words().files.failed(why),
    async read({ snapshot: { network, head } }) {
      const registry = network.deployment.registry;
      const none = { holdings: [], proofs: [] };
      if (!registry) return { files: [], details: none };
      const files = await latestFiles(network, registry, head.number, id);
      const isKnown = id !== undefined && files.length > 0;
      return { files, details: isKnown ? await detailsOf(network, registry, head.number, id) : none };
    },
    show({ files, details }) {
      if (id === undefined) return [files.length > 0 ? listOf(files) : make("p", {}, words().files.none)];
      const file = files[0];
      return file ? factsOf(file, details) : [make("p", {}, words().files.unknown(id))];
    },
  });
}

function listOf(files: StoredFile[]): HTMLElement {
  const said = words().files;
  const heads = [said.file, said.temperature, said.privacy, said.holders, said.replicas, said.size, said.registered];
  const rows = files.map((file) =>
    row([
      link(fragmentOf({ view: "file", file: file.id }), short(file.id)),
      said.temperatures[file.terms.temperature] ?? String(file.terms.temperature),
      said.privacies[file.terms.privacy] ?? String(file.terms.privacy),
      grouped(file.standing.held),
      replicasText(file),
      said.bytes(grouped(file.terms.sizeBytes)),
      grouped(file.blockNumber),
    ]),
  );
  return table(said.title, heads, rows);
}

function factsOf(file: StoredFile, { holdings, proofs }: FileDetails): Child[] {
  const said = words().files;
  const { terms, standing } = file;
  return [
    facts([
      [said.file, file.id],
      [said.content, cidOf(terms.codec, terms.contentDigest)],
      [said.size, said.bytes(grouped(terms.sizeBytes))],
      [said.temperature, said.temperatures[terms.temperature]],
      [said.privacy, said.privacies[terms.privacy]],
      [said.regions, regionsText(terms.regions)],
      [said.replicas, replicasText(file)],
      [said.holders, standing.held < terms.replicasMin ? said.tooFew(grouped(standing.held)) : grouped(standing.held)],
      [said.owner, standing.owner],
      [said.fund, grouped(standing.fund)],
      [said.maxRent, grouped(terms.maxRent)],
      [said.registered, grouped(file.blockNumber)],
    ]),
    make("h3", {}, said.holders),
    holdings.length > 0
      ? table(said.holders, [said.holder, said.region, said.status, said.since, said.rent, said.bond], holdings.map(holdingRow))
      : make("p", {}, said.noHolders),
    make("h3", {}, said.proofs),
    proofs.length > 0
      ? table(
          said.proofs,
          [said.block, said.holder, said.outcome],
          proofs.map((proof) => row([grouped(proof.blockNumber), proof.holder, proof.isAnswered ? said.answered : said.convicted])),
        )
      : make("p", {}, said.noProofs),
  ];
}

function holdingRow({ holder, region, agreement }: Holding): HTMLTableRowElement {
  const said = words().files;
  const status = said.statuses[agreement.status] ?? String(agreement.status);
  return row([
    holder,
    regionName(region),
    BigInt(agreement.challenger) === 0n ? status : said.challenged(status),
    agreement.status === OFFERED ? words().dash : utc(agreement.sinceSeconds),
    grouped(agreement.rent),
    grouped(agreement.locked),
  ]);
}

function replicasText({ terms }: StoredFile): string {
  return words().files.between(String(terms.replicasMin), String(terms.replicasMax));
}

function regionsText(regions: Hex[]): string {
  const named = regions.map(regionName).filter((name) => name !== "");
  return named.length > 0 ? named.join(", ") : words().files.anywhere;
}

function regionName(region: Hex): string {
  return hexToString(region).replace(/\0+$/, "");
}
