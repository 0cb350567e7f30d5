import { expect, test } from "vitest";
import { Store } from "../../../src/apps/store.ts";
import { invariants, watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { World, type WorldOptions } from "../../../src/sim/world/world.ts";

/** Three peers of one cluster, one of which is asked to create a file and to append to it. */
function play(tuning: WorldOptions["tuning"]): void {
  const world = new World({ tuning });
  watchInvariants(
    world,
    invariants.filter(({ name }) => name === "stores-are-the-same"),
  );
  world.start(7001, { found: true });
  for (const port of [7002, 7003]) world.start(port, { seeds: [7001] });
  world.run(2000);
  for (const request of [
    { kind: "create", name: "f" },
    { kind: "append", name: "f", data: "x" },
  ] as const)
    world.peer(7002).command({ protocol: "service", command: { kind: "submit", request } });
  world.run(1000);
  expect(world.peers.map(({ port }) => world.view(port).files.recent[0]?.preview)).toEqual(["x", "x", "x"]);
}

test("stores that are driven by one log are the same", () => {
  play({});
});

test("a peer whose store got something else breaks it", () => {
  // All peers apply all commands to one store, which so has each of them three times.
  expect(() => play({ service: { machine: new Store() } })).toThrow(
    /^stores-are-the-same at .*: at \d+ the store of peer \d+ is .*"preview":"x{2,3}".*, of peer \d+ .*"preview":"x"/,
  );
});
