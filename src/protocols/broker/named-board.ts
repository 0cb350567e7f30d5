import { type Band, MAX_BOARD_SIZE, MIN_BOARD_SIZE } from "../../core/board.ts";
import { Fingerprint } from "../../core/fingerprint.ts";
import { band } from "../../wire/band.ts";
import { decode, encode } from "../../wire/codec.ts";

/** A board as it is kept and sent, by the name that its cells give it. */
export interface NamedBoard {
  /** 16 hex digits. */
  readonly hash: string;
  readonly size: number;
  /** As in `src/wire/band.ts`. */
  readonly data: Uint8Array;
}

/** Names a board. The same cells have the same bytes, and so the same name. */
export function nameBoard(board: Band): NamedBoard {
  const { size } = board;
  const data = encode(band(size, size), board);
  return { hash: hashOf(size, data), size, data };
}

/** Whether bytes are those of the board that is named so. */
export function isNamed({ hash, size, data }: NamedBoard): boolean {
  return size >= MIN_BOARD_SIZE && size <= MAX_BOARD_SIZE && hashOf(size, data) === hash;
}

/** The board; null where the bytes stand for none. */
export function boardOf({ size, data }: NamedBoard): Band | null {
  const decoded = decode(band(size, size), data);
  return decoded.kind === "value" ? decoded.value : null;
}

function hashOf(size: number, data: Uint8Array): string {
  const fingerprint = new Fingerprint();
  fingerprint.number(size);
  fingerprint.bytes(data);
  return fingerprint.hex();
}
