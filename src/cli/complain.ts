import { safeText } from "../ui/safe-text.ts";

/** Columns of the longest line: an escape may take several for a byte. */
const WIDEST = 8192;

/** Says on stderr what went wrong, each thing in one line, and answers the exit code. */
export function complain(lines: string | readonly string[], code: number): number {
  for (const line of typeof lines === "string" ? [lines] : lines) {
    process.stderr.write(`p2p-node: ${safeText(line, WIDEST)}\n`);
  }
  return code;
}
