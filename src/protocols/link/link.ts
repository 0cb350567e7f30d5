/**
 * Links: at most one connection between two peers, kept up by redialling.
 *
 * Source: the wire document, section 3.1, and the design, section 2.
 *
 * | message | sender       | effect at the receiver                                                             |
 * | ------- | ------------ | ---------------------------------------------------------------------------------- |
 * | HELLO   | who dialled  | HELLO in answer, and the link stands or is a duplicate; or ERROR, and the end      |
 * | HELLO   | who accepted | the link stands or is a duplicate; or ERROR, and the end                           |
 * | PING    | either       | PONG                                                                               |
 * | PONG    | either       | the other side lives                                                               |
 * | ERROR   | either       | `duplicate`: the sender says no more here; anything else: refused, or the link ends |
 *
 * Of two connections between two peers both sides choose the same survivor (survivor.ts). Who finds a duplicate says
 * ERROR `duplicate` on it as its last word and goes on listening until the other side has said the same, so nothing
 * that was sent is lost, and the link is up throughout. Who hears `duplicate` on the connection that it uses goes on
 * using it until the survivor shows: HELLOs on two connections may overtake each other.
 *
 * Safety: while no connection breaks, both sides end with the same one; `link-established` and `link-lost` alternate
 * for each peer.
 *
 * Departures: the document's rule (the one dialled by the smaller ID survives) is for connections that crossed. One
 * that was dialled later replaces what its dialler has lost already, whoever dialled it.
 */
