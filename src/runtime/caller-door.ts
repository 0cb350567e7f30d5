import type { Socket } from "node:net";
import { type Address, addressOf } from "../core/address.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Answers, Calls } from "../protocols/broker/message.ts";
import { Room } from "../wire/more.ts";
import { attend } from "./attend.ts";
import { Begun } from "./begun.ts";
import { CallerConnection, type Shared } from "./caller-connection.ts";
import { CALLER_LIMITS, type CallerLimits } from "./caller-limits.ts";
import type { Control } from "./control-queue.ts";
import type { Counters } from "./counters.ts";
import { endAll, endSoon } from "./end-soon.ts";
import type { SessionNumbers } from "./session-numbers.ts";

/** What happens on the connections of programs that speak frames, as a peer is told. */
export type CallerInput =
  | { readonly kind: "caller-up"; readonly session: SessionId; readonly address: Address }
  | ({ readonly session: SessionId } & Calls)
  | { readonly kind: "session-down"; readonly session: SessionId; readonly reason: string };

const ALWAYS = (): boolean => true;

/**
 * The TCP connections of programs that speak frames (wire document, section "The pool"): first a HELLO, which is not
 * answered, then requests, each answered by its ID in any order. Lines go to the desk whatever state the peer is in, a PING is
 * answered here at once, and all else that a chunk of bytes holds is given to the peer together, which hears of the
 * connection with the first of it. All answers that one turn writes to a connection leave by one system call.
 */
export class CallerDoor {
  readonly #give: (input: CallerInput) => void;
  readonly #counters: Counters;
  readonly #numbers: SessionNumbers;
  readonly #control: Control;
  readonly #shared: Shared;
  readonly #open = new Map<SessionId, CallerConnection>();
  readonly #unflushed = new Set<CallerConnection>();
  readonly #closing = new Set<Socket>();
  readonly #begun: Begun<CallerConnection>;
  #callers = 0;
  /** Whether all have asked as much as may be, and half of that has not been answered since. */
  #isFull = false;

