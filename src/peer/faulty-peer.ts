import type { Address } from "../core/address.ts";
import { DeadlineQueue } from "../core/deadline-queue.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import { type Random, seededRandom } from "../core/random.ts";
import type { ActiveFault, Delivery, Traffic } from "../faults/fault.ts";
import type { FaultCommand, FaultEvent } from "../faults/message.ts";
import { Verdicts } from "../faults/verdicts.ts";
import type { FaultyEffect, FaultyInput, PeerInput, PeerOptions } from "./machine.ts";
import { Peer } from "./peer.ts";
import { PeerClock } from "./peer-clock.ts";
import type { AnyRecord } from "./registry.ts";

/** Inputs that a paused peer keeps for later; more are lost, as from a full buffer. */
const MAX_BACKLOG = 100_000;

/** How long a dial into a silent cut lasts. */
const CUT_DIAL_TIMEOUT_MS = 3000;

/** Roughly what a message takes on the wire, for faults that count bytes: its size is known only once it is encoded. */
const MESSAGE_BYTES = 100;
const PACKET_BYTES = 17;

/** Whether a peer runs. */
export type Condition = "running" | "paused" | "crashed";

/**
 * A peer with the faults that are injected into it: between the peer and its transport, the same on real sockets and in
 * virtual time. It has the peer's own shape, so whoever drives one drives the other; without a fault it only passes on.
 */
export class FaultyPeer {
  readonly #options: PeerOptions;
  readonly #random: Random;
  readonly #verdicts: Verdicts;
  readonly #clock = new PeerClock();
  /** What a fault has delayed. */
  readonly #travelling = new DeadlineQueue<() => void>();
  readonly #open = new Set<SessionId>();
  #peer: Peer;
  #condition: Condition = "running";
  #conditionEnds = Number.POSITIVE_INFINITY;
  #pausedAt = 0;
  #backlog: PeerInput[] = [];
  #skew = 1;
  #pace = 1;
  #out: FaultyEffect[] = [];
  #real: number;

  constructor(options: PeerOptions, saved: Iterable<AnyRecord>, real: number) {
    this.#options = options;
    this.#random = seededRandom(options.seed).fork();
    this.#verdicts = new Verdicts(this.#random.fork());
    this.#real = real;
    this.#peer = new Peer(options, saved, this.#clock.at(real));
  }

  /** The peer; after a crash the one that was, for whoever still looks. */
  get peer(): Peer {
    return this.#peer;
  }

  get condition(): Condition {
    return this.#condition;
  }

  /** The rates of the peer's clock: its own error, and the pace that was asked of the whole cluster. */
  get clock(): { readonly skew: number; readonly pace: number } {
    return { skew: this.#skew, pace: this.#pace };
  }

  /** The link faults in force, in the order in which they were set. */
  get faults(): readonly ActiveFault[] {
    return this.#verdicts.active;
  }

  /** What the peer's clock shows at a real instant. */
  timeAt(real: number): number {
    return this.#clock.at(real);
  }

  /** Real monotonic ms at which a "timeout" input is due; Infinity for never. */
  get deadline(): number {
    const own = this.#condition === "running" ? this.#clock.realAt(this.#peer.deadline) : Number.POSITIVE_INFINITY;
    return Math.min(own, this.#verdicts.deadline, this.#travelling.earliest, this.#conditionEnds);
  }

  /** Lets one thing happen, at the real instant `real`; what is asked for in consequence. */
  step(input: FaultyInput, real: number): readonly FaultyEffect[] {
    this.#real = real;
    // Nearly always nothing is wrong: then this layer costs this comparison.
    if (this.#isTransparent && input.kind !== "faults" && input.kind !== "restored") return this.#pass(input);
    this.#endWhatIsOver();
    this.#accept(input);
    const out = this.#out;
    this.#out = [];
    return out;
  }

  get #isTransparent(): boolean {
    return this.#condition === "running" && this.#verdicts.isQuiet && this.#travelling.size === 0;
  }

  /** Without faults only the connections are kept in mind, so that a crash can break them. */
  #pass(input: PeerInput): readonly FaultyEffect[] {
    this.#remember(input);
    const effects = this.#peer.step(input, this.#clock.at(this.#real));
    for (const effect of effects) if (effect.kind === "dial") this.#open.add(effect.session);
    return effects;
  }

  #remember(input: FaultyInput): void {
    if (input.kind === "session-up") this.#open.add(input.session);
    if (input.kind === "session-down") this.#open.delete(input.session);
  }

