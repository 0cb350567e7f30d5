import { expect, test } from "vitest";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";
import { cluster, THREE } from "../cluster.ts";

const TYPE = 1;

test("a critic accepts some, late or at once, rejects some, leaves some unanswered, and comes back", () => {
  const world = cluster(THREE);
  const stage = new WorldStage(world);
  stage.start("8001", { kind: "critic", of: "7002" });
  world.run(100);
  expect(stage.scene().names).toEqual([...THREE.map(String), "8001"]);
  expect(stage.scene().view("8001")).toBeNull();
  const session = expect.any(Number);
  expect(world.view(7002).notifications.subscribers).toEqual([
    expect.objectContaining({ session, dataTypes: [1, 2, 3] }),
  ]);
  for (let i = 0; i < 20; i++) {
    const data = Buffer.from(`${i}`);
    world.peer(7001).command({ protocol: "notification", command: { kind: "announce", dataType: TYPE, ttl: 0, data } });
  }
  const counts = () => world.peer(7002).machine.peer.view("notification").counts;
  const states = () => world.view(7002).notifications.notices.map(({ state }) => state);
  world.run(200);
  const early = states().filter((state) => state === "accepted").length;
  expect(counts()).toMatchObject({ received: 20, delivered: 20, invalid: 2, unanswered: 0 });
  world.run(1000);
  expect(states().filter((state) => state === "accepted").length).toBe(early + 4);
  world.run(5000);
  expect(counts()).toMatchObject({ invalid: 2, unanswered: 2 });

  world.crash(7002);
  world.run(2000);
  world.restart(7002);
  world.run(2000);
  expect(world.view(7002).notifications.subscribers).toHaveLength(1);
});
