import type { Cast } from "./cast.ts";
import type { Act } from "./play.ts";
import type { Name, Names, Ways } from "./script.ts";
import type { Stage } from "./stage.ts";

type Direction = readonly [from: Name, to: Name];

/** Does something along each direction between peers, once. */
export function alongWays<View>(
  { from, to, both }: Ways,
  cast: Cast<View>,
  act: (from: Name, to: Name) => Promise<void> | void,
): Act {
  const there = between(cast.many(from), cast.many(to));
  const back = both ? there.map(([a, b]): Direction => [b, a]) : [];
  return alongEach([...there, ...back], act);
}

/** Cuts every way between two groups. */
export function partition<View>(groups: readonly Names[], cast: Cast<View>, stage: Stage<View>): Act {
  const sides = groups.map((names) => cast.many(names));
  const everybody = sides.flat();
  const twice = everybody.find((name, index) => everybody.indexOf(name) !== index);
  if (twice !== undefined) return async () => [`${twice} is in two groups`];
  const across = sides.flatMap((side) =>
    between(
      side,
      everybody.filter((name) => !side.includes(name)),
    ),
  );
  return alongEach(across, (from, to) => stage.link(from, to, { cut: true }));
}

/** Every direction from some peers to others. */
function between(some: readonly Name[], others: readonly Name[]): readonly Direction[] {
  return some.flatMap((from) => others.filter((to) => to !== from).map((to): Direction => [from, to]));
}

function alongEach(directions: readonly Direction[], act: (from: Name, to: Name) => Promise<void> | void): Act {
  const once = new Map(directions.map((direction) => [direction.join(" "), direction]));
  return async () => {
    for (const [from, to] of once.values()) await act(from, to);
    return [];
  };
}
