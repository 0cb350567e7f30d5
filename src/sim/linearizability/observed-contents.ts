import type { Call } from "./history.ts";
import { lowerBound } from "./lower-bound.ts";

/** What a file holds. */
export interface Content {
  /** 1 and up; contents are the same if and only if these are. */
  readonly id: number;
  /** Null for what nobody can have read from the file, nor after further appends: which of those it is makes no difference. */
  readonly text: string | null;
}

const UNREAD: Content = { id: 1, text: null };

/** The contents of one file that somebody read, and those that grow into one of them. */
export class ObservedContents {
  readonly empty: Content;
  /** What was read, ordered, so that what begins alike stands together. */
  readonly #read: readonly string[];
  /** Answers to atomic lists that read the file: what they say of it stands somewhere in them. */
  readonly #within: readonly string[];
  readonly #byText = new Map<string, Content>();
  /** What appending makes, as far as it was tried. */
  readonly #grown = new Map<Content, Map<string, Content>>();

  /** @param calls all that concern the file */
  constructor(name: string, calls: readonly Call[]) {
    const read = new Set<string>();
    const within: string[] = [];
    for (const { request, answer } of calls) {
      if (answer?.kind !== "display") continue;
      if (request.kind === "read" && request.name === name) read.add(answer.text);
      if (request.kind !== "atomic") continue;
      if (request.operations.some((each) => each.kind === "read" && each.name === name)) within.push(answer.text);
    }
    this.#read = [...read].sort();
    this.#within = within;
    this.empty = this.#of("");
  }

  append(content: Content, data: string): Content {
    if (content.text === null) return content;
    const grown = this.#grown.get(content) ?? new Map<string, Content>();
    this.#grown.set(content, grown);
    const known = grown.get(data) ?? this.#of(content.text + data);
    grown.set(data, known);
    return known;
  }

  #of(text: string): Content {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const content = this.#wasRead(text) ? { id: this.#byText.size + 2, text } : UNREAD;
    this.#byText.set(text, content);
    return content;
  }

  /** Whether something that was read begins with it. */
  #wasRead(text: string): boolean {
    return (
      this.#read[lowerBound(this.#read, text)]?.startsWith(text) === true ||
      this.#within.some((answer) => answer.includes(text))
    );
  }
}
