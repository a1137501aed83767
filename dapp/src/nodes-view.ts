/** The θ of all nodes: the map, the look-up by index, and the values of the node pointed at or chosen. */

import { createCanvasMap } from "./canvas-map";
import { createCellMap } from "./cell-map";
import { byId, setText } from "./dom";
import { grouped, wad } from "./format";
import { darkScheme, heatOf, type Heat } from "./heat";
import type { NodeMap, NodeMapEvents } from "./node-map";
import type { NodeTable } from "./read";
import { fragmentOf } from "./router";
import { words } from "./words/language";

/** Up to this many nodes each is a cell of the document; more are drawn on a canvas. */
const MOST_CELLS = 400;

/** Makes the section live; the returned function shows a table of nodes. */
export function createNodesView(): (nodes: NodeTable) => void {
  const container = byId("nodes");
  const input = byId("lookup-index") as HTMLInputElement;
  let nodes: NodeTable = { theta0Wad: [], phiWad: [], thetaWad: [], retired: [] };
  let map: NodeMap | undefined;
  let drawnAsCells = false;
  let hovered: number | undefined;
  let chosen: number | undefined;

  const choose = (node: number | undefined): void => {
    chosen = node;
    if (node !== undefined) input.value = String(node);
    map?.choose(node);
    showNode(hovered ?? chosen, nodes);
  };
  const events: NodeMapEvents = {
    hover(node) {
      if (node === hovered) return;
      hovered = node;
      showNode(hovered ?? chosen, nodes);
    },
    choose,
  };

  byId("lookup").addEventListener("submit", (event) => {
    event.preventDefault();
    choose(known(Number(input.value), nodes.thetaWad.length));
    map?.element.scrollIntoView({ block: "nearest" });
  });
  container.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && chosen !== undefined) location.hash = fragmentOf({ view: "node", node: chosen });
    const target = map && targetOf(event.key, chosen, nodes.thetaWad.length, map.columns());
    if (target === undefined) return;
    event.preventDefault();
    choose(target);
  });

  const draw = (): void => {
    const heat = heatOf(nodes);
    map?.show(nodes, heat);
    showLegend(heat);
  };
  darkScheme.addEventListener("change", draw);

  return (table) => {
    nodes = table;
    const count = nodes.thetaWad.length;
    const asCells = count <= MOST_CELLS;
    if (!map || asCells !== drawnAsCells) {
      map?.remove();
      map = asCells ? createCellMap(container, events) : createCanvasMap(container, events);
      drawnAsCells = asCells;
    }
    container.dataset["count"] = String(count);
    input.max = String(Math.max(0, count - 1));
    hovered = known(hovered, count);
    draw();
    choose(known(chosen, count));
    setText("map-note", noteOf(nodes, asCells));
  };
}

function showNode(node: number | undefined, nodes: NodeTable): void {
  const open = byId("node-link") as HTMLAnchorElement;
  byId("node-values").hidden = open.hidden = node === undefined;
  if (node === undefined) {
    setText("node-title", words().nodes.point);
    return;
  }
  const said = words().nodes;
  setText("node-title", nodes.retired[node] ? said.retiredName(grouped(node)) : said.name(grouped(node)));
  open.href = fragmentOf({ view: "node", node });
  setText("node-link", said.open(grouped(node)));
  setText("node-theta0", wad(nodes.theta0Wad[node] ?? 0n));
  setText("node-phi", wad(nodes.phiWad[node] ?? 0n));
  setText("node-theta", wad(nodes.thetaWad[node] ?? 0n));
}

function showLegend(heat: Heat | undefined): void {
  byId("legend").hidden = heat === undefined;
  if (!heat) return;
  setText("legend-low", `θ ${wad(heat.lowWad, 6)}`);
  setText("legend-high", wad(heat.highWad, 6));
  byId("legend-ramp").style.background = heat.ramp;
}

function noteOf(nodes: NodeTable, asCells: boolean): string {
  const count = nodes.thetaWad.length;
  const said = words().nodes;
  if (count === 0) return said.noneRegistered;
  const order = asCells ? "" : said.order(grouped(count - 1));
  const grey = nodes.retired.includes(true) ? said.grey : "";
  return order + grey + said.keys;
}

/** The node that a key leads to; undefined where the key means nothing here. */
function targetOf(key: string, from: number | undefined, count: number, columns: number): number | undefined {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (count === 0) return undefined;
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  if (from === undefined) return 0;
  const target = from + step;
  return target >= 0 && target < count ? target : from;
}

function known(node: number | undefined, count: number): number | undefined {
  return node !== undefined && node < count ? node : undefined;
}
