/** One node: θ and φ now and over time, the blocks that it won, and how full they were. */

import type { Address } from "viem";

import { oracleAbi } from "../abi";
import { createChart, type Drawing } from "../charts";
import { facts, link, make, swap, type Child } from "../dom";
import { grouped, percent, rough, wad } from "../format";
import { withPresent } from "../history-view";
import { numberOf, type Point } from "../points";
import { reader } from "../read";
import { fragmentOf } from "../router";
import { words } from "../words/language";
import type { Page, State } from "./page";
import { fillOf, roundsTable } from "./rounds-table";

/** Rows of its blocks. */
const BLOCKS_SHOWN = 20;

/** The page. */
export function createNodePage(container: HTMLElement, node: number): Page {
  const section = make("section", { "data-testid": "node-page" });
  const charted = make("section", { hidden: "" });
  const blocks = make("section", { "data-testid": "node-blocks" });
  container.append(section, charted, blocks);
  const chart = createChart("node");
  charted.append(chart.element);
  let miner: Address | undefined;
  let asked = false;
  let latest: State | undefined;

  const ask = ({ snapshot: { network } }: State): void => {
    if (asked) return;
    asked = true;
    reader(network.client, network.deployment.oracle, oracleAbi, undefined)<Address>("miner", BigInt(node)).then(
      (found) => {
        miner = found;
        show();
      },
      () => (asked = false), // tried again with the next block
    );
  };

  const show = (): void => {
    if (!latest) return;
    const { nodes } = latest.snapshot;
    const count = nodes.thetaWad.length;
    const isKnown = node < count;
    blocks.hidden = !isKnown;
    if (!isKnown) {
      charted.hidden = true;
      swap(section, make("p", {}, words().node.unknown(grouped(node), grouped(Math.max(0, count - 1)))));
      return;
    }
    ask(latest);
    swap(section, ...figuresOf(latest, node, miner));
    const drawing = drawingOf(withPresent(latest.history.points, latest.snapshot), node);
    charted.hidden = drawing.times.length === 0;
    if (!charted.hidden) chart.show(drawing);
    swap(blocks, make("h3", {}, words().node.roundsTitle), ...blocksOf(latest, node));
  };

  return {
    title: () => words().nodes.name(grouped(node)),
    update(state) {
      latest = state;
      show();
    },
    close() {
      latest = undefined;
      chart.remove();
    },
  };
}

function figuresOf({ snapshot, rounds }: State, node: number, miner: Address | undefined): Child[] {
  const said = words().node;
  const { nodes, summary } = snapshot;
  const [theta0, phi, theta] = [nodes.theta0Wad[node] ?? 0n, nodes.phiWad[node] ?? 0n, nodes.thetaWad[node] ?? 0n];
  const isRetired = nodes.retired[node] === true;
  const higher = nodes.thetaWad.filter((value, other) => !nodes.retired[other] && value > theta).length;
  const share = percent(Math.exp(numberOf(phi)), numberOf(summary.sumExpWad));
  return [
    make(
      "p",
      { class: "actions" },
      node > 0 && link(fragmentOf({ view: "node", node: node - 1 }), said.previous),
      node + 1 < nodes.thetaWad.length && link(fragmentOf({ view: "node", node: node + 1 }), said.next),
    ),
    isRetired && make("p", { class: "notice" }, said.retired),
    facts([
      ["θ₀", wad(theta0)],
      ["φ", wad(phi)],
      ["θ = θ₀ + φ", wad(theta)],
      isRetired ? undefined : [said.rank, said.rankOf(grouped(higher + 1), grouped(summary.activeCount))],
      isRetired ? undefined : [said.share, `${share} %`],
      [said.miner, miner ?? words().dash],
      ...wonFacts(rounds, node, numberOf(theta)),
    ]),
  ];
}

function wonFacts(rounds: State["rounds"], node: number, theta: number): [name: string, value: string][] {
  if (!rounds || rounds.won.length === 0) return [];
  const said = words().node;
  const own = rounds.won.filter((won) => won.node === node);
  const count = rounds.won.length;
  const facts: [string, string][] = [[said.won, said.wonOf(grouped(own.length), grouped(count), percent(own.length, count))]];
  if (own.length === 0) return facts;
  const mean = own.reduce((sum, won) => sum + won.weight, 0) / own.length;
  facts.push([said.weight, said.weightOf(rough(mean, 4), grouped(Math.floor(theta * rounds.capacity)))]);
  return facts;
}

function drawingOf(points: Point[], node: number): Drawing {
  const said = words().node;
  const known = points.filter((point) => point.theta?.values[node] !== undefined);
  return {
    title: said.chart,
    times: known.map((point) => point.timestampSeconds),
    lines: [
      { name: said.mean, colour: "--line-b", values: known.map((point) => point.theta?.mean ?? null) },
      { name: said.own, colour: "--line-a", values: known.map((point) => point.theta?.values[node] ?? null) },
    ],
    isStepped: true,
    text: (value) => value.toFixed(6),
  };
}

function blocksOf({ snapshot, rounds, history }: State, node: number): Child[] {
  const said = words().node;
  const note = (text: string): HTMLElement => make("p", { class: "note" }, text);
  if (!snapshot.network.deployment.ledger) return [note(said.noLedger)];
  if (!rounds) return [note(words().engine.reading)];
  const own = rounds.won.filter((won) => won.node === node);
  if (own.length === 0) return [note(said.noBlocks)];
  const fills = own.map((won) => fillOf(won, rounds, history.points)).filter((fill) => fill !== undefined);
  const mean = fills.reduce((sum, fill) => sum + fill, 0) / fills.length;
  return [
    fills.length > 0 && make("p", { "data-testid": "fill" }, `${said.fill}: ${percent(mean, 1)} %`),
    roundsTable(said.roundsTitle, own.slice(-BLOCKS_SHOWN), rounds, history.points),
  ];
}
