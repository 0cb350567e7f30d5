import { describe, expect, test } from "vitest";
import { checkHistory } from "../../../src/sim/linearizability/checker.ts";
import type { Call } from "../../../src/sim/linearizability/history.ts";
import type { ClientManner } from "../../../src/sim/script/script.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";
import { cluster, THREE } from "../cluster.ts";

const KEPT = { keepVersions: 16 };

/** A client of three peers that are a cluster. */
function client(manner: ClientManner): World {
  const world = cluster(THREE);
  new WorldStage(world).start("8101", { kind: "client", of: THREE.map(String), manner });
  return world;
}

function leaderOf(world: World): number {
  const leader = world.peers.find((peer) => peer.isUp && peer.view().raft.role === "leader");
  if (leader === undefined) throw new Error("nobody leads");
  return leader.port;
}

function open(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ answer }) => answer === null);
}

describe("a client of the store", () => {
  test("asks thirty things, is answered, and says nothing more", () => {
    const world = client("in-session");
    world.run(30_000);
    const calls = world.history.history();
    expect(calls).toHaveLength(30);
    expect(open(calls)).toEqual([]);
    expect(new Set(calls.map(({ client }) => client))).toEqual(new Set([8101]));
    expect(checkHistory(calls, KEPT).kind).toBe("linearizable");
    expect(THREE.map((port) => world.view(port).store.clients)).toEqual([0, 0, 0]);
    world.run(30_000);
    expect(world.history.history()).toEqual(calls);
  });

  test.each(["in-session", "without-session", "reading"] as const)("gets on while leaders crash (%s)", (manner) => {
    const world = client(manner);
    for (let i = 0; i < 6; i++) {
      const port = leaderOf(world);
      world.crash(port);
      world.run(700);
      world.restart(port);
      world.run(1000);
    }
    world.run(30_000);
    const calls = world.history.history();
    // Only without a session it may never learn what became of something.
    if (manner !== "without-session") expect(open(calls)).toEqual([]);
    expect(calls.length).toBeGreaterThan(15);
    expect(checkHistory(calls, KEPT).kind).toBe("linearizable");
  });

  test("leaves a peer that is silent", () => {
    const world = client("in-session");
    const port = leaderOf(world);
    for (const [a, b] of [
      [8101, port],
      [port, 8101],
    ] as const)
      world.cut(a, b);
    world.run(30_000);
    expect(open(world.history.history())).toEqual([]);
    expect(world.history.history()).toHaveLength(30);
  });

  test("trusts the bytes that come: nothing flips on its way", () => {
    const world = cluster(THREE);
    const stage = new WorldStage(world);
    stage.start("8101", { kind: "client", of: ["7001"], manner: "in-session" });
    stage.link("7001", "8101", { corruptPercent: 100 });
    stage.link("8101", "7001", { corruptPercent: 100 });
    world.run(30_000);
    expect(world.history.history()).toHaveLength(30);
  });
});
