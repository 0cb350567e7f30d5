import { assert, InvariantViolation } from "../core/assert.ts";
import type { Codec } from "./codec.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Side of the smallest and of the largest board. */
export const MIN_IMAGE_SIZE = 16;
export const MAX_IMAGE_SIZE = 65_535;

/**
 * Alive cells of a board of side `imageSize`, as all that is left of the reader: column, row, column, row, ..., each in
 * ceil(log2 imageSize) bits, the most significant first, the last byte padded with zeros (wire document, section
 * "Cells").
 *
 * @throws InvariantViolation for a side out of range, and, when writing, for a cell off the board
 */
export function cells(imageSize: number): Codec<Uint16Array> {
  const inRange = Number.isInteger(imageSize) && imageSize >= MIN_IMAGE_SIZE && imageSize <= MAX_IMAGE_SIZE;
  assert(inRange, `board of side ${imageSize}`);
  // The bits of the largest coordinate; no logarithm, which need not be exact.
  const bits = 32 - Math.clz32(imageSize - 1);
  return {
    write: (writer, coordinates) => writeCells(writer, coordinates, imageSize, bits),
    read: (reader) => readCells(reader, imageSize, bits),
  };
}

function writeCells(writer: Writer, coordinates: Uint16Array, imageSize: number, bits: number): void {
  assert(coordinates.length % 2 === 0, `${coordinates.length} coordinates make no whole cells`);
  const packed = writer.room(Math.ceil((coordinates.length * bits) / 8));
  // Never more than 7 bits wait and 16 are added, so the numbers stay within 32 bits.
  let waiting = 0;
  let waitingBits = 0;
  let to = 0;
  for (let at = 0; at < coordinates.length; at++) {
    const coordinate = coordinates[at] as number;
    if (coordinate >= imageSize) throw new InvariantViolation(`a cell off a board of side ${imageSize}`);
    waiting = (waiting << bits) | coordinate;
    waitingBits += bits;
    for (; waitingBits >= 8; waitingBits -= 8) packed[to++] = waiting >> (waitingBits - 8);
    waiting &= 0xff;
  }
  if (waitingBits > 0) packed[to] = waiting << (8 - waitingBits);
}

function readCells(reader: Reader, imageSize: number, bits: number): Uint16Array {
  const packed = reader.bytes(reader.remaining);
  // A cell has at least 8 bits and the padding fewer, so the length tells how many there are.
  const coordinates = new Uint16Array(2 * Math.floor((8 * packed.length) / (2 * bits)));
  if (Math.ceil((coordinates.length * bits) / 8) !== packed.length) reader.fail("a byte of padding too many");
  let waiting = 0;
  let waitingBits = 0;
  let at = 0;
  let most = 0;
  for (let from = 0; from < packed.length; from++) {
    waiting = ((waiting << 8) | (packed[from] as number)) & 0x7fffff;
    waitingBits += 8;
    for (; waitingBits >= bits && at < coordinates.length; at++) {
      waitingBits -= bits;
      const coordinate = waiting >> waitingBits;
      coordinates[at] = coordinate;
      most = Math.max(most, coordinate);
      waiting &= (1 << waitingBits) - 1;
    }
  }
  if (waiting !== 0) reader.fail("padding that is not zero");
  if (most >= imageSize) reader.fail(`a cell off a board of side ${imageSize}`);
  return coordinates;
}
