import type { Call } from "./history.ts";
import { type Partition, partitionsOf } from "./partitions.ts";
import { reportStuck } from "./report.ts";
import { Search } from "./search.ts";

/** Steps that are tried to explain what belongs together, at most: some seconds. */
const MAX_STEPS = 3_000_000;

/** What a store is that is asked about, and how long the answer may take. */
export interface CheckOptions {
  /** Versions of a value that it keeps, the latest included. */
  readonly keepVersions: number;
  /** Steps to explain what belongs together, at most. */
  readonly maxSteps?: number;
}

/** Whether a history is linearizable. */
export type Verdict =
  | { readonly kind: "linearizable" }
  /** The smallest set of calls that cannot be explained, and how far an explanation goes: several lines for people. */
  | { readonly kind: "not-linearizable"; readonly report: string }
  /** Not found out within the limit of steps: no better than a failure. */
  | { readonly kind: "unknown"; readonly report: string };

/**
 * Whether a store that does one thing after the other could have answered as this history tells: files, and values under one
 * clock. Calls of unknown outcome may have taken effect at any time after they began, or never.
 */
export function checkHistory(history: readonly Call[], options: CheckOptions): Verdict {
  const { keepVersions, maxSteps = MAX_STEPS } = options;
  let unknown: Verdict | undefined;
  for (const partition of partitionsOf(history, keepVersions)) {
    const verdict = checkPartition(partition, maxSteps);
    if (verdict.kind === "not-linearizable") return verdict;
    if (verdict.kind === "unknown") unknown ??= verdict;
  }
  return unknown ?? { kind: "linearizable" };
}

/** Each part is asked about first: what cannot be is often easier to find there, and to understand. */
function checkPartition(partition: Partition, maxSteps: number): Verdict {
  const budget = { steps: maxSteps };
  const searches: Search[] = [];
  for (const question of [...partition.parts(), partition]) {
    const model = question.model();
    const search = new Search(question.calls, model, budget, question === partition ? searches : []);
    const found = search.find();
    if (found.kind === "none") return { kind: "not-linearizable", report: reportStuck(question, model, found.stuck) };
    if (found.kind === "order" && question === partition) return { kind: "linearizable" };
    searches.push(search);
  }
  const { about, calls } = partition;
  return { kind: "unknown", report: `no verdict: ${about}, ${calls.length} calls, after ${maxSteps} steps` };
}
