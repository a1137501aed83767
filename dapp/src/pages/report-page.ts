/** One report: window, model, signers, what moved, what text added, and how to verify it. */

import type { Address, Hex } from "viem";

import { oracleAbi } from "../abi";
import type { Sources } from "../config";
import { button, facts, link, make, row, swap, table, type Child } from "../dom";
import { grouped, rough, signed, utc, wad } from "../format";
import { reasonOf, type Reason } from "../operator-api";
import { difficultyOf, movesOf, spreadOf, type Move, type Spread } from "../points";
import { reader, readThetas } from "../read";
import type { ReportChange, ReportEvent } from "../reports";
import { fragmentOf } from "../router";
import { words } from "../words/language";
import type { Page, State } from "./page";

/** Nodes that are listed of those that moved. */
const MOVES_SHOWN = 10;
/** Below this, moves are told apart by rounding alone. */
const SAME = 1e-12;

/** What is read of the chain for this report alone; undefined where the RPC has no state of that block. */
interface Past {
  operators: Address[] | undefined;
  modelHash: Hex | undefined;
  before: Spread | undefined;
  after: Spread | undefined;
}

type Applied = ReportEvent & { change: ReportChange };

/** The page. The API of an operator, if there is one, lies beside the deployment file. */
export function createReportPage(container: HTMLElement, epoch: bigint, { deployment, rpc, wallet }: Sources): Page {
  const section = make("section", { "data-testid": "report" });
  const moves = make("section", { "data-testid": "moves" });
  const why = make("section", { "data-testid": "why" });
  const verify = make("section", { "data-testid": "verify" });
  container.append(section, moves, why, verify);
  let asked: string | undefined;
  let past: Past | undefined;
  let reason: Reason | undefined | "asking" = "asking";
  let latest: State | undefined;

  const ask = (state: State, report: Applied): void => {
    if (asked === report.blockHash) return;
    asked = report.blockHash;
    past = undefined;
    void readPast(state, report).then((found) => {
      past = found;
      show();
    });
    void reasonOf(deployment, epoch).then((found) => {
      reason = found;
      show();
    });
  };

  const show = (): void => {
    if (!latest) return;
    const report = latest.reports?.list.find((each): each is Applied => each.epoch === epoch && each.change.kind === "report");
    for (const part of [moves, why, verify]) part.hidden = report === undefined;
    if (!report) {
      swap(section, make("p", {}, missing(latest, epoch)));
      return;
    }
    ask(latest, report);
    swap(section, ...factsOf(latest, report, past));
    swap(moves, make("h3", {}, words().report.movesTitle), ...movesOfReport(past));
    swap(why, make("h3", {}, words().report.whyTitle), ...whyOf(reason));
    if (verify.dataset["words"] !== words().language) showVerify(verify, epoch, urlForVerifying(rpc, deployment, wallet));
  };

  return {
    title: () => words().report.title(grouped(epoch)),
    update(state) {
      latest = state;
      show();
    },
    close: () => (latest = undefined),
  };
}

function missing({ snapshot, reports }: State, epoch: bigint): string {
  const said = words().report;
  if (epoch > snapshot.summary.epoch) return said.future(grouped(epoch), grouped(snapshot.summary.epoch));
  if (!reports || reports.searching) return said.searching(grouped(epoch));
  return said.notFound(grouped(epoch), grouped(reports.from));
}

async function readPast({ snapshot }: State, report: ReportEvent): Promise<Past> {
  const { network, nodes } = snapshot;
  const oracle = reader(network.client, network.deployment.oracle, oracleAbi, report.blockNumber);
  // Each by itself: what an RPC refuses is shown as not known, and the refresh of the page tells of an RPC that is dead.
  const orUnknown = <T>(read: Promise<T>): Promise<T | undefined> => read.catch(() => undefined);
  const spread = async (at: bigint): Promise<Spread | undefined> =>
    spreadOf(await readThetas(network, nodes.thetaWad.length, at), nodes.retired);
  const [operators, modelHash] = await Promise.all([
    orUnknown(oracle<Address[]>("operators")),
    orUnknown(oracle<Hex>("modelHash")),
  ]);
  const before = await orUnknown(spread(report.blockNumber - 1n));
  return { operators, modelHash, before, after: before && (await orUnknown(spread(report.blockNumber))) };
}

