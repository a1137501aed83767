/** What is drawn over time, from what the contracts say; pure. */

const WAD = 10n ** 18n;

/** θ of all nodes at one time. */
export interface Spread {
  /** By node; 0 of a retired one. */
  values: number[];
  least: number;
  mean: number;
  most: number;
}

/** The parameters after one change of φ. */
export interface Point {
  epoch: bigint;
  blockNumber: bigint;
  timestampSeconds: number;
  sumExpWad: bigint;
  /** d and p of the controller after that block; p is undefined while Σ exp(φ) is 0. */
  baseDifficulty: bigint;
  difficulty: bigint | undefined;
  theta: Spread | undefined;
}

/** p = d / Σ exp(φ), rounded down. */
export function difficultyOf(baseDifficulty: bigint, sumExpWad: bigint): bigint | undefined {
  return sumExpWad === 0n ? undefined : (baseDifficulty * WAD) / sumExpWad;
}

/**
 * The spread of θ over the nodes that were active; undefined where there was none.
 *
 * @param thetaWad θ at that time, in WAD; 0 of a node that was retired by then.
 * @param retiredNow Of each node, whether it is retired now: nobody returns from that.
 */
export function spreadOf(thetaWad: bigint[], retiredNow: boolean[]): Spread | undefined {
  const values = thetaWad.map(numberOf);
  const active = values.filter((value, node) => value > 0 || retiredNow[node] !== true);
  if (active.length === 0) return undefined;
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  for (const value of active) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { values, least, mean: sum / active.length, most };
}

/** A WAD value as a number. */
export function numberOf(wad: bigint): number {
  return Number(wad) / 1e18;
}

/** How θ of one node moved. */
export interface Move {
  node: number;
  delta: number;
  after: number;
}

/** The nodes that moved, the farthest first; among equals, by index. */
export function movesOf(before: number[], after: number[]): Move[] {
  return after
    .map((value, node) => ({ node, delta: value - (before[node] ?? value), after: value }))
    .filter((move) => move.delta !== 0)
    .sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta) || a.node - b.node);
}

/**
 * The θ that bound a block of a node: the better of θ at the opening of its round and θ in force when it came.
 *
 * @param openedIn Number of the block that opened the round; undefined where it is not known.
 * @returns undefined where θ at the one or the other is not known.
 */
export function bindingTheta(
  points: Point[],
  node: number,
  wonIn: bigint,
  openedIn: bigint | undefined,
): number | undefined {
  if (openedIn === undefined) return undefined;
  // A report in one block with a win came before or after it: both count as possible.
  const values = [openedIn, openedIn + 1n, wonIn, wonIn + 1n].map((block) => thetaBefore(points, node, block));
  return values.some((value) => value === undefined) ? undefined : Math.max(...(values as number[]));
}

/** θ as the last change of φ before a block left it. */
function thetaBefore(points: Point[], node: number, blockNumber: bigint): number | undefined {
  return points.findLast((point) => point.blockNumber < blockNumber)?.theta?.values[node];
}

/** One win of a round. */
export interface Won {
  round: number;
  node: number;
  blockNumber: bigint;
  blockHash: string;
  weight: number;
  difficulty: bigint;
  timestampSeconds: number | undefined;
}

/**
 * Seconds from the win of each round until it was final, by the time of its win.
 *
 * @param rounds Consecutive, oldest first.
 * @param confirmations Rounds to be won after a round until it is final.
 */
export function latencies(rounds: Won[], confirmations: number): { wonAt: number; seconds: number; round: number }[] {
  return rounds.flatMap((won, i) => {
    const last = rounds[i + confirmations];
    if (last?.round !== won.round + confirmations) return [];
    if (won.timestampSeconds === undefined || last.timestampSeconds === undefined) return [];
    return [{ round: won.round, wonAt: won.timestampSeconds, seconds: last.timestampSeconds - won.timestampSeconds }];
  });
}

/** Mean seconds from round to round; undefined of fewer than two. */
export function meanInterval(rounds: Won[]): number | undefined {
  const timed = rounds.filter((won) => won.timestampSeconds !== undefined);
  const [first, last] = [timed[0], timed.at(-1)];
  if (!first || !last || first.round === last.round) return undefined;
  return ((last.timestampSeconds as number) - (first.timestampSeconds as number)) / (last.round - first.round);
}

/** Rounds won by node, the most first. */
export function winners(rounds: Won[]): { node: number; won: number }[] {
  const counts = new Map<number, number>();
  for (const { node } of rounds) counts.set(node, (counts.get(node) ?? 0) + 1);
  return [...counts].map(([node, won]) => ({ node, won })).sort((a, b) => b.won - a.won || a.node - b.node);
}
