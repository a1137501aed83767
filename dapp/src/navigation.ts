/** Opens the view that the page's address names, as links, the back button and deep links change it. */

import { byId, make } from "./dom";
import type { Sources } from "./config";
import { createEnginePage } from "./pages/engine-page";
import { createFilesPage } from "./pages/files-page";
import { createNodePage } from "./pages/node-page";
import type { Page, State } from "./pages/page";
import { createPlansPage } from "./pages/plans-page";
import { createReportPage } from "./pages/report-page";
import { createReportsPage } from "./pages/reports-page";
import { createTransfersPage } from "./pages/transfers-page";
import { routeOf, sectionOf, type Route } from "./router";
import { words } from "./words/language";

/** The views of the page. */
export interface Navigation {
  /** Opens the view that the address names, and follows it from now on. */
  begin(): void;
  /** Shows what is known by now. */
  update(state: State | undefined): void;
  /** Says the title anew, in the language in use. */
  sayTitle(): void;
}

/** The navigation; `searchEarlier` continues the search for reports. */
export function createNavigation(sources: () => Sources | undefined, searchEarlier: () => Promise<void>): Navigation {
  const overview = byId("overview");
  const container = byId("view");
  const waiting = make("p", { class: "note" });
  const heading = make("h2", { class: "view-title", tabindex: "-1" });
  let page: Page | undefined;
  let latest: State | undefined;

  const pageOf = (route: Route): Page | undefined => {
    const from = sources();
    if (route.view === "reports") return createReportsPage(container, searchEarlier);
    if (route.view === "engine") return createEnginePage(container);
    if (route.view === "plans") return createPlansPage(container, undefined);
    if (route.view === "plan") return createPlansPage(container, route.plan as `0x${string}`);
    if (route.view === "files") return createFilesPage(container, undefined);
    if (route.view === "file") return createFilesPage(container, route.file as `0x${string}`);
    if (route.view === "transfers") return createTransfersPage(container);
    if (route.view === "node") return createNodePage(container, route.node);
    if (route.view === "epoch" && from) return createReportPage(container, route.epoch, from);
    return undefined;
  };

  const sayTitle = (): void => {
    const own = page?.title();
    if (heading.textContent !== (own ?? "")) heading.textContent = own ?? "";
    document.title = own === undefined ? words().title : `${own} · Catalyst`;
  };

  const open = (isFirst: boolean): void => {
    const route = routeOf(location.hash);
    page?.close();
    waiting.textContent = words().reports.connecting;
    waiting.hidden = latest !== undefined;
    container.replaceChildren(heading, waiting);
    page = pageOf(route);
    overview.hidden = page !== undefined;
    container.hidden = page === undefined;
    for (const link of document.querySelectorAll<HTMLElement>("nav [data-view]")) {
      if (link.dataset["view"] === sectionOf(route)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (page && latest) page.update(latest);
    sayTitle();
    if (isFirst) return;
    // A new view begins at its heading, for the eye and for assistive technology.
    scrollTo(0, 0);
    (page ? heading : byId("content")).focus({ preventScroll: true });
  };

  return {
    begin() {
      open(true);
      addEventListener("hashchange", () => open(false));
      byId("skip").addEventListener("click", (event) => {
        event.preventDefault(); // its fragment is no view
        byId("content").focus();
      });
    },
    update(state) {
      latest = state;
      if (!state) return;
      waiting.hidden = true;
      const { deployment } = state.snapshot.network;
      const { ledger, planBook, registry, bridges } = deployment;
      const parts: Record<string, unknown> = { engine: ledger, plans: planBook, files: registry, transfers: bridges };
      for (const link of document.querySelectorAll<HTMLElement>("nav [data-view]")) {
        const view = link.dataset["view"] ?? "";
        if (view in parts) link.hidden = parts[view] === undefined;
      }
      page?.update(state);
      sayTitle();
    },
    sayTitle,
  };
}
