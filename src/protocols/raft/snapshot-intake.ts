import { MAX_SNAPSHOT_BYTES } from "../../core/order-limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Pieces } from "../../core/pieces.ts";
import type { RaftMessage } from "./message.ts";
import type { RaftState } from "./state.ts";

type InstallSnapshot = Extract<RaftMessage, { readonly kind: "install-snapshot" }>;

/** A snapshot of which not all pieces have come. */
interface Partial {
  readonly from: PeerId;
  readonly head: InstallSnapshot;
  readonly pieces: Pieces;
}

/**
 * Takes a leader's snapshot piece by piece (section 7). Pieces come in order on a link; what does not go on where the
 * last one ended is answered with where to go on.
 */
export class SnapshotIntake {
  readonly #state: RaftState;
  #partial: Partial | null = null;

  constructor(state: RaftState) {
    this.#state = state;
  }

  /** Takes a piece that the leader of the current term sent. */
  take(from: PeerId, message: InstallSnapshot): void {
    const { commitIndex } = this.#state;
    if (message.lastIndex <= commitIndex) {
      this.#partial = null;
      return this.#answerWhole(from, message.round, message.lastIndex);
    }
    const partial = this.#partialOf(from, message);
    if (partial === null) return;
    partial.pieces.add(message);
    if (partial.pieces.received < message.total) return this.#askForMore(partial, message.round);
    this.#partial = null;
    const { lastIndex, lastTerm, configuration } = partial.head;
    this.#state.effects.event({ kind: "snapshot-received", from, index: lastIndex, bytes: message.total });
    this.#state.install({ kind: "snapshot", lastIndex, lastTerm, configuration, data: partial.pieces.joined() });
    this.#answerWhole(from, message.round, lastIndex);
  }

  /** Forgets the pieces of a snapshot that nobody goes on with. */
  clear(): void {
    this.#partial = null;
  }

  /** What came so far of this very snapshot; null where it can be none. */
  #partialOf(from: PeerId, message: InstallSnapshot): Partial | null {
    const { lastIndex, lastTerm, total, term } = message;
    const head = this.#partial?.head;
    const goesOn =
      this.#partial?.from === from &&
      head?.term === term &&
      head.lastIndex === lastIndex &&
      head.lastTerm === lastTerm &&
      head.total === total;
    if (goesOn) return this.#partial;
    if (total > MAX_SNAPSHOT_BYTES || lastTerm === 0 || lastTerm > term) return null;
    this.#partial = { from, head: message, pieces: new Pieces() };
    return this.#partial;
  }

  #askForMore({ from, head, pieces }: Partial, round: number): void {
    const { currentTerm: term } = this.#state;
    const offset = pieces.received;
    this.#state.send(from, { kind: "snapshot-received", term, round, lastIndex: head.lastIndex, offset });
  }

  #answerWhole(from: PeerId, round: number, matchIndex: number): void {
    const { currentTerm: term } = this.#state;
    this.#state.sendAfterSaves(from, { kind: "appended", term, round, matchIndex });
  }
}
