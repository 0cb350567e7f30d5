import { describe, expect, test } from "vitest";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import type { PeerView } from "../../../src/peer/peer-view.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import { expectThat } from "../../../src/sim/script/statements.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";
import { FIVE } from "../cluster.ts";
import { setFault } from "../fault-lines.ts";
import type { GossipProgram } from "../gossip-program.ts";
import { countsAt, programAt, sorted, TYPE, texts, village } from "./village.ts";

const EIGHT: readonly number[] = [7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008];

/** Two programs announce, others listen; how long until all have all, ms. */
function spread(world: World, ports: readonly number[], count: number, gapMs: number): number | undefined {
  const programs = ports.map((port) => programAt(world, port));
  const [first, second] = programs;
  for (const text of texts(count)) {
    (first as GossipProgram).announce(TYPE, text);
    (second as GossipProgram).announce(TYPE, `other ${text}`);
    world.run(gapMs);
  }
  const all = 2 * count;
  const took = world.runUntil(() => programs.every((program) => heard(program, all, [first, second])), 60_000);
  const whole = sorted([...texts(count), ...texts(count, "other n")]);
  for (const program of programs) {
    const own = program === first ? texts(count) : program === second ? texts(count, "other n") : [];
    expect(sorted([...program.texts, ...own])).toEqual(whole);
  }
  return took;
}

/** Whether a program has been notified of all but its own. */
function heard(program: GossipProgram, all: number, announcers: readonly (GossipProgram | undefined)[]): boolean {
  return program.notified.length >= (announcers.includes(program) ? all / 2 : all);
}

describe("every subscriber gets every notice once", () => {
  test.each([0, 10, 30, 50])("though every peer loses so many per cent of what it says: %i", (percent) => {
    const world = village(FIVE, { seed: 7 + percent });
    if (percent > 0) for (const port of FIVE) setFault(world, port, { kind: "drop", percent }, { direction: "out" });
    expect(spread(world, FIVE, 40, 20)).toBeDefined();
  });

  test.each([1, 2, 3])("though most of what is said comes twice and late (seed %i)", (seed) => {
    const world = village(FIVE, { seed });
    for (const port of FIVE) {
      setFault(world, port, { kind: "duplicate", percent: 80 }, { direction: "out" });
      setFault(world, port, { kind: "latency", delayMs: 60, jitterMs: 50 }, { direction: "out" });
    }
    expect(spread(world, FIVE, 40, 20)).toBeDefined();
    const duplicates = FIVE.reduce((sum, port) => sum + countsAt(world, port).duplicates, 0);
    expect(duplicates).toBeGreaterThan(40);
  });

  test.each([1, 2, 3, 4])("of which some crash and come back meanwhile (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const world = village(FIVE, { seed });
    const [first, second, ...others] = FIVE.map((port) => programAt(world, port, { reconnectMs: 300 }));
    const count = 60;
    for (const text of texts(count)) {
      first?.announce(TYPE, text);
      second?.announce(TYPE, `other ${text}`);
      world.run(100);
      killOrRevive(world, random, FIVE.slice(2));
    }
    for (const port of FIVE.slice(2)) if (!world.peer(port).isUp) world.restart(port);
    // Those that never crashed have each other's, once.
    expect(
      world.runUntil(() => [first, second].every((each) => each?.notified.length === count), 20_000),
    ).toBeDefined();
    const stage = new WorldStage(world);
    const { failures } = await runScript(
      [expectThat<PeerView>({ kind: "spread", among: "all" }, { within: 120_000 })],
      stage,
    );
    expect(failures).toEqual([]);
    world.run(30_000);
    const whole = new Set([...texts(count), ...texts(count, "other n")]);
    for (const other of others) expect(new Set(other.texts)).toEqual(whole);
  });

  test.each([
    [1, 1],
    [255, 255],
    [0, 255],
  ])("with TTL %i, where all are linked, and nobody more than %i links away", (ttl, farthest) => {
    const world = village(FIVE, { tuning: { notification: { degree: 2 } } });
    const programs = FIVE.map((port) => programAt(world, port));
    const hops: number[] = [];
    world.subscribe(({ event }) => {
      if (event.kind === "notices-received") hops.push(...event.notices.map((notice) => notice.hops));
    });
    for (const text of texts(10)) programs[0]?.announce(TYPE, text, ttl);
    world.run(20_000);
    for (const program of programs.slice(1)) expect(sorted(program.texts)).toEqual(sorted(texts(10)));
    expect(Math.max(...hops)).toBeLessThanOrEqual(farthest);
    expect(Math.min(...hops)).toBe(1);
  });

  test("of every size that an ANNOUNCE has room for", () => {
    const world = village(FIVE);
    const programs = FIVE.map((port) => programAt(world, port));
    const sizes = [1, 1000, 31_999, 32_001, 40_000, 65_527];
    for (const size of sizes) programs[0]?.announce(TYPE, Buffer.alloc(size, size));
    world.run(2000);
    for (const program of programs.slice(1)) expect(program.notified.map(({ data }) => data.length)).toEqual(sizes);
  });
});

test("what everybody has is said no more: in a full mesh there are only idle digests after a while", () => {
  const world = village(EIGHT);
  const programs = EIGHT.map((port) => programAt(world, port));
  for (const text of texts(50)) programs[0]?.announce(TYPE, text);
  world.run(30_000);
  for (const program of programs.slice(1)) expect(program.notified).toHaveLength(50);
  const said = new Map<string, number>();
  world.observers.push({
    stepped: (_peer, _input, _now, effects) => {
      for (const effect of effects) {
        if (effect.kind !== "message" || effect.content.protocol !== "notification") continue;
        const { kind } = effect.content.message;
        said.set(kind, (said.get(kind) ?? 0) + 1);
      }
    },
  });
  world.run(60_000);
  // One peer is told every 3 s at most.
  expect([...said.keys()]).toEqual(["digest"]);
  expect(said.get("digest")).toBeLessThanOrEqual((EIGHT.length * 60) / 3);
});

/** One of these peers crashes, or comes back. */
function killOrRevive(world: World, random: Random, ports: readonly number[]): void {
  const [port = 0] = sample(random, ports, 1);
  if (random.below(4) > 0) return;
  if (world.peer(port).isUp) world.crash(port);
  else world.restart(port);
}
