import { MAX_DATA_BYTES } from "../protocols/notification/notice.ts";
import { StartError } from "../runtime/start-error.ts";
import { safeText } from "../ui/safe-text.ts";

/** In hex a byte takes two digits, and a blank between it and the next one. */
const MAX_HEX_BYTES = 3 * MAX_DATA_BYTES;

/** Columns of data that an error shows, at most. */
const SHOWN = 40;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Data cannot be announced as it is; the message is one line. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/**
 * The data that bytes are: themselves, or what they say in hex.
 *
 * @throws DataError where it is empty, longer than a message may be, or no hex
 */
export function dataOf(bytes: Buffer, isHex: boolean): Buffer {
  const data = isHex ? readHex(bytes) : bytes;
  if (data.length === 0) throw new DataError("there is nothing to announce: data has one byte at least");
  if (data.length > MAX_DATA_BYTES) throw tooLong();
  return data;
}

/**
 * All of a stream as one piece of data.
 *
 * @throws DataError as `dataOf` does
 * @throws StartError where the stream cannot be read
 */
export async function dataFrom(input: AsyncIterable<Buffer>, isHex: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readable(input)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitOf(isHex)) throw tooLong();
  }
  return dataOf(Buffer.concat(chunks), isHex);
}

/**
 * Each line of a stream as a piece of data, all lines of a chunk at a time; empty lines are passed over.
 *
 * @throws DataError as `dataOf` does, after the lines before that one
 * @throws StartError where the stream cannot be read
 */
export async function* linesFrom(input: AsyncIterable<Buffer>, isHex: boolean): AsyncGenerator<readonly Buffer[]> {
  const lines = new Lines(isHex);
  for await (const chunk of readable(input)) yield* lines.push(chunk);
  yield* lines.end();
}

/** Cuts a stream into lines, without the bytes that end them. Holds one line at most. */
class Lines {
  readonly #isHex: boolean;
  /** Of the line that has not ended. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #number = 1;

  constructor(isHex: boolean) {
    this.#isHex = isHex;
  }

  *push(chunk: Buffer): Generator<readonly Buffer[]> {
    const lines: Buffer[] = [];
    let start = 0;
    try {
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        this.#add(chunk.subarray(start, end));
        lines.push(...this.#take());
        start = end + 1;
      }
      this.#add(chunk.subarray(start));
    } finally {
      // Those before a line that is refused are announced.
      if (lines.length > 0) yield lines;
    }
  }

  *end(): Generator<readonly Buffer[]> {
    const lines = this.#take();
    if (lines.length > 0) yield lines;
  }

  #add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    // The byte more is a return that may yet turn out to end the line.
    if (this.#pieceBytes > limitOf(this.#isHex) + 1) throw this.#inLine(tooLong());
  }

  /** The data of the line that has ended; nothing where it is empty. */
  #take(): readonly Buffer[] {
    const line = withoutReturn(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#pieceBytes = 0;
    try {
      return line.length === 0 ? [] : [dataOf(line, this.#isHex)];
    } catch (error) {
      throw error instanceof DataError ? this.#inLine(error) : error;
    } finally {
      this.#number += 1;
    }
  }

  #inLine({ message }: DataError): DataError {
    return new DataError(`line ${this.#number}: ${message}`);
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}

function readHex(bytes: Buffer): Buffer {
  const digits = bytes.toString("latin1").replace(/\s/g, "");
  if (digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits)) return Buffer.from(digits, "hex");
  throw new DataError(`${safeText(digits, SHOWN)} is no hex: that is two digits a byte, such as 00ff`);
}

function limitOf(isHex: boolean): number {
  return isHex ? MAX_HEX_BYTES : MAX_DATA_BYTES;
}

function tooLong(): DataError {
  return new DataError(`data is longer than the ${MAX_DATA_BYTES} bytes that a message holds`);
}

/**
 * The chunks of stdin.
 *
 * @throws StartError with one clear line, whatever goes wrong
 */
export async function* readable(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* input;
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`cannot read stdin: ${error instanceof Error ? error.message : String(error)}`);
  }
}
