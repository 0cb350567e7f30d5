import { type Band, blankBand, wordsPerRow } from "./board.ts";

/** Bytes that a row of so many cells takes in a bitmap. */
export function bitmapRowBytes(size: number): number {
  return (size + 7) >>> 3;
}

/** Rows one behind the other, each in whole bytes, the leftmost cell as the highest bit: from byte `at` on. */
export function writeBitmap({ size, rows, words }: Band, into: Uint8Array, at: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  const perRow = wordsPerRow(size);
  const whole = size >>> 5;
  let to = at;
  for (let row = 0; row < rows; row++) {
    const start = row * perRow;
    for (let word = start; word < start + whole; word++, to += 4) view.setUint32(to, words[word] as number);
    for (let bit = 32 * whole, shift = 24; bit < size; bit += 8, shift -= 8) {
      into[to] = (words[start + whole] as number) >>> shift;
      to += 1;
    }
  }
}

/** The rows that a bitmap of that many bytes stands for. Bits right of a row's end are kept as they are. */
export function readBitmap(bytes: Uint8Array, size: number, rows: number): Band {
  const band = blankBand(size, rows);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const perRow = wordsPerRow(size);
  const whole = size >>> 5;
  let from = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * perRow;
    for (let word = start; word < start + whole; word++, from += 4) band.words[word] = view.getUint32(from);
    for (let bit = 32 * whole, shift = 24; bit < size; bit += 8, shift -= 8) {
      band.words[start + whole] = (band.words[start + whole] as number) | ((bytes[from] as number) << shift);
      from += 1;
    }
  }
  return band;
}
