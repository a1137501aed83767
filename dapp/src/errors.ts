/** Failures, and the sentence the page shows for each. */

import { BaseError, HttpRequestError, TimeoutError } from "viem";

/** A failure whose message is a whole sentence for the reader. */
export class PageError extends Error {
  override name = "PageError";
}

/** The sentence to show for a failure of any kind. */
export function sentenceOf(error: unknown): string {
  if (error instanceof PageError) return error.message;
  if (!(error instanceof BaseError)) return `The page failed: ${String(error)}`;
  if (error.walk((cause) => cause instanceof TimeoutError)) return "The RPC did not answer in time.";
  const http = error.walk((cause) => cause instanceof HttpRequestError);
  if (http instanceof HttpRequestError) {
    return http.status === undefined ? "The RPC cannot be reached." : `The RPC answers HTTP ${http.status}.`;
  }
  return `A read from the RPC failed: ${error.shortMessage} ${error.details}`.trim();
}
