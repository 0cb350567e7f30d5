/** How many of `size` make a majority. */
export function majority(size: number): number {
  return Math.floor(size / 2) + 1;
}

/** What a majority has reached, where each has reached one of these; minus infinity where there is nobody. */
export function reachedByMajority(reached: readonly number[]): number {
  const highestFirst = reached.toSorted((a, b) => b - a);
  return highestFirst[majority(reached.length) - 1] ?? Number.NEGATIVE_INFINITY;
}
