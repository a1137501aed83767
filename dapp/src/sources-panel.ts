/** Where the page reads: an RPC or a deployment file by URL, or a wallet. A choice is kept in the page's address. */

import { button, byId, setText } from "./dom";
import type { Sources } from "./config";
import { wallets } from "./wallets";
import { words } from "./words/language";

/** The page's address with other sources; an empty one is left out. */
export function addressWith(pageUrl: string, chosen: { rpc?: string; deployment?: string; wallet?: string }): string {
  const url = new URL(pageUrl);
  for (const name of ["rpc", "deployment", "wallet"] as const) {
    const value = chosen[name]?.trim() ?? "";
    if (value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}

/** Makes the form live. */
export function beginSources(): void {
  const rpc = byId("sources-rpc") as HTMLInputElement;
  const deployment = byId("sources-deployment") as HTMLInputElement;
  const query = new URL(location.href).searchParams;
  rpc.value = query.get("rpc") ?? "";
  deployment.value = query.get("deployment") ?? "";
  byId("sources-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // Loaded anew, so that nothing of the former source is left.
    location.href = addressWith(location.href, { rpc: rpc.value, deployment: deployment.value });
  });
}

/** Shows what is read now, and the wallets known by now. */
export function showSources(sources: Sources): void {
  const said = words().sources;
  const where = sources.wallet === undefined ? sources.rpc.href : said.wallet(sources.wallet);
  setText("sources-now", said.now(where));
  const known = wallets();
  setText("wallets-note", known.length === 0 ? said.noWallets : said.wallets);
  byId("wallets").replaceChildren(
    ...known.map(({ id, name }) =>
      button(said.useWallet(name), () => {
        const deployment = (byId("sources-deployment") as HTMLInputElement).value;
        location.href = addressWith(location.href, { wallet: id, deployment });
      }),
    ),
  );
}
