import { createInterface } from "node:readline";
import type { StoreClient } from "../../client/store-client.ts";
import { carryOut, notAsked } from "./carry-out.ts";
import { CommandReader, isExit, labelOf } from "./commands.ts";
import { Completer } from "./completer.ts";
import type { Printer } from "./printer.ts";
import { CommandError } from "./words.ts";

const PROMPT = "> ";
const LIST_PROMPT = "atomic> ";

/** Lines that the arrow keys bring back. */
const HISTORY = 1000;

/**
 * Carries out what is typed on a terminal, one command after another, up to `exit` or ^D; ^C gives up what is under way,
 * and ends it.
 */
export async function converse(store: StoreClient, printer: Printer): Promise<void> {
  const reader = new CommandReader();
  const completer = new Completer(store);
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    completer: (line: string, tell: (error: null, offer: [string[], string]) => void) => {
      void completer.complete(line).then((offer) => tell(null, offer));
    },
    historySize: HISTORY,
    removeHistoryDuplicates: true,
    prompt: PROMPT,
  });
  terminal.on("SIGINT", () => {
    store.close();
    terminal.close();
  });
  terminal.prompt();
  for await (const line of terminal) {
    try {
      const command = reader.read(line);
      if (command !== undefined) {
        completer.learn(command);
        await printer.print(labelOf(command, line), await carryOut(store, command));
        if (isExit(command)) break;
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await printer.print(line, notAsked(error.message));
    }
    terminal.setPrompt(reader.isInList ? LIST_PROMPT : PROMPT);
    terminal.prompt();
  }
  terminal.close();
}
