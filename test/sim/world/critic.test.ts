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
  const announce = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const data = Buffer.from(`${world.now} ${i}`);
      const command = { kind: "announce", dataType: TYPE, ttl: 0, data } as const;
      world.peer(7001).command({ protocol: "notification", command });
    }
    world.run(100);
  };
  const counts = () => world.peer(7002).machine.peer.view("notification").counts;
  const states = () => world.view(7002).notifications.notices.map(({ state }) => state);
  const accepted = () => states().filter((state) => state === "accepted").length;
  const before = accepted();
  announce(5);
  expect(counts()).toMatchObject({ received: 5, delivered: 5, invalid: 1, unanswered: 0 });
  expect(accepted()).toBe(before + 2);
  world.run(400);
  expect(accepted()).toBe(before + 3);
  world.run(5000);
  expect(counts()).toMatchObject({ invalid: 1, unanswered: 1, abandoned: 0 });

  announce(3);
  expect(counts()).toMatchObject({ invalid: 1, unanswered: 1, abandoned: 2 });
  expect(world.view(7002).notifications.subscribers).toEqual([]);
  world.run(1000);
  expect(world.view(7002).notifications.subscribers).toHaveLength(1);

  world.crash(7002);
  world.run(2000);
  world.restart(7002);
  world.run(2000);
  expect(world.view(7002).notifications.subscribers).toHaveLength(1);
});
