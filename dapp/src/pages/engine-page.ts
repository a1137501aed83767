/** The view of the consensus that is deployed: its rounds, and what is its own. */

import { ledgerAbi } from "../abi";
import type { DeployedLedger } from "../config";
import { facts, link, make, row, swap, table, type Child } from "../dom";
import { sentenceOf } from "../errors";
import { grouped, percent, rough } from "../format";
import type { Network } from "../network";
import { meanInterval, winners } from "../points";
import { reader } from "../read";
import { fragmentOf } from "../router";
import { countsOf } from "../view";
import { words } from "../words/language";
import { ENGINES } from "./engines";
import type { Page, State } from "./page";
import { roundsTable } from "./rounds-table";

const ROUNDS_SHOWN = 20;
const WINNERS_SHOWN = 20;

/** What every ledger says of its round. */
interface Standing {
  round: bigint;
  difficulty: bigint;
  baseDifficulty: bigint;
  final: bigint;
  competing: bigint;
}

/** The page. */
export function createEnginePage(container: HTMLElement): Page {
  const section = make("section", { "data-testid": "engine-page" });
  const own = make("section", { "data-testid": "engine-own" });
  const shares = make("section");
  const rounds = make("section", { "data-testid": "rounds" });
  container.append(section, own, shares, rounds);
  let readAt: bigint | undefined;
  let isReading = false;
  let standing: Standing | undefined;
  let ofEngine: Child[] = [];
  let problem = "";
  let latest: State | undefined;

  const read = async (state: State, ledger: DeployedLedger): Promise<void> => {
    const { network, head } = state.snapshot;
    standing = await readStanding(network, ledger, head.number);
    ofEngine = (await ENGINES[ledger.name]?.(network, ledger, state)) ?? [];
    readAt = head.number;
    problem = "";
  };

  const refresh = (state: State, ledger: DeployedLedger): void => {
    if (isReading || readAt === state.snapshot.head.number) return;
    isReading = true;
    read(state, ledger)
      .catch((error: unknown) => (problem = words().engine.failed(sentenceOf(error))))
      .finally(() => {
        isReading = false;
        show();
      });
  };

  const show = (): void => {
    if (!latest) return;
    const said = words().engine;
    const { ledger } = latest.snapshot.network.deployment;
    for (const part of [own, shares, rounds]) part.hidden = ledger === undefined;
    if (!ledger) {
      swap(section, make("p", {}, said.none));
      return;
    }
    swap(section, make("p", {}, said.about[ledger.name] ?? countsOf(ledger.name)), ...standingOf(latest, standing), problem && make("p", { class: "notice" }, problem));
    swap(own, ...ofEngine);
    own.hidden = ofEngine.length === 0;
    swap(shares, make("h3", {}, said.shareWon), ...winnersOf(latest));
    swap(rounds, make("h3", {}, said.rounds), ...roundsOf(latest));
  };

  return {
    title: () => words().engine.title(latest?.snapshot.network.deployment.ledger?.name ?? words().dash),
    update(state) {
      latest = state;
      const { ledger } = state.snapshot.network.deployment;
      if (ledger) refresh(state, ledger);
      show();
    },
    close: () => (latest = undefined),
  };
}

async function readStanding(network: Network, contract: DeployedLedger, at: bigint): Promise<Standing> {
  const ledger = reader(network.client, contract, ledgerAbi, at);
  const [round, difficulty, baseDifficulty, final, competing] = await Promise.all([
    ledger<bigint>("openRound"),
    ledger<bigint>("difficulty"),
    ledger<bigint>("baseDifficulty"),
    ledger<bigint>("finalRound"),
    ledger<bigint>("competingBlocks"),
  ]);
  return { round, difficulty, baseDifficulty, final, competing };
}

function standingOf({ rounds }: State, standing: Standing | undefined): Child[] {
  const said = words().engine;
  if (!standing) return [make("p", { class: "note" }, said.reading)];
  const won = Number(standing.round) - 1;
  const interval = rounds && meanInterval(rounds.won);
  const competing = Number(standing.competing);
  return [
    facts([
      [said.round, grouped(standing.round)],
      [said.difficulty, grouped(standing.difficulty)],
      [said.base, grouped(standing.baseDifficulty)],
      [said.final, standing.final === 0n ? words().dash : grouped(standing.final)],
      [said.competing, `${grouped(competing)} (${said.stale(percent(competing, competing + won))})`],
      rounds && [said.capacity, said.transactions(grouped(rounds.capacity))],
      interval === undefined ? undefined : [said.interval, said.seconds(rough(interval, 4))],
    ]),
  ];
}

function winnersOf({ rounds }: State): Child[] {
  const said = words().engine;
  if (!rounds || rounds.won.length === 0) return [make("p", { class: "note" }, rounds ? said.noRounds : said.reading)];
  const rows = winners(rounds.won)
    .slice(0, WINNERS_SHOWN)
    .map(({ node, won }) =>
      row([link(fragmentOf({ view: "node", node }), String(node)), grouped(won), `${percent(won, rounds.won.length)} %`]),
    );
  return [table(said.shareWon, [words().nodes.node, said.rounds, said.share], rows)];
}

function roundsOf({ rounds, history }: State): Child[] {
  const said = words().engine;
  if (!rounds || rounds.won.length === 0) return [make("p", { class: "note" }, rounds ? said.noRounds : said.reading)];
  return [roundsTable(said.rounds, rounds.won.slice(-ROUNDS_SHOWN), rounds, history.points)];
}
