import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { NoncePool } from "./nonce-pool.ts";

/** SYNs of one probe. */
const SYNS_PER_PROBE = 3;

/** Whoever probes is told how each of its probes went. */
export interface Prober {
  /** An ACK came; the probe is over. */
  answered(probe: Probe, rttMs: number, now: number): void;
  /** The probe's timeout passed. It stays open for a late ACK, until its deadline, unless it is ended. */
  missed(probe: Probe, now: number): void;
  /** The probe is over without a verdict: this process stood still meanwhile. */
  voided(probe: Probe): void;
}

/** A question to one address: up to three SYNs, each with a nonce of its own. */
export interface Probe {
  readonly address: Address;
  readonly startedAt: number;
  /** After so long it is missed; its SYNs are spread over that. */
  readonly timeoutMs: number;
  /** From this instant on no ACK counts any more. */
  deadline: number;
}

interface OpenProbe {
  readonly probe: Probe;
  readonly prober: Prober;
  /** Nonces set aside at the start, so that a probe never lacks one half-way. */
  readonly unsent: Uint8Array[];
  readonly sent: string[];
}

interface Syn {
  readonly open: OpenProbe;
  readonly sentAt: number;
}

/**
 * The probes under way. An ACK counts only if its nonce and the address that it comes from match a SYN of an open
 * probe, once, and before the deadline.
 */
export class DirectProbes {
  readonly #nonces: NoncePool;
  readonly #sendSyn: (to: Address, nonce: Uint8Array) => void;
  readonly #open = new Map<Probe, OpenProbe>();
  readonly #syns = new Map<string, Syn>();
  /** When each open probe sends its next SYN, or is missed. */
  readonly #due = new DeadlineQueue<OpenProbe>();
  #sent = 0;
  #answered = 0;

  constructor(nonces: NoncePool, sendSyn: (to: Address, nonce: Uint8Array) => void) {
    this.#nonces = nonces;
    this.#sendSyn = sendSyn;
  }

  /** When `advance` has something to do. */
  get deadline(): number {
    return this.#due.earliest;
  }

  /** SYNs sent. */
  get sent(): number {
    return this.#sent;
  }

  /** ACKs that counted. */
  get answered(): number {
    return this.#answered;
  }

  /** Whether there are nonces for another probe. */
  get canStart(): boolean {
    return this.#nonces.size >= SYNS_PER_PROBE;
  }

  /** Starts a probe with its first SYN. `answerWithinMs`: how long an ACK counts. Only while `canStart`. */
  start(prober: Prober, address: Address, now: number, timeoutMs: number, answerWithinMs = timeoutMs): Probe {
    assert(this.canStart, "a probe without nonces");
    const probe = { address, startedAt: now, timeoutMs, deadline: now + answerWithinMs };
    const open = { probe, prober, unsent: this.#nonces.take(SYNS_PER_PROBE), sent: [] };
    this.#open.set(probe, open);
    this.#ask(open, now);
    return probe;
  }

  /** Takes an ACK; whether it counted. */
  acknowledge(from: Address, nonce: Uint8Array, now: number): boolean {
    const syn = this.#syns.get(keyOf(nonce));
    if (syn === undefined) return false;
    const { probe, prober } = syn.open;
    if (probe.address !== from || now >= probe.deadline) return false;
    this.#answered += 1;
    this.end(probe);
    prober.answered(probe, now - syn.sentAt, now);
    return true;
  }

  /** Sends the SYNs that are due and tells of probes whose timeout has passed. */
  advance(now: number): void {
    for (let open = this.#due.takeDue(now); open !== undefined; open = this.#due.takeDue(now)) {
      const { probe, prober, unsent } = open;
      if (unsent.length === 0 || now >= probe.startedAt + probe.timeoutMs) prober.missed(probe, now);
      else this.#ask(open, now);
    }
  }

  /** Ends a probe: no ACK counts for it any more. */
  end(probe: Probe): void {
    const open = this.#open.get(probe);
    if (open === undefined) return;
    this.#open.delete(probe);
    this.#due.delete(open);
    for (const key of open.sent) this.#syns.delete(key);
    this.#nonces.giveBack(open.unsent);
  }

  /** Ends all probes without blaming anybody. */
  voidAll(): void {
    for (const { probe, prober } of [...this.#open.values()]) {
      this.end(probe);
      prober.voided(probe);
    }
  }

  #ask(open: OpenProbe, now: number): void {
    const nonce = open.unsent.pop();
    assert(nonce !== undefined, "a SYN without a nonce");
    const key = keyOf(nonce);
    open.sent.push(key);
    this.#syns.set(key, { open, sentAt: now });
    this.#sent += 1;
    this.#sendSyn(open.probe.address, nonce);
    this.#due.set(open, open.probe.startedAt + (open.sent.length * open.probe.timeoutMs) / SYNS_PER_PROBE);
  }
}

function keyOf(nonce: Uint8Array): string {
  return Buffer.from(nonce.buffer, nonce.byteOffset, nonce.byteLength).toString("latin1");
}
