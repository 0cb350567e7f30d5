/**
 * The guardian of a virtual address: a small process that listens there for the peer that forked it, hands every connection
 * over, and keeps none. It lets go by ending: when its lease ends, and when the channel to its peer does, because that has
 * told it so or is dead. So a peer that is stopped, or killed, holds the address no longer than its lease lasts.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type GuardianOrder, type GuardianReport, machineNow } from "./guardian-message.ts";

/** Connections that the peer has not taken over yet, at most: it may stand still. Further ones are reset. */
const MAX_ON_THEIR_WAY = 1024;

/** Lets go so much before the lease ends, ms: timers may be late by that. */
const EARLY_MS = 1;

let term = 0;
let until = Number.NEGATIVE_INFINITY;
let server: Server | null = null;
let isTimed = false;
let onTheirWay = 0;
/** Where to listen, as it was told last; null once it does so. */
let place: { readonly host: string; readonly port: number } | null = null;
let isSettling = false;

function tell(report: GuardianReport, socket?: Socket, done?: () => void): void {
  // Where the channel is gone, so is this process in a moment.
  if (process.connected) process.send?.(report, socket, {}, () => done?.());
}

function isOver(): boolean {
  return machineNow() >= until - EARLY_MS;
}

/** Ends when the lease does. It may have been extended by the time it was to end. */
function watch(): void {
  if (isOver()) process.exit(0);
  if (isTimed) return;
  isTimed = true;
  setTimeout(
    () => {
      isTimed = false;
      watch();
    },
    Math.max(0, until - EARLY_MS - machineNow()),
  );
}

function handOver(socket: Socket): void {
  // This process may have been late to be scheduled.
  if (isOver()) process.exit(0);
  if (onTheirWay >= MAX_ON_THEIR_WAY) {
    socket.resetAndDestroy();
    return;
  }
  onTheirWay += 1;
  tell({ kind: "connection", term }, socket, () => {
    onTheirWay -= 1;
  });
}

function listen(host: string, port: number): void {
  // What connections say is for the peer to read.
  const opened = createServer({ pauseOnConnect: true, allowHalfOpen: true }, handOver);
  server = opened;
  opened.on("error", (error: NodeJS.ErrnoException) => {
    server = null;
    tell({ kind: "refused", term, code: error.code ?? error.message });
  });
  opened.listen({ host, port, exclusive: true, backlog: 1024 }, () => tell({ kind: "held", term }));
}

/** Goes by the orders that have come so far: the lease may have been extended more than once while this process began. */
function settle(): void {
  isSettling = false;
  watch();
  if (place === null) return;
  const { host, port } = place;
  place = null;
  if (server === null) listen(host, port);
  else if (server.listening) tell({ kind: "held", term });
}

process.on("message", (order: GuardianOrder) => {
  if (order.kind === "extend" && order.term !== term) return;
  term = order.term;
  until = Math.max(until, order.until);
  if (order.kind === "hold") place = order;
  if (isSettling) return;
  isSettling = true;
  setImmediate(settle);
});
process.on("disconnect", () => process.exit(0));
process.title = "p2p-node guardian";
