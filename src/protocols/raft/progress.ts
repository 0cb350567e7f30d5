import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { MAX_APPEND_BYTES, MAX_ENTRIES, type Progress, type Snapshot } from "./message.ts";

/** Entries and bytes of them on their way to one member, at most: what a slow one can cost the leader. */
export const WINDOW_ENTRIES = 4 * MAX_ENTRIES;
export const WINDOW_BYTES = 8 * MAX_APPEND_BYTES;

/** Rounds whose instants are kept until they are answered; of more on their way these tell enough. */
export const MAX_ROUNDS = 64;

/** Answers whose round trips are kept. */
const MAX_RESPONSES = 16;

/** What an append-entries carried. */
interface SentAppend {
  readonly count: number;
  readonly bytes: number;
  readonly commit: number;
}

/** A snapshot on its way to a member. */
export interface Transmission {
  readonly snapshot: Snapshot;
  /** The member has it up to here. */
  offset: number;
  /** Monotonic ms at which the piece from there on was sent, and its round. */
  sentAt: number;
  round: number;
}

/** One member as its leader sees it: what it has, what it is sent, how quickly it answers (section 5.3). */
export class MemberProgress {
  readonly peer: PeerId;
  /** Monotonic ms since which this leader counts on it. */
  readonly since: number;
  #matchIndex = 0;
  #nextIndex: number;
  #toldCommit = 0;
  #heardAt: number | null = null;
  #answeredRound = 0;
  #answeredSentAt = Number.NEGATIVE_INFINITY;
  /** The first round that asks where the logs agree; until one from there on is answered no more entries are sent. */
  #probe: number | null = null;
  #transmission: Transmission | null = null;
  /** Messages with entries on their way, oldest first. */
  #inFlight: { readonly lastIndex: number; readonly bytes: number }[] = [];
  #inFlightBytes = 0;
  #lastRound = 0;
  #rounds: { readonly round: number; readonly sentAt: number }[] = [];
  readonly #responses: number[] = [];
  #responseMs: number | null = null;
  #isResponseStale = false;

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

  /** The commit index that it was told last. */
  get toldCommit(): number {
    return this.#toldCommit;
  }

  /** The latest round that it has answered. */
  get answeredRound(): number {
    return this.#answeredRound;
  }

  /** Monotonic ms at which the latest round that it has answered was sent, or before: since then it was in this term. */
  get answeredSentAt(): number {
    return this.#answeredSentAt;
  }

  /** Whether it owes many answers. */
  get owesMany(): boolean {
    return this.#rounds.length >= MAX_ROUNDS;
  }

  /** Whether the leader waits to hear where the logs agree. */
  get isProbing(): boolean {
    return this.#probe !== null;
  }

  /** The snapshot that it is being sent. */
  get transmission(): Readonly<Transmission> | null {
    return this.#transmission;
  }

