import type { PeerEvent } from "../peer/peer-event.ts";
import type { Host } from "../runtime/host.ts";
import { jsonLine } from "./json-line.ts";

/** Bytes that may wait for a slow reader of stdout; lines beyond that are dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Prints the peer's events, one JSON object a line on stdout, until it ends or nobody reads any more. */
export async function printEvents(host: Host, verbose: boolean): Promise<void> {
  let dropped = 0;
  const print = (line: object): void => {
    if (process.stdout.writableLength > MAX_WAITING_BYTES) {
      dropped += 1;
      return;
    }
    if (dropped > 0) process.stdout.write(`${jsonLine({ at: Date.now(), event: "lines-dropped", lines: dropped })}\n`);
    dropped = 0;
    process.stdout.write(`${jsonLine(line)}\n`);
  };
  // A reader that went away (`| head -1`) has seen enough.
  process.stdout.on("error", () => void host.stop());
  const { self, lamport } = host.desk.view();
  print({
    at: Math.round(WALL_CLOCK_ORIGIN_MS + performance.now()),
    lamport,
    event: "listening",
    address: host.address,
    id: self.id,
    name: self.name,
    dataDirectory: host.directory,
  });
  for (const event of host.desk.events()) if (verbose || !event.routine) print(lineOf(event));
  host.desk.subscribe((event) => {
    if (verbose || !event.routine) print(lineOf(event));
  });
  await host.ended;
}

/** Wall-clock ms at which the monotonic clock began; taken once, so that lines keep the order of events. */
const WALL_CLOCK_ORIGIN_MS = performance.timeOrigin;

/** Notices that a line tells, at most; where there were more, its `count` is larger. */
const MOST_NOTICES = 16;

/** An event as programs read it: wall-clock ms, Lamport time, its kind as `event`, then what it tells. */
function lineOf({ now, lamport, event }: PeerEvent): object {
  const { kind, ...told } = shortened(event);
  return { at: Math.round(WALL_CLOCK_ORIGIN_MS + now), lamport, event: kind, ...told };
}

/** An event without what would be too much for a line: boards are asked for otherwise. */
function shortened(event: PeerEvent["event"]): object & { readonly kind: string } {
  if ("notices" in event) return Object.assign({}, event, { notices: event.notices.slice(0, MOST_NOTICES) });
  if (event.kind !== "job-answered") return event;
  return Object.assign({}, event, { request: withoutCells(event.request), answer: withoutCells(event.answer) });
}

function withoutCells(said: object): object {
  return Object.fromEntries(Object.entries(said).filter(([name]) => name !== "board" && name !== "band"));
}
