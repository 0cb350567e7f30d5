import { get } from "node:http";
import { type Address, hostOf, portOf } from "../core/address.ts";

/** What is asked of a peer over HTTP, and how much patience there is. */
export interface TextWanted {
  readonly path: string;
  /** What to call it in errors: `table`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Fetches a text from the peer at `from`: no redirects, bounded in size and time. Rejects with one line that says what
 * went wrong.
 */
export function fetchText(from: Address, { path, what, timeoutMs, maxBytes }: TextWanted): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: hostOf(from), port: portOf(from), path, agent: false });
    const deadline = setTimeout(() => request.destroy(new Error(`no ${what} within ${timeoutMs} ms`)), timeoutMs);
    request.once("close", () => clearTimeout(deadline));
    request.on("error", reject);
    request.once("response", (response) => {
      if (response.statusCode !== 200) {
        request.destroy(new Error(`answered ${response.statusCode ?? "nothing"} instead of a ${what}`));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) request.destroy(new Error(`${what} over ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    });
  });
}
