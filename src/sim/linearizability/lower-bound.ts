/** How many of some items, in their order, are less than a limit: binary search. */
export function lowerBound<T extends number | string>(ordered: readonly T[], limit: T): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ordered[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
