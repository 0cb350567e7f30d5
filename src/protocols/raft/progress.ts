import type { PeerId } from "../../core/peer-id.ts";
import { MAX_ENTRIES, type Progress } from "./message.ts";

/** Entries on their way to one member, at most. */
const WINDOW = 4 * MAX_ENTRIES;

/** Rounds whose answers are waited for, and answers whose round trips are kept. */
const MAX_ROUNDS = 16;

/** One member as its leader sees it: what it has, what it is sent, how quickly it answers (section 5.3). */
export class MemberProgress {
  readonly peer: PeerId;
  /** Monotonic ms since which this leader counts on it. */
  readonly since: number;
  #matchIndex = 0;
  #nextIndex: number;
  #heardAt: number | null = null;
  /** The round that asks where the logs agree; until it is answered nothing new is sent. */
  #probe: number | null = null;
  #rounds: { readonly round: number; readonly sentAt: number }[] = [];
  readonly #responses: number[] = [];
  #responseMs: number | null = null;

  /** @param nextIndex the first entry to send: in hope one behind the leader's last (section 5.3) */
  constructor(peer: PeerId, nextIndex: number, now: number) {
    this.peer = peer;
    this.since = now;
    this.#nextIndex = nextIndex;
  }

  /** Up to here its disk is known to hold the leader's log. */
  get matchIndex(): number {
    return this.#matchIndex;
  }

  /** The next entry to send. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Whether the leader waits to hear where the logs agree. */
  get isProbing(): boolean {
    return this.#probe !== null;
  }

  /** How many more entries may be sent now. */
  get room(): number {
    return Math.max(0, Math.min(MAX_ENTRIES, this.#matchIndex + WINDOW + 1 - this.#nextIndex));
  }

  /** Monotonic ms of its latest answer, at first of the moment from which it could answer. */
  get lastHeardAt(): number {
    return this.#heardAt ?? this.since;
  }

  /** Median round trip of its latest answers, ms; null before the first. */
  get responseMs(): number | null {
    return this.#responseMs;
  }

  /** A round with `count` entries was sent. */
  sent(round: number, count: number, now: number): void {
    if (this.#probe !== null) this.#probe = round;
    else this.#nextIndex += count;
    if (this.#rounds.length === MAX_ROUNDS) this.#rounds.shift();
    this.#rounds.push({ round, sentAt: now });
  }

  /** It answered, whatever it said. */
  heard(round: number, now: number): void {
    this.#heardAt = now;
    const sent = this.#rounds.find((each) => each.round === round);
    if (sent === undefined) return;
    this.#rounds = this.#rounds.filter((each) => each.round > round);
    if (this.#responses.length === MAX_ROUNDS) this.#responses.shift();
    this.#responses.push(now - sent.sentAt);
    this.#responseMs = this.#responses.toSorted((a, b) => a - b)[this.#responses.length >> 1] ?? null;
  }

  /** Its disk holds the leader's log up to `matchIndex`. */
  matched(round: number, matchIndex: number): void {
    this.#matchIndex = Math.max(this.#matchIndex, matchIndex);
    this.#nextIndex = Math.max(this.#nextIndex, this.#matchIndex + 1);
    if (this.#probe !== null && round >= this.#probe) {
      this.#probe = null;
      this.#nextIndex = this.#matchIndex + 1;
    }
  }

  /** The logs part before what was sent in `round`: asks again from `index`. False where the answer is an old one. */
  backtrack(round: number, index: number): boolean {
    if (this.#probe !== null && round < this.#probe) return false;
    this.#nextIndex = Math.max(this.#matchIndex + 1, Math.min(index, this.#nextIndex));
    this.#probe = round;
    return true;
  }

  /** What is shown of it. */
  view(): Progress {
    return {
      peer: this.peer,
      matchIndex: this.#matchIndex,
      responseMs: this.#responseMs,
      heardAt: this.#heardAt,
    };
  }
}
