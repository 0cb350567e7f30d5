import { isUtf8 } from "node:buffer";
import type { StoreClient } from "../../client/store-client.ts";
import { MAX_REQUEST_LINE_BYTES } from "../../wire/client-line.ts";
import { type Line, LineSplitter } from "../../wire/lines.ts";
import { carryOut, notAsked, type Outcome } from "./carry-out.ts";
import { CommandReader, isExit, labelOf } from "./commands.ts";
import type { Printer } from "./printer.ts";
import { Turns } from "./turns.ts";
import { CommandError } from "./words.ts";

/** Commands that are read ahead of the one whose outcome is printed next, at most. */
const MAX_UNDER_WAY = 256;

/**
 * Carries out what a pipe says, a command a line, up to its end or `exit`. Those on different files and values are under way
 * together; what they come to is printed in their order.
 */
export async function runPipe(store: StoreClient, input: AsyncIterable<Buffer>, printer: Printer): Promise<void> {
  const reader = new CommandReader();
  const turns = new Turns();
  const underWay: Promise<void>[] = [];
  let printed = Promise.resolve();
  const tell = (label: string, outcome: Outcome | Promise<Outcome>): void => {
    printed = Promise.all([printed, outcome]).then(([, done]) => printer.print(label, done));
    underWay.push(printed);
  };
  for await (const line of linesIn(input)) {
    try {
      const command = reader.read(textOf(line));
      if (command === undefined) continue;
      tell(
        labelOf(command, String(line)),
        turns.take(command, () => carryOut(store, command)),
      );
      if (isExit(command)) break;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      tell(String(line), notAsked(error.message));
    }
    if (underWay.length >= MAX_UNDER_WAY) await underWay.shift();
  }
  if (reader.isInList) tell("atomic", notAsked("the list has no end"));
  await printed;
}

async function* linesIn(input: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const lines = new LineSplitter(MAX_REQUEST_LINE_BYTES);
  for await (const chunk of input) {
    lines.push(chunk);
    for (let line = lines.next(); line !== undefined; line = lines.next()) yield line;
  }
  lines.end();
  const last = lines.next();
  if (last !== undefined) yield last;
}

function textOf(line: Line): string {
  if (line === "too-long") throw new CommandError(`a line has ${MAX_REQUEST_LINE_BYTES} bytes at most`);
  if (!isUtf8(line)) throw new CommandError("a line is UTF-8");
  return line.toString();
}
