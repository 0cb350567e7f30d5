import { expect, test } from "vitest";
import { type Modes, USUAL_MODES } from "../../../src/core/modes.ts";
import { addressAt } from "../../../src/sim/network/address-at.ts";
import { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";

const none = { ...USUAL_MODES, broadcast: "none" } as const;

test.each<[string, Modes]>([
  ["raft", USUAL_MODES],
  ["bully", { ...none, election: "bully" }],
  ["fixed", { ...none, election: "fixed", leader: addressAt(7003) }],
])("a leader says goodbye, once (%s)", async (_name, modes) => {
  const world = new World({ modes });
  const stage = new WorldStage(world);
  world.start(7001, { found: true });
  for (const port of [7002, 7003]) world.start(port, { seeds: [7001] });
  world.run(5000);
  const leader = world.peers.find(({ port, id }) => world.view(port).election.leader === id)?.port ?? 0;
  await stage.leave(String(leader));
  world.run(1000);
  expect(world.peer(leader).isUp).toBe(false);
  const told = world.events.filter(({ port, event }) => port === leader && event.kind === "left-office");
  expect(told).toHaveLength(1);
  for (const { port } of world.peers.filter(({ isUp }) => isUp))
    expect(world.view(port).peers.find(({ id }) => id === world.peer(leader).id)?.status).toBe("left");
});
