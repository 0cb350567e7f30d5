import { describe, expect, test, vi } from "vitest";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Stream } from "../../../src/sim/network/stream.ts";
import type { ObservedPeer } from "../../../src/sim/world/observer.ts";
import { SimulatedPeer } from "../../../src/sim/world/simulated-peer.ts";
import { World, type WorldEvent } from "../../../src/sim/world/world.ts";
import { cluster, FIVE, isConverged, isWhole, THREE } from "../cluster.ts";
import { LONG } from "../five.ts";
import { at } from "../network/stations.ts";

const by = "test";

/** A founder on the first port and those who join it, each on a host whose clock is ahead by so much. */
function clusterAhead(offsetsMs: readonly number[]): { world: World; peers: readonly SimulatedPeer[] } {
  const world = new World();
  const peers = offsetsMs.map((offsetMs, i) => {
    const port = 7001 + i;
    const told = { found: i === 0, seeds: i === 0 ? [] : [at(7001)], scan: [] };
    const options = { id: world.newId(port), name: "", address: at(port), seed: i, ...told };
    const peer = new SimulatedPeer(world, options, offsetMs);
    world.network.add(peer);
    peer.boot();
    return peer;
  });
  return { world, peers };
}

/** Whether everybody sees everybody well and all follow one leader. */
function areUnited(peers: readonly SimulatedPeer[]): boolean {
  const views = peers.map((peer) => peer.view());
  return (
    views.every((view) => view.peers.filter(({ status }) => status === "healthy").length === peers.length - 1) &&
    new Set(views.map(({ raft }) => raft.leader)).size === 1 &&
    views[0]?.raft.leader !== null
  );
}

/** An event without the instants of its peer's own clock. */
function withoutInstants(event: WorldEvent["event"]): unknown {
  if (event.kind === "exchanged") return { ...event, exchange: { ...event.exchange, at: null } };
  if (event.kind !== "leader-elected" || !("term" in event) || event.election === null) return event;
  return { ...event, election: { ...event.election, startedAt: null, endedAt: null } };
}

describe("clocks", () => {
  test("of hosts may be ahead by anything: what happens, and when, is the same to the last bit", () => {
    const story = (offsetsMs: readonly number[]): string => {
      const { world, peers } = clusterAhead(offsetsMs);
      world.run(5000);
      expect(areUnited(peers)).toBe(true);
      const victim = peers.find((peer) => peer.view().raft.role === "leader");
      victim?.crash();
      world.run(5000);
      victim?.reboot(7, []);
      world.run(5000);
      expect(areUnited(peers)).toBe(true);
      return JSON.stringify(world.events.map(({ at, port, event }) => [at, port, withoutInstants(event)]));
    };
    const together = story([0, 0, 0]);
    for (const offsetsMs of [
      [3_599_999, 0, 1],
      [0, 31_536_000_000, 86_400_000],
    ]) {
      // As a whole they are too long to be shown.
      expect(story(offsetsMs) === together).toBe(true);
    }
  });

  test("that are wildly apart and drift keep nobody from converging, and doom nobody", () => {
    const { world, peers } = clusterAhead([0, 1, 12_345, 3_599_999, 315_360_000_000]);
    for (const [i, rate] of [0.9, 1.1, 1, 0.95, 1.05].entries()) {
      peers[i]?.give({ kind: "faults", command: { kind: "skew", rate, by } });
    }
    expect(world.runUntil(() => areUnited(peers), 10_000)).toBeDefined();
    world.run(60_000);
    expect(areUnited(peers)).toBe(true);
    expect(world.events.filter(({ event }) => event.kind === "member-unhealthy")).toEqual([]);
  });

  test("go on while a process is gone, and never back", () => {
    const { world, peers } = clusterAhead([5000]);
    const [peer] = peers;
    world.run(1000);
    peer?.crash();
    world.run(1000);
    expect(peer?.now).toBe(7000);
    peer?.reboot(1, []);
    expect(peer?.now).toBe(7000);
  });
});

