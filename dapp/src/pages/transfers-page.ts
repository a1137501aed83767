/** Transfers between this chain and others, and the conditions that operators signed for routes. */

import { facts, make, row, table, type Child } from "../dom";
import { grouped, percent, short, utc } from "../format";
import { readTransfers, type Route, type Transfer, type Transfers } from "../transfers";
import { words } from "../words/language";
import type { Page } from "./page";
import { createReadingPage } from "./reading-page";

const BPS = 10_000;

/** The page. */
export function createTransfersPage(container: HTMLElement): Page {
  return createReadingPage<Transfers | undefined>(container, {
    testId: "transfers",
    title: () => words().transfers.title,
    absent: ({ snapshot }) => (snapshot.network.deployment.bridges ? undefined : words().transfers.noBridges),
    waiting: () => words().transfers.reading,
    failed: (why) => words().transfers.failed(why),
    async read({ snapshot: { network, head } }) {
      const bridges = network.deployment.bridges;
      return bridges && readTransfers(network, bridges, head.number);
    },
    show: (found, { snapshot }) => (found ? partsOf(found, snapshot.head.timestampSeconds) : []),
  });
}

function partsOf({ routes, transfers, pool }: Transfers, nowSeconds: bigint): Child[] {
  const said = words().transfers;
  const heads = [said.transfer, said.by, said.status, said.from, said.amount, said.otherChain, said.block];
  return [
    facts([
      [said.liquid, grouped(pool.liquid)],
      [said.lent, grouped(pool.lent)],
    ]),
    make("h3", {}, said.title),
    transfers.length > 0 ? table(said.title, heads, transfers.map(transferRow)) : make("p", {}, said.none),
    make("h3", {}, said.routes),
    routes.length > 0
      ? table(said.routes, [said.route, said.p95, said.success, said.fee, said.most, said.until], routes.map((route) => routeRow(route, nowSeconds)))
      : make("p", {}, said.noRoutes),
  ];
}

function transferRow({ id, by, status, from, amount, otherChain, blockNumber }: Transfer): HTMLTableRowElement {
  const said = words().transfers;
  const statuses = by === "lock" ? said.lockStatuses : said.orderStatuses;
  return row([
    short(id),
    said.kinds[by],
    statuses[status] ?? String(status),
    short(from),
    grouped(amount),
    String(otherChain),
    grouped(blockNumber),
  ]);
}

function routeRow({ id, conditions }: Route, nowSeconds: bigint): HTMLTableRowElement {
  const said = words().transfers;
  const until = utc(conditions.validUntilSeconds);
  return row([
    short(id),
    `${grouped(conditions.p95Seconds)} s`,
    `${percent(conditions.successBps, BPS)} %`,
    said.feeOf(percent(conditions.feeBps, BPS), grouped(conditions.feeFixed)),
    conditions.mostAmount === 0n ? said.closed : grouped(conditions.mostAmount),
    conditions.validUntilSeconds < nowSeconds ? said.over(until) : until,
  ]);
}
