import { describe, expect, test } from "vitest";
import { USUAL_MODES } from "../../src/core/modes.ts";
import { World } from "../../src/sim/world/world.ts";
import { at } from "./rig.ts";

/** A founder and those who join it, all linked to the first, with one leader. */
function cluster(ports: readonly number[]): World {
  const world = new World();
  const [first = 7001, ...others] = ports;
  world.start(first, { found: true });
  for (const port of others) world.start(port, { seeds: [first] });
  const isWhole = (): boolean =>
    ports.every(
      (port) => world.view(port).peers.length === ports.length - 1 && world.view(port).raft.leader !== null,
    ) && world.view(first).raft.voters.length === ports.length;
  expect(world.runUntil(isWhole, 20_000)).toBeDefined();
  return world;
}

describe("the picture of a peer", () => {
  test("lists the others by address, ports as numbers", () => {
    const world = cluster([7010, 7009, 10_001, 999, 7011]);
    const ports = world.view(7010).peers.map(({ address }) => Number(address.split(":")[1]));
    expect(ports).toEqual([999, 7009, 7011, 10_001]);
  });

  test("is whole: everybody's role, round trip, Lamport time and link", () => {
    const world = cluster([7001, 7002, 7003]);
    expect(world.runUntil(() => world.view(7001).peers.every(({ rttMs }) => rttMs !== null), 10_000)).toBeDefined();
    for (const peer of world.view(7001).peers) {
      expect(peer).toMatchObject({ status: "healthy", livesRemaining: 3, linked: true, rttMs: expect.any(Number) });
      expect(peer.lamport).toBeGreaterThan(0);
      expect(peer.heartbeatAgeMs).toBeLessThan(2000);
    }
    const roles = world.view(7001).peers.map(({ role }) => role);
    expect([...roles, world.view(7001).raft.role].filter((role) => role === "leader")).toHaveLength(1);
  });

  test("tells the quorum, and who is missing from it", () => {
    const world = cluster([7001, 7002, 7003]);
    expect(world.view(7001).raft.quorum).toEqual({ needed: 2, up: 3, missing: [] });
    const ids = [7002, 7003].map((port) => world.peer(port).id);
    for (const port of [7002, 7003]) world.peer(port).crash();
    expect(world.runUntil(() => world.view(7001).raft.quorum.up === 1, 20_000)).toBeDefined();
    const { quorum } = world.view(7001).raft;
    expect(quorum.needed).toBe(2);
    expect([...quorum.missing].sort()).toEqual(ids.sort());
  });

  test("counts nobody of an ensemble as up of whom membership knows nothing", () => {
    const ensemble = [7001, 7002, 7003].map(at);
    const world = new World({ modes: { ...USUAL_MODES, election: "bully", broadcast: "zab", ensemble } });
    for (const port of [7001, 7002, 7003])
      world.start(port, { seeds: port === 7001 ? [] : [7001], found: port === 7001 });
    const up = (port: number) => world.view(port).order.quorum.up;
    expect(world.runUntil(() => up(7001) === 3 && world.view(7001).order.phase === "broadcast", 20_000)).toBeDefined();
    world.peer(7003).crash();
    expect(world.runUntil(() => up(7001) === 2 && world.view(7001).order.phase === "broadcast", 20_000)).toBeDefined();
    // Whoever joins now is told by the leader who fills the third slot, and by nobody that it is there.
    world.start(7004, { seeds: [7001] });
    const isPinned = () => world.view(7004).order.members.every(({ peer }) => peer !== null);
    expect(world.runUntil(isPinned, 20_000)).toBeDefined();
    expect(up(7004)).toBe(2);
  });

  test("is JSON: nothing in it is lost on the way", () => {
    const world = cluster([7001, 7002, 7003]);
    world.run(3000);
    const view = world.view(7002);
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });

  test("shows no cluster and nobody to a peer that seeks in vain", () => {
    const world = new World();
    world.start(7001, { seeds: [7999] });
    world.run(5000);
    const { self, peers, raft } = world.view(7001);
    expect(self).toMatchObject({ clusterId: null, phase: "seeking", trying: ["127.0.0.1:7999"] });
    expect(peers).toEqual([]);
    expect(raft).toMatchObject({ leader: null, leaderAgeMs: null, voters: [] });
  });
});
