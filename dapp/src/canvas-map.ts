/** The nodes as a heat map on a canvas: for networks of thousands. */

import { wad } from "./format";
import type { Heat } from "./heat";
import type { NodeMap, NodeMapEvents } from "./node-map";
import type { NodeTable } from "./read";
import { words } from "./words/language";

const LARGEST_CELL_PX = 22;
const SMALLEST_CELL_PX = 4;
/** Cells shrink until the map is no taller than this; the smallest are kept even so. */
const HEIGHT_PX = 420;
/** Around the cells: room for the ring of a node at the edge. */
const MARGIN_PX = 3;
/** Cells from this size on are set apart by a gap. */
const GAP_FROM_PX = 6;

/** A canvas of one cell per node, row by row, inside `container`. To assistive technology it is a slider over nodes. */
export function createCanvasMap(container: HTMLElement, events: NodeMapEvents): NodeMap {
  const canvas = document.createElement("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "slider");
  canvas.setAttribute("aria-valuemin", "0");
  container.append(canvas);
  let shown: { nodes: NodeTable; heat: Heat | undefined } | undefined;
  let chosen: number | undefined;
  let cellPx = LARGEST_CELL_PX;
  let columns = 1;

  const nodeAt = (event: MouseEvent): number | undefined => {
    const column = Math.floor((event.offsetX - MARGIN_PX) / cellPx);
    const row = Math.floor((event.offsetY - MARGIN_PX) / cellPx);
    const node = row * columns + column;
    const inside = row >= 0 && column >= 0 && column < columns;
    return inside && node < (shown?.nodes.thetaWad.length ?? 0) ? node : undefined;
  };

  const draw = (): void => {
    const count = shown?.nodes.thetaWad.length ?? 0;
    const context = canvas.getContext("2d");
    const available = container.clientWidth - 2 * MARGIN_PX;
    if (!shown || !context || available < LARGEST_CELL_PX) return;
    cellPx = cellSize(count, available);
    columns = Math.floor(available / cellPx);
    const width = columns * cellPx + 2 * MARGIN_PX;
    const height = Math.ceil(count / columns) * cellPx + 2 * MARGIN_PX;
    // Drawn at the screen's own resolution, so that cells have sharp edges.
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    context.scale(devicePixelRatio, devicePixelRatio);
    context.translate(MARGIN_PX, MARGIN_PX);
    const side = cellPx >= GAP_FROM_PX ? cellPx - 1 : cellPx;
    for (let node = 0; node < count; node++) {
      context.fillStyle = shown.heat?.fill(node) ?? "gray";
      context.fillRect((node % columns) * cellPx, Math.floor(node / columns) * cellPx, side, side);
    }
    if (chosen !== undefined) outline(context, (chosen % columns) * cellPx, Math.floor(chosen / columns) * cellPx, side);
  };

  const describe = (): void => {
    const count = shown?.nodes.thetaWad.length ?? 0;
    canvas.setAttribute("aria-label", words().nodes.node);
    canvas.setAttribute("aria-valuemax", String(Math.max(0, count - 1)));
    canvas.setAttribute("aria-valuenow", String(chosen ?? 0));
    canvas.setAttribute(
      "aria-valuetext",
      chosen === undefined
        ? words().nodes.noneChosen(count)
        : `${words().nodes.name(String(chosen))}: ${valueOf(shown?.nodes, chosen)}`,
    );
  };

  canvas.addEventListener("pointermove", (event) => events.hover(nodeAt(event)));
  canvas.addEventListener("pointerleave", () => events.hover(undefined));
  canvas.addEventListener("click", (event) => events.choose(nodeAt(event)));
  const resized = new ResizeObserver(draw);
  resized.observe(container);

  return {
    element: canvas,
    columns: () => columns,
    show(nodes, heat) {
      shown = { nodes, heat };
      draw();
      describe();
    },
    choose(node) {
      chosen = node;
      draw();
      describe();
    },
    remove() {
      resized.disconnect();
      canvas.remove();
    },
  };
}

function cellSize(count: number, width: number): number {
  let size = LARGEST_CELL_PX;
  while (size > SMALLEST_CELL_PX && Math.ceil(count / Math.floor(width / size)) * size > HEIGHT_PX) size--;
  return size;
}

/** A ring in black and white: one of the two contrasts with any cell. */
function outline(context: CanvasRenderingContext2D, left: number, top: number, side: number): void {
  context.strokeStyle = "#fff";
  context.lineWidth = 4;
  context.strokeRect(left - 1, top - 1, side + 2, side + 2);
  context.strokeStyle = "#000";
  context.lineWidth = 2;
  context.strokeRect(left - 1, top - 1, side + 2, side + 2);
}

function valueOf(nodes: NodeTable | undefined, node: number): string {
  return nodes?.retired[node] ? words().nodes.retired : `θ ${wad(nodes?.thetaWad[node] ?? 0n, 6)}`;
}
