/**
 * Requests that wait for their answers on one connection, in one direction, by ID (wire document, section "Peer frame").
 *
 * Safety: an answer is never matched with another request than the one it answers. An ID whose request timed out is retired
 * until its late answer comes or the connection ends; one that was answered rests while others can be used, so that a second
 * answer to it is told from a first one to the next.
 */
import { assert } from "./assert.ts";
import { DeadlineQueue } from "./deadline-queue.ts";

/** Requests that wait on one connection, at most; also the highest ID. */
export const MAX_PENDING = 65_535;

/** With so many IDs retired the connection should be replaced by another. */
const WORN_AT = Math.ceil(MAX_PENDING / 2);

/** IDs that were answered rest until so many of them do, as long as there are others that were never used. */
const RESTING = 1024;

/** Requests that time out within so many ms share one deadline, the latest of theirs: so none of them needs a place in a heap. */
const GRAIN_MS = 4;

/** What an answer is to whoever asked. */
export type Settled<T> =
  | { readonly kind: "matched"; readonly request: T }
  /** Its request timed out before. */
  | { readonly kind: "late" }
  /** Its request was answered before. */
  | { readonly kind: "duplicate" }
  /** Nothing was ever asked by that ID. */
  | { readonly kind: "unknown" };

const LATE = { kind: "late" } as const;
const DUPLICATE = { kind: "duplicate" } as const;
const UNKNOWN = { kind: "unknown" } as const;

/** An ID that was used once at least. */
interface Entry<T> {
  readonly id: number;
  state: "pending" | "retired" | "free";
  /** Undefined unless it is pending. */
  request: T | undefined;
  /** Its place in the order of asking. */
  order: number;
  /** With what else it times out; undefined unless it is pending. */
  batch: Batch<T> | undefined;
  /** Its neighbours in that batch, or the one that was freed after it. */
  before: Entry<T> | undefined;
  after: Entry<T> | undefined;
}

/** What times out at the same instant, in the order in which it was asked: a list through the entries, which takes no memory. */
interface Batch<T> {
  readonly at: number;
  first: Entry<T> | undefined;
  last: Entry<T> | undefined;
}

/** Such requests, each with what its answer is for. Every operation takes constant time, whatever waits. */
export class PendingRequests<T extends object> {
  /** By ID, less one. */
  readonly #entries: Entry<T>[] = [];
  readonly #batches = new Map<number, Batch<T>>();
  readonly #due = new DeadlineQueue<Batch<T>>();
  /** The batch into which the latest request went. */
  #latest: Batch<T> | undefined;
  #oldestFree: Entry<T> | undefined;
  #newestFree: Entry<T> | undefined;
  #free = 0;
  #retired = 0;
  #asked = 0;
  #late = 0;
  #duplicate = 0;
  #unknown = 0;

  /** Requests that wait. */
  get size(): number {
    return this.#entries.length - this.#free - this.#retired;
  }

  /** Requests that timed out and were never answered: their IDs are not used. */
  get retired(): number {
    return this.#retired;
  }

  /** Whether no ID is left for another request. */
  get isFull(): boolean {
    return this.#free === 0 && this.#entries.length === MAX_PENDING;
  }

  /** Whether so many IDs are retired that the connection should be replaced. */
  get isWorn(): boolean {
    return this.#retired >= WORN_AT;
  }

  /** When the first of them times out, monotonic ms; Infinity while none waits. */
  get deadline(): number {
    return this.#due.earliest;
  }

