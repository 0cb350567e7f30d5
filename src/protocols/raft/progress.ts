import { AnsweredRounds } from "../../core/answered-rounds.ts";
import { assert } from "../../core/assert.ts";
import { InFlight } from "../../core/in-flight.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Progress, Snapshot } from "./message.ts";

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
  readonly #rounds = new AnsweredRounds();
  /** The first round that asks where the logs agree; until one from there on is answered no more entries are sent. */
  #probe: number | null = null;
  #transmission: Transmission | null = null;
  readonly #inFlight = new InFlight();

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
    return this.#rounds.answeredRound;
  }

  /** Monotonic ms at which the latest round that it has answered was sent, or before: since then it was in this term. */
  get answeredSentAt(): number {
    return this.#rounds.answeredSentAt;
  }

  /** Whether it owes many answers. */
  get owesMany(): boolean {
    return this.#rounds.owesMany;
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
    return this.#inFlight.room(this.#matchIndex, this.#nextIndex);
  }

  /** Monotonic ms of its latest answer, at first of the moment from which it could answer. */
  get lastHeardAt(): number {
    return this.#rounds.heardAt ?? this.since;
  }

  /** Median round trip of its latest answers, ms; null before the first. */
  get responseMs(): number | null {
    return this.#rounds.responseMs;
  }

  /** A round with `count` entries of so many bytes was sent, and the commit index told. */
  sent(round: number, { count, bytes, commit }: SentAppend, now: number): void {
    this.#toldCommit = commit;
    if (this.#probe !== null) this.#probe = Math.min(this.#probe, round);
    else if (count > 0) {
      this.#nextIndex += count;
      this.#inFlight.sent(this.#nextIndex - 1, bytes);
    }
    this.#rounds.sent(round, now);
  }

  /** Its next entries are gone: it is to have this snapshot. */
  transmit(snapshot: Snapshot, now: number): void {
    this.#inFlight.clear();
    this.#probe = null;
    this.#transmission = { snapshot, offset: 0, sentAt: now, round: 0 };
  }

  /** The next piece of its snapshot was sent. */
  sentPiece(round: number, now: number): void {
    assert(this.#transmission !== null, "a piece of no snapshot");
    this.#transmission.sentAt = now;
    this.#transmission.round = round;
    this.#rounds.sent(round, now);
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
    this.#rounds.heard(round, now);
  }

  /** Its disk holds the leader's log up to `matchIndex`. */
  matched(round: number, matchIndex: number): void {
    this.#matchIndex = Math.max(this.#matchIndex, matchIndex);
    this.#nextIndex = Math.max(this.#nextIndex, this.#matchIndex + 1);
    this.#inFlight.land(this.#matchIndex);
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
    this.#inFlight.clear();
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
      heardAt: this.#rounds.heardAt,
    };
  }
}