describe("a process", () => {
  test("that is not there takes nothing, and its address refuses", () => {
    const world = cluster(THREE);
    world.crash(7003);
    const peer = world.peer(7003);
    expect([peer.isUp, world.network.at(peer.address)]).toEqual([false, undefined]);
    expect(() => peer.machine).toThrow("is down");
    const { raft } = peer.lastView();
    peer.give({ kind: "timeout" });
    peer.command({ protocol: "raft", command: { kind: "leave" } });
    world.run(1000);
    expect(peer.lastView()).toMatchObject({
      condition: { kind: "crashed" },
      raft: { role: raft.role, currentTerm: raft.currentTerm, leader: raft.leader, tail: raft.tail },
    });
    world.crash(7003);
    expect(peer.isUp).toBe(false);
  });

  test("that is there is not started again", () => {
    const world = cluster(THREE);
    expect(() => world.restart(7003)).toThrow();
  });

  test("that ends in the middle of a step does nothing more of what that step asks for", () => {
    const world = new World();
    let isDue = true;
    world.subscribe(({ port, event }) => {
      if (!isDue || port !== 7002 || event.kind !== "started") return;
      isDue = false;
      world.crash(7002);
    });
    world.start(7001, { found: true });
    world.start(7002, { seeds: [7001] });
    const told = world.events.length;
    world.run(5000);
    expect(world.peer(7002).isUp).toBe(false);
    expect(world.events.slice(told).filter(({ port }) => port === 7002)).toEqual([]);
    expect(world.view(7001).peers).toEqual([]);
  });

  test.each([0, 2, 30, 100, 1000])(
    "that ends %i ms after its first start joins the same cluster when it is started again",
    (afterMs) => {
      for (let seed = 0; seed < 10; seed++) {
        const world = new World({ seed, diskMs: [5, 5] });
        world.start(7001, { found: true });
        world.start(7002, { seeds: [7001] });
        world.start(7003, { seeds: [7001] });
        world.run(afterMs);
        // What is said of it to the others may never arrive: it must find them by itself.
        world.partition([7003], [7001, 7002]);
        world.crash(7003);
        world.restart(7003);
        world.run(2000);
        world.heal();
        expect(world.runUntil(() => isWhole(world, THREE), 20_000)).toBeDefined();
      }
    },
  );

  test("of a founder that ends before it has saved anything founds again, and those who wait for it join", () => {
    for (let seed = 0; seed < 10; seed++) {
      const world = new World({ seed, diskMs: [5, 5] });
      world.start(7001, { found: true });
      world.start(7002, { seeds: [7001] });
      world.run(2);
      world.crash(7001);
      world.run(100);
      world.restart(7001);
      const isOne = (): boolean => {
        const { self, raft } = world.view(7001);
        return raft.role === "leader" && world.view(7002).self.clusterId === self.clusterId;
      };
      expect(world.runUntil(isOne, 20_000)).toBeDefined();
    }
  });
});

/** Crashes and starts processes, and cuts and narrows ways, for a while; in the end all is well. */
function shake(world: World, ports: readonly number[], random: Random, steps: number): void {
  for (let i = 0; i < steps; i++) {
    const [one = 0, other = 0] = sample(random, ports, 2);
    const acts = [
      () => (world.peer(one).isUp ? world.crash(one, random.below(2) === 0) : world.restart(one)),
      () => world.link(one, other, { cut: true }),
      () => world.link(one, other, { jitterMs: random.between(0, 300), resendPercent: random.between(0, 20) }),
      () => world.link(one, other, { capacity: { things: random.between(1, 5), stepMs: 50 } }),
      () => world.link(one, other, { corruptPercent: random.between(0, 5) }),
      () => world.mend(one, other),
      () => world.fault(one, { kind: "crash", by, forMs: random.between(1, 500) }),
      () => world.fault(one, { kind: "pause", by, forMs: random.between(1, 500) }),
    ];
    acts[random.below(acts.length)]?.();
    world.run(random.between(1, 300));
  }
  world.heal();
  for (const port of ports) if (!world.peer(port).isUp) world.restart(port);
}

describe("connections", () => {
  test.each([1, 2, 3, 4, 5, 6])(
    "of a life begin, say something, and end, in this order; none of an earlier life says a word (seed %i)",
    (seed) => {
      const world = new World({ seed, keep: "none" });
      const sessions = new Map<ObservedPeer, Map<number, "dialled" | "up">>();
      world.observers.push({
        started: (peer) => sessions.set(peer, new Map()),
        stepped: (peer, input, _now, effects) => {
          const own = sessions.get(peer) ?? new Map<number, "dialled" | "up">();
          const had = "session" in input ? own.get(input.session) : undefined;
          if (input.kind === "session-up") {
            expect(had).toBe(input.session % 2 === 0 ? undefined : "dialled");
            own.set(input.session, "up");
          } else if (input.kind === "message") expect(had).toBe("up");
          else if (input.kind === "session-down") {
            expect(had).toBeDefined();
            own.delete(input.session);
          }
          for (const effect of effects) {
            if (effect.kind === "close") own.delete(effect.session);
            if (effect.kind !== "dial") continue;
            expect(own.get(effect.session)).toBeUndefined();
            own.set(effect.session, "dialled");
          }
        },
      });
      for (const port of FIVE) world.start(port, port === 7001 ? { found: true } : { seeds: [7001] });
      world.run(1000);
      shake(world, FIVE, seededRandom(seed), 150);
      expect(world.runUntil(() => isConverged(world, FIVE), 60_000)).toBeDefined();
      // Those that are no link, and those of whoever is gone, are let go.
      world.run(10_000);
      const resumed = vi.spyOn(Stream.prototype, "resume");
      world.heal();
      expect(resumed).toHaveBeenCalledTimes((FIVE.length * (FIVE.length - 1)) / 2);
      resumed.mockRestore();
    },
    LONG,
  );
});
