import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import { type Random, seededRandom } from "../core/random.ts";
import type { ActiveFault } from "../faults/fault.ts";
import type { FaultCommand, FaultEvent } from "../faults/message.ts";
import { MAX_FAULTS } from "../faults/verdicts.ts";
import { FaultyNetwork } from "./faulty-network.ts";
import type { FaultyEffect, FaultyInput, PeerInput, PeerOptions } from "./machine.ts";
import { Peer } from "./peer.ts";
import { PeerClock } from "./peer-clock.ts";
import type { AnyRecord } from "./registry.ts";

/** Inputs that a paused peer keeps for later; what would be one more is lost, as from a full buffer. */
const MAX_BACKLOG = 100_000;

/** Why the connection of whoever goes on talking to a paused peer is broken in the end. */
const TOO_MUCH_WAITS = "too much waits for a paused peer";

const NEVER = Number.POSITIVE_INFINITY;

/** Whether a peer runs. */
export type Condition = "running" | "paused" | "crashed";

type Timed<Kind> = Extract<FaultCommand, { kind: Kind }>;

/**
 * A peer with the faults that are injected into it: between the peer and its transport, the same on real sockets and in
 * virtual time. It has the peer's own shape, so whoever drives one drives the other; without a fault it only passes on.
 */
export class FaultyPeer {
  readonly #options: PeerOptions;
  readonly #random: Random;
  readonly #clock = new PeerClock();
  readonly #network: FaultyNetwork;
  #peer: Peer;
  #condition: Condition = "running";
  #conditionEnds = NEVER;
  /** When it was paused, by the real clock and by its own. */
  #pausedAt = { real: 0, own: 0 };
  #backlog: PeerInput[] = [];
  /** Programs that have said something while the peer is paused, and are not read until it goes on. */
  readonly #unread = new Set<SessionId>();
  /** The disk was asked what it holds, and has not answered yet. */
  #restoring = false;
  #skew = 1;
  #pace = 1;
  /** Whether all that comes only passes: the peer runs and no fault acts. */
  #isQuiet = true;
  #out: FaultyEffect[] = [];
  #real: number;

