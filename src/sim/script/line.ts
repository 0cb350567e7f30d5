import type { Argument } from "../../control/grammar.ts";
import { PeerNames } from "../../control/peer-names.ts";
import { addressOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { parsePeerId } from "../../core/peer-id.ts";

/** A word of a line. */
export interface Word {
  readonly text: string;
  /** UTF-16 units from the start of the line, from 1. */
  readonly column: number;
}

/** What is wrong with a line, and where. */
export interface Wrong {
  readonly column: number;
  readonly text: string;
}

/** Longest part of a word that an error repeats. */
const MAX_SHOWN = 40;

/** Marks are words of their own, with blanks around them or without. */
const WORD = /<->|->|\.\.|[,|=<>]|(?:(?!<->|->|\.\.)[^\s,|=<>])+/g;

const COMMENT = /(?:^|\s)#.*$/s;

/**
 * Takes words off a line of a script. It never throws: the first failure sticks, and from then on the line is at its
 * end and every value is the one that stands for none, so that no reader needs a check after each word.
 */
export class Line {
  /** Null while all is well. */
  wrong: Wrong | null = null;
  readonly #words: readonly Word[];
  readonly #end: number;
  #next = 0;

  constructor(text: string) {
    const told = text.replace(COMMENT, "").trimEnd();
    this.#words = [...told.matchAll(WORD)].map((match) => ({ text: match[0], column: match.index + 1 }));
    this.#end = told.length + 1;
  }

  /** The word that is taken next; empty at the end. */
  get next(): string {
    return this.wrong === null ? (this.#words[this.#next]?.text ?? "") : "";
  }

  /** The word behind that; empty at the end. */
  get second(): string {
    return this.wrong === null ? (this.#words[this.#next + 1]?.text ?? "") : "";
  }

  /** Where the next word begins, or the line ends. */
  get column(): number {
    return this.#words[this.#next]?.column ?? this.#end;
  }

  /** Notes what should stand where a word does, the next one unless another is given; the first failure stays. */
  expected(what: string, { text, column }: Word = { text: this.next, column: this.column }): void {
    const found = text === "" ? "the end of the line" : `"${text.slice(0, MAX_SHOWN)}"`;
    this.refuse(column, `expected ${what}, found ${found}`);
  }

  /** Notes what is wrong at a column; the first failure stays. */
  refuse(column: number, text: string): void {
    this.wrong ??= { column, text };
  }

  /** Takes the next word, whatever it is; empty at the end. */
  take(): Word {
    const word = { text: this.next, column: this.column };
    if (word.text !== "") this.#next += 1;
    return word;
  }

  /** Takes the next word if it is this one; whether it was. */
  accept(word: string): boolean {
    if (this.next !== word) return false;
    this.#next += 1;
    return true;
  }

  /** Takes this word, which must be next. */
  demand(word: string, otherwise = `"${word}"`): void {
    if (!this.accept(word)) this.expected(otherwise);
  }

  /** Takes one of these words; the first of them where none is next. */
  oneOf<T extends string>(words: readonly [T, ...T[]], what = alternatives(words)): T {
    const found = words.find((word) => word === this.next);
    if (found === undefined) this.expected(what);
    else this.#next += 1;
    return found ?? words[0];
  }

  /** Takes a value that a kind of argument reads; `none` where it cannot. */
  value<T>(kind: Argument<T>, what: string, none: T): T {
    const reading = kind.read(this.next, nobody);
    if (reading.ok) this.#next += 1;
    else this.expected(what);
    return reading.ok ? reading.value : none;
  }

  /** Takes a whole number between two others; the least where there is none. */
  integer(what: string, least: number, most: number): number {
    const value = /^\d{1,16}$/.test(this.next) ? Number(this.next) : Number.NaN;
    const fits = value >= least && value <= most;
    if (fits) this.#next += 1;
    else this.expected(`${what} from ${least} to ${most}`);
    return fits ? value : least;
  }

  /** Nothing may follow. */
  end(): void {
    if (this.next !== "") this.expected("the end of the line");
  }
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** Kinds of argument are given the names of peers; those of numbers and times look at none. */
const nobody = namesOfNobody();

function namesOfNobody(): PeerNames {
  const id = parsePeerId("1".padStart(16, "0"));
  const address = addressOf("127.0.0.1", 1);
  assert(id !== undefined && address !== undefined, "an ID and an address are well formed");
  return new PeerNames({ id, name: "", address }, []);
}
