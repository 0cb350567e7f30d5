import { type Address, isUsable } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { DirectProbes, Probe, Prober } from "./direct-probes.ts";

/** Probes on behalf of others under way at a time. */
const MAX_RUNNING = 256;

interface Request {
  readonly from: PeerId;
  readonly token: number;
}

/** Tells the peer that asked. */
type Answer = (to: PeerId, token: number, answered: boolean) => void;

/** Indirect probes that others ask of us (SWIM section 3.1, "ping-req"): one direct probe each, and its outcome told. */
export class Requests implements Prober {
  readonly #probes: DirectProbes;
  readonly #timeoutMs: number;
  readonly #answer: Answer;
  readonly #running = new Map<Probe, Request>();
  #refused = 0;

  constructor(probes: DirectProbes, timeoutMs: number, answer: Answer) {
    this.#probes = probes;
    this.#timeoutMs = timeoutMs;
    this.#answer = answer;
  }

  /** Requests left without an answer, for want of room or of nonces, or because nobody can be at the address. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes a request. One that is refused is not answered: "no" would blame a peer that was never asked. */
  request(from: PeerId, token: number, target: Address, now: number): void {
    if (this.#running.size >= MAX_RUNNING || !this.#probes.canStart || !isUsable(target)) {
      this.#refused += 1;
      return;
    }
    this.#running.set(this.#probes.start(this, target, now, this.#timeoutMs), { from, token });
  }

  answered(probe: Probe): void {
    this.#conclude(probe, true);
  }

  missed(probe: Probe): void {
    this.#probes.end(probe);
    this.#conclude(probe, false);
  }

  voided(probe: Probe): void {
    // Whoever asked has long stopped waiting.
    this.#running.delete(probe);
  }

  #conclude(probe: Probe, answered: boolean): void {
    const request = this.#running.get(probe);
    if (request === undefined) return;
    this.#running.delete(probe);
    this.#answer(request.from, request.token, answered);
  }
}
