import { bitmapRowBytes, readBitmap, writeBitmap } from "../core/bitmap.ts";
import { type Band, blankBand, countAlive, flip, isAlive, wordsPerRow } from "../core/board.ts";
import { cells } from "./cells.ts";
import type { Codec } from "./codec.ts";
import type { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** How the cells of a band travel, a byte before them. */
const ENCODING = { cells: 0, bitmap: 1 } as const;

/** Nobody may make us have more than a message holds for one that holds hardly any cells. */
const MAX_BAND_BYTES = 64 * 1024 * 1024;

/**
 * So many rows of a board of side `size`, as all that is left of the reader: a byte that says how, then how many cells live,
 * u32, and those as column and row within the band (wire document, section "Cells"), or a bit for each cell, whichever is
 * shorter. A bitmap has its rows one behind the other, each in whole bytes, the leftmost cell as the highest bit.
 */
export function band(size: number, rows: number): Codec<Band> {
  return {
    write: (writer, value) => writeBand(writer, value, countAlive(value)),
    read: (reader) => readBand(reader, size, rows),
  };
}

/** The bytes of a band of which it is known how many cells live: to count them costs as much as to write them. */
export function encodeBand(value: Band, alive: number): Buffer {
  const writer = new Writer();
  writeBand(writer, value, alive);
  return writer.take();
}

function bitsPerCell(size: number): number {
  return 2 * (32 - Math.clz32(size - 1));
}

function writeBand(writer: Writer, value: Band, alive: number): void {
  const { size, rows } = value;
  const bitmapBytes = rows * bitmapRowBytes(size);
  const sparseBytes = 4 + Math.ceil((alive * bitsPerCell(size)) / 8);
  const isSparse = rows <= size && sparseBytes < bitmapBytes;
  writer.u8(isSparse ? ENCODING.cells : ENCODING.bitmap);
  if (!isSparse) return writeBitmap(value, writer.room(bitmapBytes), 0);
  writer.u32(alive);
  cells(size).write(writer, liveCells(value, alive));
}

function readBand(reader: Reader, size: number, rows: number): Band {
  const encoding = reader.u8();
  if (rows * bitmapRowBytes(size) > MAX_BAND_BYTES) reader.fail(`${rows} rows of a board of side ${size}`);
  if (encoding === ENCODING.cells) return readLiveCells(reader, size, rows);
  if (encoding === ENCODING.bitmap) return readWholeBitmap(reader, size, rows);
  reader.fail(`cells in the unknown encoding ${encoding}`);
  return nothing(size);
}

/** What is given back after a failure, when nobody looks at it. */
function nothing(size: number): Band {
  return blankBand(size, 0);
}

/** Column and row of each live cell, row by row. */
function liveCells({ size, rows, words }: Band, alive: number): Uint16Array {
  const coordinates = new Uint16Array(2 * alive);
  const perRow = wordsPerRow(size);
  let to = 0;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let left = 0; left < 32 * perRow; left += 32, at++) {
      for (let rest = words[at] as number; rest !== 0; ) {
        const bit = Math.clz32(rest);
        rest &= ~(0x8000_0000 >>> bit);
        coordinates[to] = left + bit;
        coordinates[to + 1] = row;
        to += 2;
      }
    }
  }
  return coordinates;
}

function readLiveCells(reader: Reader, size: number, rows: number): Band {
  const alive = reader.u32();
  if (alive > size * rows) reader.fail(`${alive} cells in ${rows} rows of ${size}`);
  const bytes = Math.ceil((alive * bitsPerCell(size)) / 8);
  // Where some are missing, that is what is wrong.
  if (bytes > reader.remaining) reader.bytes(bytes);
  else if (bytes < reader.remaining) reader.fail(`${reader.remaining - bytes} bytes too many`);
  if (reader.failure !== undefined) return nothing(size);
  const coordinates = cells(size).read(reader);
  const value = blankBand(size, rows);
  for (let at = 0; at < coordinates.length && reader.failure === undefined; at += 2) {
    const x = coordinates[at] as number;
    const y = coordinates[at + 1] as number;
    if (y >= rows) reader.fail(`a cell in row ${y} of ${rows}`);
    else if (isAlive(value, x, y)) reader.fail(`the cell ${x},${y} twice`);
    else flip(value, x, y);
  }
  return value;
}

function readWholeBitmap(reader: Reader, size: number, rows: number): Band {
  const bytes = reader.bytes(rows * bitmapRowBytes(size));
  if (reader.failure !== undefined) return nothing(size);
  const value = readBitmap(bytes, size, rows);
  const beyond = size & 31;
  if (beyond === 0) return value;
  const perRow = wordsPerRow(size);
  const mask = 0xffff_ffff >>> beyond;
  for (let last = perRow - 1; last < value.words.length; last += perRow) {
    if (((value.words[last] as number) & mask) !== 0) reader.fail("a live cell right of the board");
  }
  return value;
}
