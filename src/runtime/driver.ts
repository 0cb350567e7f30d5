import type { FaultyPeer } from "../peer/faulty-peer.ts";
import type { FaultyEffect, FaultyInput } from "../peer/machine.ts";
import type { PeerEvent } from "../peer/peer-event.ts";

/** A timer this late means that the process stood still: it was stopped, suspended, or starved. */
const STALL_MS = 400;

/** The longest delay that a timer takes; a later deadline is armed anew. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a driver carries effects out with. */
export interface Carrier {
  /** Carries out anything but an event. Inputs that follow come later, never from inside this call. */
  carryOut(effect: Exclude<FaultyEffect, { kind: "event" }>): void;
  /** The inputs at hand are done: what was written may leave. */
  flush(): void;
  /** Something has happened. May give inputs. */
  tell(event: PeerEvent): void;
}

/**
 * Drives one peer on the real clock: gives it its inputs one after another, carries out what it asks for, and wakes it
 * at its deadline. It decides nothing.
 */
export class Driver {
  readonly #peer: Pick<FaultyPeer, "deadline" | "step">;
  readonly #carrier: Carrier;
  readonly #clock: () => number;
  #queue: FaultyInput[] = [];
  #running = false;
  #flushing = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  /** `clock`: monotonic milliseconds. */
  constructor(peer: Pick<FaultyPeer, "deadline" | "step">, carrier: Carrier, clock: () => number) {
    this.#peer = peer;
    this.#carrier = carrier;
    this.#clock = clock;
  }

  /** Begins: the peer's first deadline is now. */
  start(): void {
    this.give({ kind: "timeout" });
  }

  /** No input reaches the peer any more, and no timer fires. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Lets one thing happen to the peer, after those that are already waiting. */
  give(input: FaultyInput): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    if (this.#running) return;
    this.#running = true;
    const now = this.#clock();
    // A socket may wake a process that stood still before its timer does, so every input looks.
    const late = now - this.#armedFor;
    if (late > STALL_MS) {
      this.#armedFor = now;
      this.#step({ kind: "resumed", gapMs: late }, now);
    }
    for (let i = 0; i < this.#queue.length; i++) this.#step(this.#queue[i] as FaultyInput, now);
    this.#queue = [];
    this.#running = false;
    this.#arm();
    this.#flushSoon();
  }

  #step(input: FaultyInput, now: number): void {
    for (const effect of this.#peer.step(input, now)) {
      if (effect.kind === "event") this.#carrier.tell(effect.event);
      else this.#carrier.carryOut(effect);
    }
  }

  /** All that one turn of the event loop writes leaves in one piece. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#carrier.flush();
    });
  }

  /** Arms the timer unless it already fires in time: heartbeats push a deadline off far more often than it is met. */
  #arm(): void {
    const { deadline } = this.#peer;
    if (this.#stopped || deadline >= this.#armedFor) return;
    clearTimeout(this.#timer);
    const now = this.#clock();
    this.#armedFor = Math.max(deadline, now);
    const delay = Math.min(Math.ceil(this.#armedFor - now), MAX_TIMER_MS);
    // What has already arrived is read first: an answer that waits in a socket must not count as missed.
    this.#timer = setTimeout(() => setImmediate(() => this.#fire()), delay);
  }

  #fire(): void {
    if (this.#stopped) return;
    const now = this.#clock();
    const late = now - this.#armedFor;
    this.#armedFor = Number.POSITIVE_INFINITY;
    // Told even where the deadline has moved on meanwhile: whoever was probed then had no fair chance.
    if (late > STALL_MS) this.give({ kind: "resumed", gapMs: late });
    if (now >= this.#peer.deadline) this.give({ kind: "timeout" });
    else this.#arm();
  }
}
