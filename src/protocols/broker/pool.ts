import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Ground } from "./ground.ts";
import type { BrokerMessage, WorkerView } from "./message.ts";

/** Workers of a pool, at most. */
const MAX_WORKERS = 256;

/** Slices that one worker has in hand, at most: while it computes one, the next is on its way. */
const MAX_IN_HAND = 2;

/** Who failed at a slice gets the next one after so long, ms. */
const REST_MS = 100;

/** How much the latest slice counts in the speed of its worker. */
const SPEED_WEIGHT = 0.25;

/** Response times of which the median is shown. */
const SHOWN_RESPONSES = 15;

type News = Extract<BrokerMessage, { readonly kind: "pool-news" }>["workers"];

/** Why one is a worker no more. */
export type LeaveReason = "unsubscribed" | "link-lost" | "unhealthy";

/** One who works for the pool. */
export class Worker {
  readonly peer: PeerId;
  /** Cells that it computes in a microsecond; null before that is known. */
  speed: number | null;
  /** Cells times turns that it owes, and in how many slices. */
  outstanding = 0;
  inHand = 0;
  /** How many of those are late: it gets no more before they are settled. */
  late = 0;
  /** It has refused a slice, or failed at one: it gets no more for a moment. */
  isResting = false;
  slices = 0;
  failures = 0;
  readonly #responses: number[] = [];

  constructor(peer: PeerId, speed: number | null) {
    this.peer = peer;
    this.speed = speed;
  }

  /** Whether it may be given a slice. */
  get isReady(): boolean {
    return this.late === 0 && !this.isResting && this.inHand < MAX_IN_HAND;
  }

  /** From request to answer, median of its latest slices, ms; null before the first. */
  get responseMs(): number | null {
    const sorted = this.#responses.toSorted((a, b) => a - b);
    return sorted[sorted.length >>> 1] ?? null;
  }

  /** A slice of it counted: so much work, in so many microseconds, answered after so many ms. */
  count(work: number, tookUs: number, responseMs: number): void {
    this.slices += 1;
    // A clock that is too coarse to tell shows none at all: then the way there and back counts.
    const speed = work / Math.max(1, tookUs > 0 ? tookUs : responseMs * 1000);
    this.speed = this.speed === null ? speed : this.speed + (speed - this.speed) * SPEED_WEIGHT;
    this.#responses.push(responseMs);
    if (this.#responses.length > SHOWN_RESPONSES) this.#responses.shift();
  }
}

/** Who works for whoever is in office, and how much each has to do. */
export class Pool {
  readonly #ground: Ground;
  readonly #workers = new Map<PeerId, Worker>();
  /** Until when workers rest. */
  readonly #resting = new DeadlineQueue<Worker>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When the next one has rested, monotonic ms. */
  get deadline(): number {
    return this.#resting.earliest;
  }

  get peers(): Iterable<PeerId> {
    return this.#workers.keys();
  }

  get size(): number {
    return this.#workers.size;
  }

  get(peer: PeerId): Worker | undefined {
    return this.#workers.get(peer);
  }

  /** Takes one in, if there is room; `speed` as it says itself, 0 where it does not know. */
  join(peer: PeerId, speed: number): boolean {
    if (this.#workers.has(peer)) return true;
    if (this.#workers.size >= MAX_WORKERS) return false;
    this.#workers.set(peer, new Worker(peer, speed > 0 ? speed : null));
    this.#ground.effects.event({ kind: "worker-joined", peer });
    return true;
  }

  /** Lets one go; what it has in hand is for others to move. Undefined where it is none. */
  leave(peer: PeerId, because: LeaveReason): Worker | undefined {
    const worker = this.#workers.get(peer);
    if (worker === undefined) return undefined;
    this.#workers.delete(peer);
    this.#ground.effects.event({ kind: "worker-left", peer, because });
    return worker;
  }

  /** Lets all go: another is in office. */
  clear(): void {
    this.#workers.clear();
  }

  /** One has failed: it gets nothing for a moment. */
  rest(worker: Worker): void {
    worker.isResting = true;
    this.#resting.set(worker, this.#ground.now + REST_MS);
  }

  /** Time has passed. */
  pass(): void {
    const { now } = this.#ground;
    for (let worker = this.#resting.takeDue(now); worker !== undefined; worker = this.#resting.takeDue(now))
      worker.isResting = false;
  }

  /** The one with the least load of those that may be given a slice and are not to be avoided; of several any. */
  choose(avoided: (worker: Worker) => boolean): Worker | undefined {
    const usual = this.#usualSpeed();
    let least = Number.POSITIVE_INFINITY;
    let chosen: Worker | undefined;
    let ties = 0;
    for (const worker of this.#workers.values()) {
      if (!worker.isReady || avoided(worker)) continue;
      const load = worker.outstanding / (worker.speed ?? usual);
      if (load > least) continue;
      ties = load < least ? 1 : ties + 1;
      least = load;
      // Of so many that are alike, each is left in the end with the same chance.
      if (ties === 1 || this.#ground.random.below(ties) === 0) chosen = worker;
    }
    return chosen;
  }

  /** The part of all speed that a worker has among those that are not late, 0 to 1. */
  shareOf(worker: Worker): number {
    const usual = this.#usualSpeed();
    let total = 0;
    for (const each of this.#workers.values()) if (each.late === 0 || each === worker) total += each.speed ?? usual;
    return (worker.speed ?? usual) / total;
  }

  /** Those that are not late. */
  get present(): number {
    let count = 0;
    for (const { late } of this.#workers.values()) if (late === 0) count += 1;
    return count;
  }

  /** As it is shown; by peer. */
  view(): readonly WorkerView[] {
    const usual = this.#usualSpeed();
    return [...this.#workers.values()]
      .map(({ peer, speed, outstanding, slices, failures, responseMs }) => {
        const loadMs = outstanding / (speed ?? usual) / 1000;
        return { peer, speed, outstanding, loadMs, slices, failures, responseMs };
      })
      .sort((one, other) => (one.peer < other.peer ? -1 : 1));
  }

  /** As it is told to other peers. */
  news(): News {
    return [...this.#workers.values()].map(({ peer, speed, outstanding, slices, failures, responseMs, late }) => ({
      ...{ peer, slices, failures, late: late > 0 },
      speed: whole(speed ?? 0),
      outstanding: whole(outstanding),
      responseUs: whole((responseMs ?? 0) * 1000),
    }));
  }

  /** What one is taken for whose speed is not known: the mean of the others. */
  #usualSpeed(): number {
    let sum = 0;
    let known = 0;
    for (const { speed } of this.#workers.values()) {
      if (speed === null) continue;
      sum += speed;
      known += 1;
    }
    return known === 0 ? 1 : sum / known;
  }
}

/** A number as u32 holds it. */
export function whole(value: number): number {
  return Math.min(0xffff_ffff, Math.round(value));
}

/** What another in office has told, as it is shown. */
export function workersOf(news: News): readonly WorkerView[] {
  return news
    .map(({ peer, speed, outstanding, slices, failures, responseUs }) => ({
      ...{ peer, outstanding, slices, failures },
      speed: speed === 0 ? null : speed,
      loadMs: outstanding / Math.max(1, speed) / 1000,
      responseMs: responseUs === 0 ? null : responseUs / 1000,
    }))
    .sort((one, other) => (one.peer < other.peer ? -1 : 1));
}
