import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";

/** How long to wait between dials. */
export interface Backoff {
  /** The longest wait after the first failure, ms. */
  readonly redialFirstMs: number;
  /** The longest wait ever, ms; a link that lasted as long starts anew. */
  readonly redialCapMs: number;
}

/** What is being done about a wanted address. */
type Phase =
  | { readonly kind: "waiting"; readonly deadline: number }
  | { readonly kind: "dialling"; readonly session: SessionId }
  | { readonly kind: "linked"; readonly peer: PeerId };

/**
 * One wanted address: exponential backoff with full jitter, so that peers which lost each other at the same instant
 * do not dial at the same instant for ever.
 */
export class Redial {
  readonly address: Address;
  readonly #backoff: Backoff;
  readonly #random: Random;
  #phase: Phase;
  #ceilingMs: number;
  #failures = 0;

  /** Due at once. */
  constructor(address: Address, backoff: Backoff, random: Random, now: number) {
    this.address = address;
    this.#backoff = backoff;
    this.#random = random;
    this.#phase = { kind: "waiting", deadline: now };
    this.#ceilingMs = backoff.redialFirstMs;
  }

  /** When to dial; Infinity while it is dialled or linked. */
  get deadline(): number {
    return this.#phase.kind === "waiting" ? this.#phase.deadline : Infinity;
  }

  get dialling(): boolean {
    return this.#phase.kind === "dialling";
  }

  /** The connection that is being dialled. */
  get session(): SessionId | null {
    return this.#phase.kind === "dialling" ? this.#phase.session : null;
  }

  /** Who was found there, while a link to it stands. */
  get peer(): PeerId | null {
    return this.#phase.kind === "linked" ? this.#phase.peer : null;
  }

  /** Dials in a row that came to nothing. */
  get failures(): number {
    return this.#failures;
  }

  /** Ends a wait. */
  hurry(now: number): void {
    if (this.#phase.kind === "waiting") this.#phase = { kind: "waiting", deadline: now };
  }

  dialled(session: SessionId): void {
    this.#phase = { kind: "dialling", session };
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#wait(now);
  }

  linked(peer: PeerId): void {
    this.#failures = 0;
    this.#phase = { kind: "linked", peer };
  }

  /** The link, which stood for `lastedMs`, is gone. */
  lost(now: number, lastedMs: number): void {
    if (lastedMs >= this.#backoff.redialCapMs) this.#ceilingMs = this.#backoff.redialFirstMs;
    this.#wait(now);
  }

  #wait(now: number): void {
    this.#phase = { kind: "waiting", deadline: now + this.#random.between(1, this.#ceilingMs) };
    this.#ceilingMs = Math.min(2 * this.#ceilingMs, this.#backoff.redialCapMs);
  }
}
