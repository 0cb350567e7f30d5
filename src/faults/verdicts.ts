import type { PeerId } from "../core/peer-id.ts";
import type { Random } from "../core/random.ts";
import type { ActiveFault, Delivery, Direction, FaultCounters, FaultTarget, LinkFault, Traffic } from "./fault.ts";

/** Faults in force at a time. */
export const MAX_FAULTS = 64;

/** How far a reordered packet falls behind. */
const REORDER_MS = 50;

/** What would wait longer for its turn is lost, as where a router's buffer is full. */
const MAX_BANDWIDTH_WAIT_MS = 1000;

/** What arrives of something that is lost. */
const NOTHING: readonly Delivery[] = [];

/**
 * The link faults of one peer, and their verdicts on each message and packet. Several at once act in this order,
 * whichever was set first: cut, drop, corrupt, duplicate, latency, reorder, bandwidth. Of two of one kind the later set
 * acts after the earlier.
 */
export class Verdicts {
  readonly #random: Random;
  #held: Held[] = [];
  #lastId = 0;
  #deadline = Number.POSITIVE_INFINITY;
  /** When the latest thing arrives on each link and way, so that links keep their order. */
  readonly #latest = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether anything is in force: without, nothing needs a verdict. */
  get isQuiet(): boolean {
    return this.#held.length === 0;
  }

  /** Monotonic ms at which the next fault ends by itself; Infinity for never. */
  get deadline(): number {
    return this.#deadline;
  }

  /** The faults in force, in the order in which they were set. */
  get active(): readonly ActiveFault[] {
    return this.#held.map(({ active }) => active);
  }

  /** How many more can be set. */
  get room(): number {
    return MAX_FAULTS - this.#held.length;
  }

