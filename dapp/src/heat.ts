/** Colours of θ: one ramp for light and one for dark surroundings, stretched over the values in force. */

import type { NodeTable } from "./read";

type Rgb = readonly [red: number, green: number, blue: number];

// Low to high. Each ramp starts near the page's background, so that high values stand out in both schemes.
const LIGHT_RAMP: readonly Rgb[] = [[232, 240, 250], [187, 213, 240], [128, 177, 226], [62, 132, 199], [15, 70, 133]];
const DARK_RAMP: readonly Rgb[] = [[24, 42, 66], [30, 71, 117], [45, 112, 176], [101, 168, 226], [201, 229, 255]];
const LIGHT_RETIRED = "#d9d9d6";
const DARK_RETIRED = "#3a3a3d";

export const darkScheme = matchMedia("(prefers-color-scheme: dark)");

/** The colours for one table of nodes. */
export interface Heat {
  lowWad: bigint;
  highWad: bigint;
  /** Fill of a node, and the text colour that reads best on it. */
  fill(node: number): string;
  ink(node: number): string;
  /** The ramp as a CSS background. */
  ramp: string;
}

/** Colours from the lowest to the highest θ of the active nodes; undefined where none is active. */
export function heatOf(nodes: NodeTable): Heat | undefined {
  const active = nodes.thetaWad.filter((_, node) => !nodes.retired[node]);
  const [first] = active;
  if (first === undefined) return undefined;
  const lowWad = active.reduce((a, b) => (b < a ? b : a), first);
  const highWad = active.reduce((a, b) => (b > a ? b : a), first);
  const ramp = darkScheme.matches ? DARK_RAMP : LIGHT_RAMP;
  const colour = (node: number): Rgb => {
    const span = Number(highWad - lowWad);
    // Equal values take the middle of the ramp.
    return colourAt(ramp, span === 0 ? 0.5 : Number((nodes.thetaWad[node] ?? lowWad) - lowWad) / span);
  };
  return {
    lowWad,
    highWad,
    fill: (node) => (nodes.retired[node] ? (darkScheme.matches ? DARK_RETIRED : LIGHT_RETIRED) : css(colour(node))),
    ink: (node) => (nodes.retired[node] ? "inherit" : luminance(colour(node)) > 0.18 ? "#000" : "#fff"),
    ramp: `linear-gradient(to right, ${ramp.map(css).join(", ")})`,
  };
}

function colourAt(ramp: readonly Rgb[], position: number): Rgb {
  const scaled = position * (ramp.length - 1);
  const step = Math.min(Math.floor(scaled), ramp.length - 2);
  const from = ramp[step] as Rgb;
  const to = ramp[step + 1] as Rgb;
  const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (to[channel] - from[channel]) * (scaled - step));
  return [mix(0), mix(1), mix(2)];
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Relative luminance as WCAG defines it; above about 0.18, black text contrasts more than white. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
