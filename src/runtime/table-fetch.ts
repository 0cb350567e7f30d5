import type { Address } from "../core/address.ts";
import { parseTable } from "../peer/network-table.ts";
import type { TableEntry } from "../protocols/discovery/message.ts";
import { fetchText } from "./fetch-text.ts";

/** A table that is not there by then is given up. */
const FETCH_TIMEOUT_MS = 2000;

/** The largest table that is read. */
const MAX_TABLE_BYTES = 512 * 1024;

/**
 * Fetches the table of the peer at `from`: fixed path, no redirects, bounded in size and time. Only addresses that
 * can be a peer's are taken from it; rejects with one line that says what went wrong.
 */
export async function fetchTable(from: Address, timeoutMs = FETCH_TIMEOUT_MS): Promise<readonly TableEntry[]> {
  const text = await fetchText(from, { path: "/v1/table", what: "table", timeoutMs, maxBytes: MAX_TABLE_BYTES });
  const entries = parseTable(text);
  if (entries === undefined) throw new Error("answered something that is no table");
  return entries;
}
