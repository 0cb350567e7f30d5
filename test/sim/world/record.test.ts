import { expect, test } from "vitest";
import { recordWorld } from "../../../src/sim/world/record.ts";
import { World } from "../../../src/sim/world/world.ts";
import { FACTS, replayOf } from "../../recording/tape.ts";
import { FIVE, leaderOf } from "../cluster.ts";
import { healAll, setFault } from "../fault-lines.ts";
import { LONG } from "../five.ts";

/** Five peers found each other, lose their leader, are cut, slowed, stopped, crashed and healed; all on a recording. */
function recorded(seed: number): { readonly bytes: Buffer; readonly told: number } {
  const written: Uint8Array[] = [];
  const world = new World({ seed, network: { lossPercent: 2 } });
  const end = recordWorld(world, (bytes) => written.push(bytes), FACTS);
  const [first = 0, ...others] = FIVE;
  world.start(first, { found: true });
  for (const port of others) world.start(port, { seeds: [first] });
  world.run(5000);
  const leader = leaderOf(world, FIVE);
  const [one = 0, two = 0, three = 0] = FIVE.filter((port) => port !== leader);
  world.crash(leader, true);
  setFault(world, one, { kind: "latency", delayMs: 20, jitterMs: 15 });
  setFault(world, two, { kind: "corrupt", percent: 5 }, { forMs: 1500 });
  world.fault(three, { kind: "skew", rate: 1.2, by: "test" });
  world.run(2000);
  world.restart(leader);
  world.fault(two, { kind: "crash", by: "test", forMs: 500 });
  world.fault(three, { kind: "pause", by: "test", forMs: 700 });
  world.run(2000);
  healAll(world, FIVE);
  world.run(2000);
  end();
  return { bytes: Buffer.concat(written), told: world.events.length };
}

test("a world with faults, crashes and restarts is replayed to the same events and hashes", { timeout: LONG }, () => {
  const { bytes, told } = recorded(3);
  const { facts, peers, verdict } = replayOf(bytes);
  expect(verdict).toEqual({ kind: "same", isComplete: true, bytes: bytes.length });
  expect(facts).toEqual(FACTS);
  expect(peers.map(({ peer }) => peer)).toEqual(FIVE);
  expect(peers.map(({ lives }) => lives).sort()).toEqual([1, 1, 1, 1, 2]);
  expect(peers.reduce((sum, { events }) => sum + events, 0)).toBe(told);
  for (const { inputs, hashes } of peers) expect(inputs > 100 && hashes > 3).toBe(true);
});

test("the same seed makes the same recording to the last byte, another seed another one", { timeout: LONG }, () => {
  const { bytes } = recorded(4);
  expect(recorded(4).bytes.equals(bytes)).toBe(true);
  expect(recorded(5).bytes.equals(bytes)).toBe(false);
});
