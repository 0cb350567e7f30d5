import { type Band, hashOf, MAX_BOARD_SIZE, MIN_BOARD_SIZE } from "../../core/board.ts";
import { band, encodeBand } from "../../wire/band.ts";
import { decode } from "../../wire/codec.ts";

/** A board as it is kept and sent, by the name that its cells give it. */
export interface NamedBoard {
  /** 16 hex digits. */
  readonly hash: string;
  readonly size: number;
  /** As in `src/wire/band.ts`. */
  readonly data: Uint8Array;
}

/** Names a board, of which so many cells live. */
export function nameBoard(board: Band, alive: number): NamedBoard {
  return { hash: hashOf(board), size: board.size, data: encodeBand(board, alive) };
}

/** The board; null where the bytes stand for none, or for another than the name says. */
export function boardOf({ hash, size, data }: NamedBoard): Band | null {
  if (size < MIN_BOARD_SIZE || size > MAX_BOARD_SIZE) return null;
  const decoded = decode(band(size, size), data);
  return decoded.kind === "value" && hashOf(decoded.value) === hash ? decoded.value : null;
}
