import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import { encodeMessage, MessageReceiver } from "../../peer/frames.ts";
import type { FaultyEffect, FaultyInput } from "../../peer/machine.ts";
import { lineOf } from "../../wire/client-answer.ts";
import { dialectOf } from "../../wire/dialect.ts";
import type { GossipDialect } from "../../wire/gossip-message.ts";
import { encodeTalk } from "../../wire/gossip-talk.ts";
import type { Network } from "../network/network.ts";
import type { Station, Wire } from "../network/station.ts";
import { CallerSession, encodeAnswers, roleIn } from "./caller-session.ts";
import { ClientSession } from "./client-session.ts";
import type { ObservedPeer, Observer } from "./observer.ts";
import { ProgramSession } from "./program-session.ts";
import type { Speech } from "./speech.ts";

/** A connection that has not said what it speaks by then is closed, as at a real front door; virtual ms. */
const SNIFF_TIMEOUT_MS = 5000;

/** Whose connections these are. */
export interface Owner extends Station, ObservedPeer {
  give(input: FaultyInput): void;
}

/** A connection of a peer. */
interface Connection {
  /** Who dialled, or was dialled. */
  readonly remote: Address;
  readonly stream: Wire;
  /** What is spoken on it; undefined until its first bytes tell. */
  speech: MessageReceiver | Speech | undefined;
  /** Of an accepted one, what has come until they did. */
  first: Buffer;
}

type Sent<Kind> = Extract<FaultyEffect, { kind: Kind }>;

/** The connections of one peer in virtual time: with peers, by frames, and with programs, in the dialects of those. */
export class Sockets {
  readonly #owner: Owner;
  readonly #network: Network;
  readonly #observers: readonly Observer[];
  readonly #dialect: GossipDialect;
  readonly #open = new Map<SessionId, Connection>();
  #lastAccepted = 0;

  /** @param dialect how peers of other makes number what they say */
  constructor(owner: Owner, network: Network, observers: readonly Observer[], dialect: GossipDialect) {
    this.#owner = owner;
    this.#dialect = dialect;
    this.#network = network;
    this.#observers = observers;
  }

