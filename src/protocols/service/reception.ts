import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import { type Answer, failed, isQuery, type Operation, type Query, type Request } from "../../core/request.ts";
import type { Once } from "../../core/total-order.ts";
import { ClientLocks } from "./client-locks.ts";
import { Client } from "./clients.ts";
import type { ServiceSpeech } from "./message.ts";
import type { Origin } from "./work.ts";

/** Begins what a client asks for; `answer` is called once, when there is an outcome. */
type Begin = (request: Operation | Query, once: Once | null, origin: Origin, answer: (answer: Answer) => void) => void;

/** The clients at this peer: what they say is heard in its order, and answered in that order. */
export class Reception {
  readonly #peer: PeerId;
  readonly #effects: Effects<ServiceSpeech>;
  readonly #begin: Begin;
  readonly #clients = new Map<SessionId, Client>();
  /** Those to whom something has happened in this step. */
  readonly #touched = new Set<Client>();
  /** What they hold, or wait for. */
  readonly locks: ClientLocks;

  constructor(peer: PeerId, effects: Effects<ServiceSpeech>, begin: Begin) {
    this.#peer = peer;
    this.#effects = effects;
    this.#begin = begin;
    this.locks = new ClientLocks(effects);
  }

  /** How many there are. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Whether a lock is to be let go now. */
  get isDue(): boolean {
    for (const client of this.#touched) if (client.isToUnlock) return true;
    return false;
  }

  /** A client has come. */
  connect(connection: SessionId): void {
    this.#clients.set(connection, new Client(connection));
  }

  /** A client is gone. */
  disconnect(connection: SessionId): void {
    const client = this.#clients.get(connection);
    if (client !== undefined) this.#forget(client);
  }

  /** A client asks for something; what comes of it once nobody knows the client goes nowhere. */
  hear(connection: SessionId, requests: readonly Request[]): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    this.#touched.add(client);
    for (const request of requests) {
      // Whoever has said goodbye says nothing more.
      if (client.isLeaving) return;
      if (client.backlog !== null) client.backlog.push(request);
      else this.#serve(client, request);
    }
  }

  /** The lock of a ticket is lost: who held it is told so, and disconnected. */
  lose(ticket: number, name: string, because: string): void {
    const client = this.locks.revoked(ticket);
    if (client === undefined) return;
    // It may be taken for the answer to something else that was asked, of which nobody knows.
    client.lost = failed("lock-lost", `the lock ${name} is lost: ${because}`, false);
    this.#touched.add(client);
  }

  /** Lets locks go whose holders have all their answers, and hears what they said behind that. */
  settle(): void {
    for (const client of this.#touched) {
      while (client.isToUnlock && client.unlocking !== null) {
        const { name, answer } = client.unlocking;
        client.unlocking = null;
        answer(this.locks.unlock(client, name));
        this.#goOn(client);
      }
    }
  }

  /** Sends all answers that may go out. */
  flush(): void {
    if (this.#touched.size === 0) return;
    for (const client of this.#touched) this.#flush(client);
    this.#touched.clear();
  }

  #serve(client: Client, request: Request): void {
    const owed = client.owe();
    const answer = (answer: Answer): void => {
      owed(answer);
      this.#touched.add(client);
    };
    switch (request.kind) {
      case "ping":
        return answer({ kind: "pong", text: this.#peer });
      case "exit":
        client.isLeaving = true;
        return answer({ kind: "display", text: "goodbye" });
      case "unknown":
        return answer({ kind: "unknown" });
      case "malformed":
        return answer(failed("malformed", request.reason, true));
      case "do":
        return this.#serveOnce(client, request.sequence, request.request, answer);
      case "lock":
        client.backlog = [];
        return this.locks.lock(client, request.name, (given) => {
          answer(given);
          this.#goOn(client);
        });
      case "unlock":
        // What was asked while the lock was held is done before another gets it.
        client.backlog = [];
        client.unlocking = { name: request.name, answer };
        return;
      case "open-session":
      case "resume-session":
        client.backlog = [];
        return this.#begin(request, null, client.origin, (given) => {
          answer(given);
          this.#enterSession(client, given);
        });
      default:
        return this.#begin(request, null, client.origin, answer);
    }
  }

  #serveOnce(client: Client, sequence: number, request: Operation | Query, answer: (answer: Answer) => void): void {
    // A read may be done as often as one likes.
    if (isQuery(request)) return this.#begin(request, null, client.origin, answer);
    const { session } = client;
    if (session === null) return answer(failed("no-session", 'open a session first: {"Session":null}', true));
    this.#begin(request, { session, sequence }, client.origin, answer);
  }

  #enterSession(client: Client, answer: Answer): void {
    if (answer.kind === "session") client.session = answer.session;
    this.#goOn(client);
  }

  /** Hears what a client has said behind a request whose outcome is known now. */
  #goOn(client: Client): void {
    const backlog = client.backlog ?? [];
    client.backlog = null;
    this.hear(client.connection, backlog);
  }

  #flush(client: Client): void {
    const session = client.connection;
    if (this.#clients.get(session) !== client) return;
    const { lost } = client;
    const answers = lost === null ? client.take() : [...client.take(), lost];
    if (answers.length > 0) this.#effects.send({ session }, { kind: "answers", answers });
    if (lost === null && !(client.isLeaving && client.isServed)) return;
    this.#forget(client);
    this.#effects.add({ kind: "close", session, reason: lost === null ? "it said goodbye" : "it lost a lock" });
  }

  /** Nothing more is heard of a client. */
  #forget(client: Client): void {
    this.#clients.delete(client.connection);
    this.locks.release(client);
  }
}
