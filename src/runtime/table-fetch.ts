import { get } from "node:http";
import { type Address, hostOf, portOf } from "../core/address.ts";
import { parseTable } from "../peer/network-table.ts";
import type { TableEntry } from "../protocols/discovery/message.ts";

/** A table that is not there by then is given up. */
const FETCH_TIMEOUT_MS = 2000;

/** The largest table that is read. */
const MAX_TABLE_BYTES = 512 * 1024;

/**
 * Fetches the table of the peer at `from`: fixed path, no redirects, bounded in size and time. Only addresses that
 * can be a peer's are taken from it; rejects with one line that says what went wrong.
 */
export function fetchTable(from: Address, timeoutMs = FETCH_TIMEOUT_MS): Promise<readonly TableEntry[]> {
  return new Promise((resolve, reject) => {
    const request = get({ host: hostOf(from), port: portOf(from), path: "/v1/table", agent: false });
    const deadline = setTimeout(() => request.destroy(new Error(`no table within ${timeoutMs} ms`)), timeoutMs);
    request.once("close", () => clearTimeout(deadline));
    request.once("error", reject);
    request.once("response", (response) => {
      if (response.statusCode !== 200) {
        request.destroy(new Error(`answered ${response.statusCode ?? "nothing"} instead of a table`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_TABLE_BYTES) request.destroy(new Error(`table over ${MAX_TABLE_BYTES} bytes`));
      });
      response.once("error", reject);
      response.once("end", () => {
        const entries = parseTable(Buffer.concat(chunks).toString("utf8"));
        if (entries === undefined) reject(new Error("answered something that is no table"));
        else resolve(entries);
      });
    });
  });
}
