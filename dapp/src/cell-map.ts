/** The nodes as DOM cells with their values in them: for networks small enough to read. */

import { make } from "./dom";
import { wad } from "./format";
import type { Heat } from "./heat";
import type { NodeMap, NodeMapEvents } from "./node-map";
import type { NodeTable } from "./read";
import { words } from "./words/language";

/** A list box of one cell per node inside `container`. */
export function createCellMap(container: HTMLElement, events: NodeMapEvents): NodeMap {
  const list = document.createElement("div");
  list.className = "cells";
  list.tabIndex = 0;
  list.setAttribute("role", "listbox");
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
      list.setAttribute("aria-label", words().nodes.listLabel);
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
  /** The word before the index, for assistive technology alone. */
  word: HTMLElement;
  value: HTMLElement;
}

function createCell(node: number): Cell {
  const word = make("span", { class: "unseen" });
  const value = make("span");
  const index = make("span", { class: "index" }, word, String(node));
  const box = make("div", { id: `node-${node}`, "data-node": String(node), role: "option", "aria-selected": "false" });
  box.append(index, value);
  return { box, word, value };
}

function fill({ box, word, value }: Cell, node: number, nodes: NodeTable, heat: Heat | undefined): void {
  const theta = wad(nodes.thetaWad[node] ?? 0n, 6);
  word.textContent = `${words().nodes.node} `;
  value.textContent = nodes.retired[node] ? words().nodes.retired : theta;
  box.dataset["theta"] = theta;
  box.style.backgroundColor = heat?.fill(node) ?? "";
  box.style.color = heat?.ink(node) ?? "";
}
