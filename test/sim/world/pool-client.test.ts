import { describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../../src/core/address.ts";
import { watchInvariants } from "../../../src/sim/invariants/registry.ts";
import type { Coming } from "../../../src/sim/script/script.ts";
import { World } from "../../../src/sim/world/world.ts";
import { WorldStage } from "../../../src/sim/world/world-stage.ts";

const VIP = addressOf("127.0.0.77", 7100) as Address;
const PROGRAM = "8301";

/** Three peers, and a program that has a board computed. */
function pool(at: Extract<Coming, { readonly kind: "life" }>["at"]): { world: World; stage: WorldStage } {
  const world = new World({ tuning: { office: { address: VIP }, broker: { maxTurnsPerSecond: 50 } } });
  watchInvariants(world);
  const stage = new WorldStage(world);
  world.start(7001, { found: true });
  for (const port of [7002, 7003]) world.start(port, { seeds: [7001] });
  world.run(1000);
  stage.start(PROGRAM, { kind: "life", pattern: "glider", size: 20, turns: 100, at });
  return { world, stage };
}

describe("a program of the pool", () => {
  test("follows its job turn by turn, and looks at the board at the end", () => {
    const { world, stage } = pool("vip");
    const followed = () => stage.scene().followed(PROGRAM);
    expect(followed()).toBeNull();
    world.run(1000);
    expect(followed()).toMatchObject({ state: "running", alive: 5, isProven: false });
    expect(followed()?.turn).toBeGreaterThan(30);
    world.run(5000);
    expect(followed()).toMatchObject({ state: "finished", turn: 100, isProven: true });
    expect(stage.programs).toEqual([PROGRAM]);
  });

  test("asks where it is told to", () => {
    const { world, stage } = pool(["7003"]);
    world.run(6000);
    expect(stage.scene().followed(PROGRAM)?.isProven).toBe(true);
  });

  test("believes no board that is wrong", () => {
    // The only one who computes says that nothing lives, and no invariant looks.
    // Whoever computes turns a cell over, and nobody but the program looks.
    const unwatched = new World({ tuning: { office: { address: VIP }, broker: { maxTurnsPerSecond: 50 } } });
    const stage = new WorldStage(unwatched);
    unwatched.start(7001, { found: true });
    unwatched.run(500);
    const peer = unwatched.peer(7001);
    const command = peer.command.bind(peer);
    peer.command = (content) => {
      if (content.protocol === "broker" && content.command.kind === "worked") content.command.band.words.fill(0);
      command(content);
    };
    stage.start(PROGRAM, { kind: "life", pattern: "glider", size: 20, turns: 10, at: "vip" });
    expect(() => unwatched.run(5000)).toThrow(/the board of turn 10 is wrong/);
  });
});
