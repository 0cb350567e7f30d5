import type { Random } from "../../../../src/core/random.ts";
import type { AddressAct, AddressReport } from "../../../../src/protocols/office/message.ts";
import type { Hold } from "./hold.ts";
import type { RealTime } from "./real-time.ts";

/** What holds the address for one life of a peer: a process of its own, by the peer's clock. It is slow, and its answers get lost. */
export class Keeper {
  readonly #name: string;
  readonly #time: RealTime;
  readonly #random: Random;
  readonly #hold: Hold;
  readonly #clock: { now(): number; msUntil(own: number): number };
  readonly #tell: (told: AddressReport) => void;
  #until = Number.NEGATIVE_INFINITY;
  #term = 0;
  #holds = false;
  /** Acts come in order: none is carried out before this real instant. */
  #busyUntil = 0;

  constructor(
    name: string,
    { time, random, hold }: { readonly time: RealTime; readonly random: Random; readonly hold: Hold },
    clock: { now(): number; msUntil(own: number): number },
    tell: (told: AddressReport) => void,
  ) {
    this.#name = name;
    this.#time = time;
    this.#random = random;
    this.#hold = hold;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Asks something of it. */
  do(act: AddressAct): void {
    const slow = this.#random.below(10) === 0 ? 120 : 15;
    this.#busyUntil = Math.max(this.#busyUntil, this.#time.now + this.#random.below(slow));
    this.#time.after(this.#busyUntil - this.#time.now, () => this.#carryOut(act));
  }

  /** The peer has ended: this ends with it, or, as good as stopped, holds on for as long as it may. */
  end(): void {
    if (this.#random.below(2) === 0) this.#release("ended");
  }

  #carryOut(act: AddressAct): void {
    switch (act.kind) {
      case "address-prepared":
        return;
      case "address-wanted":
        return this.#take(act.term, act.until);
      case "address-extended":
        if (act.term === this.#term) this.#setUntil(act.until);
        return;
      case "address-unwanted":
        if (act.term === this.#term) this.#until = Number.NEGATIVE_INFINITY;
        this.#release("let go");
        return this.#say({ kind: "address-gone", term: act.term, because: "let go" });
    }
  }

  #take(term: number, until: number): void {
    this.#term = term;
    if (this.#random.below(4) === 0) return this.#say({ kind: "address-refused", term, because: "in use" });
    this.#setUntil(until);
    if (this.#clock.now() >= this.#until) return this.#say({ kind: "address-gone", term, because: "too late" });
    this.#holds = true;
    this.#hold.begin(this.#name, () => this.#holds && this.#clock.now() < this.#until);
    this.#say({ kind: "address-taken", term });
  }

  /** Where it was let go it is not had again by that. */
  #setUntil(until: number): void {
    if (until <= this.#until) return;
    if (this.#clock.now() >= this.#until) this.#release("its lease is over");
    this.#until = until;
    this.#time.after(this.#clock.msUntil(until), () => {
      if (this.#clock.now() >= this.#until) this.#release("its lease is over");
    });
  }

  #release(because: string): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#say({ kind: "address-gone", term: this.#term, because });
  }

  #say(told: AddressReport): void {
    if (this.#random.below(10) > 0) this.#time.after(this.#random.below(30), () => this.#tell(told));
  }
}
