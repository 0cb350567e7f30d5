import type { Address } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import { ensembleHash, USUAL_MODES } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { Effect, Input, Party, Protocol, SessionId, Speech } from "../core/protocol.ts";
import type { Answers } from "../protocols/broker/message.ts";
import { type Definition, isTold } from "../protocols/definition.ts";
import type { HealthMessage } from "../protocols/health/message.ts";
import type { ClientAnswers } from "../protocols/service/message.ts";
import type { GossipMessage } from "../wire/gossip-message.ts";
import { Acquaintances } from "./acquaintances.ts";
import { Durability } from "./durability.ts";
import type { Hearing } from "./hearing.ts";
import { Held } from "./held.ts";
import type { PeerEffect, PeerInput, PeerOptions } from "./machine.ts";
import type { Act, AnyEvent, OwnEvent, ProtocolEvent } from "./peer-event.ts";
import { type Delivery, Programs, saidIn } from "./programs.ts";
import {
  type AnyCommand,
  type AnyMessage,
  type AnyRecord,
  type ProtocolName,
  protocolNames,
  protocols,
  type Speeches,
} from "./registry.ts";
import { ReservedClock } from "./reserved-clock.ts";
import { type Machines, sortRecords, startMachines } from "./start.ts";
import { type Surroundings, surroundingsOf } from "./surroundings.ts";
import { wiring } from "./wiring.ts";

/** Inputs that one input may lead to before it is taken for a loop in the wiring. */
const MAX_CASCADE = 100_000;

/** What is of one cluster alone: whoever has just changed cluster still hears of the old one until its links are closed. */
const OF_ONE_CLUSTER: ReadonlySet<ProtocolName> = new Set(["raft", "bully", "fixed", "service", "broker"]);

/** What counts on the order of a link: on another connection of the same two peers it is not heard. */
const OF_ONE_LINK: ReadonlySet<ProtocolName> = new Set(["service", "zab", "mutex", "broker"]);

/**
 * One peer: its protocols composed, itself a deterministic machine of the same shape. It stamps what leaves with its
 * Lamport clock, holds back what waits for the disk, and turns the events of one protocol into commands of another as
 * the wiring says. The runtime and the simulator drive this one value.
 */
export class Peer {
  readonly #options: PeerOptions;
  readonly #machines: Machines;
  readonly #clock: ReservedClock;
  readonly #durability = new Durability();
  readonly #others = new Acquaintances();
  readonly #programs = new Programs();
  readonly #around: Surroundings;
  readonly #startedAt: number;
  #queue: Delivery[] = [];
  /** How many of them were taken. */
  #taken = 0;
  #effects: PeerEffect[] = [];
  readonly #held = new Held(this.#durability);
  #now: number;
  #started = false;
  #lostInLinks = 0;
  #unlinked = 0;
  #unexpected = 0;

  /**
   * @param saved all records of earlier lives, in order
   * @param now monotonic milliseconds
   */
  constructor(options: PeerOptions, saved: Iterable<AnyRecord>, now: number) {
    const lives = sortRecords(saved);
    this.#options = options;
    this.#now = now;
    this.#startedAt = now;
    this.#clock = new ReservedClock(lives.ceiling);
    this.#machines = startMachines(options, lives, this.#clock, now);
    this.#around = surroundingsOf(this.#machines, this.#others, options.id, options.modes ?? USUAL_MODES);
  }