  /** Somebody has connected; the number of the connection. */
  accept(from: Address, stream: Wire): SessionId {
    this.#lastAccepted += 2;
    const session = this.#lastAccepted;
    this.#open.set(session, { remote: from, stream, speech: undefined, first: Buffer.alloc(0) });
    this.#network.time.after(SNIFF_TIMEOUT_MS, () => {
      const connection = this.#open.get(session);
      if (connection?.stream === stream && connection.speech === undefined) this.close(session, "said nothing");
    });
    return session;
  }

  /** Opens a connection. */
  dial({ session, address, as }: Sent<"dial">): void {
    const stream = this.#network.connect(this.#owner, session, address);
    const speech = as === "link" ? new MessageReceiver(session) : new ProgramSession(this.#dialect);
    this.#open.set(session, { remote: address, stream, speech, first: Buffer.alloc(0) });
  }

  /** A connection stands. One that was accepted is nobody's before it has said what it speaks. */
  connected(session: SessionId, address: Address): void {
    const speech = this.#open.get(session)?.speech;
    if (speech !== undefined) this.#introduce(session, address, speech);
  }

  /** Bytes have come; `sent`: what they were before something damaged them, else null. */
  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void {
    const connection = this.#open.get(session);
    if (connection === undefined) return;
    if (connection.speech !== undefined) return this.#hear(session, connection, connection.speech, bytes, sent);
    connection.first = connection.first.length === 0 ? bytes : Buffer.concat([connection.first, bytes]);
    const dialect = dialectOf(connection.first);
    const role = dialect === "peer" ? roleIn(connection.first) : dialect;
    if (role === "undecided") return;
    const speech = this.#speechOf(role, session);
    if (speech === undefined) return this.close(session, "bad bytes");
    connection.speech = speech;
    this.#introduce(session, connection.remote, speech);
    // The peer may not have wanted it.
    if (this.#open.get(session) === connection) this.#hear(session, connection, speech, connection.first, sent);
  }

  /** A connection is gone, or could not be made. */
  disconnected(session: SessionId, reason: string): void {
    const speech = this.#open.get(session)?.speech;
    if (this.#open.delete(session) && speech !== undefined) this.#owner.give({ kind: "session-down", session, reason });
  }

  /** Sends a message on a link. */
  send(message: Sent<"message">): void {
    const stream = this.#open.get(message.session)?.stream;
    if (stream === undefined) return;
    const bytes = encodeMessage(message);
    for (const observer of this.#observers) observer.sent?.(this.#owner, { stream, message, bytes });
    stream.send(this.#owner, bytes);
  }

  /** Tells a program something. */
  tell({ session, said }: Sent<"program">): void {
    this.#open.get(session)?.stream.send(this.#owner, encodeTalk(said, this.#dialect));
  }

  /** Answers a client. */
  answer({ session, answers }: Sent<"client">): void {
    this.#open.get(session)?.stream.send(this.#owner, Buffer.from(answers.map(lineOf).join("")));
  }

  /** Answers a program that speaks frames. */
  answerCalls({ session, answers }: Sent<"answers">): void {
    this.#open.get(session)?.stream.send(this.#owner, encodeAnswers(answers));
  }

  /** Lets what a program says wait, or reads on. */
  read({ session, on }: Sent<"reading">): void {
    const connection = this.#open.get(session);
    const speech = connection?.speech;
    if (speech === undefined || speech instanceof MessageReceiver) return;
    speech.read(on);
    // What waited is heard when all that the peer has just asked for is done.
    if (on) this.#network.time.after(0, () => this.#listen(session, speech));
  }

  /** Closes a connection; the peer knows. */
  close(session: SessionId, reason: string): void {
    this.#open.get(session)?.stream.end(this.#owner, reason);
    this.#open.delete(session);
  }

  /** Breaks a connection from outside of the peer, which is told. */
  breakOff(session: SessionId, reason: string): void {
    const isOpen = this.#open.has(session);
    this.close(session, reason);
    if (isOpen) this.#owner.give({ kind: "session-down", session, reason });
  }

  /** The process has ended, and its connections with it. */
  reset(): void {
    for (const session of [...this.#open.keys()]) this.close(session, "connection reset");
  }

  #speechOf(
    dialect: ReturnType<typeof dialectOf> | ReturnType<typeof roleIn>,
    session: SessionId,
  ): MessageReceiver | Speech | undefined {
    if (dialect === "peer") return new MessageReceiver(session);
    if (dialect === "caller") return new CallerSession();
    if (dialect === "gossip") return new ProgramSession(this.#dialect);
    return dialect === "client" ? new ClientSession() : undefined;
  }

  #introduce(session: SessionId, address: Address, speech: MessageReceiver | Speech): void {
    const kind = speech instanceof MessageReceiver ? "session-up" : speech.opening;
    this.#owner.give({ kind, session, address });
  }

  #hear(
    session: SessionId,
    { stream, remote }: Connection,
    speech: MessageReceiver | Speech,
    bytes: Buffer,
    sent: Buffer | null,
  ): void {
    if (!(speech instanceof MessageReceiver)) {
      speech.push(bytes);
      return this.#listen(session, speech);
    }
    const inputs = speech.push(bytes);
    const { failure } = speech;
    for (const observer of this.#observers)
      observer.received?.(this.#owner, { session, stream, remote, bytes, sent, inputs, failure });
    for (const input of inputs) this.#owner.give(input);
    if (failure !== undefined) this.#refuse(session, failure);
  }

  /** Gives what a program has said, as far as it is to be read. */
  #listen(session: SessionId, speech: Speech): void {
    const isOpen = (): boolean => this.#open.get(session)?.speech === speech;
    while (isOpen()) {
      const input = speech.take(session);
      if (input === undefined) break;
      this.#owner.give(input);
    }
    if (speech.failure !== undefined && isOpen()) this.#refuse(session, speech.failure);
  }

  /** Nothing more can be made of what comes. */
  #refuse(session: SessionId, failure: string): void {
    if (!this.#open.has(session)) return;
    this.close(session, "bad bytes");
    this.#owner.give({ kind: "session-down", session, reason: failure });
  }
}
