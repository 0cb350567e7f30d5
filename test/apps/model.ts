import {
  type Answer,
  type ErrorCode,
  type FileOperation,
  failed,
  type Operation,
  type Query,
} from "../../src/core/request.ts";
import type { CommandOf } from "./commands.ts";

// These decide on answers, so they are the same in all releases that may run together.
const FILE_OVERHEAD = 384;
const VALUE_OVERHEAD = 256;
const VERSION_OVERHEAD = 64;

interface State {
  /** Least recently changed first. */
  files: { name: string; content: string }[];
  values: { key: string; versions: { at: number; value: string }[] }[];
  clock: number;
}

/**
 * The rules of the store written down once more, as plainly as can be: it copies everything, searches everything and forgets
 * no answers.
 */
export class Model {
  readonly #capacity: number;
  #state: State = { files: [], values: [], clock: 0 };
  readonly #sessions = new Map<number, Map<number, Answer>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  apply({ once, operation, keepVersions }: CommandOf<Operation>, index: number): Answer {
    const answers = once === null ? undefined : this.#sessions.get(once.session);
    if (once !== null && answers === undefined) return failed("session-expired", "", false);
    const known = answers?.get(once?.sequence ?? -1);
    if (known !== undefined) return known;
    const answer = this.#run(operation, keepVersions, index);
    answers?.set(once?.sequence ?? -1, answer);
    return answer;
  }

  query(query: Query): Answer {
    switch (query.kind) {
      case "read":
        return this.#file(query);
      case "list":
        return show(
          this.#state.files
            .map(({ name }) => name)
            .sort()
            .join("\n"),
        );
      case "resume-session":
        return this.#sessions.has(query.session)
          ? { kind: "session", session: query.session }
          : failed("session-expired", "", false);
      case "read-value": {
        const versions = this.#state.values.find(({ key }) => key === query.key)?.versions ?? [];
        const found = versions
          .filter(({ at }) => query.version === null || `${at}` === query.version)
          .filter(({ at }) => query.time === null || at <= query.time)
          .at(-1);
        if (found === undefined) return { kind: "value", found: null };
        return { kind: "value", found: { key: query.key, value: found.value, writtenAt: found.at } };
      }
    }
  }

  #run(operation: Operation, keepVersions: number, index: number): Answer {
    if (operation.kind === "open-session") {
      this.#sessions.set(index, new Map());
      return { kind: "session", session: index };
    }
    const before = structuredClone(this.#state);
    const answer = operation.kind === "write" ? this.#write(operation, keepVersions) : this.#files(operation);
    if (answer.kind === "error") this.#state = before;
    return answer;
  }

  #files(operation: Exclude<Operation, { kind: "write" | "open-session" }>): Answer {
    if (operation.kind !== "atomic") return this.#file(operation);
    const texts: string[] = [];
    for (const each of operation.operations) {
      const answer = this.#file(each);
      if (answer.kind !== "display") return answer;
      texts.push(answer.text);
    }
    return show(texts.join("\n"));
  }

  #file(operation: FileOperation): Answer {
    const { files } = this.#state;
    const { name } = operation;
    const at = files.findIndex((each) => each.name === name);
    const [file] = at < 0 ? [] : files.splice(at, 1);
    if (operation.kind === "read" && file !== undefined) files.splice(at, 0, file);
    if (name === "" || name.includes("\n")) return error("malformed");
    if (file === undefined && operation.kind !== "create") return error("not-found");
    switch (operation.kind) {
      case "create":
        if (file !== undefined) return error("exists");
        files.push({ name, content: "" });
        return this.#ifItFits(show(`created ${name}`));
      case "delete":
        return show(`deleted ${name}`);
      case "append": {
        files.push({ name, content: file?.content + operation.data });
        return this.#ifItFits(show(`appended ${size(operation.data)} bytes to ${name}`));
      }
      case "read":
        return show(file?.content ?? "");
    }
  }

  #write({ key, value, time }: Extract<Operation, { kind: "write" }>, keepVersions: number): Answer {
    const { values, clock } = this.#state;
    if (time > clock + 2 ** 32) return error("too-far-ahead");
    const at = values.findIndex((each) => each.key === key);
    const [old] = at < 0 ? [] : values.splice(at, 1);
    const written = Math.max(clock, time) + 1;
    values.push({ key, versions: [...(old?.versions ?? []), { at: written, value }].slice(-keepVersions) });
    this.#state.clock = written;
    return this.#ifItFits({ kind: "written-at", time: written });
  }

  #ifItFits(answer: Answer): Answer {
    return this.#used() <= this.#capacity ? answer : error("full");
  }

  #used(): number {
    let used = 0;
    for (const { name, content } of this.#state.files) used += FILE_OVERHEAD + size(name) + 1 + size(content);
    for (const { key, versions } of this.#state.values) {
      used += VALUE_OVERHEAD + size(key);
      for (const { value } of versions) used += VERSION_OVERHEAD + size(value);
    }
    return used;
  }
}

function size(text: string): number {
  return new TextEncoder().encode(text).length;
}

function show(text: string): Answer {
  return { kind: "display", text };
}

function error(code: ErrorCode): Answer {
  return failed(code, "", true);
}