  /** Absolute monotonic milliseconds at which a "timeout" input is due; Infinity for never. */
  get deadline(): number {
    if (!this.#started) return this.#startedAt;
    let earliest = Number.POSITIVE_INFINITY;
    for (const name of protocolNames) earliest = Math.min(earliest, this.#machines[name].deadline);
    return earliest;
  }

  /** Lets one thing happen, at `now`; what the peer asks for in consequence. */
  step(input: PeerInput, now: number): readonly PeerEffect[] {
    this.#now = now;
    if (!this.#started) this.#start();
    this.#accept(input);
    this.#drain();
    return this.#finish();
  }

  /** Whose a connection is; undefined before HELLO is settled. */
  peerOf(session: SessionId): PeerId | undefined {
    return this.#others.sessions.peerOf(session);
  }

  /** Who is known to be at an address, earlier peers there apart; undefined if nobody is. */
  peerAt(address: Address): PeerId | undefined {
    const { members } = this.#machines.membership.view();
    return members.find((member) => member.address === address && member.status !== "left")?.peer;
  }

  /** What is shown of one protocol. */
  view<K extends ProtocolName>(protocol: K): Speeches[K]["view"] {
    return this.#machines[protocol].view();
  }

  /** What the peer as a whole knows. */
  get own(): PeerOwnView {
    return {
      options: this.#options,
      startedAt: this.#startedAt,
      lamport: this.#clock.time,
      heard: (peer, now) => this.#others.hearing.of(peer, now),
      isLinked: (peer) => this.#others.isLinked(peer),
      counters: {
        "messages.lost-in-links": this.#lostInLinks,
        "messages.unlinked": this.#unlinked,
        "messages.unexpected": this.#unexpected,
        "messages.dropped": this.#held.dropped,
      },
    };
  }

  /** The fewest records from which a peer starts with all that this one ever saved. */
  checkpoint(): readonly AnyRecord[] {
    const records: AnyRecord[] = [
      ...identityOf(this.#options),
      { protocol: "peer", record: { kind: "lamport", ceiling: this.#clock.ceiling } },
    ];
    for (const protocol of protocolNames) {
      for (const record of this.#machines[protocol].checkpoint()) records.push({ protocol, record } as AnyRecord);
    }
    return records;
  }

  /** The first step: what a life begins with goes to disk before anybody hears of it. */
  #start(): void {
    this.#started = true;
    for (const record of identityOf(this.#options)) this.#durability.saveOwn(record);
    this.#reserveTimes();
    this.#held.notBefore = this.#durability.everything;
    this.#fireTimeouts();
    this.#drain();
    const { incarnation } = this.#machines.membership.view();
    this.#tell({ kind: "started", peer: this.#options.id, incarnation }, false);
  }

  #accept(input: PeerInput): void {
    switch (input.kind) {
      case "message":
        return this.#acceptMessage(input);
      case "packet":
        return this.#enqueue("health", { kind: "message", from: { address: input.from }, message: input.packet });
      case "session-up":
        return this.#enqueue("link", { kind: "session", session: input.session, up: true, address: input.address });
      case "program-up":
        return this.#deliver(this.#programs.up(input.session, input.address));
      case "program":
        return this.#deliver(this.#programs.hear(input.session, input.said));
      case "client-up":
        return this.#deliver(this.#programs.clientUp(input.session, input.address));
      case "caller-up":
        return this.#deliver(this.#programs.callerUp(input.session, input.address));
      case "calls":
        return this.#deliver(this.#programs.called(input.session, input.calls));
      case "client":
        return this.#enqueue("service", { kind: "command", command: { kind: "asked", asked: input.asked } });
      case "session-down":
        if (this.#programs.has(input.session)) {
          this.#deliver(this.#programs.down(input.session, input.reason));
          return this.#forget(input.session);
        }
        this.#enqueue("link", { kind: "session", session: input.session, up: false, reason: input.reason });
        this.#drain();
        return this.#forget(input.session);
      case "saved":
        return this.#acceptSaved(input.upTo);
      case "command":
        return this.#enqueue(input.content.protocol, { kind: "command", command: input.content.command });
      case "resumed":
        for (const name of protocolNames) this.#enqueue(name, { kind: "resumed", gapMs: input.gapMs });
        return this.#tell({ kind: "resumed", gapMs: input.gapMs }, false);
      case "timeout":
        return this.#fireTimeouts();
    }
  }

  #acceptMessage(input: Extract<PeerInput, { kind: "message" }>): void {
    const { session, content, envelope } = input;
    const peer = this.#others.sessions.peerOf(session);
    if (envelope !== null && peer !== undefined) {
      this.#clock.merge(envelope.lamport);
      this.#lostInLinks += this.#others.sessions.receive(session, envelope.sequence);
    }
    if (peer !== undefined) this.#others.hearing.hear(peer, this.#now, envelope?.lamport ?? null);
    if (content.protocol === "link") {
      return this.#enqueue("link", { kind: "message", from: { session }, message: content.message });
    }
    if (peer === undefined || !this.#isWelcome(content.protocol, peer, session)) {
      this.#unexpected += 1;
      return;
    }
    this.#enqueue(content.protocol, { kind: "message", from: { peer }, message: content.message });
  }

  #isWelcome(protocol: ProtocolName, peer: PeerId, session: SessionId): boolean {
    if (OF_ONE_CLUSTER.has(protocol) && !this.#others.belongs(peer)) return false;
    return !OF_ONE_LINK.has(protocol) || this.#others.sessions.sessionOf(peer) === session;
  }

  #acceptSaved(upTo: number): void {
    this.#clock.saved(upTo);
    for (const told of this.#durability.saved(upTo)) this.#enqueue(told.protocol, { kind: "saved", upTo: told.upTo });
    this.#held.release(upTo);
  }

  #fireTimeouts(): void {
    for (const name of protocolNames) {
      if (this.#machines[name].deadline <= this.#now) this.#enqueue(name, { kind: "timeout" });
    }
  }

  #enqueue(protocol: ProtocolName, input: Input<Speech>): void {
    this.#queue.push({ protocol, input });
  }

  #deliver(deliveries: readonly Delivery[]): void {
    for (const { protocol, input } of deliveries) this.#enqueue(protocol, input);
  }

  /** Steps protocols until nothing follows any more. An event that is told last calls it from within: it goes on there. */
  #drain(): void {
    while (this.#taken < this.#queue.length) {
      assert(this.#taken < MAX_CASCADE, "the wiring loops");
      const { protocol, input } = this.#queue[this.#taken] as Delivery;
      this.#taken += 1;
      const machine: Protocol<Speech> = this.#machines[protocol];
      for (const effect of machine.step(input, this.#now)) this.#carryOut(protocol, effect);
    }
    this.#queue = [];
    this.#taken = 0;
  }

  #carryOut(protocol: ProtocolName, effect: Effect<Speech>): void {
    switch (effect.kind) {
      case "send":
        return this.#send(protocol, effect.to, effect.message, this.#durability.tokenFor(protocol, effect.after));
      case "save": {
        const records = effect.records.map((record) => ({ protocol, record }) as AnyRecord);
        return this.#durability.save(protocol, effect.token, records);
      }
      case "event":
        return this.#react(protocol, effect.event as AnyEvent);
      case "dial":
        if (protocol !== "link") this.#programs.dial(effect.session, protocol);
        this.#effects.push({ ...effect, as: protocol === "link" ? "link" : "program" });
        return;
      case "close":
        return protocol === "link" ? this.#close(effect) : this.#closeProgram(protocol, effect);
      case "reading":
        if (this.#programs.has(effect.session)) this.#effects.push(effect);
        return;
    }
  }

  /** An event goes to whoever watches, to the peer's own books, and through the wiring to other protocols. */
  #react(protocol: ProtocolName, event: AnyEvent): void {
    const definition: Definition<Speech> = protocols[protocol];
    if (definition.outward?.has(event.kind)) {
      this.#effects.push({ kind: "act", act: event as Act });
      return;
    }
    if (isTold(definition, event)) {
      const told = event as ProtocolEvent;
      this.#tell(told, definition.routine.has(event.kind));
      this.#others.note(told, this.#now);
    }
    if (event.kind === "link-established") this.#tellLink(event.peer, true);
    else if (event.kind === "link-lost") this.#tellLink(event.peer, false);
    const reactions = wiring[protocol] as Readonly<
      Record<string, ((event: AnyEvent, around: Surroundings) => readonly AnyCommand[]) | undefined>
    >;
    for (const { protocol: to, command } of reactions[event.kind]?.(event, this.#around) ?? []) {
      this.#enqueue(to, { kind: "command", command });
    }
    // Leaving is told last, when all that says goodbye is on its way.
    if (event.kind === "left-office") {
      this.#drain();
      this.#held.hold(this.#durability.everything, null, () => this.#tell({ kind: "left" }, false));
    }
  }

  #tellLink(peer: PeerId, up: boolean): void {
    for (const name of protocolNames) if (name !== "link") this.#enqueue(name, { kind: "link", peer, up });
  }

  #tell(event: ProtocolEvent | OwnEvent, routine: boolean): void {
    this.#effects.push({ kind: "event", event: { now: this.#now, lamport: this.#clock.time, routine, event } });
  }

  #send(protocol: ProtocolName, to: Party, message: unknown, token: number): void {
    if ("address" in to) {
      const packet = message as Extract<HealthMessage, { kind: "syn" | "ack" }>;
      return this.#held.hold(token, null, () => this.#effects.push({ kind: "packet", to: to.address, packet }));
    }
    if ("session" in to && protocol === "service")
      return this.#answerClient(to.session, message as ClientAnswers, token);
    if ("session" in to && protocol === "broker") return this.#answerCaller(to.session, message as Answers, token);
    if ("session" in to && protocol !== "link") return this.#tellProgram(to.session, saidIn(message), token);
    const session = "session" in to ? to.session : this.#others.sessions.sessionOf(to.peer);
    if (session === undefined) {
      this.#unlinked += 1;
      return;
    }
    const content = { protocol, message } as AnyMessage;
    const isHello = content.protocol === "link" && content.message.kind === "hello";
    // A HELLO tells incarnation and cluster, so it waits for all that was saved so far; nothing overtakes it, and what
    // a link says about itself keeps its order.
    const after = protocol === "link" || !this.#others.sessions.isIntroduced(session) ? this.#held.heldFor(session) : 0;
    this.#held.holdOrDrop(Math.max(token, after, isHello ? this.#durability.everything : 0), session, () =>
      this.#release(session, content, isHello),
    );
  }

  /** What a program is told is no message between peers: it has no envelope. It waits for no HELLO and no other save. */
  #tellProgram(session: SessionId, said: readonly GossipMessage[], token: number): void {
    if (this.#programs.has(session))
      this.#held.holdOrDrop(token, session, () => this.#effects.push({ kind: "program", session, said }));
  }

  /** Nor has what a client is answered. */
  #answerClient(session: SessionId, { answers }: ClientAnswers, token: number): void {
    if (this.#programs.has(session))
      this.#held.hold(token, session, () => this.#effects.push({ kind: "client", session, answers }));
  }

  #answerCaller(session: SessionId, { answers }: Answers, token: number): void {
    if (this.#programs.has(session))
      this.#held.hold(token, session, () => this.#effects.push({ kind: "answers", session, answers }));
  }

  /** Stamps a message and lets it go; while the reserved Lamport times are used up it waits for the next block. */
  #release(session: SessionId, content: AnyMessage, isHello: boolean): void {
    if (!this.#clock.mayTick) {
      this.#reserveTimes();
      // Were it to wait for any later save, others on its connection would overtake it.
      return this.#held.holdOrDrop(this.#clock.token, session, () => this.#release(session, content, isHello));
    }
    const envelope = this.#others.sessions.stamp(session, () => this.#clock.tick());
    if (isHello) this.#others.sessions.introduced(session);
    this.#effects.push({ kind: "message", session, content, envelope });
  }

  /** Closes a connection when all that was said on it before has left. */
  #close(effect: Extract<PeerEffect, { kind: "close" }>): void {
    const { session } = effect;
    this.#held.hold(this.#held.heldFor(session), session, () => {
      // Some of it may have come to wait for more Lamport times.
      if (this.#held.heldFor(session) > 0) return this.#close(effect);
      this.#effects.push(effect);
      this.#forget(session);
    });
  }

  /** A protocol closes the connection of a program: others that have heard of it hear that it is gone. */
  #closeProgram(closer: ProtocolName, effect: Extract<PeerEffect, { kind: "close" }>): void {
    if (!this.#programs.has(effect.session)) return;
    this.#deliver(this.#programs.down(effect.session, effect.reason, closer));
    this.#close(effect);
  }

  /** A connection is gone, and what was still to be said on it. */
  #forget(session: SessionId): void {
    this.#others.sessions.drop(session);
    this.#held.forget(session);
  }

  #reserveTimes(): void {
    const ceiling = this.#clock.wanted();
    if (ceiling === undefined) return;
    this.#durability.saveOwn({ protocol: "peer", record: { kind: "lamport", ceiling } });
    this.#clock.reserved(this.#durability.everything);
  }

  /** Puts the step's save first, so that the disk works while the rest is carried out. */
  #finish(): readonly PeerEffect[] {
    this.#reserveTimes();
    const batch = this.#durability.takeBatch();
    const effects = this.#effects;
    this.#effects = [];
    return batch === undefined ? effects : [{ kind: "save", ...batch }, ...effects];
  }
}

/** Who a peer is, and what its state is of: in the hands of another order it would be worth nothing, or do harm. */
function identityOf({ id, modes = USUAL_MODES }: PeerOptions): readonly AnyRecord[] {
  const identity: AnyRecord = { protocol: "peer", record: { kind: "identity", peer: id } };
  const { broadcast } = modes;
  if (broadcast === "raft") return [identity];
  return [identity, { protocol: "peer", record: { kind: "order", broadcast, ensemble: ensembleHash(modes.ensemble) } }];
}

/** What `present` needs of the peer as a whole. */
export interface PeerOwnView {
  readonly options: PeerOptions;
  readonly startedAt: number;
  readonly lamport: number;
  heard(peer: PeerId, now: number): ReturnType<Hearing["of"]>;
  isLinked(peer: PeerId): boolean;
  readonly counters: Readonly<Record<string, number>>;
}
