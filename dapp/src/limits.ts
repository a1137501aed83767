/** The bounds on reports, and how the page says them. */

import { grouped } from "./format";

/** Bounds on reports, as PhiOracle holds them. */
export interface Limits {
  maxPhiLane: number;
  maxStepLane: number;
  maxSumRatioBps: number;
  minSpacingBlocks: number;
  maxAgeSeconds: number;
  relaxPeriodSeconds: number;
}

/** Each bound as a name and a value. */
export function limitFacts(limits: Limits): [name: string, value: string][] {
  return [
    ["Limit on |φ|", laneText(limits.maxPhiLane)],
    ["Limit on the step of φ", laneText(limits.maxStepLane)],
    ["Limit on the ratio of Σ exp(φ)", `${grouped(limits.maxSumRatioBps)} basis points`],
    ["Blocks between reports, at least", grouped(limits.minSpacingBlocks)],
    ["Stale after", `${grouped(limits.maxAgeSeconds)} s`],
    ["Stale φ halves every", `${grouped(limits.relaxPeriodSeconds)} s`],
  ];
}

function laneText(lane: number): string {
  return `${lane / 2 ** 15} (${grouped(lane)} lane units)`;
}
