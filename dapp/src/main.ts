/** Ties the reader to the page. */

import { sourcesOf } from "./config";
import { sentenceOf } from "./errors";
import { follow, type Snapshot } from "./follow";
import { createNodesView } from "./nodes-view";
import { showAges, showFacts, showFailure, showFigures, showLive, showReports, showRetry, showWaiting } from "./view";

const TICK_MS = 250;
/** An RPC silent for so long is shown as such, well before a read times out. */
const SILENCE_SECONDS = 5;

let shown: Snapshot | undefined;
let seenAtMs = 0;
let answeredAtMs = Date.now();
let retryAtMs = 0;

const showNodes = createNodesView();

function current(snapshot: Snapshot): void {
  answeredAtMs = Date.now();
  showLive();
  if (snapshot === shown) return;
  if (snapshot.head.hash !== shown?.head.hash) seenAtMs = Date.now();
  showFigures(snapshot);
  showFacts(snapshot);
  if (snapshot.nodes !== shown?.nodes) showNodes(snapshot.nodes);
  if (snapshot.reports !== shown?.reports) showReports(snapshot);
  shown = snapshot;
  tick();
}

function failed(sentence: string, retryMs: number): void {
  retryAtMs = Date.now() + retryMs;
  showFailure(sentence, shown);
  tick();
}

function tick(): void {
  const now = Date.now();
  if (shown) showAges(shown, secondsSince(seenAtMs, now));
  if (secondsSince(answeredAtMs, now) >= SILENCE_SECONDS) showWaiting();
  showRetry(Math.max(0, Math.ceil((retryAtMs - now) / 1000)));
}

/** Whole seconds; 0 where the machine's clock was set back. */
function secondsSince(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - thenMs) / 1000));
}

try {
  const sources = sourcesOf(location.href);
  setInterval(tick, TICK_MS);
  await follow(sources, { current, failed });
} catch (error) {
  // Only a wrong URL in the page's own address comes here; trying again would not mend it.
  showFailure(sentenceOf(error), undefined);
}
