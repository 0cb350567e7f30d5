/** Whole numbers from one to another, both included. */
export type Range = readonly [number, number];

/** `3..9`, or `42` alone; undefined where a text is no range within the limits. */
export function parseRange(text: string, least: number, most: number): Range | undefined {
  const [, first = "", last = first] = /^(\d{1,16})(?:\.\.(\d{1,16}))?$/.exec(text) ?? [];
  const range: Range = [Number(first), Number(last)];
  const fits = first !== "" && range[0] >= least && range[1] <= most && range[0] <= range[1];
  return fits ? range : undefined;
}

/** A part of a campaign, from 1 up to how many there are. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** `2/8`; undefined where a text is no shard. */
export function parseShard(text: string): Shard | undefined {
  const [, number, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const shard = { number: Number(number), of: Number(of) };
  return shard.number >= 1 && shard.number <= shard.of ? shard : undefined;
}

/** The seeds of a shard, in order: every `of`-th, so that shards take equally long. */
export function* seedsOf([first, last]: Range, { number, of }: Shard): Generator<number> {
  for (let seed = first + number - 1; seed <= last; seed += of) yield seed;
}

/** How many seeds a shard has. */
export function countOf([first, last]: Range, { number, of }: Shard): number {
  return Math.max(0, Math.floor((last - first - (number - 1)) / of) + 1);
}
