/** Things of a list from one up to, but not including, another. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Ever longer stretches around one of `count` things, that alone first, each by one on the side where fewer are shown. */
export function* stretchesAround(index: number, count: number): Generator<Stretch> {
  let [from, to] = [index, index + 1];
  yield { from, to };
  while (to - from < count) {
    const [before, behind] = [index - from, to - 1 - index];
    if (to < count && (from === 0 || behind <= before)) to += 1;
    else from -= 1;
    yield { from, to };
  }
}
