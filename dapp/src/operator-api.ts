/** What an operator's HTTP API, where one serves this page, adds to the chain: which words moved φ. */

/** One text of a window and its part in mean φ. */
export interface Word {
  text: string;
  addedPhi: number;
  firstBlock: number;
  lastBlock: number;
}

/** Where the mean φ of a report comes from. */
export interface Reason {
  numbersPhi: number;
  textPhi: number;
  words: Word[];
  /** Texts that say something, those without a row included. */
  of: number;
}

const TIMEOUT_MS = 10_000;

/** The reason of a report by the API that serves `deployment` (`/v1/deployment`); undefined where there is none or it does not know. */
export async function reasonOf(deployment: URL, epoch: bigint): Promise<Reason | undefined> {
  try {
    const url = new URL(`epochs/${epoch}`, deployment);
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? parseReason(await response.json()) : undefined;
  } catch (error) {
    // No API, none in time, or an answer that is no JSON: the page then says that nobody told.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The reason that an answer holds; undefined where it holds none. */
export function parseReason(answer: unknown): Reason | undefined {
  const reason = field(answer, "reason");
  const numbersPhi = field(reason, "numbers_phi");
  const textPhi = field(reason, "text_phi");
  const listed = field(reason, "words");
  if (typeof numbersPhi !== "number" || typeof textPhi !== "number" || !Array.isArray(listed)) return undefined;
  const words = listed.map(parseWord).filter((word) => word !== undefined);
  const of = field(reason, "of");
  return { numbersPhi, textPhi, words, of: typeof of === "number" ? of : words.length };
}

function parseWord(item: unknown): Word | undefined {
  const [text, addedPhi] = [field(item, "text"), field(item, "added_phi")];
  const [firstBlock, lastBlock] = [field(item, "first_block"), field(item, "last_block")];
  if (typeof text !== "string" || typeof addedPhi !== "number") return undefined;
  if (typeof firstBlock !== "number" || typeof lastBlock !== "number") return undefined;
  return { text, addedPhi, firstBlock, lastBlock };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
