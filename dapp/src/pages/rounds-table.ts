/** A table of rounds that were won. */

import { link, make, row, table } from "../dom";
import { grouped, percent, short, utc } from "../format";
import { bindingTheta, type Point, type Won } from "../points";
import type { Rounds } from "../rounds";
import { fragmentOf } from "../router";
import { words } from "../words/language";

/** The share of its limit that a block fills; undefined where θ at that time is not known. */
export function fillOf(won: Won, { won: all, capacity }: Rounds, points: Point[]): number | undefined {
  const openedIn = all.find((other) => other.round === won.round - 1)?.blockNumber;
  const theta = bindingTheta(points, won.node, won.blockNumber, openedIn);
  const limit = theta === undefined ? 0 : Math.floor(theta * capacity);
  return limit > 0 ? won.weight / limit : undefined;
}

/** The table of some of the rounds, newest first; `label` names it. */
export function roundsTable(label: string, some: Won[], rounds: Rounds, points: Point[]): HTMLElement {
  const said = words().engine;
  const heads = [said.roundColumn, said.winner, said.weight, said.fill, said.p, said.time, said.hash];
  return table(
    label,
    heads,
    some.toReversed().map((won) => {
      const fill = fillOf(won, rounds, points);
      return row(
        [
          grouped(won.round),
          link(fragmentOf({ view: "node", node: won.node }), String(won.node)),
          grouped(won.weight),
          fill === undefined ? words().dash : `${percent(fill, 1)} %`,
          grouped(won.difficulty),
          won.timestampSeconds === undefined ? words().dash : utc(BigInt(won.timestampSeconds)),
          make("span", { title: won.blockHash }, short(won.blockHash)),
        ],
        { "data-round": String(won.round) },
      );
    }),
  );
}
