import { InFlight } from "../../core/in-flight.ts";
import { MAX_CHUNK_BYTES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Snapshot, Zxid } from "./message.ts";
import type { ZabState } from "./state.ts";

/**
 * Sends this peer's history to another, from the point up to which both are the same, or behind a snapshot where that
 * is not kept any more; as far as its window allows.
 */
export class Outflow {
  readonly #state: ZabState;
  readonly #peer: PeerId;
  readonly #epoch: number;
  /** The next entry to send. */
  #nextIndex = 1;
  /** Up to here it has come. */
  #landedIndex = 0;
  readonly #inFlight = new InFlight();
  /** A snapshot that goes first, and up to where it has come. */
  #transmission: { readonly snapshot: Snapshot; offset: number } | null = null;

  /** @param digest of the history of the other */
  constructor(state: ZabState, peer: PeerId, epoch: number, digest: readonly Zxid[]) {
    this.#state = state;
    this.#peer = peer;
    this.#epoch = epoch;
    const index = state.history.commonIndex(digest);
    if (index === undefined) this.transmit();
    else this.#begin(index);
  }

  /** Up to here it was sent. */
  get sentIndex(): number {
    return this.#nextIndex - 1;
  }

  /** Part of the snapshot that has come, 0 to 1; null where none is on its way. */
  get snapshotPart(): number | null {
    if (this.#transmission === null) return null;
    const { snapshot, offset } = this.#transmission;
    return offset / Math.max(1, snapshot.data.length);
  }

  /** How many more entries may be sent now. */
  get room(): number {
    return this.#transmission === null ? this.#inFlight.room(this.#landedIndex, this.#nextIndex) : 0;
  }

  /** Whether its next entries are gone: only a snapshot helps. */
  get isBehind(): boolean {
    return this.#transmission === null && this.#nextIndex <= this.#state.history.baseIndex;
  }

  /** Sends entries up to `index`, as far as the window allows; whether anything was sent. */
  advance(index: number): boolean {
    const before = this.#nextIndex;
    while (this.room > 0 && this.#nextIndex <= index && !this.isBehind)
      this.#sendEntries(Math.min(this.room, index - this.sentIndex));
    return this.#nextIndex > before;
  }

  /** Tells what is committed, without entries. */
  tellCommit(): void {
    this.#send([]);
  }

  /** The other has so much: of a snapshot up to `offset`, else all up to `index`. */
  landed(index: number, offset: number): void {
    if (this.#transmission !== null) this.#landedPiece(index, offset);
    else if (index > this.#landedIndex && index < this.#nextIndex) {
      this.#landedIndex = index;
      this.#inFlight.land(index);
    }
  }

  /** Sends the snapshot in the place of what is gone. */
  transmit(): void {
    const { snapshot, effects } = this.#state;
    // What is gone from the history is in the snapshot: without one all is kept.
    if (snapshot === null) return;
    this.#inFlight.clear();
    this.#transmission = { snapshot, offset: 0 };
    const { index, data } = snapshot;
    effects.event({ kind: "snapshot-started", to: this.#peer, index, bytes: data.length });
    this.#sendPiece(snapshot, 0);
  }

  #begin(index: number): void {
    this.#nextIndex = index + 1;
    this.#landedIndex = index;
    const zxid = this.#state.history.zxidAt(index);
    this.#state.send(this.#peer, { kind: "difference", epoch: this.#epoch, index, zxid });
  }

  #landedPiece(index: number, offset: number): void {
    const transmission = this.#transmission;
    if (transmission?.snapshot.index !== index) return;
    const { snapshot } = transmission;
    if (offset >= snapshot.data.length) {
      this.#transmission = null;
      this.#nextIndex = index + 1;
      this.#landedIndex = index;
    } else if (offset > transmission.offset) {
      transmission.offset = offset;
      this.#sendPiece(snapshot, offset);
    }
  }

  #sendPiece({ index, zxid, data }: Snapshot, offset: number): void {
    this.#state.send(this.#peer, {
      kind: "snapshot",
      epoch: this.#epoch,
      index,
      zxid,
      total: data.length,
      offset,
      data: data.subarray(offset, offset + MAX_CHUNK_BYTES),
    });
  }

  #sendEntries(limit: number): void {
    const { history } = this.#state;
    const entries = history.slice(this.#nextIndex, limit);
    this.#nextIndex += entries.length;
    this.#inFlight.sent(this.sentIndex, history.bytesOf(entries));
    this.#send(entries);
  }

  #send(entries: ReturnType<ZabState["history"]["slice"]>): void {
    const { commitIndex } = this.#state;
    this.#state.send(this.#peer, { kind: "entries", epoch: this.#epoch, commitIndex, entries });
  }
}
