/** Reads what the charts show of the past: block times, d, and θ after each change of φ, newest first, once each. */

import { BaseError, HttpRequestError, TimeoutError } from "viem";
import { getBlock } from "viem/actions";

import { controllerAbi } from "./abi";
import type { Snapshot } from "./follow";
import type { Network } from "./network";
import { difficultyOf, spreadOf, type Point, type Spread } from "./points";
import { NODES_PER_PAGE, reader, readThetas } from "./read";
import type { ReportEvent } from "./reports";

/** Changes of φ that are drawn. */
const POINTS = 60;
/** Calls for θ of the past in all, so that large networks do not weigh on an RPC. */
const THETA_CALLS = 120;

/** What is known of the past. */
export interface History {
  /** Oldest first. */
  points: Point[];
  /** Points that there will be, once all are read. */
  wanted: number;
  /** Why θ is not drawn for all points: the RPC has no old state, or there are too many nodes. */
  thetaLacks: "state" | "size" | undefined;
}

/**
 * Reads the past in the background.
 *
 * @param changed Told of each point that is read.
 * @returns A function to call with each snapshot; it returns at once.
 */
export function createHistory(changed: (history: History) => void): (snapshot: Snapshot, reports: ReportEvent[]) => void {
  const known = new Map<string, Point>();
  let wanted: ReportEvent[] = [];
  let latest: Snapshot | undefined;
  let thetaLacks: History["thetaLacks"];
  let isReading = false;

  const tell = (): void => {
    const points = wanted.map((report) => known.get(keyOf(report))).filter((point) => point !== undefined);
    changed({ points: points.reverse(), wanted: wanted.length, thetaLacks });
  };

  const thetaAfter = async (
    { network, nodes, summary }: Snapshot,
    report: ReportEvent,
    index: number,
  ): Promise<Spread | undefined> => {
    const count = nodes.thetaWad.length;
    const pages = Math.max(1, Math.ceil(count / NODES_PER_PAGE));
    // The newest change is in force: the snapshot has its θ.
    if (index === 0 && summary.epoch === report.epoch && summary.sumExpWad === report.sumExpWad) {
      return spreadOf(nodes.thetaWad, nodes.retired);
    }
    if (index * pages >= THETA_CALLS) {
      thetaLacks = "size";
      return undefined;
    }
    if (thetaLacks === "state") return undefined;
    try {
      return spreadOf(await readThetas(network, count, report.blockNumber), nodes.retired);
    } catch (error) {
      if (failedOnTheWay(error)) throw error;
      // The RPC answered and refused: nodes forget old states.
      thetaLacks = "state";
      return undefined;
    }
  };

  const readAll = async (): Promise<void> => {
    for (;;) {
      const index = wanted.findIndex((report) => !known.has(keyOf(report)));
      const report = wanted[index];
      if (!report || !latest) return;
      const point = await readPoint(latest.network, report);
      known.set(keyOf(report), { ...point, theta: await thetaAfter(latest, report, index) });
      tell();
    }
  };

  return (snapshot, reports) => {
    latest = snapshot;
    wanted = reports.slice(0, POINTS);
    const kept = new Set(wanted.map(keyOf));
    for (const key of known.keys()) if (!kept.has(key)) known.delete(key);
    tell();
    if (isReading) return;
    isReading = true;
    readAll()
      // The refresh of the page says what is wrong with the RPC; reading goes on with the next snapshot.
      .catch(() => undefined)
      .finally(() => (isReading = false));
  };
}

async function readPoint(network: Network, report: ReportEvent): Promise<Omit<Point, "theta">> {
  const { epoch, blockNumber, sumExpWad } = report;
  const time = report.timestampSeconds ?? (await getBlock(network.client, { blockNumber })).timestamp;
  // A pure function of height and time, so that the latest state answers for the past.
  const controller = reader(network.client, network.deployment.controller, controllerAbi, undefined);
  const baseDifficulty = await controller<bigint>("baseDifficultyAt", blockNumber, time);
  return {
    epoch,
    blockNumber,
    timestampSeconds: Number(time),
    sumExpWad,
    baseDifficulty,
    difficulty: difficultyOf(baseDifficulty, sumExpWad),
  };
}

function failedOnTheWay(error: unknown): boolean {
  const isSo = (cause: unknown): boolean => cause instanceof HttpRequestError || cause instanceof TimeoutError;
  return !(error instanceof BaseError) || error.walk(isSo) !== null;
}

function keyOf({ blockHash, epoch, change }: ReportEvent): string {
  return `${blockHash}/${epoch}/${change.kind}`;
}
