/** What the two ways of drawing the nodes have in common. */

import type { Heat } from "./heat";
import type { NodeTable } from "./read";

/** One way to draw the nodes. */
export interface NodeMap {
  /** What takes the keyboard focus. */
  element: HTMLElement;
  columns(): number;
  show(nodes: NodeTable, heat: Heat | undefined): void;
  choose(node: number | undefined): void;
  remove(): void;
}

/** What a map tells of the pointer. */
export interface NodeMapEvents {
  hover(node: number | undefined): void;
  choose(node: number | undefined): void;
}
