/**
 * Patterns as run lengths: "#" lines of comment, a line "x = 3, y = 3, rule = B3/S23", then runs of dead (b) and live (o)
 * cells and of row ends ($), each with a count before it unless that is 1, up to "!".
 */
import { type Band, blankBand, flip, wordsPerRow } from "../../core/board.ts";
import { type BadPattern, bad, type Parsed, tooLong } from "./parsed.ts";

/** Characters in a line that is written. */
const LINE_LENGTH = 70;

/** Characters of a header that are looked at. */
const MAX_HEADER_LENGTH = 1000;

/** Larger than any count that is of use, and far from where numbers are no longer exact. */
const MAX_COUNT = 1_000_000_000;

const HEADER = /^\s*x\s*=\s*(\d{1,9})\s*,\s*y\s*=\s*(\d{1,9})\s*(?:,\s*rule\s*=\s*(.*\S)\s*)?$/i;

/** The rule that is played, as it is named; the last one is of older programs: survival first. */
const RULES = ["b3/s23", "23/3"];

/** Reads run lengths. */
export function readRle(text: string): Parsed {
  let line = 1;
  let start = 0;
  for (; isSkipped(lineAt(text, start)); line++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return bad(line, 1, "it ends before a line such as x = 3, y = 3");
    start = end + 1;
  }
  const header = lineAt(text, start);
  const size = readHeader(header, line);
  if (size.kind === "bad") return size;
  const pattern = blankBand(size.width, size.height);
  const body = new RleBody(text, { at: start + header.length, line, lineStart: start }, pattern);
  return body.read() ?? { kind: "pattern", pattern };
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end);
}

function isSkipped(line: string): boolean {
  return line.startsWith("#") || line.trim() === "";
}

type Header = { readonly kind: "size"; readonly width: number; readonly height: number };

function readHeader(header: string, line: number): Header | BadPattern {
  const match = HEADER.exec(header.slice(0, MAX_HEADER_LENGTH));
  if (match === null) return bad(line, 1, "a line such as x = 3, y = 3, rule = B3/S23 is missing");
  const [, x, y, rule] = match;
  const [width, height] = [Number(x), Number(y)];
  const refused = tooLong("wide", width) ?? tooLong("high", height);
  if (refused !== undefined) return bad(line, 1, refused);
  if (rule !== undefined && !RULES.includes(rule.toLowerCase())) {
    return bad(line, header.lastIndexOf(rule) + 1, `the rule ${rule}: only B3/S23 is played`);
  }
  return { kind: "size", width, height };
}

/** A place in a text, and where the line begins that it is in. */
interface Place {
  readonly at: number;
  readonly line: number;
  readonly lineStart: number;
}

/** What comes after the header. */
class RleBody {
  readonly #text: string;
  readonly #pattern: Band;
  #at: number;
  #line: number;
  #lineStart: number;
  #x = 0;
  #y = 0;

  constructor(text: string, { at, line, lineStart }: Place, pattern: Band) {
    this.#text = text;
    this.#pattern = pattern;
    this.#at = at;
    this.#line = line;
    this.#lineStart = lineStart;
  }

  /** Reads up to "!", into the pattern; what is wrong, if anything is. */
  read(): BadPattern | undefined {
    for (;;) {
      this.#skipBlanks();
      const start = this.#at;
      const count = this.#count();
      const tag = this.#text.charAt(this.#at);
      const problem = this.#take(tag, count);
      if (problem !== undefined) return bad(this.#line, start - this.#lineStart + 1, problem);
      this.#at += 1;
      if (tag === "!") return undefined;
    }
  }

  /** Blanks, ends of lines, and lines of comment. */
  #skipBlanks(): void {
    for (;;) {
      const char = this.#text.charAt(this.#at);
      const isComment = char === "#" && this.#at === this.#lineStart;
      if (char === "\n" || isComment) this.#nextLine();
      else if (char === " " || char === "\t" || char === "\r") this.#at += 1;
      else return;
    }
  }

  #nextLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
    if (end < 0) return;
    this.#line += 1;
    this.#lineStart = this.#at;
  }

  /** The number that is next; null where none is. */
  #count(): number | null {
    let count: number | null = null;
    for (; ; this.#at++) {
      const digit = this.#text.charCodeAt(this.#at) - 48;
      // Behind the end there is no number either.
      if (!(digit >= 0 && digit <= 9)) return count;
      count = Math.min(MAX_COUNT, 10 * (count ?? 0) + digit);
    }
  }

  /** Does what a tag says; what is wrong with it, if anything is. */
  #take(tag: string, given: number | null): string | undefined {
    const count = given ?? 1;
    if (count === 0 || count === MAX_COUNT) return `a count of ${count === 0 ? 0 : `${MAX_COUNT} or more`}`;
    if (tag === "!" && given === null) return undefined;
    if (tag === "b") this.#x += count;
    else if (tag === "o") return this.#live(count);
    else if (tag === "$") {
      this.#x = 0;
      this.#y += count;
    } else if (given !== null) return `a count of ${count} before neither b, o nor $`;
    else if (tag === "") return "it ends without !";
    else return `${quoted(this.#text, this.#at)} is neither b, o, $ nor !`;
    return undefined;
  }

  #live(count: number): string | undefined {
    const { size, rows } = this.#pattern;
    if (this.#y >= rows) return `a live cell in row ${this.#y + 1}, where y = ${rows}`;
    if (this.#x + count > size) return `a live cell in column ${this.#x + count}, where x = ${size}`;
    for (const end = this.#x + count; this.#x < end; this.#x++) flip(this.#pattern, this.#x, this.#y);
    return undefined;
  }
}

/** The character at a place, for whoever reads what is wrong. */
export function quoted(text: string, at: number): string {
  return `"${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`;
}

/** Writes a board as run lengths, the whole of it, so that it is as large when it is read. */
export function toRle(board: Band): string {
  const lines = new Lines(`x = ${board.size}, y = ${board.rows}, rule = B3/S23`);
  let rowEnds = 0;
  for (let y = 0; y < board.rows; y++) {
    for (let x = 0; x < board.size; ) {
      const start = runEnd(board, x, y, false);
      if (start === board.size) break;
      const end = runEnd(board, start, y, true);
      lines.run(rowEnds, "$");
      lines.run(start - x, "b");
      lines.run(end - start, "o");
      rowEnds = 0;
      x = end;
    }
    rowEnds += 1;
  }
  return lines.end();
}

/** The column after the last of the cells from `x` on that all live, or all do not. */
function runEnd({ size, words }: Band, x: number, y: number, lives: boolean): number {
  const start = y * wordsPerRow(size);
  for (let at = x; at < size; at = (at | 31) + 1) {
    const word = words[start + (at >>> 5)] as number;
    const others = (lives ? ~word : word) & (0xffff_ffff >>> (at & 31));
    if (others !== 0) return Math.min(size, (at & ~31) + Math.clz32(others));
  }
  return size;
}

/** Runs, in lines that are not too long. */
class Lines {
  readonly #lines: string[];
  #line = "";

  constructor(header: string) {
    this.#lines = [header];
  }

  run(count: number, tag: string): void {
    if (count > 0) this.#add(count === 1 ? tag : `${count}${tag}`);
  }

  end(): string {
    this.#add("!");
    return `${[...this.#lines, this.#line].join("\n")}\n`;
  }

  #add(item: string): void {
    if (this.#line.length + item.length > LINE_LENGTH) {
      this.#lines.push(this.#line);
      this.#line = "";
    }
    this.#line += item;
  }
}
