/** Wallets of the browser as the RPC: discovered by EIP-6963, else the one of EIP-1193 at `window.ethereum`. */

import { PageError } from "./errors";
import { words } from "./words/language";

/** How long a wallet has to announce itself; they do at once, but their scripts may load after the page's. */
const ANNOUNCE_MS = 400;
/** Of the wallet at `window.ethereum`, which has no id of its own. */
export const INJECTED = "injected";

/** What the page asks of a wallet (EIP-1193). */
export interface Provider {
  request(call: { method: string; params?: unknown }): Promise<unknown>;
}

/** One wallet. */
export interface Wallet {
  /** Its reverse domain name (EIP-6963). */
  id: string;
  name: string;
  provider: Provider;
}

const announced = new Map<string, Wallet>();
const watchers = new Set<() => void>();

/** Begins to listen for wallets; `changed` is told of each. */
export function discover(changed: () => void): void {
  watchers.add(changed);
  window.addEventListener("eip6963:announceProvider", (event) => {
    const wallet = walletOf((event as CustomEvent<unknown>).detail);
    if (!wallet || announced.has(wallet.id)) return;
    announced.set(wallet.id, wallet);
    for (const watcher of watchers) watcher();
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

/** The wallets known so far. */
export function wallets(): Wallet[] {
  const injected = (window as { ethereum?: unknown }).ethereum;
  if (announced.size > 0 || !isProvider(injected)) return [...announced.values()];
  return [{ id: INJECTED, name: words().sources.injected, provider: injected }];
}

/**
 * The wallet with this id.
 *
 * @throws PageError where none announces itself with it in time.
 */
export async function walletNamed(id: string): Promise<Wallet> {
  const known = (): Wallet | undefined => wallets().find((wallet) => wallet.id === id);
  if (!known()) await new Promise((wake) => setTimeout(wake, ANNOUNCE_MS));
  const found = known();
  if (!found) throw new PageError(words().errors.noWallet(id), "rpc");
  return found;
}

/** Asks a wallet to go to a chain; it asks its user. */
export async function switchChain(wallet: Wallet, chainId: number): Promise<void> {
  await wallet.provider.request({
    method: "wallet_switchEthereumChain",
    params: [{ chainId: `0x${chainId.toString(16)}` }],
  });
}

/** The wallet that an announcement tells of; undefined where it tells of none. */
export function walletOf(detail: unknown): Wallet | undefined {
  if (typeof detail !== "object" || detail === null) return undefined;
  const { info, provider } = detail as { info?: { rdns?: unknown; name?: unknown } | null; provider?: unknown };
  if (!info || typeof info.rdns !== "string" || typeof info.name !== "string" || !isProvider(provider)) return undefined;
  return { id: info.rdns, name: info.name, provider };
}

function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && typeof (value as { request?: unknown }).request === "function";
}
