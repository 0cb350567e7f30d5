import type { Address } from "../../core/address.ts";
import type { Random } from "../../core/random.ts";

/** Longest pause between two passes over seeds or remembered addresses. */
const RETRY_CAP_MS = 5000;

/** Pause between two scans while no cluster is known. */
const SCAN_MS = 250;

/** Pause between two scans of a founder that is alone: at first, for how long, and then. */
const LONE_SCAN = { firstMs: 1000, firstForMs: 10_000, thenMs: 5000 } as const;

/** Why a search is on. "lone" scans like "scan", but from within a cluster of one. */
export type Purpose = "seeds" | "scan" | "remembered" | "lone";

/** One reason to look for others: the addresses to try, pass by pass, and the pause between two passes. */
export class Search {
  readonly purpose: Purpose;
  readonly addresses: readonly Address[];
  /** Passes in which nobody answered. */
  failures = 0;
  /** Monotonic ms of the next pass; Infinity while one over seeds or remembered addresses is under way. */
  passAt: number;
  readonly #random: Random;
  readonly #retryMs: number;
  readonly #since: number;
  readonly #pending = new Set<Address>();
  #answered = false;

  constructor(purpose: Purpose, addresses: readonly Address[], retryMs: number, random: Random, now: number) {
    this.purpose = purpose;
    this.addresses = addresses;
    this.#retryMs = retryMs;
    this.#random = random;
    this.#since = now;
    // A founder alone has just looked everywhere.
    this.passAt = purpose === "lone" ? now + this.#jittered(LONE_SCAN.firstMs) : now;
  }

  /** A pass over these addresses has begun. Scans go on at their own pace; others wait for how the pass ends. */
  begin(targets: readonly Address[], now: number): void {
    this.#answered = false;
    this.#pending.clear();
    for (const address of targets) this.#pending.add(address);
    if (this.purpose === "scan") this.passAt = now + this.#jittered(SCAN_MS);
    else if (this.purpose === "lone") this.passAt = now + this.#jittered(this.#lonePause(now));
    else this.passAt = targets.length > 0 ? Number.POSITIVE_INFINITY : now + this.#jittered(RETRY_CAP_MS);
  }

  /** Takes the result of one address; true if that ended a pass in which nobody answered. */
  settle(address: Address, answered: boolean, now: number): boolean {
    if (!this.#pending.delete(address)) return false;
    this.#answered ||= answered;
    if (this.#pending.size > 0 || this.passAt !== Number.POSITIVE_INFINITY) return false;
    this.failures = this.#answered ? 0 : this.failures + 1;
    this.passAt = now + this.#jittered(this.#answered ? this.#retryMs : this.#pauseAfterFailure());
    return !this.#answered;
  }

  /** At first it is tried again soon: whoever starts several peers at once starts the one that they join among them. */
  #pauseAfterFailure(): number {
    const doublings = Math.min(this.failures - 1, 16);
    return Math.min((this.#retryMs / 8) * 2 ** doublings, RETRY_CAP_MS);
  }

  #lonePause(now: number): number {
    return now - this.#since < LONE_SCAN.firstForMs ? LONE_SCAN.firstMs : LONE_SCAN.thenMs;
  }

  /** A quarter more or less, so that peers that started together drift apart. */
  #jittered(pauseMs: number): number {
    return this.#random.between(Math.floor(pauseMs * 0.75), Math.ceil(pauseMs * 1.25));
  }
}
