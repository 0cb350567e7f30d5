import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Contender, outranks } from "../../../src/protocols/link/survivor.ts";

const stamp = (incarnation: number, dials: number) => ({ incarnation, dials });
const ours = (dials: number, theirDials: number): Contender => ({
  dialledBy: "us",
  ours: stamp(1, dials),
  theirs: stamp(1, theirDials),
});
const theirs = (dials: number, ourDials: number): Contender => ({
  dialledBy: "them",
  ours: stamp(1, ourDials),
  theirs: stamp(1, dials),
});

/** The same connection as the other side knows it. */
const mirrored = ({ dialledBy, ours, theirs }: Contender): Contender => ({
  dialledBy: dialledBy === "us" ? "them" : "us",
  ours: theirs,
  theirs: ours,
});

describe("which of two connections survives", () => {
  test("of two that crossed the one that the smaller ID dialled (section 3.1)", () => {
    expect(outranks(ours(1, 1), theirs(1, 1), true)).toBe(true);
    expect(outranks(ours(1, 1), theirs(1, 1), false)).toBe(false);
    expect(outranks(theirs(1, 1), ours(1, 1), true)).toBe(false);
    expect(outranks(theirs(1, 1), ours(1, 1), false)).toBe(true);
  });

  test("one that was dialled after its dialler had said HELLO on the other replaces it, whoever dialled", () => {
    for (const smaller of [true, false]) {
      expect(outranks(theirs(2, 1), ours(1, 1), smaller)).toBe(true);
      expect(outranks(ours(1, 1), theirs(2, 1), smaller)).toBe(false);
      expect(outranks(ours(5, 3), theirs(3, 4), smaller)).toBe(true);
    }
  });

  test("of two by the same dialler the later one, whichever was greeted first", () => {
    expect(outranks(ours(2, 1), ours(1, 4), false)).toBe(true);
    expect(outranks(ours(1, 4), ours(2, 1), true)).toBe(false);
    expect(outranks(theirs(2, 1), theirs(1, 4), true)).toBe(true);
    expect(outranks(theirs(1, 4), theirs(2, 1), false)).toBe(false);
  });

  test("of two by a dialler that does not count its dials the newcomer", () => {
    expect(outranks(theirs(0, 0), theirs(0, 0), true)).toBe(true);
  });

  test("a higher incarnation of either side comes before all else", () => {
    const restarted: Contender = { dialledBy: "them", ours: stamp(1, 9), theirs: stamp(2, 1) };
    for (const smaller of [true, false]) {
      expect(outranks(restarted, ours(9, 9), smaller)).toBe(true);
      expect(outranks(restarted, theirs(9, 9), smaller)).toBe(true);
      expect(outranks(theirs(9, 9), restarted, smaller)).toBe(false);
    }
  });

  const stamps = fc.record({ incarnation: fc.nat(3), dials: fc.nat(3) });
  const dialler = fc.constantFrom("us" as const, "them" as const);
  const contender = fc.record({ dialledBy: dialler, ours: stamps, theirs: stamps });

  test("both sides give the same verdict", () => {
    const property = fc.property(contender, contender, fc.boolean(), (one, other, smaller) => {
      expect(outranks(mirrored(one), mirrored(other), !smaller)).toBe(outranks(one, other, smaller));
    });
    fc.assert(property);
  });

  test("the verdict does not depend on which of the two came first", () => {
    const property = fc.property(contender, contender, fc.boolean(), (one, other, smaller) => {
      fc.pre(possible(one, other));
      expect(outranks(other, one, smaller)).toBe(!outranks(one, other, smaller));
    });
    fc.assert(property);
  });
});

/** No peer dials twice under one number, and no two connections can each be dialled after the other was greeted. */
function possible(one: Contender, other: Contender): boolean {
  const [mine, its] = [sideOf(one), sideOf(other)];
  if (mine === its) return one[mine].dials !== other[mine].dials;
  return one[mine].dials <= other[mine].dials || other[its].dials <= one[its].dials;
}

function sideOf({ dialledBy }: Contender): "ours" | "theirs" {
  return dialledBy === "us" ? "ours" : "theirs";
}
