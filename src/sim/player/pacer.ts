import type { Speed } from "../../control/speed.ts";
import { assert } from "../../core/assert.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import type { Desks } from "../world/desks.ts";
import { Pace } from "./pace.ts";
import { Passage } from "./passage.ts";

/** Between two looks at how far virtual time may go; real ms. */
const TICK_MS = 33;

/** Time that is gone through at a stretch before keys and paint have their turn; real ms. */
const SLICE_MS = 15;

/** Somebody waits for time to pass. */
interface Wish {
  readonly passage: Passage;
  resolve(holds: boolean): void;
  reject(error: unknown): void;
}

/** Time passes until something is the case, then it stands still. */
interface Step {
  readonly holds: () => boolean;
  /** Virtual ms. */
  readonly end: number;
  resolve(holds: boolean): void;
}

/**
 * Lets the virtual time of a world pass at a pace that can be watched. It decides when, in real time, things happen, and
 * never what happens. Time passes only where somebody asks for it, or by itself once the world is left to itself.
 */
export class Pacer {
  readonly #time: VirtualTime;
  readonly #desks: Desks;
  readonly #failed: (error: unknown) => void;
  readonly #pace = new Pace();
  /** Up to where time may go until the next look. */
  #allowed = 0;
  #isHalted = false;
  #isEnded = false;
  #isGoing = false;
  #wish: Wish | null = null;
  #step: Step | null = null;
  /** The time that passes by itself; null until the world is left to itself. */
  #free: Passage | null = null;
  #callOff: () => void = () => {};

  /** @param failed told of what is thrown while time passes: a broken invariant; time has ended then */
  constructor(time: VirtualTime, desks: Desks, failed: (error: unknown) => void) {
    this.#time = time;
    this.#desks = desks;
    this.#failed = failed;
    this.setSpeed(1);
  }

  get speed(): Speed {
    return this.#pace.speed;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Whether time passes no more, whatever is said. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Lets time pass until `holds`, at most so long; whether it came to hold. One at a time may ask. */
  pass(holds: () => boolean, limitMs: number): Promise<boolean> {
    assert(this.#wish === null, "somebody else lets time pass already");
    const passage = new Passage(this.#time, this.#desks, holds, limitMs);
    if (passage.outcome !== null) return Promise.resolve(passage.outcome);
    return new Promise((resolve, reject) => {
      this.#wish = { passage, resolve, reject };
      this.#plan();
    });
  }

  /** Leaves the world to itself: from now on time passes also where nobody asks for it. */
  leaveAlone(): void {
    this.#free = new Passage(this.#time, this.#desks, () => false, Number.POSITIVE_INFINITY);
    this.setSpeed(this.speed);
  }

  setSpeed(speed: Speed): void {
    this.#pace.begin(speed, performance.now(), this.#time.now);
    this.#look();
    this.#plan();
  }

  halt(): void {
    this.#isHalted = true;
    this.#endStep(false);
    this.#plan();
  }

  go(): void {
    this.#isHalted = this.#isEnded;
    this.#endStep(false);
    this.setSpeed(this.speed);
  }

  /** Lets time pass, as fast as it goes, until `holds`, at most so long, then halts; whether it came to hold. */
  step(holds: () => boolean, limitMs: number): Promise<boolean> {
    this.halt();
    if (this.#isEnded) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#step = { holds, end: this.#time.now + limitMs, resolve };
      this.#plan();
    });
  }

  /** Time passes no more. */
  end(): void {
    this.#isEnded = true;
    this.halt();
  }

  get #passage(): Passage | null {
    return this.#wish?.passage ?? this.#free;
  }

  get #isHeld(): boolean {
    return this.#isEnded || (this.#isHalted && this.#step === null);
  }

  get #upTo(): number {
    return this.#step?.end ?? this.#allowed;
  }

  #look(): void {
    this.#allowed = this.#pace.allowed(performance.now(), this.#time.now);
  }

  /** Goes on at once where something is due, after keys and paint; else after the next look. */
  #plan(): void {
    if (this.#isGoing) return;
    this.#callOff();
    if (this.#isHeld || this.#passage === null) return;
    if (this.#step !== null || this.#passage.isDue(this.#upTo)) {
      const immediate = setImmediate(() => this.#go());
      this.#callOff = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => {
        this.#look();
        this.#go();
      }, TICK_MS);
      this.#callOff = () => clearTimeout(timer);
    }
  }

  #go(): void {
    this.#isGoing = true;
    this.#slice()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#isGoing = false;
        this.#plan();
      });
  }

  /** Goes on as far as time may go, and no longer than others can wait. */
  async #slice(): Promise<void> {
    const endsAt = performance.now() + SLICE_MS;
    for (let isDue = true; isDue && performance.now() < endsAt; ) {
      const passage = this.#passage;
      this.#lookAtStep();
      if (this.#isHeld || passage === null) return;
      isDue = passage.isDue(this.#upTo);
      const settling = passage.goOn(this.#upTo);
      if (settling !== undefined) await settling;
      this.#lookAtStep();
      // Whoever waited for it decides what comes next.
      if (passage.outcome !== null) return this.#fulfil(passage.outcome);
    }
  }

  #fulfil(outcome: boolean): void {
    const wish = this.#wish;
    this.#wish = null;
    wish?.resolve(outcome);
  }

  #lookAtStep(): void {
    if (this.#step?.holds() === true) this.#endStep(true);
    else if (this.#step !== null && this.#time.now >= this.#step.end) this.#endStep(false);
  }

  #endStep(holds: boolean): void {
    const step = this.#step;
    this.#step = null;
    step?.resolve(holds);
  }

  #fail(error: unknown): void {
    const wish = this.#wish;
    this.#wish = null;
    this.end();
    this.#failed(error);
    wish?.reject(error);
  }
}
