import { describe, expect, it } from "vitest";

import { bindingTheta, difficultyOf, latencies, meanInterval, movesOf, spreadOf, winners, type Point, type Won } from "../src/points";

const WAD = 10n ** 18n;

function point(blockNumber: bigint, values: number[]): Point {
  const spread = { values, least: Math.min(...values), mean: 0, most: Math.max(...values) };
  return { epoch: 1n, blockNumber, timestampSeconds: 0, sumExpWad: WAD, baseDifficulty: 1n, difficulty: 1n, theta: spread };
}

function won(round: number, node: number, timestampSeconds: number | undefined): Won {
  return { round, node, blockNumber: BigInt(round), blockHash: "0x", weight: 1, difficulty: 1n, timestampSeconds };
}

describe("difficultyOf", () => {
  it("is d / Σ exp(φ), rounded down", () => {
    expect(difficultyOf(300n, 100n * WAD)).toBe(3n);
    expect(difficultyOf(300n, 101n * WAD)).toBe(2n);
    expect(difficultyOf(300n, 0n)).toBeUndefined();
  });
});

describe("spreadOf", () => {
  it("leaves retired nodes out of least, mean and most, and keeps their place", () => {
    const spread = spreadOf([WAD / 2n, 0n, WAD], [false, true, false]);
    expect(spread).toEqual({ values: [0.5, 0, 1], least: 0.5, mean: 0.75, most: 1 });
  });

  it("counts an active node at θ = 0, and one that was active before it was retired", () => {
    expect(spreadOf([0n, WAD], [false, true])).toMatchObject({ least: 0, mean: 0.5, most: 1 });
  });

  it("is undefined where no node was active", () => {
    expect(spreadOf([0n], [true])).toBeUndefined();
  });
});

describe("movesOf", () => {
  it("lists the farthest first, whatever the direction, and none that stayed", () => {
    const moves = movesOf([0.5, 0.5, 0.5, 0.5], [0.5, 0.25, 0.625, 0.75]);
    expect(moves.map(({ node, delta }) => [node, delta])).toEqual([[1, -0.25], [3, 0.25], [2, 0.125]]);
  });
});

describe("bindingTheta", () => {
  const points = [point(10n, [0.5]), point(20n, [0.9]), point(22n, [0.6])];

  it("is that at the opening where a report lowered it within the round", () => {
    expect(bindingTheta(points, 0, 25n, 21n)).toBe(0.9);
  });

  it("is that in force where a report raised it within the round", () => {
    expect(bindingTheta(points, 0, 21n, 15n)).toBe(0.9);
  });

  it("is not known before the first change, nor without the opening", () => {
    expect(bindingTheta(points, 0, 12n, 9n)).toBeUndefined();
    expect(bindingTheta(points, 0, 25n, undefined)).toBeUndefined();
  });
});

describe("rounds", () => {
  const rounds = [won(5, 1, 100), won(6, 2, 110), won(7, 1, 130), won(8, 1, 135)];

  it("are confirmed by those won after them", () => {
    expect(latencies(rounds, 2)).toEqual([
      { round: 5, wonAt: 100, seconds: 30 },
      { round: 6, wonAt: 110, seconds: 25 },
    ]);
  });

  it("have no latency across a gap or without a time", () => {
    expect(latencies([won(5, 1, 100), won(7, 1, 130)], 1)).toEqual([]);
    expect(latencies([won(5, 1, undefined), won(6, 1, 130)], 1)).toEqual([]);
  });

  it("are a mean interval apart", () => {
    expect(meanInterval(rounds)).toBeCloseTo(35 / 3);
    expect(meanInterval([won(1, 1, 1)])).toBeUndefined();
  });

  it("are counted by winner, the most first", () => {
    expect(winners(rounds)).toEqual([{ node: 1, won: 3 }, { node: 2, won: 1 }]);
  });
});
