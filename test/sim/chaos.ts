import { type Random, sample, seededRandom } from "../../src/core/random.ts";
import type { Direction, LinkFault } from "../../src/faults/fault.ts";
import type { FaultCommand } from "../../src/faults/message.ts";
import type { World } from "../../src/sim/world/world.ts";

type Draw = (random: Random) => FaultCommand;

const by = "chaos";

const DIRECTIONS: readonly Direction[] = ["in", "out", "both"];

const LINK_FAULTS: readonly ((random: Random) => LinkFault)[] = [
  (random) => ({ kind: "cut", reset: random.below(2) === 0 }),
  (random) => ({ kind: "drop", percent: random.between(1, 80) }),
  (random) => ({ kind: "corrupt", percent: random.between(1, 30) }),
  (random) => ({ kind: "duplicate", percent: random.between(1, 100) }),
  (random) => ({ kind: "reorder", percent: random.between(1, 100) }),
  (random) => ({ kind: "latency", delayMs: random.between(1, 2000), jitterMs: random.between(0, 500) }),
  (random) => ({ kind: "bandwidth", bytesPerSecond: random.between(100, 20_000) }),
];

const OWN_FAULTS: readonly Draw[] = [
  (random) => ({ kind: "pause", by, forMs: timeOrNever(random) }),
  () => ({ kind: "resume", by }),
  (random) => ({ kind: "crash", by, forMs: timeOrNever(random) }),
  () => ({ kind: "recover" }),
  (random) => ({ kind: "skew", rate: random.between(1, 40) / 10, by }),
  (random) => ({ kind: "jump", aheadMs: random.between(1, 20_000), by }),
  (random) => ({ kind: "pace", factor: random.between(1, 10), by }),
  (random) => ({ kind: "remove", id: random.between(1, 20) }),
];

/** Lets everything go wrong at random peers for a while, several things at a time; `onStep` after each. */
export function chaos(
  world: World,
  ports: readonly number[],
  seed: number,
  durationMs: number,
  onStep: () => void,
): void {
  const random = seededRandom(seed);
  const end = world.now + durationMs;
  while (world.now < end) {
    const [port = 0] = sample(random, ports, 1);
    world.fault(port, random.below(3) === 0 ? own(random) : onLinks(world, ports, random));
    world.run(random.between(1, 400));
    onStep();
  }
}

function own(random: Random): FaultCommand {
  const draw = OWN_FAULTS[random.below(OWN_FAULTS.length)] as Draw;
  return draw(random);
}

function onLinks(world: World, ports: readonly number[], random: Random): FaultCommand {
  const fault = LINK_FAULTS[random.below(LINK_FAULTS.length)] as (typeof LINK_FAULTS)[number];
  const direction = DIRECTIONS[random.below(DIRECTIONS.length)] as Direction;
  const some = sample(random, ports, random.between(1, 3)).map((port) => world.peer(port).id);
  const targets = random.below(4) === 0 ? (["everybody"] as const) : some;
  return { kind: "set", fault: fault(random), targets, direction, by, forMs: timeOrNever(random) };
}

function timeOrNever(random: Random): number | null {
  return random.below(3) === 0 ? null : random.between(1, 5000);
}
