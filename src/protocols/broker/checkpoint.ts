import type { PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import type { Ground } from "./ground.ts";
import { MAX_PIECE_BYTES } from "./message.ts";
import type { NamedBoard } from "./named-board.ts";

/** Pieces on their way to one peer, at most, so that they hold up nothing else on the link. */
const MAX_UNDER_WAY = 2;

/** What is not acknowledged for so long was lost, ms. */
const PATIENCE_MS = 500;

const NEVER = Number.POSITIVE_INFINITY;

/** Which board, and by whose word. */
export interface CheckpointName {
  readonly term: number;
  /** 0 before it has begun. */
  readonly job: number;
  readonly turn: number;
}

/** How far one keeper has it. */
interface Progress {
  acked: number;
  sent: number;
  /** When what was sent is taken for lost. */
  resendAt: number;
}

/**
 * A board on its way to those who keep boards. It is safe when a majority of them has it on disk: whoever leads next was
 * elected by a majority, one of which has it.
 */
export class Checkpoint {
  readonly name: CheckpointName;
  readonly board: NamedBoard;
  readonly #ground: Ground;
  readonly #kept = new Set<PeerId>();
  readonly #progress = new Map<PeerId, Progress>();
  #isSafe = false;
  /** When it is seen who keeps boards by then. */
  #recruitAt: number;

  constructor(ground: Ground, name: CheckpointName, board: NamedBoard) {
    this.#ground = ground;
    this.name = name;
    this.board = board;
    this.#recruitAt = ground.now + PATIENCE_MS;
    for (const peer of ground.options.keepers()) this.link(peer);
  }

  /** Whether a majority has it. */
  get isSafe(): boolean {
    return this.#isSafe;
  }

  /** When the next piece is taken for lost, or there may be other keepers, monotonic ms. */
  get deadline(): number {
    let earliest = this.#isSafe ? NEVER : this.#recruitAt;
    for (const { resendAt } of this.#progress.values()) earliest = Math.min(earliest, resendAt);
    return earliest;
  }

  /** A link to a peer stands: if it is a keeper, it is sent the board from the beginning, and says from where it needs it. */
  link(peer: PeerId): void {
    const { options, linked } = this.#ground;
    if (peer === options.peer || !linked.has(peer) || this.#kept.has(peer) || !options.keepers().includes(peer)) return;
    this.#progress.set(peer, { acked: 0, sent: 0, resendAt: NEVER });
    this.#send(peer);
  }

  unlink(peer: PeerId): void {
    this.#progress.delete(peer);
  }

  /** A keeper, or this peer, has it up to here; all of it is on its disk. */
  acknowledge(peer: PeerId, offset: number): void {
    if (offset >= this.board.data.length) {
      this.#kept.add(peer);
      this.#progress.delete(peer);
      return this.#count();
    }
    const progress = this.#progress.get(peer);
    if (progress === undefined || offset < progress.acked) return;
    progress.acked = offset;
    progress.sent = Math.max(progress.sent, offset);
    this.#send(peer);
  }

  /** Time has passed: sends again what was lost, and to those who keep boards by now. */
  pass(): void {
    if (this.#recruitAt <= this.#ground.now) {
      this.#recruitAt = this.#ground.now + PATIENCE_MS;
      for (const peer of this.#ground.options.keepers()) if (!this.#progress.has(peer)) this.link(peer);
      this.#count();
    }
    for (const [peer, progress] of this.#progress) {
      if (progress.resendAt > this.#ground.now) continue;
      progress.sent = progress.acked;
      this.#send(peer);
    }
  }

  #count(): void {
    const { options } = this.#ground;
    const keepers = options.keepers();
    const kept = keepers.filter((peer) => this.#kept.has(peer)).length;
    this.#isSafe = keepers.length === 0 ? this.#kept.has(options.peer) : kept >= majority(keepers.length);
  }

  #send(peer: PeerId): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    const { effects, now } = this.#ground;
    const { hash, size, data } = this.board;
    // Only of one that the peer does not have already is there more than one piece to send.
    const ahead = progress.acked === 0 ? 1 : MAX_UNDER_WAY;
    while (progress.sent < data.length && progress.sent < progress.acked + ahead * MAX_PIECE_BYTES) {
      const offset = progress.sent;
      const piece = data.subarray(offset, offset + MAX_PIECE_BYTES);
      progress.sent += piece.length;
      effects.send(
        { peer },
        { kind: "board-piece", ...this.name, hash, size, total: data.length, offset, data: piece },
      );
    }
    progress.resendAt = now + PATIENCE_MS;
  }
}
