import { describe, expect, test } from "vitest";
import { MUTEX_KINDS } from "../../../src/core/lock.ts";
import { USUAL_MODES } from "../../../src/core/modes.ts";
import { watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";

const THREE = [7001, 7002, 7003];

describe("clients that want locks", () => {
  test.each(MUTEX_KINDS)("get them and give them back (%s)", (mutex) => {
    const world = new World({ modes: { ...USUAL_MODES, mutex } });
    watchInvariants(world);
    const stage = new WorldStage(world);
    world.start(7001, { found: true });
    for (const port of [7002, 7003]) world.start(port, { seeds: [7001] });
    world.run(2000);
    for (const [at, port] of THREE.entries())
      stage.start(`${8201 + at}`, { kind: "client", of: [String(port)], manner: "locking" });
    world.run(120_000);
    const acquired = world.events.filter(({ event }) => event.kind === "lock-acquired");
    expect(new Set(acquired.map(({ port }) => port))).toEqual(new Set(THREE));
    // Twelve each, but for those that they did not get in time.
    expect(acquired.length).toBeGreaterThan(20);
    for (const port of THREE) {
      const { mutex, store } = world.view(port);
      expect(mutex.locks.filter(({ state }) => state !== "idle")).toEqual([]);
      expect(store.clients).toBe(0);
    }
  });
});
