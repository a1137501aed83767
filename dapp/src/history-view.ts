/** The charts of the overview: p, Σ exp(φ), θ, and the latency of confirmation. */

import { createChart, type Chart, type Drawing } from "./charts";
import { byId, row, setText, swap, table } from "./dom";
import type { Snapshot } from "./follow";
import { grouped, rough, utc, wad } from "./format";
import type { History } from "./history";
import { latencies, numberOf, spreadOf, type Point } from "./points";
import type { Rounds } from "./rounds";
import { words } from "./words/language";

/** Makes the section live; the returned function shows what is known by now. */
export function createHistoryView(): (snapshot: Snapshot, history: History, rounds: Rounds | undefined) => void {
  const container = byId("charts");
  const charts = new Map<string, Chart>();

  const put = (name: string, drawing: Drawing | undefined): void => {
    let chart = charts.get(name);
    if (!drawing || drawing.times.length === 0) {
      chart?.remove();
      charts.delete(name);
      return;
    }
    if (!chart) {
      chart = createChart(name);
      charts.set(name, chart);
      container.append(chart.element);
    }
    chart.show(drawing);
  };

  return (snapshot, history, rounds) => {
    const points = withPresent(history.points, snapshot);
    put("p", rounds && rounds.won.length > 0 ? roundsDrawing(rounds) : difficultyDrawing(points));
    put("sum-exp", sumDrawing(points));
    put("theta", thetaDrawing(points));
    put("latency", rounds && latencyDrawing(rounds));
    setText("history-note", noteOn(snapshot, history));
    showTable(history.points);
  };
}

/** The points with what is in force now at the end, so that the last step reaches the latest block. */
export function withPresent(points: Point[], { head, summary, nodes }: Snapshot): Point[] {
  if (points.length === 0) return [];
  const present: Point = {
    epoch: summary.epoch,
    blockNumber: head.number,
    timestampSeconds: Number(head.timestampSeconds),
    sumExpWad: summary.sumExpWad,
    baseDifficulty: summary.baseDifficulty,
    difficulty: summary.difficulty,
    theta: spreadOf(nodes.thetaWad, nodes.retired),
  };
  const last = points.at(-1);
  return last && last.timestampSeconds < present.timestampSeconds ? [...points, present] : points;
}

/** θ of all nodes over time. */
export function thetaDrawing(points: Point[]): Drawing | undefined {
  const said = words().history;
  const known = points.filter((point) => point.theta !== undefined);
  if (known.length === 0) return undefined;
  return {
    title: said.theta,
    times: known.map((point) => point.timestampSeconds),
    lines: [
      { name: said.least, colour: "--line-b", values: known.map((point) => point.theta?.least ?? null) },
      { name: said.most, colour: "--line-c", values: known.map((point) => point.theta?.most ?? null) },
      // Last, so that it lies on top where all are equal.
      { name: said.mean, colour: "--line-a", values: known.map((point) => point.theta?.mean ?? null) },
    ],
    isStepped: true,
    text: (value) => value.toFixed(6),
  };
}

function difficultyDrawing(points: Point[]): Drawing {
  const said = words().history;
  const known = points.filter((point) => point.difficulty !== undefined);
  return {
    title: said.difficulty,
    times: known.map((point) => point.timestampSeconds),
    lines: [{ name: said.difficulty, colour: "--line-a", values: known.map((point) => Number(point.difficulty)) }],
    isStepped: false,
    text: (value) => grouped(Math.round(value)),
  };
}

function roundsDrawing({ won }: Rounds): Drawing {
  const said = words().history;
  const timed = won.filter((each) => each.timestampSeconds !== undefined);
  return {
    title: said.difficultyRounds,
    times: timed.map((each) => each.timestampSeconds as number),
    lines: [{ name: said.difficulty, colour: "--line-a", values: timed.map((each) => Number(each.difficulty)) }],
    isStepped: true,
    text: (value) => grouped(Math.round(value)),
  };
}

function sumDrawing(points: Point[]): Drawing {
  const said = words().history;
  return {
    title: said.sumExp,
    times: points.map((point) => point.timestampSeconds),
    lines: [{ name: said.sumExp, colour: "--line-a", values: points.map((point) => numberOf(point.sumExpWad)) }],
    isStepped: true,
    text: (value) => rough(value, 9),
  };
}

function latencyDrawing({ won, confirmations }: Rounds): Drawing {
  const said = words().history;
  const found = latencies(won, confirmations);
  return {
    title: said.latency,
    note: said.latencyNote(String(confirmations)),
    times: found.map((each) => each.wonAt),
    lines: [{ name: said.latency, colour: "--line-a", values: found.map((each) => each.seconds) }],
    isStepped: false,
    text: (value) => rough(value),
  };
}

function noteOn(snapshot: Snapshot, { points, wanted, thetaLacks }: History): string {
  const said = words().history;
  if (snapshot.reports === undefined || (wanted === 0 && snapshot.reports.searching)) return words().reports.searching;
  if (wanted === 0) return said.none;
  const notes = [
    points.length < wanted ? said.reading(String(points.length), String(wanted)) : said.note(String(points.length)),
    thetaLacks === "state" ? said.thetaGone : thetaLacks === "size" ? said.thetaLarge : "",
    snapshot.network.deployment.ledger ? "" : said.noLedger,
    said.keys,
  ];
  return notes.filter((note) => note !== "").join(" ");
}

function showTable(points: Point[]): void {
  const { history, reports } = words();
  byId("history-table").hidden = points.length === 0;
  const heads = [history.time, history.block, reports.epoch, "p", "d", "Σ exp(φ)", history.least, history.mean, history.most];
  const rows = points.toReversed().map(({ timestampSeconds, blockNumber, epoch, difficulty, baseDifficulty, sumExpWad, theta }) =>
    row([
      utc(BigInt(timestampSeconds)),
      grouped(blockNumber),
      grouped(epoch),
      difficulty === undefined ? words().dash : grouped(difficulty),
      grouped(baseDifficulty),
      wad(sumExpWad, 12),
      ...[theta?.least, theta?.mean, theta?.most].map((value) => value?.toFixed(6) ?? words().dash),
    ]),
  );
  swap(byId("history-rows"), table(history.table, heads, rows));
}