  /** Answers that were dropped, by what was wrong with them. */
  get dropped(): { readonly late: number; readonly duplicate: number; readonly unknown: number } {
    return { late: this.#late, duplicate: this.#duplicate, unknown: this.#unknown };
  }

  /**
   * Lets a request wait for its answer.
   *
   * @param deadline monotonic ms; it times out then or up to 4 ms later, never before
   * @returns the ID by which it is to be sent, or undefined where none is left: it is refused
   */
  open(request: T, deadline: number): number | undefined {
    assert(Number.isFinite(deadline), "a request has a deadline");
    const entry = this.#unused();
    if (entry === undefined) return undefined;
    this.#asked += 1;
    entry.state = "pending";
    entry.request = request;
    entry.order = this.#asked;
    append(entry, this.#batchAt(Math.ceil(deadline / GRAIN_MS) * GRAIN_MS));
    return entry.id;
  }

  /** An answer has come by that ID; all but a matched one is counted, and to be dropped. */
  settle(id: number): Settled<T> {
    const entry = this.#entries[id - 1];
    if (entry === undefined) {
      this.#unknown += 1;
      return UNKNOWN;
    }
    if (entry.state === "free") {
      this.#duplicate += 1;
      return DUPLICATE;
    }
    if (entry.state === "retired") {
      this.#late += 1;
      this.#retired -= 1;
      this.#release(entry);
      return LATE;
    }
    const request = this.#takeOut(entry);
    this.#release(entry);
    return { kind: "matched", request };
  }

  /** Those whose deadline is over, in the order of those; their IDs are retired. */
  expire(now: number): readonly T[] {
    const expired: T[] = [];
    for (let batch = this.#due.takeDue(now); batch !== undefined; batch = this.#due.takeDue(now)) {
      for (let entry = batch.first; entry !== undefined; entry = batch.first) {
        expired.push(this.#takeOut(entry));
        entry.state = "retired";
        this.#retired += 1;
      }
    }
    return expired;
  }

  /** The connection has ended: all that waited, in the order in which it was asked. Every ID is as if never used. */
  failAll(): readonly T[] {
    const pending = this.#entries
      .filter(({ state }) => state === "pending")
      .sort((one, other) => one.order - other.order);
    const requests = pending.map((entry) => this.#takeOut(entry));
    this.#entries.length = 0;
    this.#oldestFree = undefined;
    this.#newestFree = undefined;
    this.#free = 0;
    this.#retired = 0;
    return requests;
  }

  /** The ID that is used next: the one that has been free for longest, or one that was never used. */
  #unused(): Entry<T> | undefined {
    const id = this.#entries.length + 1;
    if (this.#free < RESTING && id <= MAX_PENDING) {
      const unused = { request: undefined, order: 0, batch: undefined, before: undefined, after: undefined };
      const entry: Entry<T> = { id, state: "free", ...unused };
      this.#entries.push(entry);
      return entry;
    }
    const entry = this.#oldestFree;
    if (entry === undefined) return undefined;
    this.#oldestFree = entry.after;
    entry.after = undefined;
    this.#free -= 1;
    return entry;
  }

  /** An ID may be used again. */
  #release(entry: Entry<T>): void {
    entry.state = "free";
    if (this.#oldestFree === undefined || this.#newestFree === undefined) this.#oldestFree = entry;
    else this.#newestFree.after = entry;
    this.#newestFree = entry;
    this.#free += 1;
  }

  /** Its request waits no more. */
  #takeOut(entry: Entry<T>): T {
    const { request, batch } = entry;
    assert(request !== undefined && batch !== undefined, "what is pending has a request and a deadline");
    entry.request = undefined;
    remove(entry, batch);
    if (batch.first === undefined) {
      this.#batches.delete(batch.at);
      this.#due.delete(batch);
    }
    return request;
  }

  #batchAt(at: number): Batch<T> {
    // Requests that follow one another mostly have the same deadline.
    if (this.#latest?.at === at && this.#latest.first !== undefined) return this.#latest;
    const present = this.#batches.get(at);
    const batch: Batch<T> = present ?? { at, first: undefined, last: undefined };
    this.#latest = batch;
    if (present !== undefined) return batch;
    this.#batches.set(at, batch);
    this.#due.set(batch, at);
    return batch;
  }
}

function append<T>(entry: Entry<T>, batch: Batch<T>): void {
  entry.batch = batch;
  entry.before = batch.last;
  if (batch.last === undefined) batch.first = entry;
  else batch.last.after = entry;
  batch.last = entry;
}

function remove<T>(entry: Entry<T>, batch: Batch<T>): void {
  const { before, after } = entry;
  if (before === undefined) batch.first = after;
  else before.after = after;
  if (after === undefined) batch.last = before;
  else after.before = before;
  entry.batch = undefined;
  entry.before = undefined;
  entry.after = undefined;
}
