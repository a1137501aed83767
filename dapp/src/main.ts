/** Ties the reader to the page. */

import { sourcesOf, type Sources } from "./config";
import { byId, setText } from "./dom";
import { failureOf, type Failure } from "./errors";
import { follow, type Snapshot } from "./follow";
import { createHistory, type History } from "./history";
import { createHistoryView } from "./history-view";
import { createNavigation } from "./navigation";
import { createNodesView } from "./nodes-view";
import type { State } from "./pages/page";
import { joined, latestReports, type Found } from "./reports";
import { createRounds, type Rounds } from "./rounds";
import { beginSources, showSources } from "./sources-panel";
import { showConnecting, showFailure, showLive, showNotices, showRetry, showWaiting } from "./status";
import { showAges, showFacts, showFigures, showReports } from "./view";
import { discover, switchChain, walletNamed } from "./wallets";
import { beginLanguage, changeLanguage, words } from "./words/language";

const TICK_MS = 250;
/** An RPC silent for so long is shown as such, well before a read times out. */
const SILENCE_SECONDS = 5;

let shown: Snapshot | undefined;
let earlier: Found | undefined;
let history: History = { points: [], wanted: 0, thetaLacks: undefined };
let rounds: Rounds | undefined;
let failure: Failure | undefined;
let seenAtMs = 0;
let answeredAtMs = Date.now();
let retryAtMs = 0;

function allReports(): Found | undefined {
  return shown?.reports && joined(shown.reports, earlier);
}

function state(): State | undefined {
  return shown && { snapshot: shown, reports: allReports(), history, rounds };
}

/** The search for reports, continued back from where it ended. */
async function searchEarlier(): Promise<void> {
  const reports = allReports();
  if (!shown || !reports) return;
  const found = await latestReports(shown.network, reports.from - 1n);
  earlier = { ...found, list: [...(earlier?.list ?? []), ...found.list] };
  navigation.update(state());
}

function showPast(): void {
  if (!shown) return;
  showHistory(shown, history, rounds);
  navigation.update(state());
}

function current(snapshot: Snapshot): void {
  answeredAtMs = Date.now();
  failure = undefined;
  showLive();
  if (snapshot === shown) return;
  if (snapshot.head.hash !== shown?.head.hash) seenAtMs = Date.now();
  const before = shown;
  shown = snapshot;
  showFigures(snapshot);
  showFacts(snapshot);
  if (snapshot.nodes !== before?.nodes) showNodes(snapshot.nodes);
  showReports(snapshot, allReports());
  showPast();
  readRounds(snapshot);
  const reports = allReports();
  if (reports && !reports.searching) readHistory(snapshot, reports.list);
  tick();
}

function failed(found: Failure, retryMs: number): void {
  failure = found;
  retryAtMs = Date.now() + retryMs;
  showFailure(found, shown, switchTo);
  tick();
}

async function switchTo(chainId: number): Promise<void> {
  if (sources?.wallet !== undefined) await switchChain(await walletNamed(sources.wallet), chainId);
}

function tick(): void {
  const now = Date.now();
  if (shown) {
    showAges(shown, secondsSince(seenAtMs, now));
    showNotices(shown, secondsSince(seenAtMs, now));
  }
  if (secondsSince(answeredAtMs, now) >= SILENCE_SECONDS) showWaiting();
  showRetry(Math.max(0, Math.ceil((retryAtMs - now) / 1000)));
}

/** Whole seconds; 0 where the machine's clock was set back. */
function secondsSince(thenMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - thenMs) / 1000));
}

/** Says everything anew, in the language in use. */
function sayAll(): void {
  const { nav } = words();
  const toOther = byId("language");
  setText("language", nav.language);
  toOther.setAttribute("aria-label", nav.languageLabel);
  toOther.lang = words().language === "English" ? "zh-Hans" : "en";
  if (sources) showSources(sources);
  if (shown) {
    const again = shown;
    showNodes(again.nodes);
    shown = undefined;
    current({ ...again });
  } else {
    showConnecting();
  }
  if (failure) showFailure(failure, shown, switchTo);
  navigation.sayTitle();
  tick();
}

beginLanguage();
let sources: Sources | undefined;
const showNodes = createNodesView();
const showHistory = createHistoryView();
const navigation = createNavigation(() => sources, searchEarlier);
const readHistory = createHistory((found) => {
  history = found;
  showPast();
});
const readRounds = createRounds((found) => {
  rounds = found;
  showPast();
});
byId("language").addEventListener("click", () => {
  changeLanguage();
  sayAll();
});

try {
  sources = sourcesOf(location.href);
  discover(() => sources && showSources(sources));
  beginSources();
  sayAll();
  navigation.begin();
  setInterval(tick, TICK_MS);
  await follow(sources, { current, failed });
} catch (error) {
  // Only a wrong URL in the page's own address comes here; trying again would not mend it.
  failure = failureOf(error);
  sayAll();
}
