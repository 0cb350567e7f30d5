import type { Address } from "../../core/address.ts";
import type { Effects } from "../../core/effects.ts";
import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import { composeHello, type Introduction, type Objection } from "./greeting.ts";
import { MAX_DIALS, MAX_SESSIONS } from "./limits.ts";
import { type LinkSpeech, REFUSAL } from "./message.ts";
import type { Stamp } from "./survivor.ts";

/** What our HELLO on a connection said. */
type Told = Stamp & { readonly cluster: ClusterId };

/** One connection. */
export interface Connection {
  readonly session: SessionId;
  /** The address that was dialled, or the one that it came from. */
  readonly remote: Address;
  readonly dialledBy: "us" | "them";
  /** Before both HELLOs; the link of a pair; a duplicate that is listened to until the other side ends it too. */
  stage: "greeting" | "linked" | "retired";
  /** The HELLO, the end, or (abandoned) the survivor must have come by then. */
  deadline: number;
  /** The other side has said its last word on it, for another connection survives; we have not seen that one yet. */
  abandoned: boolean;
  /** Null before our HELLO. */
  told: Told | null;
  /** Who is at the other end; null before its HELLO. */
  peer: PeerId | null;
}

/** The connections that are known, and what is said on them by us. */
export class Connections {
  readonly #effects: Effects<LinkSpeech>;
  readonly #helloTimeoutMs: number;
  readonly #known = new Map<SessionId, Connection>();
  #dials = 0;

  constructor(effects: Effects<LinkSpeech>, helloTimeoutMs: number) {
    this.#effects = effects;
    this.#helloTimeoutMs = helloTimeoutMs;
  }

  get(session: SessionId): Connection | undefined {
    return this.#known.get(session);
  }

  all(): IterableIterator<Connection> {
    return this.#known.values();
  }

  /** Whether one more may be dialled. */
  get roomToDial(): boolean {
    return this.#known.size < MAX_SESSIONS;
  }

  /** Whether one more may be accepted; some are kept for dials, so that strangers cannot shut us in. */
  get roomToAccept(): boolean {
    return this.#known.size < MAX_SESSIONS - MAX_DIALS;
  }

  /** The connection that has been accepted longest ago and whose HELLO has not come; undefined for none. */
  get oldestStranger(): Connection | undefined {
    for (const connection of this.#known.values()) {
      if (connection.dialledBy === "them" && connection.peer === null) return connection;
    }
    return undefined;
  }

  /** The earliest deadline; Infinity for none. */
  get deadline(): number {
    let earliest = Infinity;
    for (const { deadline } of this.#known.values()) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  /** Dials, and says HELLO on it at once. */
  dial(remote: Address, self: Introduction, now: number): SessionId {
    this.#dials += 1;
    const session = 2 * this.#dials - 1;
    this.#effects.add({ kind: "dial", session, address: remote });
    this.sayHello(this.#know(session, remote, "us", now), self);
    return session;
  }

  /** Knows one that was accepted, and awaits its HELLO. */
  accept(session: SessionId, remote: Address, now: number): void {
    this.#know(session, remote, "them", now);
  }

  /** Refuses one that was accepted, unheard. */
  turnAway(session: SessionId, why: Objection): void {
    this.sayError(session, why);
    this.#effects.add({ kind: "close", session, reason: why.text });
  }

  /** One is gone. */
  forget(session: SessionId): void {
    this.#known.delete(session);
  }

  close(connection: Connection, reason: string): void {
    this.forget(connection.session);
    this.#effects.add({ kind: "close", session: connection.session, reason });
  }

  closeAllOf(peer: PeerId, reason: string): void {
    for (const connection of this.#known.values()) if (connection.peer === peer) this.close(connection, reason);
  }

  /** Starts the wait for what must come next. */
  startWait(connection: Connection, now: number): void {
    connection.deadline = now + this.#helloTimeoutMs;
  }

  /** Starts every wait anew. */
  restartWaits(now: number): void {
    for (const connection of this.#known.values())
      if (connection.deadline !== Infinity) this.startWait(connection, now);
  }

  sayHello(connection: Connection, self: Introduction): Told {
    const told = { incarnation: self.incarnation, dials: this.#dials, cluster: self.cluster };
    connection.told = told;
    this.#effects.send({ session: connection.session }, composeHello(self, this.#dials));
    return told;
  }

  sayError(session: SessionId, { reason, text }: Objection): void {
    this.#effects.send({ session }, { kind: "error", code: REFUSAL[reason], text });
  }

  /** Says our last word on a duplicate, and goes on listening until the other side has said its own. */
  retire(connection: Connection, now: number): void {
    this.sayError(connection.session, { reason: "duplicate", text: "another link survives" });
    connection.stage = "retired";
    this.startWait(connection, now);
    if (connection.abandoned) this.close(connection, "another link survives");
  }

  #know(session: SessionId, remote: Address, dialledBy: "us" | "them", now: number): Connection {
    const connection: Connection = {
      session,
      remote,
      dialledBy,
      stage: "greeting",
      deadline: now + this.#helloTimeoutMs,
      abandoned: false,
      told: null,
      peer: null,
    };
    this.#known.set(session, connection);
    return connection;
  }
}
