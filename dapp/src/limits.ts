/** The bounds on reports, and how the page says them. */

import { grouped } from "./format";
import { words } from "./words/language";

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
  const said = words().facts;
  const laneText = (lane: number): string => said.lanes(lane / 2 ** 15, grouped(lane));
  return [
    [said.maxPhi, laneText(limits.maxPhiLane)],
    [said.maxStep, laneText(limits.maxStepLane)],
    [said.maxRatio, said.basisPoints(grouped(limits.maxSumRatioBps))],
    [said.spacing, grouped(limits.minSpacingBlocks)],
    [said.staleAfter, said.seconds(grouped(limits.maxAgeSeconds))],
    [said.halves, said.seconds(grouped(limits.relaxPeriodSeconds))],
  ];
}
