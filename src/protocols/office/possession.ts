import type { Address } from "../../core/address.ts";
import type { Effects } from "../../core/effects.ts";
import type { OfficeSpeech } from "./message.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** An address that cannot be had is tried again after so long, each time twice as long, at most the other, ms. */
const RETRY_MS = 20;
const MAX_RETRY_MS = 1000;

/** Whoever holds addresses here and has not said in this time what came of one is told again, ms: a probe takes 1 s. */
const ANSWER_MS = 5000;

/** The virtual address during one stay in office: asked for, had, lost, and asked for again. Instants are monotonic ms. */
export class Possession {
  readonly #address: Address;
  readonly #term: number;
  readonly #effects: Effects<OfficeSpeech>;
  #state: "asked" | "held" | "refused" = "asked";
  #askedSince: number;
  #nextAt = NEVER;
  #retryMs = RETRY_MS;
  /** The latest refusal that was told: the same one over and over is no news. */
  #told: string | null = null;

  /** Asks for it. */
  constructor(address: Address, term: number, effects: Effects<OfficeSpeech>, until: number, now: number) {
    this.#address = address;
    this.#term = term;
    this.#effects = effects;
    this.#askedSince = now;
    this.#ask(until, now);
  }

  /** Whether it was taken, and nothing was heard of its loss. */
  get isHeld(): boolean {
    return this.#state === "held";
  }

  /** When to ask again. */
  get deadline(): number {
    return this.#nextAt;
  }

  /** Time passed. */
  tick(until: number, now: number): void {
    if (now >= this.#nextAt) this.#ask(until, now);
  }

  /** It may be held for longer. */
  extend(until: number): void {
    if (this.#state !== "refused") this.#effects.event({ kind: "address-extended", term: this.#term, until });
  }

  /** It was taken. */
  taken(now: number): void {
    if (this.#state === "held") return;
    this.#state = "held";
    this.#nextAt = NEVER;
    this.#retryMs = RETRY_MS;
    this.#told = null;
    const [address, term, tookMs] = [this.#address, this.#term, now - this.#askedSince];
    this.#effects.event({ kind: "address-acquired", address, term, tookMs });
  }

  /** It cannot be had now, or was lost though it was to be kept: tried again. */
  refused(because: string, now: number): void {
    if (this.#state === "refused") return;
    if (this.#state === "held") {
      this.#askedSince = now;
      this.lost(because);
    } else if (this.#told !== because) {
      this.#told = because;
      this.#effects.event({ kind: "address-failed", address: this.#address, term: this.#term, because });
    }
    this.#state = "refused";
    this.#nextAt = now + this.#retryMs;
    this.#retryMs = Math.min(MAX_RETRY_MS, 2 * this.#retryMs);
  }

  /** It is not held any more, if it was. */
  lost(because: string): void {
    if (this.#state !== "held") return;
    this.#state = "refused";
    this.#effects.event({ kind: "address-lost", address: this.#address, term: this.#term, because });
  }

  #ask(until: number, now: number): void {
    this.#state = "asked";
    this.#nextAt = now + ANSWER_MS;
    this.#effects.event({ kind: "address-wanted", address: this.#address, term: this.#term, until });
  }
}
