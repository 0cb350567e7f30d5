import type { Address } from "../core/address.ts";
import { DeadlineQueue } from "../core/deadline-queue.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import type { ActiveFault, Delivery, FaultTarget, Traffic } from "../faults/fault.ts";
import type { FaultCommand } from "../faults/message.ts";
import { Verdicts } from "../faults/verdicts.ts";
import {
  damageOf,
  END,
  isHello,
  linkOf,
  type MessageEffect,
  type MessageInput,
  messageTraffic,
  PACKET,
} from "./link-traffic.ts";
import type { PeerEffect, PeerInput } from "./machine.ts";

/** Things under way at a time; one more is lost. */
const MAX_TRAVELLING = 100_000;

type SetCommand = Extract<FaultCommand, { kind: "set" }>;

/** Who is at either side of a faulty network. */
export interface Ends {
  toPeer(input: PeerInput): void;
  toTransport(effect: PeerEffect): void;
  /** Who is known to be at an address. */
  peerAt(address: Address): PeerId | undefined;
}

/** A connection as the transport has it. */
interface Connection {
  /** Who is at the other end: who was dialled or, as soon as it was said, who said HELLO. */
  peer: PeerId | null;
  /** A program is there, or a peer of another make: link faults are not for it. */
  readonly isProgram: boolean;
  /** The peer has closed it: what still comes is nobody's, and it closes when all that was sent has left. */
  isClosed: boolean;
  /** A dial that a cut keeps from leaving, and what was said on it. */
  dial: PeerEffect[] | null;
  /** What else a cut holds back: a HELLO, or an end. */
  heldBack: (() => void) | null;
}

interface Travelling {
  readonly traffic: Traffic;
  readonly at: number;
  readonly arrive: () => void;
}

/**
 * What lies between a peer and its transport: the verdicts on what passes, what they have delayed, and the connections.
 *
 * On connections whole messages are judged, from HELLO on; HELLO itself only meets cuts, as do dials and ends: a cut
 * holds them back until it is over, as a network does by sending again. What is said between is lost, and the sequence
 * numbers of the link show the gap. When the fault that delayed something ends, that arrives at once and in order.
 *
 * Nothing is judged on the connections of programs, which are no links; but they end with the peer, as all do.
 */
export class FaultyNetwork {
  readonly #verdicts: Verdicts;
  readonly #random: Random;
  readonly #ends: Ends;
  readonly #connections = new Map<SessionId, Connection>();
  readonly #travelling = new DeadlineQueue<Travelling>();
  /** How much is under way on each link and way: nothing overtakes it, though it were due later. */
  readonly #onLinks = new Map<string, number>();

  constructor(random: Random, ends: Ends) {
    this.#verdicts = new Verdicts(random.fork());
    this.#random = random;
    this.#ends = ends;
  }

  /** Whether all that comes passes as it is. */
  get isQuiet(): boolean {
    return this.#verdicts.isQuiet && this.#travelling.size === 0;
  }