function factsOf(state: State, report: Applied, past: Past | undefined): Child[] {
  const said = words().report;
  const { change, epoch } = report;
  const { committee, summary } = state.snapshot;
  const operators = past?.operators ?? committee.operators;
  const point = state.history.points.find((each) => each.blockNumber === report.blockNumber && each.epoch === epoch);
  const time = report.timestampSeconds ?? (point && BigInt(point.timestampSeconds));
  const [was, is] = [report.previousSumExpWad, report.sumExpWad];
  const signers = change.signers.map((index) => make("li", {}, `${said.operator(index)}: ${operators[index] ?? words().dash}`));
  const text = (value: bigint | undefined): string => (value === undefined ? words().dash : grouped(value));
  return [
    make(
      "p",
      { class: "actions" },
      epoch > 1n && link(fragmentOf({ view: "epoch", epoch: epoch - 1n }), said.previous),
      epoch < summary.epoch && link(fragmentOf({ view: "epoch", epoch: epoch + 1n }), said.next),
    ),
    facts([
      [said.applied, grouped(report.blockNumber) + (time === undefined ? "" : `, ${utc(time)}`)],
      [said.window, said.blocks(grouped(change.fromBlock), grouped(change.toBlock), grouped(change.toBlock - change.fromBlock + 1n))],
      [said.windowHash, change.windowHash],
      [said.model, past && !past.modelHash ? `${committee.modelHash} (${said.modelNow})` : (past?.modelHash ?? words().dash)],
      [said.phiHash, change.phiHash],
      [said.signers, make("ul", {}, ...signers)],
      [said.transaction, report.transactionHash],
      [said.sum, `${said.change(wad(was, 12), wad(is, 12))} (${said.ratio(`${is >= was ? "+" : ""}${rough((Number(is) / Number(was) - 1) * 100, 4)}`)})`],
      point && [said.difficulty, said.change(text(difficultyOf(point.baseDifficulty, was)), text(point.difficulty))],
      past?.before && past.after ? [said.theta, said.change(spreadText(past.before), spreadText(past.after))] : undefined,
    ]),
    past === undefined ? make("p", { class: "note" }, said.readingCommittee) : undefined,
    past && !past.operators ? make("p", { class: "note" }, said.committeeNow) : undefined,
  ];
}

function spreadText({ least, mean, most }: Spread): string {
  return [least, mean, most].map((value) => value.toFixed(6)).join(", ");
}

function movesOfReport(past: Past | undefined): Child[] {
  const said = words().report;
  const note = (text: string): HTMLElement => make("p", { class: "note" }, text);
  if (!past) return [note(said.movesReading)];
  if (!past.before || !past.after) return [note(said.movesUnknown)];
  const moves = movesOf(past.before.values, past.after.values);
  const [first] = moves;
  if (!first) return [note(said.movesNone)];
  const active = past.after.values.filter((value) => value > 0).length;
  const isAlike = moves.length === active && moves.every((move) => Math.abs(move.delta - first.delta) < SAME);
  if (isAlike) return [make("p", {}, said.movesSame(signed(first.delta)))];
  return [table(said.movesTitle, [words().nodes.node, said.delta, said.thetaAfter], moves.slice(0, MOVES_SHOWN).map(moveRow))];
}

function moveRow({ node, delta, after }: Move): HTMLTableRowElement {
  return row([link(fragmentOf({ view: "node", node }), String(node)), signed(delta), after.toFixed(6)]);
}

function whyOf(reason: Reason | undefined | "asking"): Child[] {
  const said = words().report;
  if (reason === "asking") return [make("p", { class: "note" }, said.whyAsking)];
  if (!reason) return [make("p", { class: "note" }, said.whyNone)];
  const rows = reason.words.map((word) =>
    row([
      make("span", { class: "quoted" }, word.text),
      signed(word.addedPhi),
      word.firstBlock === word.lastBlock ? grouped(word.firstBlock) : `${grouped(word.firstBlock)} – ${grouped(word.lastBlock)}`,
    ]),
  );
  const more = reason.of - reason.words.length;
  return [
    make("p", {}, said.whySums(signed(reason.numbersPhi), signed(reason.textPhi))),
    rows.length > 0 ? table(said.words, [said.words, said.added, said.seenIn], rows) : make("p", {}, said.whyNothing),
    more > 0 && make("p", { class: "note" }, said.whyMore(grouped(more))),
  ];
}

/** The RPC that the line names: the page's own passes on too little, and a wallet has no URL. */
function urlForVerifying(rpc: URL, deployment: URL, wallet: string | undefined): string {
  return wallet === undefined && rpc.href !== new URL("rpc", deployment).href ? rpc.href : "RPC-URL";
}

/** The command line that recomputes a report. */
export function verifyLine(epoch: bigint, rpc: string): string {
  // What a shell would read as its own is quoted; a URL holds no single quote unescaped.
  const quoted = /^[\w:/.%-]+$/.test(rpc) ? rpc : `'${rpc.replaceAll("'", "%27")}'`;
  return `catalyst verify --rpc ${quoted} --epoch ${epoch}`;
}

function showVerify(section: HTMLElement, epoch: bigint, rpc: string): void {
  const said = words().report;
  section.dataset["words"] = words().language;
  const line = make("code", { "data-testid": "verify-line", tabindex: "0" }, verifyLine(epoch, rpc));
  const told = make("span", { class: "note", role: "status" });
  const copy = button(said.copy, () => {
    navigator.clipboard.writeText(line.textContent).then(
      () => (told.textContent = said.copied),
      () => (told.textContent = said.notCopied),
    );
  });
  section.replaceChildren(
    make("h3", {}, said.verifyTitle),
    make("p", { class: "note" }, said.verifyNote),
    make("p", { class: "command" }, line, copy, told),
  );
}
