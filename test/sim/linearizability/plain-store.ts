import { type Answer, type FileOperation, failed } from "../../../src/core/request.ts";
import type { StoreRequest } from "../../../src/sim/linearizability/history.ts";

type Request<Kind> = Extract<StoreRequest, { readonly kind: Kind }>;

interface Version {
  readonly value: string;
  readonly writtenAt: number;
}

/** The store as simply as it can be said, to compare with: files, and versioned values under one clock. */
export class PlainStore {
  readonly #keepVersions: number;
  #files: ReadonlyMap<string, string> = new Map();
  #values: ReadonlyMap<string, readonly Version[]> = new Map();
  #clock = 0;

  constructor(keepVersions: number) {
    this.#keepVersions = keepVersions;
  }

  copy(): PlainStore {
    const copy = new PlainStore(this.#keepVersions);
    copy.#files = this.#files;
    copy.#values = this.#values;
    copy.#clock = this.#clock;
    return copy;
  }

  /** @param ahead by how much the clock moves before a write, for other reasons */
  apply(request: StoreRequest, ahead = 0): Answer {
    switch (request.kind) {
      case "list":
        return display([...this.#files.keys()].sort().join("\n"));
      case "atomic":
        return this.#runAll(request.operations);
      case "write":
        return this.#write(request, ahead);
      case "read-value":
        return this.#find(request);
      default:
        return this.#runAll([request]);
    }
  }

  #runAll(operations: readonly FileOperation[]): Answer {
    const files = new Map(this.#files);
    const texts: string[] = [];
    for (const operation of operations) {
      const { kind, name } = operation;
      const content = files.get(name);
      if (kind === "create" && content !== undefined) return failed("exists", "", true);
      if (kind !== "create" && content === undefined) return failed("not-found", "", true);
      if (kind === "delete") files.delete(name);
      if (kind === "create") files.set(name, "");
      if (kind === "append") files.set(name, content + operation.data);
      if (kind === "append") texts.push(`appended ${Buffer.byteLength(operation.data)} bytes to ${name}`);
      else texts.push(kind === "read" ? (content ?? "") : `${kind}d ${name}`);
    }
    this.#files = files;
    return display(texts.join("\n"));
  }

  #write({ key, value, time }: Request<"write">, ahead: number): Answer {
    this.#clock = Math.max(this.#clock + ahead, time) + 1;
    const versions = [...(this.#values.get(key) ?? []), { value, writtenAt: this.#clock }];
    this.#values = new Map([...this.#values, [key, versions.slice(-this.#keepVersions)]]);
    return { kind: "written-at", time: this.#clock };
  }

  #find({ key, version, time }: Request<"read-value">): Answer {
    const found = this.#values.get(key)?.findLast(({ writtenAt }) => {
      return (version === null || String(writtenAt) === version) && writtenAt <= (time ?? writtenAt);
    });
    return { kind: "value", found: found === undefined ? null : { key, ...found } };
  }
}

function display(text: string): Answer {
  return { kind: "display", text };
}
