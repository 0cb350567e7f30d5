import type { Name } from "./script.ts";

/** Ports in a row that are written as a range, at least. */
const SHORTEST_RANGE = 3;

/** Names with commas between them, as a scenario file has them: `7001..7003,old`. */
export function portList(names: readonly Name[]): string {
  const runs: Name[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (run !== undefined && previous !== undefined && isNext(previous, name)) run.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length < SHORTEST_RANGE ? run.join(",") : `${run[0]}..${run.at(-1)}`)).join(",");
}

function isNext(name: Name, next: Name): boolean {
  return /^\d+$/.test(name) && next === String(Number(name) + 1);
}
