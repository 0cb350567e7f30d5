import type { PeerId } from "../../core/peer-id.ts";
import { Pieces } from "../../core/pieces.ts";
import type { CheckpointName } from "./checkpoint.ts";
import { type BrokerMessage, MAX_ENCODED_BYTES } from "./message.ts";
import { boardOf, type NamedBoard } from "./named-board.ts";

/** Boards of which pieces have come from one peer, at most; the oldest makes room. */
const MAX_OF_PEER = 32;

export type Piece = Extract<BrokerMessage, { readonly kind: "board-piece" }>;

/** What comes of a piece: so much of its board is here now, or all of it; null where it is none that could be. */
export type Taken =
  | { readonly kind: "part"; readonly received: number }
  | { readonly kind: "whole"; readonly name: CheckpointName; readonly board: NamedBoard };

/** Puts boards together from the pieces that other peers send. Nothing is set aside for what was only announced. */
export class Intake {
  readonly #parts = new Map<PeerId, Map<string, Pieces>>();

  /** Takes a piece of a peer. Pieces of one board come in order on a link; one that is not the next changes nothing. */
  take(from: PeerId, piece: Piece): Taken | null {
    const { term, job, turn, hash, size, total, offset } = piece;
    if (total > MAX_ENCODED_BYTES || offset > total) return null;
    const pieces = this.#piecesOf(from, hash);
    pieces.add(piece);
    if (pieces.received < total) return { kind: "part", received: pieces.received };
    this.#parts.get(from)?.delete(hash);
    const board = { hash, size, data: pieces.joined() };
    return boardOf(board) !== null ? { kind: "whole", name: { term, job, turn }, board } : null;
  }

  /** The link to a peer is gone: it begins anew with what it has not sent in full. */
  unlink(peer: PeerId): void {
    this.#parts.delete(peer);
  }

  #piecesOf(from: PeerId, hash: string): Pieces {
    let parts = this.#parts.get(from);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(from, parts);
    }
    let pieces = parts.get(hash);
    if (pieces === undefined) {
      pieces = new Pieces();
      parts.set(hash, pieces);
      const [oldest] = parts.keys();
      if (parts.size > MAX_OF_PEER && oldest !== undefined) parts.delete(oldest);
    }
    return pieces;
  }
}
