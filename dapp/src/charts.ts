/** Lines over time, drawn by uPlot; to the keyboard and to assistive technology each is a slider along its points. */

import uPlot from "uplot";

import { make } from "./dom";
import { utc } from "./format";
import { darkScheme } from "./heat";
import { words } from "./words/language";

const HEIGHT_PX = 170;
/** Narrower than this there is nothing to see. */
const LEAST_WIDTH_PX = 120;
/** Beyond this a Date holds nothing. */
const LATEST_SECONDS = 8.64e12;

/** One line. */
export interface Line {
  name: string;
  /** A custom property of the style sheet. */
  colour: "--line-a" | "--line-b" | "--line-c";
  /** By point; null where nothing is known. */
  values: (number | null)[];
}

/** What a chart shows. */
export interface Drawing {
  title: string;
  note?: string | undefined;
  /** Seconds since 1970 by the chain's clock, ascending. */
  times: number[];
  lines: Line[];
  /** Whether a value holds until the next point. */
  isStepped: boolean;
  text: (value: number) => string;
}

/** A chart that is in the document. */
export interface Chart {
  element: HTMLElement;
  show(drawing: Drawing): void;
  remove(): void;
}

/** A chart without content; `name` tells it from others in tests and style sheets. */
export function createChart(name: string): Chart {
  const title = make("h3", { id: `chart-${name}` });
  const readout = make("p", { class: "readout" });
  const plotted = make("div", { class: "plot", tabindex: "0", role: "slider", "aria-labelledby": title.id });
  const note = make("p", { class: "note" });
  const element = make("div", { class: "chart", "data-testid": `chart-${name}` }, title, readout, plotted, note);
  let drawing: Drawing | undefined;
  let plot: uPlot | undefined;
  let drawnAs = "";
  let pointed: number | undefined;

  const describe = (): void => {
    if (!drawing) return;
    const last = drawing.times.length - 1;
    const at = Math.min(pointed ?? last, last);
    const text = words().history.at(utc(BigInt(Math.round(drawing.times[at] ?? 0))), valuesAt(drawing, at));
    readout.textContent = text;
    const aria = { valuemin: 0, valuemax: Math.max(0, last), valuenow: at, valuetext: text };
    for (const [key, value] of Object.entries(aria)) plotted.setAttribute(`aria-${key}`, String(value));
  };

  const draw = (): void => {
    const width = plotted.clientWidth;
    if (!drawing || width < LEAST_WIDTH_PX) return;
    const data: uPlot.AlignedData = [drawing.times, ...drawing.lines.map((line) => line.values)];
    const form = JSON.stringify([drawing.lines.map((line) => line.name), darkScheme.matches, drawing.isStepped]);
    if (plot && form === drawnAs) {
      if (plot.width !== width) plot.setSize({ width, height: HEIGHT_PX });
      plot.setData(data);
      return;
    }
    plot?.destroy();
    drawnAs = form;
    plot = new uPlot(
      optionsOf(drawing, width, (index) => {
        pointed = index;
        describe();
      }),
      data,
      plotted,
    );
  };

  plotted.addEventListener("keydown", (event) => {
    const last = (drawing?.times.length ?? 0) - 1;
    const at = Math.min(pointed ?? last, last);
    const target = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: last }[event.key];
    if (target === undefined || !plot || last < 0) return;
    event.preventDefault();
    pointed = Math.max(0, Math.min(last, target));
    plot.setCursor({ left: plot.valToPos(drawing?.times[pointed] ?? 0, "x"), top: 0 }, false);
    describe();
  });
  const resized = new ResizeObserver(draw);
  resized.observe(plotted);
  darkScheme.addEventListener("change", draw);

  return {
    element,
    show(next) {
      drawing = next;
      element.dataset["points"] = String(next.times.length);
      if (title.textContent !== next.title) title.textContent = next.title;
      note.textContent = next.note ?? "";
      note.hidden = next.note === undefined;
      draw();
      describe();
    },
    remove() {
      resized.disconnect();
      darkScheme.removeEventListener("change", draw);
      plot?.destroy();
      element.remove();
    },
  };
}

function optionsOf(drawing: Drawing, width: number, pointed: (index: number | undefined) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") } };
  const isTime = (drawing.times.at(-1) ?? 0) < LATEST_SECONDS;
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    width,
    height: HEIGHT_PX,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: { time: isTime }, y: { range: (_, low, high) => rangeOf(low, high) } },
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    padding: [8, 12, 0, 0],
    axes: [
      { ...axis, size: 30, space: 80, values: isTime ? shortTimes : undefined },
      { ...axis, size: 78, space: 34, values: (_, ticks) => ticks.map((tick) => ticksText(tick)) },
    ] as uPlot.Axis[],
    series: [
      {},
      ...drawing.lines.map((line): uPlot.Series => ({
        label: line.name,
        stroke: colour(line.colour),
        width: 2,
        spanGaps: false,
        points: { show: drawing.times.length < 3 },
        ...(drawing.isStepped && stepped ? { paths: stepped } : {}),
      })),
    ],
    hooks: { setCursor: [(plot) => pointed(plot.cursor.idx ?? undefined)] },
  };
}

/** Some room around the values, and around one value alone. */
export function rangeOf(low: number | null, high: number | null): [low: number, high: number] {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

/** A tick of an axis, at most eight characters long. */
export function ticksText(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of [[1e12, "T"], [1e9, "G"], [1e6, "M"]] as const) {
    if (size >= unit * 10) return `${Number((value / unit).toPrecision(5))} ${name}`;
  }
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function shortTimes(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  return splits.map((seconds) => {
    const iso = new Date(seconds * 1000).toISOString();
    if (step >= 86_400) return iso.slice(5, 10);
    return step < 60 ? iso.slice(11, 19) : iso.slice(11, 16);
  });
}

function valuesAt({ lines, text }: Drawing, index: number): string {
  const told = lines.map((line) => {
    const value = line.values[index];
    const shown = value === null || value === undefined ? words().dash : text(value);
    return lines.length === 1 ? shown : `${line.name} ${shown}`;
  });
  return told.join(", ");
}
