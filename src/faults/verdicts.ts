import type { Random } from "../core/random.ts";
import type { ActiveFault, Delivery, Direction, FaultCounters, FaultTarget, LinkFault, Traffic } from "./fault.ts";

/** Faults in force at a time. */
export const MAX_FAULTS = 64;

/** How far a reordered packet falls behind. */
const REORDER_MS = 50;

/** What arrives of something that is lost. */
const NOTHING: readonly Delivery[] = [];

/**
 * The link faults of one peer, and their verdicts on each message and packet. Several at once act in this order,
 * whichever was set first: cut, drop, corrupt, duplicate, latency, reorder, bandwidth. Of two of one kind the later set
 * acts after the earlier.
 */
export class Verdicts {
  readonly #random: Random;
  #faults: Held[] = [];
  #lastId = 0;
  /** When the latest thing arrives on each link and way, so that links keep their order. */
  readonly #latest = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether anything is in force: without, nothing needs a verdict. */
  get isQuiet(): boolean {
    return this.#faults.length === 0;
  }

  /** Monotonic ms at which the next fault ends by itself; Infinity for never. */
  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { until } of this.#faults) earliest = Math.min(earliest, until);
    return earliest;
  }

  /** The faults in force, in the order in which they were set. */
  get active(): readonly ActiveFault[] {
    return this.#faults;
  }

  /** Sets a fault; it, or undefined when `MAX_FAULTS` are in force. */
  set(
    fault: LinkFault,
    on: { readonly target: FaultTarget; readonly direction: Direction; readonly by: string },
    since: number,
    until: number,
  ): ActiveFault | undefined {
    if (this.#faults.length >= MAX_FAULTS) return undefined;
    this.#lastId += 1;
    const counters = { blocked: 0, dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 };
    const held = { id: this.#lastId, fault, ...on, since, until, counters, freeAt: { in: since, out: since } };
    this.#faults.push(held);
    return held;
  }

  /** Ends a fault; it as it was, or undefined if there is none. */
  remove(id: number): ActiveFault | undefined {
    const found = this.#faults.find((fault) => fault.id === id);
    this.#faults = this.#faults.filter((fault) => fault !== found);
    return found;
  }

  /** Ends all faults on a target, or all there are; those that were. */
  heal(target: FaultTarget | "all"): readonly ActiveFault[] {
    const healed = this.#faults.filter((fault) => target === "all" || fault.target === target);
    this.#faults = this.#faults.filter((fault) => !healed.includes(fault));
    return healed;
  }

  /** Ends the faults whose time is over; those that were. */
  expire(now: number): readonly ActiveFault[] {
    const over = this.#faults.filter(({ until }) => until <= now);
    if (over.length > 0) this.#faults = this.#faults.filter(({ until }) => until > now);
    return over;
  }

  /** Whether a cut, either way, is in force towards a peer. */
  isCut(peer: FaultTarget): boolean {
    return this.#faults.some(({ fault, target }) => fault.kind === "cut" && isOn(target, peer));
  }

  /** When the latest thing arrives that still travels on a link; 0 if none ever was delayed. */
  latest(peer: FaultTarget | null, way: "in" | "out"): number {
    return this.#latest.get(`${way} ${peer}`) ?? 0;
  }

  /** What becomes of one message or packet: the copies that arrive, none if it is lost. */
  judge(traffic: Traffic, now: number): readonly Delivery[] {
    const acting = this.#faults.filter(({ target, direction }) => {
      return traffic.peer !== null && isOn(target, traffic.peer) && (direction === "both" || direction === traffic.way);
    });
    if (acting.length === 0 && !this.#isBehind(traffic, now)) return [{ at: now, corrupted: false }];
    let deliveries: readonly Delivery[] = [{ at: now, corrupted: false }];
    for (const kind of ORDER) {
      for (const held of acting) {
        if (held.fault.kind === kind) deliveries = this.#apply(held, traffic, deliveries);
      }
    }
    return traffic.medium === "link" ? this.#keepOrder(traffic, deliveries) : deliveries;
  }

  #apply(held: Held, traffic: Traffic, deliveries: readonly Delivery[]): readonly Delivery[] {
    const { fault, counters } = held;
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
      case "bandwidth":
        return deliveries.map((each) => {
          const starts = Math.max(each.at, held.freeAt[traffic.way]);
          held.freeAt[traffic.way] = starts + (traffic.bytes / fault.bytesPerSecond) * 1000;
          counters.delayed += 1;
          return { ...each, at: held.freeAt[traffic.way] };
        });
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

  /** Whether something sent earlier on this link still travels, by a fault that may be over. */
  #isBehind(traffic: Traffic, now: number): boolean {
    return traffic.medium === "link" && (this.#latest.get(keyOf(traffic)) ?? 0) > now;
  }

  #keepOrder(traffic: Traffic, deliveries: readonly Delivery[]): readonly Delivery[] {
    const key = keyOf(traffic);
    return deliveries.map((each) => {
      const at = Math.max(each.at, this.#latest.get(key) ?? 0);
      this.#latest.set(key, at);
      return { ...each, at };
    });
  }
}

interface Held extends ActiveFault {
  readonly counters: FaultCounters;
  /** When the bandwidth is free again, each way; monotonic ms. */
  readonly freeAt: { in: number; out: number };
}

const ORDER: readonly LinkFault["kind"][] = ["cut", "drop", "corrupt", "duplicate", "latency", "reorder", "bandwidth"];

function isOn(target: FaultTarget, peer: FaultTarget): boolean {
  return target === "everybody" || target === peer;
}

function keyOf({ peer, way }: Traffic): string {
  return `${way} ${peer}`;
}
