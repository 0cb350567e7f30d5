import { asBuffer } from "./reader.ts";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;

const NOTHING = Buffer.alloc(0);

/** What is set aside for a line that has begun, at first, in bytes. */
const FIRST_ROOM = 1024;

/** A line without its end, or that there is one that was too long to hold. */
export type Line = Buffer | "too-long";

/**
 * Cuts bytes into lines, wherever they were parted on their way. A line ends with `\n` or `\r\n`; blank ones are passed
 * over. Holds what was pushed and not yet taken, and one begun line at most.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  /** What was pushed and not yet looked at, from `#at` on. */
  #unread: Buffer = NOTHING;
  #at = 0;
  /** The line that has begun: the first `#begunBytes` of this. */
  #begun: Buffer = NOTHING;
  #begunBytes = 0;
  /** Whether the line that has begun was too long. */
  #isSkipping = false;
  #hasEnded = false;

  /** @param maxBytes of a line, its end not counted */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that were pushed and not yet looked at. */
  get unread(): number {
    return this.#unread.length - this.#at;
  }

  /** Bytes of the line that has begun. */
  get begun(): number {
    return this.#begunBytes;
  }

  /** Bytes that are set aside for the line that has begun; 0 where none has. */
  get room(): number {
    return this.#begun.length;
  }

  /** The bytes go on. They must not change until the lines in them are taken. */
  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    this.#unread = this.#at === this.#unread.length ? bytes : Buffer.concat([this.#unread.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** The bytes are over: what has begun is the last line. */
  end(): void {
    this.#hasEnded = true;
  }

  /** The next line, of which one too long is told once, as soon as it is; undefined until more is pushed. */
  next(): Line | undefined {
    for (;;) {
      const line = this.step();
      if (line !== "blank") return line;
    }
  }

  /** As `next`, but tells of each blank line too: for whoever may not look at any number of them in one go. */
  step(): Line | "blank" | undefined {
    const line = this.#take();
    if (line === undefined || line === "too-long") return line;
    return isBlank(line) ? "blank" : line;
  }

  /** The next line, blank ones too; of one that was told to be too long an empty rest. */
  #take(): Line | undefined {
    const end = this.#unread.indexOf(NEWLINE, this.#at);
    if (end < 0) return this.#takeRest();
    const piece = this.#unread.subarray(this.#at, end);
    this.#at = end + 1;
    return this.#finish(piece);
  }

  #takeRest(): Line | undefined {
    const rest = this.#unread.subarray(this.#at);
    this.#unread = NOTHING;
    this.#at = 0;
    if (this.#hasEnded) return rest.length + this.#begunBytes === 0 ? undefined : this.#finish(rest);
    if (this.#isSkipping) return undefined;
    // One more may be the return that belongs to the end.
    if (this.#begunBytes + rest.length > this.#maxBytes + 1) {
      this.#forgetBegun();
      this.#isSkipping = true;
      return "too-long";
    }
    this.#keep(rest);
    return undefined;
  }

  /** The line of which this is the last piece. */
  #finish(piece: Buffer): Line {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return NOTHING;
    }
    const whole = this.#begunBytes === 0 ? piece : Buffer.concat([this.#begun.subarray(0, this.#begunBytes), piece]);
    this.#forgetBegun();
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    return line.length > this.#maxBytes ? "too-long" : line;
  }

  /** Puts a piece behind what has begun: copied, since it may be one byte of a large chunk. */
  #keep(piece: Buffer): void {
    const bytes = this.#begunBytes + piece.length;
    if (bytes > this.#begun.length) {
      const room = Buffer.allocUnsafe(Math.max(FIRST_ROOM, Math.min(2 * bytes, this.#maxBytes + 1)));
      this.#begun.copy(room, 0, 0, this.#begunBytes);
      this.#begun = room;
    }
    piece.copy(this.#begun, this.#begunBytes);
    this.#begunBytes = bytes;
  }

  #forgetBegun(): void {
    this.#begun = NOTHING;
    this.#begunBytes = 0;
  }
}

function isBlank(line: Buffer): boolean {
  // Nearly every line begins with something else.
  return (line[0] ?? 0) <= BLANK && line.every((byte) => byte === BLANK || byte === 0x09 || byte === RETURN);
}