import type { Address } from "../../core/address.ts";
import { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol, SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { type Connection, Connections } from "./connections.ts";
import { clustersDiffer, type Introduction, isYielding, type Objection, objectionTo } from "./greeting.ts";
import { MAX_LINKS, MAX_WANTED } from "./limits.ts";
import type { Hello, LinkMessage, LinkSpeech, RefusalReason } from "./message.ts";
import { type Link, Pairs } from "./pairs.ts";
import type { Redial } from "./redial.ts";
import { cut, Refusals, reasonOf } from "./refusals.ts";
import { Wanted } from "./wanted.ts";

type Command = LinkSpeech["command"];
type ErrorMessage = Extract<LinkMessage, { readonly kind: "error" }>;
type Goodbye = "leaving" | "stopping";

const FAREWELL: Readonly<Record<Goodbye, Objection>> = {
  leaving: { reason: "leaving", text: "goodbye" },
  stopping: { reason: "stopping", text: "goodbye for now" },
};

/** The machine of links; see the head of this file. */
export class LinkMachine implements Protocol<LinkSpeech> {
  readonly #helloTimeoutMs: number;
  readonly #effects = new Effects<LinkSpeech>();
  readonly #connections: Connections;
  readonly #pairs: Pairs;
  readonly #wanted: Wanted;
  readonly #refusals = new Refusals();
  #self: Introduction;
  #left: Goodbye | null = null;
  #deadline = Infinity;

  constructor(options: LinkSpeech["options"], random: Random) {
    const { peer, address, name, cluster, incarnation, reads, modes, vip } = options;
    this.#self = { peer, address, name, cluster, incarnation, yielding: false, reads, modes, vip };
    this.#helloTimeoutMs = options.helloTimeoutMs;
    this.#connections = new Connections(this.#effects, options.helloTimeoutMs);
    this.#pairs = new Pairs(peer, this.#effects, this.#connections, options.pingIntervalMs);
    this.#wanted = new Wanted(options, random);
  }

  get deadline(): number {
    return this.#deadline;
  }

  step(input: Input<LinkSpeech>, now: number): readonly Effect<LinkSpeech>[] {
    this.#take(input, now);
    this.#dialDue(now);
    const dialDeadline = this.#connections.roomToDial ? this.#wanted.deadline : Infinity;
    this.#deadline = Math.min(dialDeadline, this.#connections.deadline, this.#pairs.deadline);
    return this.#effects.take();
  }

  view(): LinkSpeech["view"] {
    return { links: this.#pairs.views(), dialling: this.#wanted.dialling(), refused: this.#refusals.count };
  }

  checkpoint(): readonly never[] {
    return [];
  }

  #take(input: Input<LinkSpeech>, now: number): void {
    switch (input.kind) {
      case "message":
        if ("session" in input.from) this.#hear(input.from.session, input.message, now);
        break;
      case "session":
        if (input.up) this.#connected(input.session, input.address, now);
        else this.#disconnected(input.session, cut(input.reason), now);
        break;
      case "command":
        this.#obey(input.command, now);
        break;
      case "resumed":
        this.#connections.restartWaits(now);
        for (const link of this.#pairs.all()) link.pulse.restart(now);
        break;
      case "timeout":
        this.#expire(now);
        break;
      default:
        // It saves nothing, and the ups and downs of links are its own news.
        break;
    }
  }

  // Commands

  #obey(command: Command, now: number): void {
    switch (command.kind) {
      case "connect":
        this.#want(command.address, now);
        break;
      case "redial":
        this.#wanted.get(command.address)?.hurry(now);
        break;
      case "disconnect":
        this.#unwant(command.address, command.reason, now);
        break;
      case "restart":
        this.#restart(command.peer, now);
        break;
      case "introduce":
        this.#introduce(command, now);
        break;
      case "leave":
        this.#leave(command.reason, now);
        break;
    }
  }

  #want(address: Address, now: number): void {
    if (this.#left !== null || address === this.#self.address || this.#wanted.get(address) !== undefined) return;
    const redial = this.#wanted.add(address, now);
    if (redial === undefined) {
      const reason = `${MAX_WANTED} addresses are wanted already`;
      this.#effects.event({ kind: "dial-failed", address, reason, attempts: 0 });
      return;
    }
    const link = this.#pairs.at(address);
    if (link !== undefined) redial.linked(link.peer);
  }

  #unwant(address: Address, reason: RefusalReason, now: number): void {
    const redial = this.#wanted.get(address);
    this.#wanted.remove(address);
    const text = "not wanted any more";
    const dialled = redial?.session == null ? undefined : this.#connections.get(redial.session);
    if (dialled !== undefined) this.#connections.close(dialled, text);
    // A peer that was found there may have moved: a link to where it listens now stays.
    const link = this.#pairs.at(address) ?? this.#pairs.dialledAt(address);
    if (link !== undefined) this.#end(link, { reason, text }, now);
  }

  #restart(peer: PeerId, now: number): void {
    const link = this.#pairs.with(peer);
    if (link !== undefined) this.#end(link, { reason: "disordered", text: "a message was lost or overtaken" }, now);
  }

  #introduce(told: Extract<Command, { readonly kind: "introduce" }>, now: number): void {
    const { cluster, incarnation, yielding } = told;
    this.#self = { ...this.#self, cluster, incarnation, yielding };
    for (const link of this.#pairs.all()) {
      if (!clustersDiffer(cluster, link.cluster)) continue;
      const text = `we belong to cluster ${cluster} now, you to ${link.cluster}`;
      this.#end(link, { reason: "other-cluster", text }, now);
    }
  }

  #leave(reason: Goodbye, now: number): void {
    this.#left = reason;
    this.#wanted.clear();
    for (const connection of this.#connections.all()) {
      // On a retired one the last word was said.
      if (connection.stage !== "retired") this.#connections.sayError(connection.session, FAREWELL[reason]);
      this.#connections.close(connection, reason);
    }
    for (const link of this.#pairs.all()) this.#drop(link, `we are ${reason}`, now);
  }

  // Connections

  #dialDue(now: number): void {
    while (this.#connections.roomToDial) {
      const redial = this.#wanted.due(now);
      if (redial === undefined) return;
      redial.dialled(this.#connections.dial(redial.address, this.#self, now));
    }
  }

  #connected(session: SessionId, remote: Address, now: number): void {
    // A dialled one is known since it was dialled, and its HELLO is on its way.
    if (session % 2 === 1 || this.#connections.get(session) !== undefined) return;
    if (this.#left === null && this.#makeRoom()) {
      this.#connections.accept(session, remote, now);
      return;
    }
    this.#refusals.add();
    const full: Objection = { reason: "full", text: "too many connections" };
    this.#connections.turnAway(session, this.#left === null ? full : FAREWELL[this.#left]);
  }

  /** Whether one more may be accepted: a peer says HELLO at once, so the oldest that has not makes room. */
  #makeRoom(): boolean {
    if (this.#connections.roomToAccept) return true;
    const stranger = this.#connections.oldestStranger;
    if (stranger === undefined) return false;
    this.#refusals.add();
    this.#connections.close(stranger, "no HELLO, and others wait");
    return true;
  }

  #disconnected(session: SessionId, reason: string, now: number): void {
    const connection = this.#connections.get(session);
    if (connection === undefined) return;
    this.#connections.forget(session);
    const link = this.#pairs.over(connection);
    if (link !== undefined) this.#drop(link, reason, now);
    else this.#dialFailed(connection, reason, now);
  }

  /** A dial came to nothing; told the first time and every tenth, for it is tried again and again. */
  #dialFailed(connection: Connection, reason: string, now: number): void {
    const redial = this.#giveUpDial(connection, now);
    if (redial === undefined || (redial.failures !== 1 && redial.failures % 10 !== 0)) return;
    this.#effects.event({ kind: "dial-failed", address: redial.address, reason, attempts: redial.failures });
  }

  /** Plans the next dial to the same address and answers that; undefined where none is needed. */
  #giveUpDial(connection: Connection, now: number): Redial | undefined {
    const redial = this.#wanted.get(connection.remote);
    if (redial?.session !== connection.session) return undefined;
    const link = this.#pairs.at(redial.address);
    if (link === undefined) {
      redial.failed(now);
      return redial;
    }
    redial.linked(link.peer);
    return undefined;
  }

  // Messages

  #hear(session: SessionId, message: LinkMessage, now: number): void {
    const connection = this.#connections.get(session);
    if (connection === undefined) return;
    const link = this.#pairs.over(connection);
    if (link !== undefined) this.#hearOnLink(link, message, now);
    else if (connection.stage === "retired") this.#hearOnRetired(connection, message);
    else if (message.kind === "hello") this.#greet(connection, message, now);
    else if (message.kind === "error" && connection.dialledBy === "us") this.#refused(connection, message, now);
    else this.#outOfTurn(connection, message, now);
  }

  #hearOnLink(link: Link, message: LinkMessage, now: number): void {
    const { session } = link.connection;
    switch (message.kind) {
      case "ping":
        this.#effects.send({ session }, { kind: "pong", requestId: message.requestId });
        break;
      case "pong":
        link.pulse.answered(message.requestId);
        break;
      case "hello":
        this.#end(link, { reason: "malformed", text: "HELLO was said before" }, now);
        break;
      case "error":
        this.#hearError(link, message, now);
        break;
    }
  }

  #hearError(link: Link, error: ErrorMessage, now: number): void {
    const reason = reasonOf(error.code);
    if (reason === "duplicate") {
      if (!link.connection.abandoned) this.#connections.startWait(link.connection, now);
      link.connection.abandoned = true;
      return;
    }
    const goodbye = reason === "leaving" || reason === "stopping" ? reason : null;
    const word = reason === "unknown" ? `unknown code ${error.code}` : reason;
    this.#drop(link, `${word}: ${cut(error.text)}`, now, goodbye);
  }

  #hearOnRetired(connection: Connection, message: LinkMessage): void {
    if (message.kind === "error") this.#connections.close(connection, "another link survives");
  }

  #refused(connection: Connection, error: ErrorMessage, now: number): void {
    const reason = reasonOf(error.code);
    this.#connections.close(connection, "refused");
    if (reason === "leaving" || reason === "self") this.#wanted.remove(connection.remote);
    this.#giveUpDial(connection, now);
    if (reason !== "duplicate") this.#tellRefusal(connection.remote, "them", reason, cut(error.text));
  }

  #outOfTurn(connection: Connection, message: LinkMessage, now: number): void {
    const reason = `${message.kind} before HELLO`;
    this.#refusals.add();
    this.#connections.close(connection, reason);
    this.#dialFailed(connection, reason, now);
  }

  #greet(connection: Connection, hello: Hello, now: number): void {
    const objection = this.#objectionTo(connection, hello);
    if (objection !== undefined) {
      this.#refuse(connection, hello, objection, now);
      return;
    }
    const told = connection.told ?? this.#connections.sayHello(connection, this.#self);
    this.#pairs.settle(connection, hello, told, now);
    this.#noteFound(connection, hello);
  }

  #objectionTo(connection: Connection, hello: Hello): Objection | undefined {
    const objection = objectionTo(hello, this.#self, connection.told?.cluster ?? this.#self.cluster);
    if (objection !== undefined) return objection;
    const room = this.#pairs.size < MAX_LINKS || this.#pairs.with(hello.peer) !== undefined;
    return room ? undefined : { reason: "full", text: `${MAX_LINKS} links are enough` };
  }

  /** A peer was found where we dialled, and where it says that it listens. */
  #noteFound({ session, remote }: Connection, { peer, address }: Hello): void {
    const dialled = this.#wanted.get(remote);
    if (dialled?.session === session) dialled.linked(peer);
    const advertised = this.#wanted.get(address);
    if (advertised?.dialling === false) advertised.linked(peer);
    this.#refusals.forget(remote);
    this.#refusals.forget(address);
  }

  #refuse(connection: Connection, hello: Hello, objection: Objection, now: number): void {
    const { reason, text } = objection;
    const ours = connection.dialledBy === "us";
    if (reason === "other-cluster") {
      // Both sides are to know both clusters, so the refused one hears our HELLO all the same.
      if (!ours) this.#connections.sayHello(connection, this.#self);
      this.#tellOtherCluster(hello);
    }
    this.#connections.sayError(connection.session, objection);
    this.#connections.close(connection, text);
    if (ours && reason === "self") this.#wanted.remove(connection.remote);
    this.#giveUpDial(connection, now);
    this.#tellRefusal(ours ? connection.remote : hello.address, "us", reason, text);
  }

  #tellOtherCluster({ peer, address, cluster, ...hello }: Hello): void {
    // When we have just moved to its cluster there is nothing to tell: the next dial succeeds.
    if (cluster === this.#self.cluster) return;
    const yielding = isYielding(hello);
    this.#effects.event({ kind: "other-cluster-met", peer, address, cluster, yielding });
  }

  #tellRefusal(address: Address, by: "us" | "them", reason: RefusalReason | "unknown", text: string): void {
    const refused = { kind: "link-refused", address, by, reason, text } as const;
    if (this.#refusals.isNews(refused)) this.#effects.event(refused);
  }

  // Ends of links

  #end(link: Link, why: Objection, now: number): void {
    this.#connections.sayError(link.connection.session, why);
    this.#drop(link, `${why.reason}: ${why.text}`, now);
  }

  #drop(link: Link, reason: string, now: number, goodbye: Goodbye | null = null): void {
    this.#pairs.drop(link, reason, goodbye);
    for (const redial of this.#wanted.of(link.peer)) {
      if (goodbye === "leaving") this.#wanted.remove(redial.address);
      else redial.lost(now, now - link.since);
    }
  }

  // Time

  #expire(now: number): void {
    for (const connection of this.#connections.all()) {
      if (connection.deadline <= now) this.#overdue(connection, now);
    }
    for (const link of this.#pairs.all()) {
      if (link.pulse.deadline <= now) this.#beat(link, now);
    }
  }

  #overdue(connection: Connection, now: number): void {
    const link = this.#pairs.over(connection);
    if (link !== undefined) {
      this.#drop(link, "given up by the other side for another link, which never came", now);
      return;
    }
    const missing = connection.stage === "greeting" ? "HELLO" : "end of a duplicate";
    const reason = `no ${missing} within ${this.#helloTimeoutMs} ms`;
    this.#connections.close(connection, reason);
    this.#dialFailed(connection, reason, now);
  }

  #beat(link: Link, now: number): void {
    const requestId = link.pulse.beat(now);
    if (requestId === undefined) this.#drop(link, "silent", now);
    else this.#effects.send({ session: link.connection.session }, { kind: "ping", requestId });
  }
}