  #endWhatIsOver(): void {
    for (const fault of this.#verdicts.expire(this.#real)) this.#tellFault("fault-ended", fault, fault.by);
    if (this.#real >= this.#conditionEnds) {
      if (this.#condition === "paused") this.#resume("its time was over");
      else this.#recover();
    }
    for (let arrive = this.#travelling.takeDue(this.#real); arrive !== undefined; ) {
      arrive();
      arrive = this.#travelling.takeDue(this.#real);
    }
  }

  #accept(input: FaultyInput): void {
    this.#remember(input);
    switch (input.kind) {
      case "faults":
        return this.#command(input.command);
      case "restored":
        return this.#restore(input.id, input.records);
      case "message": {
        const { content, session } = input;
        const peer = content.protocol === "link" && content.message.kind === "hello" ? content.message.peer : null;
        const from = peer ?? this.#peer.peerOf(session) ?? null;
        return this.#judge({ peer: from, way: "in", medium: "link", bytes: MESSAGE_BYTES }, ({ corrupted }) =>
          corrupted ? this.#breakConnection(session) : this.#feed(input),
        );
      }
      case "packet": {
        const peer = this.#peer.peerAt(input.from) ?? null;
        return this.#judge({ peer, way: "in", medium: "packet", bytes: PACKET_BYTES }, ({ corrupted }) => {
          if (!corrupted) this.#feed(input);
        });
      }
      default:
        return this.#feed(input);
    }
  }

  /** Carries out a verdict: now, or when the copy arrives. */
  #judge(traffic: Traffic, deliver: (delivery: Delivery) => void): void {
    for (const delivery of this.#verdicts.judge(traffic, this.#real)) {
      if (delivery.at <= this.#real) deliver(delivery);
      else this.#travelling.set(() => deliver(delivery), delivery.at);
    }
  }

  /** Gives the peer an input, unless it stands still or is gone. */
  #feed(input: PeerInput): void {
    if (this.#condition === "paused") {
      if (this.#backlog.length < MAX_BACKLOG && input.kind !== "timeout") this.#backlog.push(input);
      return;
    }
    if (this.#condition === "crashed") {
      if (input.kind === "session-up") this.#breakConnection(input.session);
      return;
    }
    for (const effect of this.#peer.step(input, this.#clock.at(this.#real))) this.#send(effect);
  }

  #send(effect: FaultyEffect): void {
    switch (effect.kind) {
      case "message": {
        const peer = this.#peer.peerOf(effect.session) ?? null;
        return this.#judge({ peer, way: "out", medium: "link", bytes: MESSAGE_BYTES }, ({ corrupted }) => {
          this.#out.push(corrupted ? { ...effect, corruption: this.#random.below(2 ** 32) } : effect);
        });
      }
      case "packet": {
        const peer = this.#peer.peerAt(effect.to) ?? null;
        return this.#judge({ peer, way: "out", medium: "packet", bytes: PACKET_BYTES }, ({ corrupted }) => {
          if (!corrupted) this.#out.push(effect);
        });
      }
      case "dial":
        return this.#dial(effect.session, effect.address);
      case "close": {
        const { session } = effect;
        // What a fault has delayed on this connection leaves before it closes.
        const at = this.#verdicts.latest(this.#peer.peerOf(session) ?? null, "out");
        if (at <= this.#real) this.#out.push(effect);
        else this.#travelling.set(() => this.#out.push(effect), at);
        this.#open.delete(session);
        return;
      }
      default:
        this.#out.push(effect);
    }
  }

  /** A dial into a cut meets silence. */
  #dial(session: SessionId, address: Address): void {
    const peer = this.#peer.peerAt(address) ?? null;
    if (peer !== null && this.#verdicts.isCut(peer)) {
      const late = (): void => this.#feed({ kind: "session-down", session, reason: "timed out (cut)" });
      this.#travelling.set(late, this.#real + CUT_DIAL_TIMEOUT_MS);
      return;
    }
    this.#open.add(session);
    this.#out.push({ kind: "dial", session, address });
  }

  /** Closes a connection under the peer, as a failing network does. */
  #breakConnection(session: SessionId): void {
    this.#open.delete(session);
    this.#out.push({ kind: "close", session, reason: "a fault" });
    if (this.#condition === "running") this.#feed({ kind: "session-down", session, reason: "bad checksum (injected)" });
  }

  #command(command: FaultCommand): void {
    switch (command.kind) {
      case "set":
        return this.#set(command);
      case "remove": {
        const removed = this.#verdicts.remove(command.id);
        if (removed !== undefined) this.#tellFault("fault-ended", removed, removed.by);
        return;
      }
      case "heal":
        return this.#heal(command.target, command.by);
      case "pause":
        return this.#pause(command.by, command.forMs);
      case "resume":
        return this.#resume(command.by);
      case "crash":
        return this.#crash(command.by, command.forMs);
      case "recover":
        return this.#recover();
      case "skew":
        return this.#runClock({ skew: command.rate, pace: this.#pace }, command.by);
      case "pace":
        return this.#runClock({ skew: this.#skew, pace: command.factor }, command.by);
      case "jump":
        this.#clock.jump(command.aheadMs, this.#real);
        return this.#tell({ kind: "clock-jumped", aheadMs: command.aheadMs, by: command.by });
    }
  }

  #set({ fault, targets, direction, by, forMs }: Extract<FaultCommand, { kind: "set" }>): void {
    const until = forMs === null ? Number.POSITIVE_INFINITY : this.#real + forMs;
    for (const target of targets) {
      const set = this.#verdicts.set(fault, { target, direction, by }, this.#real, until);
      if (set === undefined) return;
      this.#tellFault("fault-set", set, by);
      if (fault.kind === "cut" && fault.reset) this.#resetConnections(target === "everybody" ? null : target);
    }
  }

  #resetConnections(peer: PeerId | null): void {
    for (const session of [...this.#open]) {
      if (peer === null || this.#peer.peerOf(session) === peer) {
        this.#out.push({ kind: "close", session, reason: "reset by a fault" });
        this.#open.delete(session);
        this.#feed({ kind: "session-down", session, reason: "connection reset (injected)" });
      }
    }
  }

  #heal(target: PeerId | "everybody" | "all", by: string): void {
    for (const fault of this.#verdicts.heal(target)) this.#tellFault("fault-ended", fault, by);
    if (target !== "all") return;
    if (this.#skew !== 1 || this.#pace !== 1) this.#runClock({ skew: 1, pace: 1 }, by);
    if (this.#condition === "paused") this.#resume(by);
    if (this.#condition === "crashed") this.#recover();
  }

  #pause(by: string, forMs: number | null): void {
    if (this.#condition !== "running") return;
    this.#condition = "paused";
    this.#pausedAt = this.#real;
    this.#conditionEnds = forMs === null ? Number.POSITIVE_INFINITY : this.#real + forMs;
    this.#tell({ kind: "peer-paused", by });
  }

  /** What has come meanwhile is delivered, after the peer has been told how long it stood still. */
  #resume(by: string): void {
    if (this.#condition !== "paused") return;
    this.#condition = "running";
    this.#conditionEnds = Number.POSITIVE_INFINITY;
    const pausedMs = this.#real - this.#pausedAt;
    this.#tell({ kind: "peer-unpaused", by, pausedMs });
    this.#feed({ kind: "resumed", gapMs: pausedMs * this.#clock.rate });
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const input of backlog) this.#feed(input);
    this.#feed({ kind: "timeout" });
  }

  /** The machine and what is not on disk are gone, and every connection breaks. */
  #crash(by: string, forMs: number | null): void {
    if (this.#condition === "crashed") return;
    this.#tell({ kind: "peer-crashed", by });
    this.#condition = "crashed";
    this.#conditionEnds = forMs === null ? Number.POSITIVE_INFINITY : this.#real + forMs;
    this.#backlog = [];
    for (const session of this.#open) this.#out.push({ kind: "close", session, reason: "crashed" });
    this.#open.clear();
    this.#out.push({ kind: "crash" });
  }

  /** Asks for what is on disk; the peer starts when it comes. */
  #recover(): void {
    if (this.#condition !== "crashed") return;
    this.#conditionEnds = Number.POSITIVE_INFINITY;
    this.#out.push({ kind: "restore" });
  }

  /** The same start-up as a new process has. */
  #restore(id: PeerId, records: readonly AnyRecord[]): void {
    if (this.#condition !== "crashed") return;
    const seed = this.#random.below(2 ** 32);
    this.#peer = new Peer({ ...this.#options, id, seed }, records, this.#clock.at(this.#real));
    this.#condition = "running";
    this.#feed({ kind: "timeout" });
    this.#tell({ kind: "peer-recovered" });
  }

  #runClock({ skew, pace }: { readonly skew: number; readonly pace: number }, by: string): void {
    this.#skew = skew;
    this.#pace = pace;
    this.#clock.run(skew / pace, this.#real);
    this.#tell({ kind: "clock-changed", skew, pace, by });
  }

  #tellFault(kind: "fault-set" | "fault-ended", { id, fault, target, direction }: ActiveFault, by: string): void {
    this.#tell({ kind, id, fault, target, direction, by });
  }

  #tell(event: FaultEvent): void {
    const now = this.#clock.at(this.#real);
    this.#out.push({ kind: "event", event: { now, lamport: this.#peer.own.lamport, routine: false, event } });
  }
}
