/** Patterns by name, as run lengths. */
const PATTERNS: Readonly<Record<string, string>> = {
  glider: "x = 3, y = 3\nbo$2bo$3o!",
  gosper:
    "x = 36, y = 9\n24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo$12b2o!",
  acorn: "x = 7, y = 3\nbo$3bo$2o2b3o!",
  "r-pentomino": "x = 3, y = 3\nb2o$2o$bo!",
};

/** Cells that live or not by chance, a third of them. */
export const RANDOM = "random";

/** Every pattern that has a name. */
export const PATTERN_NAMES: readonly string[] = [...Object.keys(PATTERNS), RANDOM];

/** The run lengths of a pattern; undefined where none has that name. */
export function patternNamed(name: string): string | undefined {
  return Object.hasOwn(PATTERNS, name) ? PATTERNS[name] : undefined;
}
