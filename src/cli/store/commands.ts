import type { StoreRequest } from "../../client/errand.ts";
import { nearest } from "../../core/nearest.ts";
import type { FileOperation } from "../../core/request.ts";
import { CommandError, wordsOf } from "./words.ts";

/** What a line, or the lines of an atomic list, ask for. */
export type Command =
  | { readonly kind: "ask"; readonly request: StoreRequest }
  /** The file of that name or, where there is none, the value. */
  | { readonly kind: "read-any"; readonly name: string }
  | { readonly kind: "help" };

/** What a line says: a command, or a part of a list. */
type Said = Command | { readonly kind: "begin" } | { readonly kind: "end" };

/** How a command is said. */
interface Form {
  readonly usage: string;
  readonly does: string;
  /** Undefined where the words are not those of the usage. */
  readonly read: (words: readonly string[]) => Said | undefined;
}

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["create", { usage: "create NAME", does: "make an empty file", read: named("create") }],
  [
    "append",
    {
      usage: "append NAME TEXT...",
      does: "put text behind what a file holds; a blank joins several words",
      read: ([name, ...text]) =>
        name === undefined || text.length === 0 ? undefined : ask({ kind: "append", name, data: text.join(" ") }),
    },
  ],
  [
    "read",
    {
      usage: "read NAME",
      does: "what a file holds; where there is none, the latest version of the value of that name",
      read: ([name, ...more]) => (name === undefined || more.length > 0 ? undefined : { kind: "read-any", name }),
    },
  ],
  ["delete", { usage: "delete NAME", does: "remove a file", read: named("delete") }],
  ["list", { usage: "list", does: "the names of all files", read: alone(ask({ kind: "list" })) }],
  [
    "write",
    {
      usage: "write KEY VALUE [TIME]",
      does: "write a version of a value, later than TIME; tells its Lamport time",
      read: writeIn,
    },
  ],
  [
    "get",
    {
      usage: "get KEY [at TIME | version N]",
      does: "a value and when it was written: its latest version, the newest not after TIME, or the one written at N",
      read: getIn,
    },
  ],
  [
    "atomic",
    { usage: "atomic", does: "begin a list of create, append, read and delete", read: alone({ kind: "begin" }) },
  ],
  ["end", { usage: "end", does: "do all of that list or, where one fails, none", read: alone({ kind: "end" }) }],
  ["ping", { usage: "ping", does: "ask whether a peer is there", read: alone(ask({ kind: "ping" })) }],
  ["help", { usage: "help", does: "this", read: alone({ kind: "help" }) }],
  ["exit", { usage: "exit", does: "say goodbye", read: alone(ask({ kind: "exit" })) }],
]);

/** The first words of all commands. */
export const COMMAND_NAMES: readonly string[] = [...FORMS.keys()];

/** All commands, a line each, and how words are said. */
export function helpText(): string {
  const width = Math.max(...[...FORMS.values()].map(({ usage }) => usage.length));
  const lines = [...FORMS.values()].map(({ usage, does }) => `${usage.padEnd(width)}  ${does}`);
  const quoting = 'Quote what has blanks: append notes "two words\\n". Escapes: \\n \\r \\t \\" \\\\ \\u{1f600}';
  return [...lines, quoting].join("\n");
}

/** Whether nothing is asked behind this. */
export function isExit(command: Command): boolean {
  return command.kind === "ask" && command.request.kind === "exit";
}

/** What to call a command where it failed: the line, or of a list its first one. */
export function labelOf(command: Command, line: string): string {
  return command.kind === "ask" && command.request.kind === "atomic" ? "atomic" : line;
}

/** Makes commands of lines: those of an atomic list become one. */
export class CommandReader {
  /** The list that has begun; undefined outside of one. */
  #list: FileOperation[] | undefined;
  #isListWrong = false;

  /** Whether a list has begun and not ended. */
  get isInList(): boolean {
    return this.#list !== undefined;
  }

  /**
   * The command that a line completes; undefined where it has no words, or goes on with a list.
   *
   * @throws CommandError where it is none; a list with such a line is not done
   */
  read(line: string): Command | undefined {
    try {
      return this.#take(saidIn(line));
    } catch (error) {
      this.#isListWrong = true;
      throw error;
    }
  }

  #take(said: Said | undefined): Command | undefined {
    if (said === undefined) return undefined;
    if (this.#list === undefined) return this.#takeAlone(said);
    if (said.kind === "end") return this.#endList(this.#list);
    const operation = operationIn(said);
    if (operation === undefined) throw new CommandError("a list holds create, append, read and delete, up to its end");
    this.#list.push(operation);
    return undefined;
  }

  #takeAlone(said: Said): Command | undefined {
    if (said.kind === "end") throw new CommandError("no list has begun: that is what atomic does");
    if (said.kind !== "begin") return said;
    this.#list = [];
    this.#isListWrong = false;
    return undefined;
  }

  #endList(operations: readonly FileOperation[]): Command {
    this.#list = undefined;
    if (this.#isListWrong) throw new CommandError("one of its lines was no command, so nothing of the list is done");
    return ask({ kind: "atomic", operations });
  }
}

/** What a line says; undefined where it has no words. */
function saidIn(line: string): Said | undefined {
  const [name, ...words] = wordsOf(line);
  if (name === undefined) return undefined;
  const form = FORMS.get(name);
  if (form === undefined) {
    const meant = nearest(name, COMMAND_NAMES);
    const hint = meant === undefined ? "" : `did you mean ${meant}? `;
    throw new CommandError(`no such command; ${hint}help lists what there is`);
  }
  const said = form.read(words);
  if (said === undefined) throw new CommandError(`say it as: ${form.usage}`);
  return said;
}

/** What may stand in a list; there, read means files alone. */
function operationIn(said: Said): FileOperation | undefined {
  if (said.kind === "read-any") return { kind: "read", name: said.name };
  if (said.kind !== "ask") return undefined;
  const { request } = said;
  switch (request.kind) {
    case "create":
    case "delete":
    case "append":
      return request;
    default:
      return undefined;
  }
}

function ask(request: StoreRequest): Command {
  return { kind: "ask", request };
}

function alone(said: Said): Form["read"] {
  return (words) => (words.length === 0 ? said : undefined);
}

function named(kind: "create" | "delete"): Form["read"] {
  return ([name, ...more]) => (name === undefined || more.length > 0 ? undefined : ask({ kind, name }));
}

function writeIn([key, value, time = "0", ...more]: readonly string[]): Said | undefined {
  if (key === undefined || value === undefined || more.length > 0) return undefined;
  return ask({ kind: "write", key, value, time: timeIn(time) });
}

function getIn([key, which, what, ...more]: readonly string[]): Said | undefined {
  if (key === undefined || more.length > 0) return undefined;
  if (which === undefined) return ask({ kind: "read-value", key, version: null, time: null });
  if (what === undefined) return undefined;
  if (which === "at") return ask({ kind: "read-value", key, version: null, time: timeIn(what) });
  return which === "version" ? ask({ kind: "read-value", key, version: what, time: null }) : undefined;
}

function timeIn(word: string): number {
  const time = Number(word);
  if (/^\d{1,16}$/.test(word) && Number.isSafeInteger(time)) return time;
  throw new CommandError("a time is a whole number");
}
