/**
 * The guardian of a virtual address: a small process that listens there for the peer that forked it, and hands every
 * connection over. It lets go when its lease ends, and when the channel to its peer does, because that has told it so or is
 * dead. So a peer that is stopped, or killed, holds the address no longer than its lease lasts. Of each connection it keeps a
 * second handle, which it never reads: with that it shuts them all as it lets go, so whoever is at the other end knows at
 * once, and what a stopped peer writes when it goes on is refused by the system.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type GuardianOrder, type GuardianReport, machineNow } from "./guardian-message.ts";

/** Connections that the peer has not taken over yet, at most: it may stand still. Further ones are reset. */
const MAX_ON_THEIR_WAY = 1024;

/** Lets go so much before the lease ends, ms: timers may be late by that. */
const EARLY_MS = 1;

/** As it lets go, so long is enough for the system to be told of every connection, ms. */
const SHUT_MS = 20;

let term = 0;
let until = Number.NEGATIVE_INFINITY;
let server: Server | null = null;
let isTimed = false;
let onTheirWay = 0;
/** Connections that were handed over and are not over, by number. */
const visitors = new Map<number, Socket>();
let lastVisitor = 0;
let isLettingGo = false;
/** Where to listen, as it was told last; null once it does so. */
let place: { readonly host: string; readonly port: number } | null = null;
let isSettling = false;

function tell(report: GuardianReport, socket?: Socket, done?: () => void): void {
  // Where the channel is gone, so is this process in a moment.
  if (process.connected) process.send?.(report, socket, { keepOpen: true }, () => done?.());
}

/** Listens no more, says on every connection that this was all, and ends. */
function letGo(): void {
  if (isLettingGo) return;
  isLettingGo = true;
  server?.close();
  for (const socket of visitors.values()) socket.end();
  // The system is told in the turn that comes.
  setTimeout(() => process.exit(0), SHUT_MS);
}

function isOver(): boolean {
  return machineNow() >= until - EARLY_MS;
}

/** Ends when the lease does. It may have been extended by the time it was to end. */
function watch(): void {
  if (isOver()) return letGo();
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
  if (isOver()) letGo();
  if (isLettingGo || onTheirWay >= MAX_ON_THEIR_WAY) {
    socket.resetAndDestroy();
    return;
  }
  onTheirWay += 1;
  lastVisitor += 1;
  visitors.set(lastVisitor, socket);
  // What goes wrong on it is the peer's to see.
  socket.on("error", () => {});
  tell({ kind: "connection", term, visitor: lastVisitor }, socket, () => {
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
  if (place === null || isLettingGo) return;
  const { host, port } = place;
  place = null;
  if (server === null) listen(host, port);
  else if (server.listening) tell({ kind: "held", term });
}

process.on("message", (order: GuardianOrder) => {
  if (order.kind === "gone") {
    visitors.get(order.visitor)?.destroy();
    visitors.delete(order.visitor);
    return;
  }
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
