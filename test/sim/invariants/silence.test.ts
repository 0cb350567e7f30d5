import { describe, expect, test } from "vitest";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { invariants, watchInvariants } from "../../../src/sim/invariants/registry.ts";
import { runScript } from "../../../src/sim/script/run-script.ts";
import { chooseCore } from "../../../src/sim/swarm/core.ts";
import { drawFinale } from "../../../src/sim/swarm/finale.ts";
import { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";
import { chaos } from "../chaos.ts";
import { cluster, FIVE, isWhole } from "../cluster.ts";
import { healAll } from "../fault-lines.ts";

/** Of real time, on a busy machine; ms. */
const LONG = 60_000;

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);

describe("invariants are silent", () => {
  test.each(SEEDS)(
    "while everything goes wrong in peers, networks and processes; then a core is live (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      const tuning = { raft: { snapshotBytes: random.between(600, 4000) } };
      const world = cluster(FIVE, { seed, diskMs: [1, random.between(1, 80)], keep: "none", tuning });
      const stage = new WorldStage(world);
      for (const manner of ["in-session", "without-session", "in-session"] as const)
        stage.start(`${8101 + stage.scene().names.length}`, { kind: "client", of: FIVE.map(String), manner });
      for (let turn = 0; turn < 12; turn++) {
        worsen(world, random);
        killOrRevive(world, random);
        chaos(world, FIVE, random.below(2 ** 32), 1500, () => {});
      }
      const core = chooseCore(world, random);
      healAll(world, core);
      // What injected crashes have interrupted takes its time on a slow disk.
      world.run(1000);
      const { failures } = await runScript(drawFinale(world, core), stage, { lenient: true });
      expect(failures).toEqual([]);
    },
    LONG,
  );

  test.each(SEEDS)("while peers that were told nothing find each other on a bad network (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const network = {
      latencyMs: random.between(0, 20),
      jitterMs: 10,
      lossPercent: 10,
      duplicatePercent: 10,
      reorderPercent: 10,
      resendPercent: 5,
      corruptPercent: 1,
    };
    const world = new World({ seed, network, diskMs: [1, 30], keep: "none" });
    watchInvariants(world);
    for (const port of FIVE) {
      world.start(port, { scan: FIVE });
      world.run(random.below(700));
    }
    expect(world.runUntil(() => isWhole(world, FIVE), 60_000)).toBeDefined();
  });

  test("and change nothing: the same world comes to the same end unwatched", () => {
    const [watched, unwatched] = [new World({ seed: 3 }), new World({ seed: 3 })];
    watchInvariants(watched, invariants);
    for (const world of [watched, unwatched]) {
      for (const port of FIVE) world.start(port, { scan: FIVE });
      chaos(world, FIVE, 3, 10_000, () => {});
    }
    expect(watched.events).toEqual(unwatched.events);
  });
});

/** One way of the network becomes worse. */
function worsen(world: World, random: Random): void {
  const [from = 0, to = 0] = sample(random, FIVE, 2);
  world.link(from, to, {
    latencyMs: random.between(0, 200),
    jitterMs: random.between(0, 200),
    cut: random.below(6) === 0,
    lossPercent: random.between(0, 30),
    resendPercent: random.between(0, 30),
    duplicatePercent: random.between(0, 30),
    reorderPercent: random.between(0, 30),
    corruptPercent: random.between(0, 10),
  });
}

/** A process ends, or one that has ended is there again. */
function killOrRevive(world: World, random: Random): void {
  const [port = 0] = sample(random, FIVE, 1);
  if (!world.peer(port).isUp) world.restart(port);
  else if (random.below(2) === 0) world.crash(port);
}
