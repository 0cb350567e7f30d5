import { type Band, blankBand, countAlive, flip, isAlive, wordsPerRow } from "../core/board.ts";
import { cells } from "./cells.ts";
import type { Codec } from "./codec.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** How the cells of a band travel, a byte before them. */
const ENCODING = { cells: 0, bitmap: 1 } as const;

/**
 * So many rows of a board of side `size`, as all that is left of the reader: a byte that says how, then how many cells live,
 * u32, and those as column and row within the band (wire document, section "Cells"), or a bit for each cell, whichever is
 * shorter. A bitmap has
 * its rows one behind the other, each in whole bytes, the leftmost cell as the highest bit.
 */
export function band(size: number, rows: number): Codec<Band> {
  return { write: (writer, value) => writeBand(writer, value), read: (reader) => readBand(reader, size, rows) };
}

/** Bytes of a row in a bitmap. */
function rowBytes(size: number): number {
  return (size + 7) >>> 3;
}

function bitsPerCell(size: number): number {
  return 2 * (32 - Math.clz32(size - 1));
}

function writeBand(writer: Writer, value: Band): void {
  const { size, rows } = value;
  const sparseBytes = 4 + Math.ceil((countAlive(value) * bitsPerCell(size)) / 8);
  const isSparse = rows <= size && sparseBytes < rows * rowBytes(size);
  writer.u8(isSparse ? ENCODING.cells : ENCODING.bitmap);
  if (!isSparse) return writeBitmap(writer, value);
  const live = liveCells(value);
  writer.u32(live.length / 2);
  cells(size).write(writer, live);
}

function readBand(reader: Reader, size: number, rows: number): Band {
  const encoding = reader.u8();
  if (reader.failure !== undefined) return blankBand(size, 0);
  const value = blankBand(size, rows);
  if (encoding === ENCODING.cells) readLiveCells(reader, value);
  else if (encoding === ENCODING.bitmap) readBitmap(reader, value);
  else reader.fail(`cells in the unknown encoding ${encoding}`);
  return value;
}

/** Column and row of each live cell, row by row. */
function liveCells(value: Band): Uint16Array {
  const coordinates = new Uint16Array(2 * countAlive(value));
  const perRow = wordsPerRow(value.size);
  let at = 0;
  for (const [index, word] of value.words.entries()) {
    for (let rest = word; rest !== 0; ) {
      const bit = Math.clz32(rest);
      rest &= ~(0x8000_0000 >>> bit);
      coordinates[at] = 32 * (index % perRow) + bit;
      coordinates[at + 1] = Math.floor(index / perRow);
      at += 2;
    }
  }
  return coordinates;
}

function readLiveCells(reader: Reader, value: Band): void {
  const bytes = Math.ceil((reader.u32() * bitsPerCell(value.size)) / 8);
  // Where some are missing, that is what is wrong.
  if (bytes > reader.remaining) reader.bytes(bytes);
  else if (bytes < reader.remaining) reader.fail(`${reader.remaining - bytes} bytes too many`);
  if (reader.failure !== undefined) return;
  const coordinates = cells(value.size).read(reader);
  for (let at = 0; at < coordinates.length && reader.failure === undefined; at += 2) {
    const x = coordinates[at] as number;
    const y = coordinates[at + 1] as number;
    if (y >= value.rows) reader.fail(`a cell in row ${y} of ${value.rows}`);
    else if (isAlive(value, x, y)) reader.fail(`the cell ${x},${y} twice`);
    else flip(value, x, y);
  }
}

function writeBitmap(writer: Writer, { size, rows, words }: Band): void {
  const perRow = wordsPerRow(size);
  for (let row = 0; row < rows; row++) {
    for (let byte = 0; byte < rowBytes(size); byte++) {
      const word = words[row * perRow + (byte >>> 2)] as number;
      writer.u8((word >>> (24 - 8 * (byte & 3))) & 0xff);
    }
  }
}

function readBitmap(reader: Reader, { size, rows, words }: Band): void {
  const perRow = wordsPerRow(size);
  const width = rowBytes(size);
  const bytes = reader.bytes(rows * width);
  for (let at = 0; at < bytes.length; at++) {
    const row = Math.floor(at / width);
    const byte = at % width;
    const index = row * perRow + (byte >>> 2);
    words[index] = (words[index] as number) | ((bytes[at] as number) << (24 - 8 * (byte & 3)));
  }
  const beyond = size & 31;
  if (beyond === 0) return;
  const mask = 0xffff_ffff >>> beyond;
  for (let row = 1; row <= rows; row++) {
    if (((words[row * perRow - 1] as number) & mask) !== 0) return reader.fail("a live cell right of the board");
  }
}
