import type { Command } from "./commands.ts";

/** What a command touches: the names of files and keys, or everything. */
type Touched = readonly string[] | "everything";

/**
 * Lets commands that touch the same file or value happen one after another, in the order in which they are given, and all
 * others at once.
 */
export class Turns {
  /** For what is touched, the end of the command that came last. */
  readonly #last = new Map<string, Promise<void>>();
  /** The end of the latest command that touched everything. */
  #everything: Promise<void> = Promise.resolve();

  /** Carries a command out when its turn has come; what that comes to. */
  take<T>(command: Command, carryOut: () => Promise<T>): Promise<T> {
    const touched = touchedBy(command);
    const before = touched === "everything" ? [...this.#last.values()] : touched.map((name) => this.#last.get(name));
    const outcome = Promise.all([this.#everything, ...before]).then(carryOut);
    const ended = outcome.then(nothing, nothing);
    if (touched === "everything") this.#everything = ended;
    else for (const name of touched) this.#note(name, ended);
    return outcome;
  }

  #note(name: string, ended: Promise<void>): void {
    this.#last.set(name, ended);
    void ended.then(() => {
      if (this.#last.get(name) === ended) this.#last.delete(name);
    });
  }
}

function nothing(): void {}

function touchedBy(command: Command): Touched {
  if (command.kind === "help") return [];
  if (command.kind === "read-any") return [`file ${command.name}`, `value ${command.name}`];
  const { request } = command;
  switch (request.kind) {
    case "ping":
      return [];
    case "exit":
    case "list":
      return "everything";
    case "atomic":
      return request.operations.map(({ name }) => `file ${name}`);
    case "write":
    case "read-value":
      return [`value ${request.key}`];
    default:
      return [`file ${request.name}`];
  }
}
