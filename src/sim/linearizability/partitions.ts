import { FilesModel } from "./files-model.ts";
import { Groups } from "./groups.ts";
import { type Call, filesIn } from "./history.ts";
import type { Model } from "./model.ts";
import { ValuesModel } from "./values-model.ts";

/** Names that are printed of a partition, at most. */
const MAX_NAMES = 5;

/** Stands for the files of a call that touches none: no file has this name. */
const NO_FILE = "";

/** Calls that make one question, and the model that answers it. */
export interface Question {
  /** Which files or keys it is about. */
  readonly about: string;
  readonly calls: readonly Call[];
  /** Made when it is needed. */
  readonly model: () => Model;
}

/** Calls that have nothing to do with others. */
export interface Partition extends Question {
  /** Of each of several files or keys what follows for it alone: where that cannot be, nor can all. */
  readonly parts: () => readonly Question[];
}

/**
 * Takes a history apart into what can be asked separately: it is linearizable if and only if it is for each object (Herlihy
 * and Wing 1990, theorem 1; Horn and Kroening 2015, "Faster Linearizability Checking via P-Compositionality"). Files that
 * calls touch together are one object; so are all values, as they share a clock.
 *
 * @param keepVersions versions of a value that the store keeps, the latest included
 * @returns the smallest first
 */
export function partitionsOf(history: readonly Call[], keepVersions: number): readonly Partition[] {
  return [...valuesOf(history, keepVersions), ...filesOf(history)].sort(smallerFirst);
}

function valuesOf(history: readonly Call[], keepVersions: number): readonly Partition[] {
  const byKey = new Map<string, Call[]>();
  const all: Call[] = [];
  for (const call of history) {
    const { request } = call;
    if (request.kind !== "write" && request.kind !== "read-value") continue;
    addTo(byKey, request.key, call);
    all.push(call);
  }
  const ask = (keys: readonly string[], calls: readonly Call[]): Question => {
    return { about: naming("key", keys), calls, model: () => new ValuesModel(calls, keepVersions) };
  };
  if (all.length === 0) return [];
  return [{ ...ask([...byKey.keys()], all), parts: () => partsOf(byKey, (key, calls) => ask([key], calls)) }];
}

function filesOf(history: readonly Call[]): readonly Partition[] {
  const calls = history.filter(({ request }) => request.kind !== "write" && request.kind !== "read-value");
  const names = new Set(calls.flatMap(({ request }) => filesIn(request)));
  const touchedBy = ({ request }: Call): ReadonlySet<string> => {
    return request.kind === "list" ? names : new Set(filesIn(request));
  };
  const ask = (files: readonly string[], some: readonly Call[], areAll: boolean): Question => {
    return { about: naming("file", files), calls: some, model: () => new FilesModel(files, some, areAll) };
  };
  return groupsOf(calls, names, touchedBy).map(({ files, about }) => {
    const parts = (): readonly Question[] => {
      const byFile = new Map<string, Call[]>();
      for (const call of about) for (const name of touchedBy(call)) addTo(byFile, name, call);
      return partsOf(byFile, (name, some) => ask([name], some, false));
    };
    return { ...ask(files, about, true), parts };
  });
}

/** Files that calls touch together, and those calls. */
function groupsOf(
  calls: readonly Call[],
  names: ReadonlySet<string>,
  touchedBy: (call: Call) => ReadonlySet<string>,
): readonly { readonly files: readonly string[]; readonly about: readonly Call[] }[] {
  const groups = new Groups();
  for (const call of calls) groups.join([...touchedBy(call)]);
  const byGroup = new Map<string, Call[]>();
  for (const call of calls) {
    const [first = NO_FILE] = touchedBy(call);
    addTo(byGroup, groups.of(first), call);
  }
  return [...byGroup].map(([group, about]) => ({
    files: [...names].filter((name) => groups.of(name) === group),
    about,
  }));
}

/** Where there are several files or keys, a question for each. */
function partsOf(
  calls: ReadonlyMap<string, readonly Call[]>,
  ask: (name: string, calls: readonly Call[]) => Question,
): readonly Question[] {
  return calls.size < 2 ? [] : [...calls].map(([name, some]) => ask(name, some)).sort(smallerFirst);
}

/** Orders questions by how many calls they are about. */
function smallerFirst(one: Question, other: Question): number {
  return one.calls.length - other.calls.length;
}

function addTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

function naming(what: string, names: readonly string[]): string {
  const some = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name));
  const others = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${what}${names.length === 1 ? "" : "s"} ${some.join(", ")}${others}`;
}
