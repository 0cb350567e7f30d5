import type { PeerId } from "../../core/peer-id.ts";
import type { JobAnswer } from "../../wire/job-message.ts";
import type { Asking } from "./asking.ts";
import type { Ground } from "./ground.ts";
import { whole } from "./pool.ts";

/** Whoever was turned away asks again after so long, ms. */
const RETRY_MS = 250;

const NEVER = Number.POSITIVE_INFINITY;

/** Whether this peer works for whoever is in office: it says so on their link, until that is acknowledged. */
export class Subscription {
  readonly #ground: Ground;
  readonly #asking: Asking;
  readonly #speed: () => number;
  /** With whom it is, or is to be; null while nobody is in office, or this peer is. */
  #holder: PeerId | null = null;
  #term = 0;
  /** What the holder knows: whether this peer works. */
  #known = false;
  #isAsked = false;
  #retryAt = NEVER;
  /** Answers to what was said before count for nothing. */
  #attempt = 0;

  constructor(ground: Ground, asking: Asking, speed: () => number) {
    this.#ground = ground;
    this.#asking = asking;
    this.#speed = speed;
  }

  /** When the holder is asked again, monotonic ms. */
  get deadline(): number {
    return this.#retryAt;
  }

  /** The order names a holder, or another. */
  follow(): void {
    const { office } = this.#ground.table;
    const isOurs = office?.holder === this.#ground.options.peer;
    const holder = office === null || office.released || isOurs ? null : office.holder;
    const term = office?.term ?? 0;
    if (holder === this.#holder && term === this.#term) return;
    this.#holder = holder;
    this.#term = term;
    this.#startOver();
  }

  /** The link to a peer stands, or is gone: the holder forgets with the link who works for it. */
  relink(peer: PeerId): void {
    if (peer === this.#holder) this.#startOver();
  }

  /** Says what is to be said. */
  settle(wanted: boolean): void {
    const { now, options, linked } = this.#ground;
    if (this.#retryAt <= now) this.#retryAt = NEVER;
    if (this.#retryAt !== NEVER) return;
    if (this.#holder === null || this.#isAsked || wanted === this.#known || !linked.has(this.#holder)) return;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const request = wanted ? ({ kind: "subscribe", speed: whole(this.#speed()) } as const) : UNSUBSCRIBE;
    this.#isAsked = this.#asking.ask(this.#holder, request, now + options.requestTimeoutMs, {
      answered: (answer) => this.#answered(attempt, answer, wanted),
      failed: () => this.#answered(attempt, null, wanted),
    });
    if (!this.#isAsked) this.#retryAt = now + RETRY_MS;
  }

  #answered(attempt: number, answer: JobAnswer | null, wanted: boolean): void {
    if (attempt !== this.#attempt) return;
    this.#isAsked = false;
    if (answer !== null && answer.kind !== "error") this.#known = wanted;
    else this.#retryAt = this.#ground.now + RETRY_MS;
  }

  #startOver(): void {
    this.#attempt += 1;
    this.#known = false;
    this.#isAsked = false;
    this.#retryAt = NEVER;
  }
}

const UNSUBSCRIBE = { kind: "unsubscribe" } as const;