  /** Real monotonic ms at which something arrives or a fault ends; Infinity for never. */
  get deadline(): number {
    return Math.min(this.#verdicts.deadline, this.#travelling.earliest);
  }

  /** The faults in force, in the order in which they were set. */
  get faults(): readonly ActiveFault[] {
    return this.#verdicts.active;
  }

  /** Sets a fault on every target or, where there is no room for all, on none; those set. */
  set({ fault, targets, direction, by, forMs }: SetCommand, now: number): readonly ActiveFault[] {
    if (targets.length > this.#verdicts.room) return [];
    const until = forMs === null ? Number.POSITIVE_INFINITY : now + forMs;
    return targets.flatMap((target) => this.#verdicts.set(fault, { target, direction, by }, now, until) ?? []);
  }

  /** Ends faults; those that were. */
  end(which: { readonly id: number } | { readonly target: FaultTarget | "all" }, now: number): readonly ActiveFault[] {
    const removed = "id" in which ? this.#verdicts.remove(which.id) : undefined;
    const ended = "target" in which ? this.#verdicts.heal(which.target) : removed === undefined ? [] : [removed];
    if (ended.length > 0) this.#settle(now);
    return ended;
  }

  /** Ends the faults whose time is over; those that were. */
  expire(now: number): readonly ActiveFault[] {
    const over = this.#verdicts.expire(now);
    if (over.length > 0) this.#settle(now);
    return over;
  }

  /** Lets what is due by now arrive. */
  deliver(now: number): void {
    for (let due = this.#travelling.takeDue(now); due !== undefined; due = this.#travelling.takeDue(now)) {
      this.#arrive(due);
    }
  }

  /** Keeps connections in mind while all is quiet: what the peer is about to be given. */
  noteInput(input: PeerInput): void {
    if (input.kind === "message") {
      if (isHello(input.content)) this.#introduce(input.session, input.content.message);
    } else if (input.kind === "session-up") this.#know(input.session, null);
    else if (input.kind === "program-up" || input.kind === "client-up") this.#knowProgram(input.session);
    else if (input.kind === "session-down") this.#connections.delete(input.session);
  }

  /** Keeps connections in mind while all is quiet: what the peer has asked for. */
  noteEffects(effects: readonly PeerEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "dial") this.#knowDialled(effect);
      else if (effect.kind === "close") this.#connections.delete(effect.session);
    }
  }

  /** Something comes from the transport. */
  receive(input: PeerInput, now: number): void {
    switch (input.kind) {
      case "session-up":
        this.#know(input.session, null);
        return this.#ends.toPeer(input);
      case "program-up":
      case "client-up":
        this.#knowProgram(input.session);
        return this.#ends.toPeer(input);
      case "session-down":
        return this.#receiveEnd(input);
      case "message":
        return this.#receiveMessage(input, now);
      case "packet": {
        const peer = this.#ends.peerAt(input.from) ?? null;
        // UDP's own checksum finds a corrupted one.
        return this.#judge({ ...PACKET, peer, way: "in" }, now, ({ corrupted }) => {
          if (!corrupted) this.#ends.toPeer(input);
        });
      }
      default:
        return this.#ends.toPeer(input);
    }
  }

  /** The peer asks for something. */
  send(effect: PeerEffect, now: number): void {
    switch (effect.kind) {
      case "message":
        return this.#sendMessage(effect, now);
      case "packet": {
        const peer = this.#ends.peerAt(effect.to) ?? null;
        return this.#judge({ ...PACKET, peer, way: "out" }, now, ({ corrupted }) => {
          if (!corrupted) this.#ends.toTransport(effect);
        });
      }
      case "dial":
        return this.#dial(effect);
      case "close":
        return this.#close(effect);
      default:
        return this.#ends.toTransport(effect);
    }
  }

  /** Breaks a connection under the peer, as a failing network does. */
  break(session: SessionId, reason: string): void {
    if (this.#connections.get(session)?.isClosed !== false) return;
    this.#drop(session, reason);
    this.#ends.toPeer({ kind: "session-down", session, reason });
  }

  /** Turns a connection away of which the peer knows nothing. */
  refuse(session: SessionId): void {
    this.#drop(session, "nobody to answer");
  }

  /** Breaks every connection with a target. */
  reset(target: FaultTarget): void {
    for (const [session, { peer, isProgram }] of [...this.#connections]) {
      if (!isProgram && (target === "everybody" || target === peer)) this.break(session, "connection reset (injected)");
    }
  }

  /** The peer is gone: its connections break, cut or not, and nothing that is under way arrives. */
  crash(): void {
    for (const session of [...this.#connections.keys()]) this.#drop(session, "crashed");
    for (const { traffic } of this.#takeTravelling()) this.#leave(traffic);
  }

  #know(session: SessionId, peer: PeerId | null, isProgram = false): Connection {
    const known = this.#connections.get(session);
    // A dialled one is known since it was dialled.
    if (known !== undefined) return known;
    const connection = { peer, isProgram, isClosed: false, dial: null, heldBack: null };
    this.#connections.set(session, connection);
    return connection;
  }

  #knowProgram(session: SessionId): Connection {
    return this.#know(session, null, true);
  }

  #knowDialled({ session, address, as }: Extract<PeerEffect, { kind: "dial" }>): Connection {
    return as === "program" ? this.#knowProgram(session) : this.#know(session, this.#ends.peerAt(address) ?? null);
  }

  #introduce(session: SessionId, { peer }: { readonly peer: PeerId }): void {
    const connection = this.#connections.get(session);
    if (connection !== undefined) connection.peer = peer;
  }

  #receiveMessage(input: MessageInput, now: number): void {
    const { session, content } = input;
    const connection = this.#connections.get(session);
    if (connection === undefined || connection.isClosed) return;
    if (isHello(content)) {
      this.#introduce(session, content.message);
      return this.#unlessCut(connection, () => this.#ends.toPeer(input));
    }
    this.#judge({ ...messageTraffic(input), peer: connection.peer, way: "in" }, now, ({ corrupted }) => {
      if (connection.isClosed) return;
      if (corrupted) this.break(session, damageOf(input, this.#random));
      else this.#ends.toPeer(input);
    });
  }

  #receiveEnd(input: Extract<PeerInput, { kind: "session-down" }>): void {
    const { session } = input;
    const connection = this.#connections.get(session);
    if (connection === undefined) return;
    const pass = (): void => {
      this.#connections.delete(session);
      if (!connection.isClosed) this.#ends.toPeer(input);
      connection.isClosed = true;
    };
    // One that was never made ends unseen.
    if (connection.isProgram || connection.isClosed || connection.heldBack !== null) return pass();
    this.#unlessCut(connection, () => this.#behind({ ...END, peer: connection.peer, way: "in" }, pass));
  }

  #sendMessage(effect: MessageEffect, now: number): void {
    const connection = this.#connections.get(effect.session);
    if (connection === undefined) return;
    if (connection.dial !== null) connection.dial.push(effect);
    else if (isHello(effect.content)) this.#ends.toTransport(effect);
    else {
      this.#judge({ ...messageTraffic(effect), peer: connection.peer, way: "out" }, now, ({ corrupted }) => {
        this.#ends.toTransport(corrupted ? { ...effect, corruption: this.#random.below(2 ** 32) } : effect);
      });
    }
  }

  #dial(effect: Extract<PeerEffect, { kind: "dial" }>): void {
    const connection = this.#knowDialled(effect);
    if (!connection.isProgram && this.#verdicts.blocks(connection.peer)) connection.dial = [effect];
    else this.#ends.toTransport(effect);
  }

  #close(effect: Extract<PeerEffect, { kind: "close" }>): void {
    const connection = this.#connections.get(effect.session);
    if (connection === undefined) return;
    const mayWait = !connection.isProgram && connection.dial === null && connection.heldBack === null;
    connection.isClosed = true;
    if (!mayWait) return this.#drop(effect.session, effect.reason);
    this.#unlessCut(connection, () =>
      this.#behind({ ...END, peer: connection.peer, way: "out" }, () => this.#drop(effect.session, effect.reason)),
    );
  }

  /** Closes a connection at once; one that was never dialled is only forgotten. */
  #drop(session: SessionId, reason: string): void {
    const connection = this.#connections.get(session);
    if (connection === undefined) return;
    this.#connections.delete(session);
    connection.isClosed = true;
    if (connection.dial === null) this.#ends.toTransport({ kind: "close", session, reason });
  }

  #unlessCut(connection: Connection, action: () => void): void {
    if (this.#verdicts.blocks(connection.peer)) connection.heldBack = action;
    else action();
  }

  /** After all that travels the same way on the same link. */
  #behind(traffic: Traffic, arrive: () => void): void {
    const at = this.#verdicts.latest(traffic);
    if (at === Number.NEGATIVE_INFINITY) arrive();
    else this.#travel({ traffic, at, arrive });
  }

  /** Carries out a verdict: now, or when the copy arrives. */
  #judge(traffic: Traffic, now: number, deliver: (delivery: Delivery) => void): void {
    for (const delivery of this.#verdicts.judge(traffic, now)) {
      const { at } = delivery;
      if (at <= now && !this.#isFollowing(traffic)) deliver(delivery);
      else if (this.#travelling.size < MAX_TRAVELLING) this.#travel({ traffic, at, arrive: () => deliver(delivery) });
    }
  }

  /** Whether something is under way before it on its link. */
  #isFollowing(traffic: Traffic): boolean {
    return traffic.medium === "link" && this.#onLinks.has(linkOf(traffic));
  }

  #travel(item: Travelling): void {
    const link = linkOf(item.traffic);
    if (item.traffic.medium === "link") this.#onLinks.set(link, (this.#onLinks.get(link) ?? 0) + 1);
    this.#travelling.set(item, item.at);
  }

  #arrive({ traffic, arrive }: Travelling): void {
    this.#leave(traffic);
    arrive();
  }

  /** Something is under way no more. */
  #leave(traffic: Traffic): void {
    if (traffic.medium === "packet") return;
    const left = (this.#onLinks.get(linkOf(traffic)) ?? 0) - 1;
    if (left > 0) this.#onLinks.set(linkOf(traffic), left);
    else {
      this.#onLinks.delete(linkOf(traffic));
      this.#verdicts.arrived(traffic);
    }
  }

  /** After a fault has ended: what nothing delays or holds back any more goes on. */
  #settle(now: number): void {
    let free: readonly Travelling[];
    // What arrives may make the peer say more, which then comes behind what is still under way.
    do {
      const travelling = this.#takeTravelling();
      const held = travelling.filter(({ traffic }) => this.#verdicts.delays(traffic));
      free = travelling.filter(({ traffic }) => !this.#verdicts.delays(traffic));
      for (const item of held) this.#travelling.set(item, item.at);
      for (const item of free) this.#arrive(item);
    } while (free.length > 0);
    for (const connection of [...this.#connections.values()]) {
      if (!this.#verdicts.isCut(connection.peer)) this.#release(connection, now);
    }
  }

  #release(connection: Connection, now: number): void {
    const { dial, heldBack } = connection;
    connection.dial = null;
    connection.heldBack = null;
    for (const effect of dial ?? []) this.send(effect, now);
    heldBack?.();
  }

  /** Takes all that is under way, in the order of arrival. */
  #takeTravelling(): readonly Travelling[] {
    const all: Travelling[] = [];
    const end = Number.POSITIVE_INFINITY;
    for (let next = this.#travelling.takeDue(end); next !== undefined; next = this.#travelling.takeDue(end)) {
      all.push(next);
    }
    return all;
  }
}
