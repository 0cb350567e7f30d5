import { type Verb, verbNamed } from "../control/grammar.ts";
import { helpRows, verbs, whyUnknown } from "../control/verbs.ts";
import { StartError } from "../runtime/start-error.ts";
import { safeText } from "../ui/safe-text.ts";
import { MAX_LINE_BYTES } from "../wire/control-message.ts";
import { resolveAddress } from "./address.ts";
import { askPeer } from "./ask-peer.ts";
import { complain } from "./complain.ts";

/** Columns of the longest text that is printed: an escape may take several for a byte. */
const WIDEST = 8 * MAX_LINE_BYTES;

const FAILED = 1;
const WRONG_USAGE = 2;

/** Lets the peer at an address carry out a line and prints the outcome; the exit code. */
export async function fault(text: string, line: string): Promise<number> {
  const [word = ""] = line.trim().split(/\s+/);
  const name = verbNamed(verbs, word);
  if (name === "help") return help(line.trim().split(/\s+/)[1] ?? null);
  const verb = Object.entries<Verb>(verbs).find(([candidate]) => candidate === name)?.[1];
  if (verb === undefined) return complain(whyUnknown(word), WRONG_USAGE);
  if (verb.doneBy === "screen") return complain(`${word} is shown by a screen only`, WRONG_USAGE);
  if (Buffer.byteLength(line) > MAX_LINE_BYTES)
    return complain(`a command has ${MAX_LINE_BYTES} bytes at most`, WRONG_USAGE);
  try {
    const address = await resolveAddress(text, "fault");
    const answer = await askPeer(address, { to: null, by: "", line });
    if (!answer.ok) return complain(answer.text, FAILED);
    process.stdout.write(`${safeText(answer.text, WIDEST)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return complain(error.message, FAILED);
  }
}

function help(about: string | null): number {
  const rows = helpRows(about);
  if (rows.length === 0) return complain(whyUnknown(about ?? ""), WRONG_USAGE);
  for (const row of rows) process.stdout.write(`${row.usage}\n    ${row.help}\n`);
  return 0;
}
