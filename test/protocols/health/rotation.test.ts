import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { Rotation } from "../../../src/protocols/health/rotation.ts";

function rotationOf(count: number, steadyUpTo: number, seed = 1): Rotation<number> {
  const rotation = new Rotation<number>(seededRandom(seed), steadyUpTo);
  for (let item = 0; item < count; item++) rotation.add(item);
  return rotation;
}

function pass(rotation: Rotation<number>, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => rotation.turn());
}

describe("rotation (SWIM 4.3)", () => {
  it("has no turn for anybody when it is empty", () => {
    expect(rotationOf(0, 4).turn()).toBeUndefined();
  });

  it("gives each exactly one turn a pass, in an order that changes from pass to pass", () => {
    const rotation = rotationOf(50, 32);
    const [first, second] = [pass(rotation, 50), pass(rotation, 50)];
    expect(new Set(first).size).toBe(50);
    expect(new Set(second).size).toBe(50);
    expect(second).not.toEqual(first);
  });

  it("keeps the order while there are few, so that each waits exactly one pass", () => {
    const rotation = rotationOf(8, 32);
    expect(pass(rotation, 8)).toEqual(pass(rotation, 8));
  });

  it("lets nobody wait longer than two passes, whoever comes and goes meanwhile", () => {
    const change = fc.record({ what: fc.constantFrom("add", "delete", "turn", "turn", "turn"), item: fc.nat(30) });
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { maxLength: 400 }), (seed, changes) => {
        const rotation = rotationOf(1, 4, seed);
        const waited = new Map<number, number>([[0, 0]]);
        let most = 1;
        for (const { what, item } of changes) {
          if (what === "delete") {
            rotation.delete(item);
            waited.delete(item);
          } else if (what === "add" && !waited.has(item)) {
            rotation.add(item);
            waited.set(item, 0);
          } else if (what === "turn") {
            const turn = rotation.turn();
            for (const [other, turns] of waited) waited.set(other, turns + 1);
            if (turn !== undefined) waited.set(turn, 0);
          }
          most = Math.max(most, rotation.size);
          for (const turns of waited.values()) expect(turns).toBeLessThan(2 * most);
        }
      }),
    );
  });
});
