import type { Effects } from "../../core/effects.ts";
import { type Answer, type ErrorCode, failed } from "../../core/request.ts";
import type { Client } from "./clients.ts";
import type { ServiceSpeech } from "./message.ts";

/** Locks that one connection may hold or wait for. */
export const MAX_CONNECTION_LOCKS = 16;

/** A lock that a client holds or waits for. */
interface Wanted {
  readonly ticket: number;
  readonly name: string;
  readonly client: Client;
  /** Answers the client; null once it holds the lock. */
  answer: ((answer: Answer) => void) | null;
}

/** Locks that clients here hold or wait for: who gets them is not decided here, but by whoever hears of the tickets. */
export class ClientLocks {
  readonly #effects: Effects<ServiceSpeech>;
  readonly #byTicket = new Map<number, Wanted>();
  #lastTicket = 0;

  constructor(effects: Effects<ServiceSpeech>) {
    this.#effects = effects;
  }

  /** A client wants a lock; it is answered when it holds it. */
  lock(client: Client, name: string, answer: (answer: Answer) => void): void {
    if (this.#find(client, name) !== undefined) {
      return answer(failed("exists", `this connection holds the lock ${name} already`, true));
    }
    if (this.#of(client).length >= MAX_CONNECTION_LOCKS) {
      return answer(failed("full", `a connection holds ${MAX_CONNECTION_LOCKS} locks at most`, true));
    }
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    this.#byTicket.set(ticket, { ticket, name, client, answer });
    this.#effects.event({ kind: "lock-wanted", ticket, name });
  }

  /** A client lets a lock go; what to answer. */
  unlock(client: Client, name: string): Answer {
    const wanted = this.#find(client, name);
    if (wanted === undefined) return failed("not-found", `this connection does not hold the lock ${name}`, true);
    this.#drop(wanted);
    return { kind: "display", text: `unlocked ${name}` };
  }

  /** A client is gone, and holds nothing any more. */
  release(client: Client): void {
    for (const wanted of this.#of(client)) this.#drop(wanted);
  }

  /** The lock of a ticket is held. */
  granted(ticket: number, name: string, token: number): void {
    const wanted = this.#byTicket.get(ticket);
    // Whoever wanted it was gone before it came.
    if (wanted === undefined) return this.#effects.event({ kind: "unlock-wanted", ticket, name });
    wanted.answer?.({ kind: "locked", name, token });
    wanted.answer = null;
  }

  /** The lock of a ticket cannot be had. */
  refused(ticket: number, code: ErrorCode, because: string): void {
    const wanted = this.#byTicket.get(ticket);
    this.#byTicket.delete(ticket);
    wanted?.answer?.(failed(code, because, true));
  }

  /** The lock of a ticket is lost; the client that held it, if it is there still. */
  revoked(ticket: number): Client | undefined {
    const wanted = this.#byTicket.get(ticket);
    this.#byTicket.delete(ticket);
    return wanted?.client;
  }

  #drop({ ticket, name }: Wanted): void {
    this.#byTicket.delete(ticket);
    this.#effects.event({ kind: "unlock-wanted", ticket, name });
  }

  #find(client: Client, name: string): Wanted | undefined {
    return this.#of(client).find((wanted) => wanted.name === name);
  }

  #of(client: Client): readonly Wanted[] {
    return [...this.#byTicket.values()].filter((wanted) => wanted.client === client);
  }
}
