import type { Answer, ErrorCode, FileOperation } from "../../core/request.ts";
import { type Call, filesIn, type StoreRequest } from "./history.ts";
import type { Model } from "./model.ts";
import { type Content, ObservedContents } from "./observed-contents.ts";
import { quoted } from "./quoted.ts";

/** What each file in question holds, in the order of their names; null where it is not there. */
type Files = (Content | null)[];

/** What a request comes to: what is answered, null where that is not known; or why it fails. */
type Result = { readonly text: string | null } | { readonly failure: ErrorCode };

/** What a call may ask of files. */
type FilesRequest = Exclude<StoreRequest, { readonly kind: "write" | "read-value" }>;

/**
 * Files: create, delete, append, read, the list of their names, and atomic lists, of which all happens or nothing.
 *
 * Only some files may be in question: what a call says of others is then taken on trust. What appending makes and nobody has
 * read is one content, however it came about: nobody can read it before the file is created anew.
 */
export class FilesModel implements Model {
  readonly initial: number;
  readonly #names: readonly string[];
  readonly #files: ReadonlyMap<string, { readonly place: number; readonly contents: ObservedContents }>;
  readonly #areAll: boolean;
  readonly #states: (readonly (Content | null)[])[] = [];
  /** The number of each state, by its contents. */
  readonly #numbers = new Map<string, number>();

  /**
   * @param names the files in question
   * @param calls all that touch any of them
   * @param areAll whether no other file is touched
   */
  constructor(names: readonly string[], calls: readonly Call[], areAll: boolean) {
    this.#names = names.toSorted();
    this.#files = new Map(
      this.#names.map((name, place) => [name, { place, contents: new ObservedContents(name, calls) }]),
    );
    this.#areAll = areAll;
    this.initial = this.#numberOf(this.#names.map(() => null));
  }

  step(state: number, { request, answer }: Call): number | undefined {
    if (request.kind === "write" || request.kind === "read-value") return undefined;
    const files = [...(this.#states[state] ?? [])];
    const result = this.#perform(files, request);
    if (answer === null) return "failure" in result ? undefined : this.#numberOf(files);
    if (!this.#explains(request, result, answer)) return undefined;
    return answer.kind === "error" ? state : this.#numberOf(files);
  }

  isNoBetter(before: number, after: number): boolean {
    const old = this.#states[before] ?? [];
    // What nobody has read can be added to and deleted, but not created. All that was so before, whatever the file held.
    return (this.#states[after] ?? []).every(
      (content, place) => content === old[place] || (old[place] !== null && content?.text === null),
    );
  }

  touches({ request }: Call): readonly string[] {
    return request.kind === "list" ? this.#names : filesIn(request);
  }

  show(state: number): readonly string[] {
    return (this.#states[state] ?? []).map((content, place) => {
      const name = JSON.stringify(this.#names[place]);
      if (content === null) return `${name} is not there`;
      return `${name} holds ${content.text === null ? "what nobody has read" : quoted(content.text)}`;
    });
  }

  #perform(files: Files, request: FilesRequest): Result {
    if (request.kind === "list") return { text: this.#names.filter((_, at) => files[at] !== null).join("\n") };
    if (request.kind !== "atomic") return this.#performOne(files, request);
    const texts: (string | null)[] = [];
    for (const operation of request.operations) {
      const result = this.#performOne(files, operation);
      if ("failure" in result) return result;
      texts.push(result.text);
    }
    return { text: texts.includes(null) ? null : texts.join("\n") };
  }

  #performOne(files: Files, operation: FileOperation): Result {
    const { kind, name } = operation;
    const file = this.#files.get(name);
    if (file === undefined) return { text: null };
    const content = files[file.place] ?? null;
    if (kind === "create" && content !== null) return { failure: "exists" };
    if (kind === "create") {
      files[file.place] = file.contents.empty;
      return { text: `created ${name}` };
    }
    if (content === null) return { failure: "not-found" };
    switch (kind) {
      case "delete":
        files[file.place] = null;
        return { text: `deleted ${name}` };
      case "append":
        files[file.place] = file.contents.append(content, operation.data);
        return { text: `appended ${Buffer.byteLength(operation.data)} bytes to ${name}` };
      case "read":
        return { text: content.text };
    }
  }

  /** Whether that result is answered so. */
  #explains(request: FilesRequest, result: Result, answer: Answer): boolean {
    const isInPart = request.kind === "atomic" && request.operations.some(({ name }) => !this.#files.has(name));
    if (answer.kind === "error") return isInPart || ("failure" in result && result.failure === answer.code);
    if (answer.kind !== "display" || "failure" in result) return false;
    return isInPart || result.text === (request.kind === "list" ? this.#ownOf(answer.text) : answer.text);
  }

  /** Of a list of names what concerns the files in question. */
  #ownOf(list: string): string {
    if (this.#areAll) return list;
    const names = list.split("\n").filter((name) => this.#files.has(name));
    return names.join("\n");
  }

  #numberOf(files: Files): number {
    const key = files.map((content) => content?.id ?? 0).join();
    const number = this.#numbers.get(key) ?? this.#states.length;
    if (number < this.#states.length) return number;
    this.#numbers.set(key, number);
    this.#states.push(files);
    return number;
  }
}
