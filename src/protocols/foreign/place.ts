import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { PlaceState } from "./message.ts";

/** The longest wait after the first failure, and ever. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** One address of the other network: whether it is dialled, asked or a neighbour, and when to try again. */
export class Place {
  readonly address: Address;
  readonly #random: Random;
  #state: PlaceState = "waiting";
  #session: SessionId | null = null;
  #deadline: number;
  #ceilingMs = FIRST_WAIT_MS;
  #failures = 0;

  /** To be dialled at once. */
  constructor(address: Address, random: Random, now: number) {
    this.address = address;
    this.#random = random;
    this.#deadline = now;
  }

  get state(): PlaceState {
    return this.#state;
  }

  /** The connection to it; null while it waits. */
  get session(): SessionId | null {
    return this.#session;
  }

  /** When it may be dialled, or when what is due from it is late; Infinity where nothing is due. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Tries in a row that came to nothing. */
  get failures(): number {
    return this.#failures;
  }

  dial(session: SessionId, deadline: number): void {
    this.#state = "dialling";
    this.#session = session;
    this.#deadline = deadline;
  }

  /** A PULL goes to it, the first as soon as its connection stands. */
  ask(deadline: number): void {
    // A later question does not put off the answer to an earlier one.
    this.#deadline = this.#state === "dialling" ? deadline : Math.min(this.#deadline, deadline);
    if (this.#state === "dialling") this.#state = "asked";
  }

  /** Whether a RESPONSE is due. */
  get isAsked(): boolean {
    return (this.#state === "asked" || this.#state === "neighbour") && this.#deadline !== Number.POSITIVE_INFINITY;
  }

  /** It has answered a PULL. Only a second answer makes good what it failed before: one costs nothing. */
  answered(): void {
    if (this.#state === "neighbour") {
      this.#failures = 0;
      this.#ceilingMs = FIRST_WAIT_MS;
    }
    this.#state = "neighbour";
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** The connection is gone, or was never there: exponential backoff with full jitter. */
  lost(now: number): void {
    this.#state = "waiting";
    this.#session = null;
    this.#failures += 1;
    this.#deadline = now + this.#random.between(1, this.#ceilingMs);
    this.#ceilingMs = Math.min(2 * this.#ceilingMs, LONGEST_WAIT_MS);
  }

  /** This process stood still: what was due meanwhile may still come. */
  putOff(ms: number): void {
    this.#deadline += ms;
  }
}
