import { BlockReader } from "./block-reader.ts";
import type { Entry, Facts } from "./format.ts";
import { type Difference, ReplayedPeer, type Tally } from "./replayed-peer.ts";

/** What came of a replay. */
export interface ReplayOutcome {
  /** What the recording says of itself; null where not even that could be read. */
  readonly facts: Facts | null;
  /** Every peer of it, in the order in which they first started. */
  readonly peers: readonly Tally[];
  readonly verdict:
    | Difference
    /** All went as it is recorded. `isComplete`: up to the recording's own end, and not only as far as it was written. */
    | { readonly kind: "same"; readonly isComplete: boolean; readonly bytes: number }
    /** From some place on it is damaged or no recording. `reason` is one line; all before that went as it is recorded. */
    | { readonly kind: "unreadable"; readonly reason: string };
}

/** Lets all that is recorded happen again, to peers made anew, and compares what they tell and what they have become. */
export class Replay {
  readonly #reader = new BlockReader();
  readonly #peers = new Map<number, ReplayedPeer>();
  #verdict: ReplayOutcome["verdict"] | null = null;

  /** Whether the outcome is known, whatever else comes. */
  get isOver(): boolean {
    return this.#verdict !== null;
  }

  /** Takes the next bytes of the recording. Never throws. */
  push(chunk: Uint8Array): void {
    if (this.isOver) return;
    for (const entry of this.#reader.push(chunk)) {
      this.#take(entry);
      if (this.isOver) return;
    }
    this.#lookForDamage();
  }

  /** No more bytes come. */
  end(): ReplayOutcome {
    this.#reader.end();
    for (const peer of this.#peers.values()) this.#verdict ??= peer.end();
    this.#lookForDamage();
    const { facts, isComplete, goodBytes } = this.#reader;
    this.#verdict ??= { kind: "same", isComplete, bytes: goodBytes };
    return { facts, peers: Array.from(this.#peers.values(), ({ tally }) => tally), verdict: this.#verdict };
  }

  #take(entry: Entry): void {
    let peer = this.#peers.get(entry.peer);
    if (peer === undefined) {
      peer = new ReplayedPeer(entry.peer);
      this.#peers.set(entry.peer, peer);
    }
    const found = peer.take(entry);
    this.#verdict = found?.kind === "bad" ? { kind: "unreadable", reason: found.reason } : found;
  }

  #lookForDamage(): void {
    const reason = this.#reader.failure;
    if (reason !== null) this.#verdict ??= { kind: "unreadable", reason };
  }
}
