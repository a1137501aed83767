/** The nodes as DOM cells with their values in them: for networks small enough to read. */

import { wad } from "./format";
import type { Heat } from "./heat";
import type { NodeMap, NodeMapEvents } from "./node-map";
import type { NodeTable } from "./read";

/** A list box of one cell per node inside `container`. */
export function createCellMap(container: HTMLElement, events: NodeMapEvents): NodeMap {
  const list = document.createElement("div");
  list.className = "cells";
  list.tabIndex = 0;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Nodes and their θ");
  container.append(list);
  const cells: Cell[] = [];
  let chosen: Cell | undefined;

  const nodeUnder = (event: Event): number | undefined => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-node]") : null;
    return cell ? Number(cell.dataset["node"]) : undefined;
  };
  list.addEventListener("pointerover", (event) => events.hover(nodeUnder(event)));
  list.addEventListener("pointerleave", () => events.hover(undefined));
  list.addEventListener("click", (event) => events.choose(nodeUnder(event)));

  return {
    element: list,
    columns: () => getComputedStyle(list).gridTemplateColumns.split(" ").length,
    show(nodes, heat) {
      while (cells.length > nodes.thetaWad.length) cells.pop()?.box.remove();
      while (cells.length < nodes.thetaWad.length) {
        const cell = createCell(cells.length);
        cells.push(cell);
        list.append(cell.box);
      }
      cells.forEach((cell, node) => fill(cell, node, nodes, heat));
    },
    choose(node) {
      chosen?.box.setAttribute("aria-selected", "false");
      chosen = node === undefined ? undefined : cells[node];
      chosen?.box.setAttribute("aria-selected", "true");
      if (chosen) list.setAttribute("aria-activedescendant", chosen.box.id);
      else list.removeAttribute("aria-activedescendant");
    },
    remove: () => list.remove(),
  };
}

interface Cell {
  box: HTMLElement;
  value: HTMLElement;
}

function createCell(node: number): Cell {
  const box = document.createElement("div");
  box.id = `node-${node}`;
  box.dataset["node"] = String(node);
  box.setAttribute("role", "option");
  box.setAttribute("aria-selected", "false");
  const index = document.createElement("span");
  index.className = "index";
  index.textContent = String(node);
  const value = document.createElement("span");
  box.append(index, value);
  return { box, value };
}

function fill({ box, value }: Cell, node: number, nodes: NodeTable, heat: Heat | undefined): void {
  const theta = wad(nodes.thetaWad[node] ?? 0n, 6);
  const retired = nodes.retired[node] === true;
  value.textContent = retired ? "retired" : theta;
  box.dataset["theta"] = theta;
  box.setAttribute("aria-label", `Node ${node}: ${retired ? "retired" : `θ ${theta}`}`);
  box.style.backgroundColor = heat?.fill(node) ?? "";
  box.style.color = heat?.ink(node) ?? "";
}