  /**
   * @param saved all records of earlier lives, in order
   * @param real monotonic milliseconds
   */
  constructor(options: PeerOptions, saved: Iterable<AnyRecord>, real: number) {
    this.#options = options;
    this.#random = seededRandom(options.seed).fork();
    this.#real = real;
    this.#peer = new Peer(options, saved, this.#clock.at(real));
    this.#network = new FaultyNetwork(this.#random.fork(), {
      toPeer: (input) => this.#feed(input),
      toTransport: (effect) => this.#out.push(effect),
      peerAt: (address) => this.#peer.peerAt(address),
    });
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
    return this.#network.faults;
  }

  /** What the peer's clock shows at a real instant. */
  timeAt(real: number): number {
    return this.#clock.at(real);
  }

  /** The real instant at which the peer's clock shows `own`, as long as it runs as it does now. */
  realAt(own: number): number {
    return this.#clock.realAt(own);
  }

  /** Real monotonic ms at which a "timeout" input is due; Infinity for never. */
  get deadline(): number {
    const own = this.#condition === "running" ? this.#clock.realAt(this.#peer.deadline) : NEVER;
    return Math.min(own, this.#network.deadline, this.#conditionEnds);
  }

  /** Lets one thing happen, at the real instant `real`; what is asked for in consequence. */
  step(input: FaultyInput, real: number): readonly FaultyEffect[] {
    this.#real = real;
    // Nearly always nothing is wrong: then this layer costs this comparison, and a look at connections.
    if (this.#isQuiet && input.kind !== "faults" && input.kind !== "restored") return this.#pass(input);
    this.#endWhatIsOver();
    this.#accept(input);
    this.#isQuiet = this.#condition === "running" && this.#network.isQuiet;
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #pass(input: PeerInput): ReturnType<Peer["step"]> {
    this.#network.noteInput(input);
    const effects = this.#peer.step(input, this.#clock.at(this.#real));
    this.#network.noteEffects(effects);
    return effects;
  }

  #endWhatIsOver(): void {
    this.#network.deliver(this.#real);
    for (const fault of this.#network.expire(this.#real)) this.#tellFault("fault-ended", fault, fault.by);
    if (this.#real < this.#conditionEnds) return;
    if (this.#condition === "paused") this.#resume("its time was over");
    else this.#recover();
  }

  #accept(input: FaultyInput): void {
    if (input.kind === "faults") this.#obey(input.command);
    else if (input.kind === "restored") this.#restore(input.id, input.records);
    else this.#network.receive(input, this.#real);
  }

  /** Gives the peer an input, unless it stands still or is gone. */
  #feed(input: PeerInput): void {
    if (this.#condition === "paused") return this.#keepForLater(input);
    if (this.#condition === "crashed") {
      if (isArrival(input)) this.#network.refuse(input.session);
      return;
    }
    for (const effect of this.#peer.step(input, this.#clock.at(this.#real))) this.#network.send(effect, this.#real);
  }

  #keepForLater(input: PeerInput): void {
    // On resuming the peer learns of the whole gap, and looks at all its deadlines.
    if (input.kind === "timeout" || input.kind === "resumed") return;
    // The end of what is known, and what the disk has done, are few and must be heard.
    const mayBeLost = input.kind !== "session-down" && input.kind !== "saved";
    if (this.#backlog.length < MAX_BACKLOG || !mayBeLost) this.#backlog.push(input);
    else if (isArrival(input)) return this.#network.refuse(input.session);
    else if (input.kind === "client")
      for (const { session } of input.asked) this.#network.break(session, TOO_MUCH_WAITS);
    else if (input.kind === "message" || input.kind === "program" || input.kind === "calls")
      return this.#network.break(input.session, TOO_MUCH_WAITS);
    if (input.kind === "program" || input.kind === "calls") this.#leaveUnread(input.session);
    if (input.kind === "client") for (const { session } of input.asked) this.#leaveUnread(session);
  }

  /** What a program says next waits where it is, however much that is. */
  #leaveUnread(session: SessionId): void {
    if (this.#unread.has(session)) return;
    this.#unread.add(session);
    this.#out.push({ kind: "reading", session, on: false });
  }

  #readOn(): void {
    for (const session of this.#unread) this.#out.push({ kind: "reading", session, on: true });
    this.#unread.clear();
  }

  #obey(command: FaultCommand): void {
    switch (command.kind) {
      case "set":
        return this.#set(command);
      case "remove":
        return this.#end({ id: command.id });
      case "heal":
        return this.#heal(command);
      case "pause":
        return this.#pause(command);
      case "resume":
        return this.#resume(command.by);
      case "crash":
        return this.#crash(command);
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

  #set(command: Timed<"set">): void {
    const { fault, targets, by } = command;
    const set = this.#network.set(command, this.#real);
    if (set.length < targets.length) {
      return this.#tell({ kind: "fault-refused", reason: `${MAX_FAULTS} faults are the most at a time`, by });
    }
    for (const each of set) {
      this.#tellFault("fault-set", each, by);
      if (fault.kind === "cut" && fault.reset) this.#network.reset(each.target);
    }
  }

  #end(which: Parameters<FaultyNetwork["end"]>[0], by?: string): void {
    for (const fault of this.#network.end(which, this.#real)) this.#tellFault("fault-ended", fault, by ?? fault.by);
  }

  #heal({ target, by }: Timed<"heal">): void {
    this.#end({ target }, by);
    if (target !== "all") return;
    if (this.#skew !== 1 || this.#pace !== 1) this.#runClock({ skew: 1, pace: 1 }, by);
    this.#resume(by);
    this.#recover();
  }

  #pause({ by, forMs }: Timed<"pause">): void {
    if (this.#condition === "crashed") return;
    this.#endConditionAfter(forMs);
    if (this.#condition === "paused") return;
    this.#condition = "paused";
    this.#pausedAt = { real: this.#real, own: this.#clock.at(this.#real) };
    this.#tell({ kind: "peer-paused", by });
  }

  /** What has come meanwhile is delivered, after the peer has been told how long it stood still. */
  #resume(by: string): void {
    if (this.#condition !== "paused") return;
    this.#condition = "running";
    this.#conditionEnds = NEVER;
    const { real, own } = this.#pausedAt;
    const backlog = this.#backlog;
    this.#backlog = [];
    this.#readOn();
    this.#tell({ kind: "peer-unpaused", by, pausedMs: this.#real - real });
    this.#feed({ kind: "resumed", gapMs: this.#clock.at(this.#real) - own });
    for (const input of backlog) this.#feed(input);
    this.#feed({ kind: "timeout" });
  }

  /** The machine and what is not on disk are gone, and every connection breaks. */
  #crash({ by, forMs }: Timed<"crash">): void {
    if (this.#restoring) return;
    this.#endConditionAfter(forMs);
    if (this.#condition === "crashed") return;
    this.#tell({ kind: "peer-crashed", by });
    this.#condition = "crashed";
    this.#backlog = [];
    this.#unread.clear();
    this.#network.crash();
    this.#out.push({ kind: "crash" });
  }

  /** Asks for what is on disk; the peer starts when it comes. */
  #recover(): void {
    if (this.#condition !== "crashed" || this.#restoring) return;
    this.#conditionEnds = NEVER;
    this.#restoring = true;
    this.#out.push({ kind: "restore" });
  }

  /** The same start-up as a new process has. */
  #restore(id: PeerId, records: readonly AnyRecord[]): void {
    if (!this.#restoring) return;
    this.#restoring = false;
    const seed = this.#random.below(2 ** 32);
    // Where the disk is blank now, this peer may have founded a cluster that goes on without it: it never founds twice.
    const options = { ...this.#options, id, seed, found: false };
    this.#peer = new Peer(options, records, this.#clock.at(this.#real));
    this.#condition = "running";
    this.#tell({ kind: "peer-recovered" });
    this.#feed({ kind: "timeout" });
  }

  #endConditionAfter(forMs: number | null): void {
    this.#conditionEnds = forMs === null ? NEVER : this.#real + forMs;
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

const ARRIVALS = ["session-up", "program-up", "client-up", "caller-up"] as const;
type Arrival = (typeof ARRIVALS)[number];

/** Whether somebody new has connected. */
function isArrival(input: PeerInput): input is Extract<PeerInput, { kind: Arrival }> {
  return ARRIVALS.some((kind) => kind === input.kind);
}
