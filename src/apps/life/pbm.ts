import { bitmapRowBytes, writeBitmap } from "../../core/bitmap.ts";
import type { Band } from "../../core/board.ts";

/** A board as a portable bitmap (P4), live cells black: what every picture program reads. */
export function toPbm(board: Band): Uint8Array {
  const header = Buffer.from(`P4\n${board.size} ${board.rows}\n`, "latin1");
  const picture = new Uint8Array(header.length + board.rows * bitmapRowBytes(board.size));
  picture.set(header);
  writeBitmap(board, picture, header.length);
  return picture;
}
