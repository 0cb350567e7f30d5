import { MAX_SNAPSHOT_BYTES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Pieces } from "../../core/pieces.ts";
import { BEFORE_ALL, isSame, mayFollow } from "./history.ts";
import type { Entry, ZabMessage, Zxid } from "./message.ts";
import type { Replacement, ZabState } from "./state.ts";

/** Bytes of entries that are gathered before they go to disk together, at most. */
const MAX_DIFFERENCE_BYTES = 2 ** 28;

type Message<K extends ZabMessage["kind"]> = Extract<ZabMessage, { readonly kind: K }>;

/** A place in the order. */
interface Point {
  readonly index: number;
  readonly zxid: Zxid;
}

/** A snapshot of which pieces have come. */
interface Partial {
  readonly head: Message<"snapshot">;
  readonly pieces: Pieces;
}

/**
 * Gathers what another peer sends of its history (the paper's phase 2), behind the point up to which both are the same,
 * or behind a snapshot. Nothing of it counts before it is whole and goes to disk at once.
 */
export class Intake {
  readonly #state: ZabState;
  readonly #from: PeerId;
  readonly #epoch: number;
  #start: Point | null = null;
  #partial: Partial | null = null;
  #entries: Entry[] = [];
  #bytes = 0;

  /** @param epoch of which the sender says that its history is */
  constructor(state: ZabState, from: PeerId, epoch: number) {
    this.#state = state;
    this.#from = from;
    this.#epoch = epoch;
  }

  /** Whether it ends with this very entry. */
  endsWith({ index, zxid }: Point): boolean {
    return this.last.index === index && isSame(this.last.zxid, zxid);
  }

  /** Where it ends so far. */
  get last(): Point {
    const entry = this.#entries.at(-1);
    if (entry !== undefined) return { index: entry.index, zxid: { epoch: entry.epoch, counter: entry.counter } };
    return this.#start ?? { index: 0, zxid: BEFORE_ALL };
  }

  /** Whether all that it is to be is here: a snapshot, if one was begun, to its last byte. */
  get isWhole(): boolean {
    return this.#start !== null;
  }

  /** Takes a part; false where it makes no sense. */
  take(message: Message<"difference" | "snapshot" | "entries">): boolean {
    if (message.kind === "difference") return this.#begin(message);
    if (message.kind === "snapshot") return this.#addPiece(message);
    return this.#addEntries(message.entries);
  }

  /** What is to take its place in the history. */
  replacement(): Replacement {
    const index = this.#start?.index ?? 0;
    const { head, pieces } = this.#partial ?? {};
    const snapshot =
      head === undefined || pieces === undefined
        ? null
        : ({ kind: "snapshot", index: head.index, zxid: head.zxid, data: pieces.joined() } as const);
    return { snapshot, index, entries: this.#entries };
  }

  #begin({ index, zxid }: Message<"difference">): boolean {
    const { history, commitIndex } = this.#state;
    // What is committed here stays, whatever anybody says.
    if (index < commitIndex || !history.holds(index, zxid)) return false;
    this.#clear();
    this.#start = { index, zxid };
    return true;
  }

  #addPiece(message: Message<"snapshot">): boolean {
    const { index, zxid, total, offset } = message;
    if (offset === 0) {
      if (index <= this.#state.commitIndex || total > MAX_SNAPSHOT_BYTES) return false;
      if (zxid.epoch === 0 || zxid.epoch > this.#epoch || zxid.counter === 0) return false;
      this.#clear();
      this.#partial = { head: message, pieces: new Pieces() };
    }
    const partial = this.#partial;
    if (partial?.head.index !== index || partial.head.total !== total || this.#start !== null) return false;
    partial.pieces.add(message);
    this.#answer(index, partial.pieces.received);
    if (partial.pieces.received < total) return true;
    this.#start = { index, zxid: partial.head.zxid };
    this.#state.effects.event({ kind: "snapshot-received", from: this.#from, index, bytes: total });
    return true;
  }

  #addEntries(entries: readonly Entry[]): boolean {
    if (this.#start === null || !isContinued(this.last, entries, this.#epoch)) return false;
    this.#bytes += this.#state.history.bytesOf(entries);
    if (this.#bytes > MAX_DIFFERENCE_BYTES) return false;
    for (const entry of entries) this.#entries.push(entry);
    this.#answer(this.last.index, 0);
    return true;
  }

  #answer(index: number, offset: number): void {
    this.#state.send(this.#from, { kind: "received", epoch: this.#epoch, index, offset });
  }

  #clear(): void {
    this.#start = null;
    this.#partial = null;
    this.#entries = [];
    this.#bytes = 0;
  }
}

/** Whether entries stand right behind a point, one behind the other, and none is of an epoch later than this one. */
export function isContinued({ index, zxid }: Point, entries: readonly Entry[], epoch: number): boolean {
  let last = zxid;
  for (const [i, entry] of entries.entries()) {
    if (entry.index !== index + 1 + i || entry.epoch > epoch || !mayFollow(last, entry)) return false;
    last = entry;
  }
  return true;
}
