/** Failures, and what the page says of each. */

import { BaseError, HttpRequestError, TimeoutError } from "viem";

import { words } from "./words/language";

/** What is at fault, which decides the remedy that the page names. */
export type Fault = "rpc" | "chain" | "deployment" | "contract" | "page";

/** A failure whose message is a whole sentence for the reader. */
export class PageError extends Error {
  override name = "PageError";
  readonly fault: Fault;
  /** The chain that a wallet should switch to, where that would mend it. */
  readonly wantedChain: number | undefined;

  constructor(message: string, fault: Fault = "page", wantedChain?: number) {
    super(message);
    this.fault = fault;
    this.wantedChain = wantedChain;
  }
}

/** A failure of any kind, as the page shows it. */
export interface Failure {
  sentence: string;
  fault: Fault;
  wantedChain?: number | undefined;
}

/** What to show for a failure of any kind. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PageError) {
    return { sentence: error.message, fault: error.fault, wantedChain: error.wantedChain };
  }
  const said = words().errors;
  if (!(error instanceof BaseError)) return { sentence: said.failed(String(error)), fault: "page" };
  return { sentence: sentenceOfRpc(error), fault: "rpc" };
}

/** The sentence to show for a failure of any kind. */
export function sentenceOf(error: unknown): string {
  return failureOf(error).sentence;
}

function sentenceOfRpc(error: BaseError): string {
  const said = words().errors;
  if (error.walk((cause) => cause instanceof TimeoutError)) return said.slow;
  const http = error.walk((cause) => cause instanceof HttpRequestError);
  if (http instanceof HttpRequestError) {
    return http.status === undefined ? said.unreachable : said.status(http.status);
  }
  return said.read(`${error.shortMessage} ${error.details}`.trim());
}
