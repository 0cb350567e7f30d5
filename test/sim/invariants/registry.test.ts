import { describe, expect, test, vi } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { invariant } from "../../../src/sim/invariants/invariant.ts";
import { invariants, watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { World } from "../../../src/sim/world/world.ts";

describe("the registry", () => {
  test("names each invariant once, and says of each where it is from and what it demands", () => {
    expect(new Set(invariants.map(({ name }) => name)).size).toBe(invariants.length);
    for (const { name, source, text } of invariants) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(source).not.toBe("");
      expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("a world is watched from its beginning or not at all", () => {
    const world = new World();
    world.start(7001, { found: true });
    expect(() => watchInvariants(world)).toThrow("invariants are watched from the beginning");
  });

  test("what breaks an invariant ends the run, and says what, when and why", () => {
    const world = new World();
    const quiet = invariant({
      name: "nobody-leads",
      source: "this test",
      text: "Nobody ever leads.",
      watch: (broken) => [
        {
          told: ({ port }, { event }) => {
            if (event.kind === "leader-elected") broken(`peer ${port} leads`);
          },
        },
      ],
    });
    watchInvariants(world, [quiet]);
    world.start(7001, { found: true });
    const run = vi.fn(() => world.run(1000));
    expect(run).toThrow(/^nobody-leads at \d+ ms: peer 7001 leads\. Nobody ever leads\. \(this test\)$/);
    expect(run.mock.results[0]?.value).toBeInstanceOf(InvariantViolation);
  });
});