  constructor(
    give: (input: CallerInput) => void,
    counters: Counters,
    numbers: SessionNumbers,
    control: Control,
    limits: Partial<CallerLimits> = {},
  ) {
    this.#give = give;
    this.#counters = counters;
    this.#numbers = numbers;
    this.#control = control;
    const all = { ...CALLER_LIMITS, ...limits };
    this.#shared = {
      limits: all,
      all: { asked: 0, waiting: 0, begun: 0 },
      room: new Room(all.maxAllBegunBytes),
      admit: (connection) => this.#admit(connection),
    };
    this.#begun = new Begun(all.messageTimeoutMs, (connection) => {
      this.#cut(connection, "callers.unfinished", "a message that does not end");
    });
  }

  /**
   * Takes over a connection, with the bytes that it has already said.
   *
   * @param mayWrite is asked before every write: where it says no, nothing is written and the connection is reset
   */
  accept(socket: Socket, first: Buffer, mayWrite: () => boolean = ALWAYS): void {
    if (this.#open.size - this.#callers >= this.#shared.limits.maxGuests) {
      this.#counters.add("callers.too-many");
      socket.resetAndDestroy();
      return;
    }
    this.#receive(this.#adopt(socket, mayWrite), first);
  }

  /** Queues answers, in any order; they leave with the next flush. */
  write(session: SessionId, answers: Answers["answers"]): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    for (const { requestId, answer } of answers) {
      if (!connection.answer(requestId, answer)) this.#counters.add("callers.unasked");
    }
    this.#unflushed.add(connection);
  }

  /** Lets what comes on a connection wait in the network, or reads on. */
  read(session: SessionId, on: boolean): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.isWanted = on;
    this.#unflushed.add(connection);
  }

  /** Sends what is queued, by a system call for each connection. */
  flush(): void {
    if (this.#unflushed.size === 0) return;
    const unflushed = [...this.#unflushed];
    this.#unflushed.clear();
    for (const connection of unflushed) this.#flush(connection);
    this.#weigh();
  }

  /** Closes in order once what was written has left; nothing more is heard or told of it. */
  close(session: SessionId): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    connection.isDismissed = true;
    this.#unflushed.add(connection);
  }

  /** Resets every connection to which nothing may be written any more. */
  resetForbidden(): void {
    for (const connection of [...this.#open.values()]) this.#resetIfForbidden(connection);
  }

  /** Ends every connection in order, and waits until they are gone, a second at most. */
  async closeAll(): Promise<void> {
    this.#begun.stop();
    await endAll([...this.#open.values()], this.#closing, (connection) => {
      connection.isDismissed = true;
      this.#flush(connection);
    });
  }

  #adopt(socket: Socket, mayWrite: () => boolean): CallerConnection {
    const host = socket.remoteAddress ?? "";
    const connection = new CallerConnection(
      this.#numbers.next(),
      socket,
      mayWrite,
      this.#controlFor(host),
      this.#shared,
    );
    connection.onLine = () => this.#flush(connection);
    this.#open.set(connection.session, connection);
    attend(socket, this.#shared.limits.guestTimeoutMs, {
      onData: (chunk) => this.#receive(connection, chunk),
      onDrain: () => this.#flush(connection),
      onEnd: () => this.#onEnd(connection),
      onQuiet: () => this.#onQuiet(connection),
      onLost: (reason) => this.#lose(connection, reason),
    });
    return connection;
  }

  /** Carries out the lines of those on a host, where they may. */
  #controlFor(host: string): Control["carryOut"] {
    const { accepts, carryOut } = this.#control;
    return async (request) => {
      if (accepts(host)) return carryOut(request);
      this.#counters.add("control.refused");
      return { ok: false, text: "refuses remote faults", undo: "" };
    };
  }

  /** Something is asked of the pool on a connection for the first time; whether there is room. */
  #admit(connection: CallerConnection): boolean {
    const { maxCallers, stallTimeoutMs } = this.#shared.limits;
    if (this.#callers >= maxCallers) return false;
    this.#callers += 1;
    connection.socket.setTimeout(stallTimeoutMs);
    return true;
  }

  #receive(connection: CallerConnection, chunk: Buffer): void {
    if (!this.#isOpen(connection)) return;
    connection.push(chunk);
    this.#hear(connection);
  }

  /** The program says no more: all that it asked is still answered. */
  #onEnd(connection: CallerConnection): void {
    if (!this.#isOpen(connection)) return;
    connection.end();
    this.#hear(connection);
  }

  /** Nothing has come and nothing has left for a while. */
  #onQuiet(connection: CallerConnection): void {
    const { held, isCaller, control } = connection;
    if (held.waiting > 0) this.#cut(connection, "callers.too-slow", "takes nothing");
    else if (!isCaller && !control.isBusy) this.#cut(connection, "callers.silent", "asks nothing");
  }

  /** Hears what has come, as far as may be, and gives it to the peer. */
  #hear(connection: CallerConnection): void {
    const before = connection.heard;
    const calls = connection.hear(!this.#isFull);
    if (calls.length > 0) this.#call(connection, calls);
    if (!this.#isOpen(connection)) return;
    if (connection.failure !== undefined) return this.#refuse(connection, connection.failure);
    this.#begun.note(connection, connection.heard > before);
    this.#isFull ||= this.#shared.all.asked >= this.#shared.limits.maxAllAskedBytes;
    this.#unflushed.add(connection);
    // The peer has answered most of it by then: its own flush comes first.
    queueMicrotask(() => this.flush());
  }

  #call(connection: CallerConnection, calls: Calls["calls"]): void {
    const { session, socket, isKnown } = connection;
    const address = addressOf(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    if (!isKnown && address === undefined) return this.#lose(connection, "closed");
    connection.isKnown = true;
    if (!isKnown && address !== undefined) this.#give({ kind: "caller-up", session, address });
    this.#give({ kind: "calls", session, calls });
  }

  #flush(connection: CallerConnection): void {
    if (!this.#isOpen(connection)) return;
    if (connection.hasToSay && this.#resetIfForbidden(connection)) return;
    connection.send();
    if (this.#hasTooMuch(connection)) return this.#cut(connection, "callers.too-slow", "takes its answers too slowly");
    this.#steer(connection);
    this.#endIfOver(connection);
  }

  /** Goes on with what has come and was not heard, and reads more where there is room for it. */
  #steer(connection: CallerConnection): void {
    const isListenedTo = connection.isListenedTo && !this.#isFull;
    if (isListenedTo && connection.hasNews) this.#hear(connection);
    if (isListenedTo && connection.isListenedTo) connection.socket.resume();
    else connection.socket.pause();
  }

  /** Hears everybody again when half of what all had asked is answered. */
  #weigh(): void {
    const { all, limits } = this.#shared;
    if (!this.#isFull || all.asked > limits.maxAllAskedBytes / 2) return;
    this.#isFull = false;
    for (const connection of [...this.#open.values()]) this.#steer(connection);
  }

  /** Whether too much waits for it, or for all and more than its share of it for this one. */
  #hasTooMuch({ held }: CallerConnection): boolean {
    const { all, limits } = this.#shared;
    if (held.waiting > limits.maxWaitingBytes) return true;
    return all.waiting > limits.maxAllWaitingBytes && held.waiting > limits.maxAllWaitingBytes / this.#open.size;
  }

  /** Resets a connection to which nothing may be written; whether it was. */
  #resetIfForbidden(connection: CallerConnection): boolean {
    if (connection.mayWrite()) return false;
    this.#counters.add("callers.forbidden");
    connection.socket.resetAndDestroy();
    this.#lose(connection, "nothing may be written to it any more");
    return true;
  }

  /** Says why, and ends a connection on which something has come that cannot be. */
  #refuse(connection: CallerConnection, failure: NonNullable<CallerConnection["failure"]>): void {
    this.#counters.add("frames.refused");
    if (this.#resetIfForbidden(connection)) return;
    connection.sayFailure(failure);
    connection.send();
    endSoon(connection.socket, this.#closing, this.#shared.limits.closeTimeoutMs);
    this.#lose(connection, failure.text);
  }

  /** Ends a connection of which nothing more comes, once its program has all answers. */
  #endIfOver(connection: CallerConnection): void {
    const { over, isDismissed, isServed } = connection;
    if (!this.#isOpen(connection) || !isServed || (over === undefined && !isDismissed)) return;
    endSoon(connection.socket, this.#closing, this.#shared.limits.closeTimeoutMs);
    this.#lose(connection, over ?? "closed");
  }

  #cut(connection: CallerConnection, counter: string, reason: string): void {
    if (!this.#isOpen(connection)) return;
    this.#counters.add(counter);
    connection.socket.destroy();
    this.#lose(connection, reason);
  }

  /** Nothing comes from it or goes to it any more; tells so once, if the peer knows it. */
  #lose(connection: CallerConnection, reason: string): void {
    if (!this.#isOpen(connection)) return;
    const { session, isKnown, isDismissed, isCaller } = connection;
    connection.release();
    this.#begun.forget(connection);
    this.#unflushed.delete(connection);
    this.#open.delete(session);
    if (isCaller) this.#callers -= 1;
    if (isKnown && !isDismissed) this.#give({ kind: "session-down", session, reason });
    this.#weigh();
  }

  #isOpen(connection: CallerConnection): boolean {
    return this.#open.get(connection.session) === connection;
  }
}
