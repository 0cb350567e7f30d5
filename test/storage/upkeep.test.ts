import { expect, it } from "vitest";
import { isGrown } from "../../src/storage/upkeep.ts";

const MIB = 2 ** 20;

it.each([
  [4 * MIB, 0, false],
  [4 * MIB + 1, 0, true],
  [4 * MIB + 1, 3 * MIB, true],
  [64 * MIB, 64 * MIB, false],
  [64 * MIB + 1, 64 * MIB, true],
])("a journal that has grown by %i bytes on a base of %i is grown: %s", (grown, base, expected) => {
  expect(isGrown(grown, base)).toBe(expected);
});
