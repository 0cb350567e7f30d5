import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import { TokenBucket } from "../../core/token-bucket.ts";
import type { GossipApi } from "../../wire/gossip-api.ts";
import { bytesOf, type Entry } from "./entry.ts";
import type { Rate } from "./message.ts";

/** Message IDs of notifications: 16 bits. */
const MESSAGE_IDS = 0x10000;

/** Data types that one program may subscribe. */
const MAX_SUBSCRIBED = 256;

/**
 * A program for which more than this part of what may wait does is behind. The rest is room for what is under way here
 * when the peers and programs that it comes from are told to wait.
 */
const BEHIND_PART = 0.25;

/** Whoever answers so much of what may wait is not standing still. */
const KEEPS_UP_PART = 0.125;

/** A notification without an answer yet. */
interface Unanswered {
  readonly entry: Entry;
  deadline: number;
}

/** How much may wait for the answers of one program. */
export interface QueueLimits {
  readonly queueSize: number;
  readonly queueBytes: number;
}

/** The connection of a local program. */
export class Program {
  readonly session: SessionId;
  readonly dataTypes = new Set<number>();
  /** What it may announce. */
  readonly announces: TokenBucket;
  readonly #limits: QueueLimits;
  /** By message ID, oldest first. */
  readonly #unanswered = new Map<number, Unanswered>();
  #bytes = 0;
  /** What it has answered, in parts of what may wait; and how much that was when it was last found congested. */
  #answered = 0;
  #answeredBefore = 0;
  #congestedSince = Number.POSITIVE_INFINITY;
  #lastId = 0;
  #delivered = 0;
  /** What it is to be told at the end of the step. */
  #telling: GossipApi[] = [];
  /** Whether it has announced anything: then it may have to wait. */
  isAnnouncer = false;
  /** Whether what it says waits unread. */
  isHeld = false;
  /** Until when it waits because it has announced too fast. */
  heldUntil = Number.NEGATIVE_INFINITY;

  constructor(session: SessionId, limits: QueueLimits, rate: Rate, now: number) {
    assert(limits.queueSize < MESSAGE_IDS, "more notifications without an answer than there are message IDs");
    this.session = session;
    this.#limits = limits;
    this.announces = new TokenBucket(rate, now);
  }

  get queued(): number {
    return this.#unanswered.size;
  }

  get queuedBytes(): number {
    return this.#bytes;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** When the oldest notification counts as not valid; Infinity while none waits. */
  get deadline(): number {
    for (const { deadline } of this.#unanswered.values()) return deadline;
    return Number.POSITIVE_INFINITY;
  }

  /** Whether more waits than a program that keeps up would let wait. */
  get isCongested(): boolean {
    const { queueSize, queueBytes } = this.#limits;
    return this.#unanswered.size > queueSize * BEHIND_PART || this.#bytes > queueBytes * BEHIND_PART;
  }

  /**
   * Since when more waits than a program that keeps up would let wait; Infinity where no more does. One that has answered
   * much since is only slow, not standing still, and counts anew.
   */
  congestedSince(now: number): number {
    if (!this.isCongested) this.#congestedSince = Number.POSITIVE_INFINITY;
    else if (this.#congestedSince > now || this.#answered - this.#answeredBefore >= KEEPS_UP_PART) {
      this.#congestedSince = now;
      this.#answeredBefore = this.#answered;
    }
    return this.#congestedSince;
  }

  /** Subscribes a type; false where it subscribes too many already. */
  subscribe(dataType: number): boolean {
    if (this.dataTypes.size >= MAX_SUBSCRIBED && !this.dataTypes.has(dataType)) return false;
    this.dataTypes.add(dataType);
    return true;
  }

  /** Notifies it of an entry, to be answered by `deadline`; false where too much waits already. */
  notify(entry: Entry, deadline: number): boolean {
    const { notice } = entry;
    const bytes = bytesOf(notice);
    if (this.#unanswered.size >= this.#limits.queueSize || this.#bytes + bytes > this.#limits.queueBytes) return false;
    const messageId = this.#freeId();
    this.#unanswered.set(messageId, { entry, deadline });
    this.#bytes += bytes;
    this.#delivered += 1;
    this.#telling.push({ kind: "notification", messageId, dataType: notice.dataType, data: notice.data });
    return true;
  }

  /** What is to be told, once. */
  takeTelling(): readonly GossipApi[] {
    const telling = this.#telling;
    if (telling.length > 0) this.#telling = [];
    return telling;
  }

  /** It has answered; what the answer is about, or undefined where nothing with that message ID waits. */
  answered(messageId: number): Entry | undefined {
    const entry = this.#unanswered.get(messageId)?.entry;
    if (entry === undefined) return undefined;
    this.#drop(messageId, entry);
    this.#answered += Math.max(1 / this.#limits.queueSize, bytesOf(entry.notice) / this.#limits.queueBytes);
    return entry;
  }

  /** Gives up what should have been answered by now. */
  takeOverdue(now: number): readonly Entry[] {
    const overdue: Entry[] = [];
    for (const [messageId, { entry, deadline }] of this.#unanswered) {
      if (deadline > now) break;
      overdue.push(entry);
      this.#drop(messageId, entry);
    }
    return overdue;
  }

  /** Gives it more time to answer. */
  postpone(byMs: number): void {
    this.#congestedSince += byMs;
    for (const unanswered of this.#unanswered.values()) unanswered.deadline += byMs;
  }

  /** Gives up all that waits. */
  takeAll(): readonly Entry[] {
    return this.takeOverdue(Number.POSITIVE_INFINITY);
  }

  #drop(messageId: number, entry: Entry): void {
    this.#unanswered.delete(messageId);
    this.#bytes -= bytesOf(entry.notice);
  }

  /** The next message ID under which nothing waits. */
  #freeId(): number {
    do this.#lastId = (this.#lastId + 1) % MESSAGE_IDS;
    while (this.#unanswered.has(this.#lastId));
    return this.#lastId;
  }
}