  /** How many more entries may be sent now. */
  get room(): number {
    if (this.#inFlightBytes >= WINDOW_BYTES) return 0;
    return Math.max(0, Math.min(MAX_ENTRIES, this.#matchIndex + WINDOW_ENTRIES + 1 - this.#nextIndex));
  }

  /** Monotonic ms of its latest answer, at first of the moment from which it could answer. */
  get lastHeardAt(): number {
    return this.#heardAt ?? this.since;
  }

  /** Median round trip of its latest answers, ms; null before the first. */
  get responseMs(): number | null {
    if (this.#isResponseStale) {
      this.#isResponseStale = false;
      this.#responseMs = this.#responses.toSorted((a, b) => a - b)[this.#responses.length >> 1] ?? null;
    }
    return this.#responseMs;
  }

  /** A round with `count` entries of so many bytes was sent, and the commit index told. */
  sent(round: number, { count, bytes, commit }: SentAppend, now: number): void {
    this.#toldCommit = commit;
    if (this.#probe !== null) this.#probe = Math.min(this.#probe, round);
    else if (count > 0) {
      this.#nextIndex += count;
      this.#inFlight.push({ lastIndex: this.#nextIndex - 1, bytes });
      this.#inFlightBytes += bytes;
    }
    this.#await(round, now);
  }

  /** Its next entries are gone: it is to have this snapshot. */
  transmit(snapshot: Snapshot, now: number): void {
    this.#land(Number.POSITIVE_INFINITY);
    this.#probe = null;
    this.#transmission = { snapshot, offset: 0, sentAt: now, round: 0 };
  }

  /** The next piece of its snapshot was sent. */
  sentPiece(round: number, now: number): void {
    assert(this.#transmission !== null, "a piece of no snapshot");
    this.#transmission.sentAt = now;
    this.#transmission.round = round;
    this.#await(round, now);
  }

  /** It has its snapshot up to `offset`; whether that is news. */
  receivedPiece(lastIndex: number, offset: number): boolean {
    const transmission = this.#transmission;
    if (transmission?.snapshot.lastIndex !== lastIndex || offset === transmission.offset) return false;
    transmission.offset = Math.min(offset, transmission.snapshot.data.length);
    return true;
  }

  /** It answered, whatever it said; an answer to what was never sent is none. */
  heard(round: number, now: number): void {
    if (round > this.#lastRound) return;
    this.#heardAt = now;
    this.#answeredRound = Math.max(this.#answeredRound, round);
    let sent: { readonly round: number; readonly sentAt: number } | undefined;
    while (this.#rounds[0] !== undefined && this.#rounds[0].round <= round) sent = this.#rounds.shift();
    if (sent === undefined) return;
    this.#answeredSentAt = sent.sentAt;
    if (sent.round !== round) return;
    if (this.#responses.length === MAX_RESPONSES) this.#responses.shift();
    this.#responses.push(now - sent.sentAt);
    this.#isResponseStale = true;
  }

  /** Its disk holds the leader's log up to `matchIndex`. */
  matched(round: number, matchIndex: number): void {
    this.#matchIndex = Math.max(this.#matchIndex, matchIndex);
    this.#nextIndex = Math.max(this.#nextIndex, this.#matchIndex + 1);
    this.#land(this.#matchIndex);
    if (this.#transmission !== null && matchIndex >= this.#transmission.snapshot.lastIndex) {
      this.#transmission = null;
      this.#nextIndex = this.#matchIndex + 1;
    }
    if (this.#probe !== null && round >= this.#probe) {
      this.#probe = null;
      this.#nextIndex = this.#matchIndex + 1;
    }
  }

  /** The logs part before what was sent in `round`: to ask again from `index`. False where the answer is an old one. */
  backtrack(round: number, index: number): boolean {
    if (this.#transmission !== null || (this.#probe !== null && round < this.#probe)) return false;
    this.#nextIndex = Math.max(this.#matchIndex + 1, Math.min(index, this.#nextIndex));
    this.#land(Number.POSITIVE_INFINITY);
    // No answer to what was sent so far counts.
    this.#probe = Number.POSITIVE_INFINITY;
    return true;
  }

  /** What is shown of it. */
  view(): Progress {
    const transmission = this.#transmission;
    return {
      peer: this.peer,
      matchIndex: this.#matchIndex,
      nextIndex: this.#nextIndex,
      state: transmission !== null ? "snapshot" : this.#probe !== null ? "probe" : "replicate",
      snapshotPart: transmission === null ? null : transmission.offset / Math.max(1, transmission.snapshot.data.length),
      responseMs: this.responseMs,
      heardAt: this.#heardAt,
    };
  }

  #await(round: number, now: number): void {
    this.#lastRound = round;
    // Whoever answers a round that is not kept answers those before it as well.
    if (this.#rounds.length < MAX_ROUNDS) this.#rounds.push({ round, sentAt: now });
  }

  /** Messages with entries up to `index` are no longer on their way. */
  #land(index: number): void {
    let first = this.#inFlight[0];
    while (first !== undefined && first.lastIndex <= index) {
      this.#inFlightBytes -= first.bytes;
      this.#inFlight.shift();
      first = this.#inFlight[0];
    }
  }
}
