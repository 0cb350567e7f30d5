import { createReadStream } from "node:fs";
import { Replay, type ReplayOutcome } from "../recording/replay.ts";
import type { Tally } from "../recording/replayed-peer.ts";
import { safeText } from "../ui/safe-text.ts";
import { jsonLine } from "./json-line.ts";

/** Columns of a line, at most: an event has many. */
const WIDEST_LINE = 2000;

/** Lets what a file has recorded happen again, and prints whether it goes the same way; the exit code. */
export async function replay(file: string, json: boolean): Promise<number> {
  const outcome = await replayFile(file).catch((error: Error) => {
    process.stderr.write(`p2p-node: ${safeText(`cannot read ${file}: ${error.message}`, WIDEST_LINE)}\n`);
  });
  if (outcome === undefined) return 1;
  const lines = json ? [jsonLine(outcome)] : linesOf(outcome);
  for (const line of lines) process.stdout.write(`${line}\n`);
  return outcome.verdict.kind === "same" ? 0 : 1;
}

async function replayFile(file: string): Promise<ReplayOutcome> {
  const running = new Replay();
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    running.push(chunk as Buffer);
    if (running.isOver) break;
  }
  return running.end();
}

/** The outcome as lines for people. */
function linesOf({ facts, peers, verdict }: ReplayOutcome): readonly string[] {
  const recorded = facts === null ? [] : [`recorded: ${factsOf(facts)}`];
  return [...recorded, ...peers.map(peerOf), ...verdictOf(verdict)].map((line) => safeText(line, WIDEST_LINE));
}

function factsOf(facts: NonNullable<ReplayOutcome["facts"]>): string {
  return Object.entries(facts)
    .map(([what, value]) => `${what} ${value}`)
    .join(", ");
}

function peerOf({ name, lives, inputs, events, hashes }: Tally): string {
  const counts = [
    count(lives, "life", "lives"),
    count(inputs, "input"),
    count(events, "event"),
    count(hashes, "hash", "hashes"),
  ];
  return `${name}: ${counts.join(", ")}`;
}

function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}

function verdictOf(verdict: ReplayOutcome["verdict"]): readonly string[] {
  switch (verdict.kind) {
    case "same":
      return [
        verdict.isComplete ? "same" : `same, as far as it goes: the recording breaks off at byte ${verdict.bytes}`,
      ];
    case "different":
      return [
        `different: peer ${verdict.peer} at ${verdict.at} ms, input ${verdict.inputs}`,
        `  recorded: ${verdict.recorded}`,
        `  replayed: ${verdict.came}`,
      ];
    case "unreadable":
      return [`unreadable: ${verdict.reason}`];
  }
}
