import { type Address, isUsable } from "../../core/address.ts";
import type { DirectProbes, Probe, Prober } from "./direct-probes.ts";

/** Checks under way at a time. */
const MAX_RUNNING = 256;

/**
 * How long a check takes where nobody answers, in timeouts of a direct probe: as long as a round of a member, so that
 * whoever is near enough to be a member is near enough to become one.
 */
const CHECK_TIMEOUTS = 2.5;

/** Checks that wait for their turn; a further one is refused. */
const MAX_QUEUED = 4096;

/** Tells how a check ended; `rttMs` is null without an answer. */
type Checked = (address: Address, rttMs: number | null) => void;

/**
 * Single probes of addresses, with nobody else's help. Checks of an address that is being checked, or waits for it,
 * are one check with one answer.
 */
export class Checks implements Prober {
  readonly #probes: DirectProbes;
  readonly #timeoutMs: number;
  readonly #checked: Checked;
  readonly #running = new Map<Address, Probe>();
  readonly #queued = new Set<Address>();
  #refused = 0;

  constructor(probes: DirectProbes, probeTimeoutMs: number, checked: Checked) {
    this.#probes = probes;
    this.#timeoutMs = probeTimeoutMs * CHECK_TIMEOUTS;
    this.#checked = checked;
  }

  /** Checks answered with "no" at once, for want of room. */
  get refused(): number {
    return this.#refused;
  }

  /** Asks for one check; one at an address where nobody can be is answered at once. */
  check(address: Address): void {
    if (this.#running.has(address) || this.#queued.has(address)) return;
    if (!isUsable(address)) {
      this.#checked(address, null);
    } else if (this.#queued.size >= MAX_QUEUED) {
      this.#refused += 1;
      this.#checked(address, null);
    } else {
      this.#queued.add(address);
    }
  }

  /** Starts checks that wait, as far as there are room and nonces. */
  startReady(now: number): void {
    for (const address of this.#queued) {
      if (this.#running.size >= MAX_RUNNING || !this.#probes.canStart) return;
      this.#queued.delete(address);
      this.#running.set(address, this.#probes.start(this, address, now, this.#timeoutMs));
    }
  }

  answered(probe: Probe, rttMs: number): void {
    this.#running.delete(probe.address);
    this.#checked(probe.address, rttMs);
  }

  missed(probe: Probe): void {
    this.#probes.end(probe);
    this.#running.delete(probe.address);
    this.#checked(probe.address, null);
  }

  voided(probe: Probe): void {
    this.#running.delete(probe.address);
    this.#queued.add(probe.address);
  }
}