  /** Sets a fault; it, or undefined when `MAX_FAULTS` are in force. */
  set(
    fault: LinkFault,
    on: { readonly target: FaultTarget; readonly direction: Direction; readonly by: string },
    since: number,
    until: number,
  ): ActiveFault | undefined {
    if (this.room <= 0) return undefined;
    this.#lastId += 1;
    const counters = { blocked: 0, dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 };
    const active = { id: this.#lastId, fault, ...on, since, until, counters };
    this.#keep([...this.#held, { active, counters, freeAt: { in: since, out: since } }]);
    return active;
  }

  /** Ends a fault; it as it was, or undefined if there is none. */
  remove(id: number): ActiveFault | undefined {
    return this.#end((fault) => fault.id === id)[0];
  }

  /** Ends all faults on a target, or all there are; those that were. */
  heal(target: FaultTarget | "all"): readonly ActiveFault[] {
    return this.#end((fault) => target === "all" || fault.target === target);
  }

  /** Ends the faults whose time is over; those that were. */
  expire(now: number): readonly ActiveFault[] {
    return this.#deadline <= now ? this.#end(({ until }) => until <= now) : [];
  }

  /** Whether a cut, either way, is in force towards a peer; null for somebody unknown. */
  isCut(peer: PeerId | null): boolean {
    return this.#cutOn(peer) !== undefined;
  }

  /** As `isCut`, and where it is, counts one thing more that was blocked. */
  blocks(peer: PeerId | null): boolean {
    const cut = this.#cutOn(peer);
    if (cut !== undefined) cut.counters.blocked += 1;
    return cut !== undefined;
  }

  /** Whether a fault that makes things late acts on this traffic. */
  delays(traffic: Traffic): boolean {
    return this.#held.some(({ active }) => LATE.has(active.fault.kind) && actsOn(active, traffic));
  }

  /** When the latest thing that was delayed arrives on the link to a peer; in the past if none travels. */
  latest({ peer, way }: Pick<Traffic, "peer" | "way">): number {
    return this.#latest.get(`${way} ${peer}`) ?? Number.NEGATIVE_INFINITY;
  }

  /** The latest thing on this link has arrived. */
  arrived({ peer, way }: Pick<Traffic, "peer" | "way">): void {
    this.#latest.delete(`${way} ${peer}`);
  }

  /** What becomes of one message or packet: the copies that arrive, none if it is lost. */
  judge(traffic: Traffic, now: number): readonly Delivery[] {
    let deliveries: readonly Delivery[] = [{ at: now, corrupted: false }];
    const acting = this.#held.filter(({ active }) => actsOn(active, traffic));
    for (const kind of ORDER) {
      for (const held of acting) {
        if (held.active.fault.kind === kind) deliveries = this.#apply(held, traffic, deliveries);
      }
    }
    return traffic.medium === "link" ? this.#inOrder(traffic, deliveries, now) : deliveries;
  }

  #apply({ active: { fault }, counters, freeAt }: Held, traffic: Traffic, deliveries: readonly Delivery[]) {
    switch (fault.kind) {
      case "cut":
        counters.blocked += deliveries.length;
        return NOTHING;
      case "drop":
        return deliveries.filter(() => !this.#hits(fault.percent, counters, "dropped"));
      case "corrupt":
        return deliveries.map((each) =>
          this.#hits(fault.percent, counters, "corrupted") ? { ...each, corrupted: true } : each,
        );
      case "duplicate":
        return deliveries.flatMap((each) =>
          this.#hits(fault.percent, counters, "duplicated") ? [each, each] : [each],
        );
      case "latency":
        counters.delayed += deliveries.length;
        return deliveries.map((each) => ({ ...each, at: each.at + this.#delay(fault) }));
      case "reorder":
        if (traffic.medium === "link") return deliveries;
        return deliveries.map((each) =>
          this.#hits(fault.percent, counters, "reordered") ? { ...each, at: each.at + REORDER_MS } : each,
        );
      case "bandwidth": {
        const takes = deliveries.length === 0 ? 0 : (traffic.bytes() / fault.bytesPerSecond) * 1000;
        return deliveries.flatMap((each) => inTurn(each, traffic.way, takes, freeAt, counters));
      }
    }
  }

  #hits(percent: number, counters: FaultCounters, counter: keyof FaultCounters): boolean {
    if (this.#random.below(1_000_000) >= percent * 10_000) return false;
    counters[counter] += 1;
    return true;
  }

  #delay({ delayMs, jitterMs }: Extract<LinkFault, { kind: "latency" }>): number {
    const jitter = jitterMs > 0 ? (this.#random.below(1_000_001) / 500_000 - 1) * jitterMs : 0;
    return Math.max(0, delayMs + jitter);
  }

  #inOrder(traffic: Traffic, deliveries: readonly Delivery[], now: number): readonly Delivery[] {
    return deliveries.map((each) => {
      const at = Math.max(each.at, this.latest(traffic));
      if (at > now) this.#latest.set(`${traffic.way} ${traffic.peer}`, at);
      return { ...each, at };
    });
  }

  #cutOn(peer: PeerId | null): Held | undefined {
    return this.#held.find(({ active: { fault, target } }) => fault.kind === "cut" && isOn(target, peer));
  }

  #end(isOver: (fault: ActiveFault) => boolean): readonly ActiveFault[] {
    const over = this.active.filter(isOver);
    if (over.length > 0) this.#keep(this.#held.filter(({ active }) => !over.includes(active)));
    return over;
  }

  #keep(held: Held[]): void {
    this.#held = held;
    this.#deadline = Math.min(Number.POSITIVE_INFINITY, ...held.map(({ active }) => active.until));
  }
}

interface Held {
  readonly active: ActiveFault;
  readonly counters: FaultCounters;
  /** When the bandwidth is free again, each way; monotonic ms. */
  readonly freeAt: { in: number; out: number };
}

const ORDER: readonly LinkFault["kind"][] = ["cut", "drop", "corrupt", "duplicate", "latency", "reorder", "bandwidth"];

const LATE: ReadonlySet<LinkFault["kind"]> = new Set(["latency", "reorder", "bandwidth"]);

/** "Everybody" includes whoever is not known to be a peer. */
function isOn(target: FaultTarget, peer: PeerId | null): boolean {
  return target === "everybody" || target === peer;
}

function actsOn({ target, direction }: ActiveFault, { peer, way }: Traffic): boolean {
  return isOn(target, peer) && (direction === "both" || direction === way);
}

/** One thing waits for its turn, unless too much waits already. */
function inTurn(
  each: Delivery,
  way: "in" | "out",
  takesMs: number,
  freeAt: Held["freeAt"],
  counters: FaultCounters,
): readonly Delivery[] {
  const starts = Math.max(each.at, freeAt[way]);
  if (starts - each.at > MAX_BANDWIDTH_WAIT_MS) {
    counters.dropped += 1;
    return NOTHING;
  }
  freeAt[way] = starts + takesMs;
  counters.delayed += 1;
  return [{ ...each, at: freeAt[way] }];
}
