/** The state of the link to the RPC, failures with their remedies, and what is out of order on the chain. */

import { button, byId, make, setText, swap } from "./dom";
import type { Failure } from "./errors";
import type { Snapshot } from "./follow";
import { grouped } from "./format";
import { ageOf } from "./view";
import { words } from "./words/language";

/** Shows that the values are those of the latest block. */
export function showLive(): void {
  byId("failure").hidden = true;
  setLink("live", words().link.live);
}

/** Shows that the RPC has not answered for a while, unless a failure is shown already. */
export function showWaiting(): void {
  if (byId("link").dataset["state"] === "live") setLink("waiting", words().link.waiting);
}

/** Shows that nothing is known yet. */
export function showConnecting(): void {
  setLink("waiting", words().link.connecting);
  setText("reports-note", words().reports.connecting);
  setText("history-note", words().reports.connecting);
  setText("node-title", words().nodes.point);
}

/**
 * Shows what failed, what would mend it, and which block the values are of.
 *
 * @param switchTo Asks the wallet in use to go to a chain.
 */
export function showFailure(
  { sentence, fault, wantedChain }: Failure,
  shown: Snapshot | undefined,
  switchTo: (chainId: number) => Promise<void>,
): void {
  const said = words().failure;
  const values = shown ? ` ${said.valuesOf(grouped(shown.head.number))}` : "";
  setText("failure-text", sentence + values);
  setText("failure-remedy", said[fault]);
  byId("failure").hidden = false;
  byId("failure").dataset["fault"] = fault;
  if (!shown) for (const id of ["reports-note", "history-note"]) setText(id, "");
  const old = byId("failure-switch");
  const asks = wantedChain === undefined ? undefined : switchButton(wantedChain, switchTo);
  const next = asks ?? make("button", { type: "button" });
  next.id = old.id;
  next.hidden = asks === undefined;
  if (next.textContent !== old.textContent || next.hidden !== old.hidden) old.replaceWith(next);
  setLink("failed", words().link.failing);
}

/** Counts down to the next try. */
export function showRetry(seconds: number): void {
  setText("failure-retry", seconds > 0 ? words().failure.nextTry(seconds) : words().failure.trying);
}

/** Says in sentences what is out of order on the chain: pause, staleness, no active node. */
export function showNotices(snapshot: Snapshot, sinceSeenSeconds: number): void {
  swap(byId("notices"), ...noticesOf(snapshot, sinceSeenSeconds).map((each) => make("p", { class: "notice", "data-kind": each.kind }, each.text)));
}

interface Notice {
  kind: "paused" | "stale" | "inactive";
  text: string;
}

function noticesOf(snapshot: Snapshot, sinceSeenSeconds: number): Notice[] {
  const said = words().notices;
  const { summary } = snapshot;
  const { stale } = ageOf(snapshot, sinceSeenSeconds);
  // By the chain's clock, so that the sentence does not change every second.
  const age = grouped(summary.ageSeconds > summary.maxAgeSeconds ? summary.ageSeconds : summary.maxAgeSeconds);
  const limit = grouped(summary.maxAgeSeconds);
  const notices: Notice[] = [];
  if (summary.paused) notices.push({ kind: "paused", text: said.paused });
  if (stale) {
    notices.push({ kind: "stale", text: summary.epoch === 0n ? said.staleFirst(age, limit) : said.stale(age, limit) });
  }
  if (summary.activeCount === 0) notices.push({ kind: "inactive", text: said.noActive });
  return notices;
}

function switchButton(chainId: number, switchTo: (chainId: number) => Promise<void>): HTMLButtonElement {
  const said = words().failure;
  return button(said.switchChain(chainId), () => {
    switchTo(chainId).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
      setText("failure-remedy", said.notSwitched(why));
    });
  });
}

function setLink(state: string, text: string): void {
  byId("link").dataset["state"] = state;
  setText("link", text);
}
