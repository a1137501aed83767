/** A typed client of an oracle's API. Paths, parameters and answers are those of docs/openapi.json. */

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./schema.js";

export * from "./abis.js";

export type Schemas = components["schemas"];
export type Epoch = Schemas["EpochAnswer"];

/** Why there is no answer. */
export class AskFailed extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** A client of the API at `url`; `key` is of `catalyst api-key create`, for what needs one. */
export function oracleClient(url: string, key?: string): Client<paths> {
  return createClient<paths>({
    baseUrl: url,
    ...(key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } }),
  });
}

/** The data of an answer. Throws AskFailed with the problem's sentence where there is none. */
export async function answered<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await asked;
  if (data !== undefined) return data;
  const detail = (error as Partial<Schemas["Problem"]> | undefined)?.detail;
  throw new AskFailed(response.status, detail ?? response.statusText);
}

/** The items of all pages: `page` asks for the one at a cursor. */
export async function* each<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next: string | null }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    yield* items;
    cursor = next ?? undefined;
  } while (cursor !== undefined);
}

/**
 * New epochs as they come in force, those since epoch `after` first, until the stream ends: after 50 s, or with the
 * oracle. Call again with the last epoch to go on.
 */
export async function* events(url: string, after?: number): AsyncGenerator<Epoch> {
  const response = await fetch(new URL("/v1/events", url), {
    headers: after === undefined ? {} : { "Last-Event-ID": String(after) },
  });
  if (!response.ok || response.body === null) throw new AskFailed(response.status, response.statusText);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6)) as Epoch;
    }
  } finally {
    await reader.cancel();
  }
}
