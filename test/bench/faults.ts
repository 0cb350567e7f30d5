import { encodeMessage, MessageReceiver } from "../../src/peer/frames.ts";
import type { FaultyEffect, PeerInput } from "../../src/peer/machine.ts";
import { Peer } from "../../src/peer/peer.ts";
import { OPTIONS, Rig } from "../peer/rig.ts";
import { cluster, FIVE, isConverged } from "../sim/cluster.ts";
import { healAll, partition } from "../sim/fault-lines.ts";
import { atMost, type Goal, median, type Row } from "./figure.ts";
import type { Group } from "./group.ts";

const ROUNDS = 100;
const MESSAGES_A_ROUND = 4000;
const WARM_UP_ROUNDS = 10;
const SEEDS = 5;

type Figures = ReturnType<typeof compared>;

/** What the layer of faults costs while there is none, and how soon a cluster is whole again when they end. */
export const faults: Group = {
  about: "the fault layer while quiet, a sample a pair of rounds; a heal in virtual time, a sample a seed",
  takes: "30 s",
  measure: async ({ reps, note }) => {
    const [steps, bytes] = costsWhileQuiet(reps ?? ROUNDS);
    const rows: Row[] = [
      ...rowsOf("a message, from its bytes to those of the answer", bytes, atMost(1)),
      ...rowsOf("the step of a peer alone", steps),
    ];
    for (const [label, durationMs] of [
      ["10 s", 10_000],
      ["10 min", 600_000],
    ] as const) {
      note(`partition of ${label}`);
      const samples = Array.from({ length: reps ?? SEEDS }, (_, i) => healMs(i + 1, durationMs));
      rows.push({ name: `five converged after a partition of ${label}`, unit: "ms", samples, goal: atMost(3000) });
    }
    return rows;
  },
};

function rowsOf(what: string, { faulty, bare, extra }: Figures, goal?: Goal): Row[] {
  const cost: Row = { name: "what the layer adds to it while quiet", unit: "%", samples: [median(extra)] };
  return [
    { name: what, unit: "ns", samples: faulty, beside: { name: "without the layer", samples: bare } },
    goal === undefined ? cost : { ...cost, goal },
  ];
}

/** Both ways of sending a message through a peer with the layer and one without. */
function costsWhileQuiet(rounds: number): readonly [Figures, Figures] {
  const rig = new Rig();
  rig.link(2);
  const bare = new Peer(OPTIONS, [], 0);
  for (const input of rig.inputs) bare.step(input as PeerInput, 0);
  const hello = rig.inputs.find((input) => input.kind === "message");
  if (hello === undefined) throw new Error("nobody said HELLO");
  return [
    compared(rounds, stepping(rig.peer), stepping(bare)),
    compared(rounds, answering(rig.peer, encodeMessage(hello)), answering(bare, encodeMessage(hello))),
  ];
}

/** Nanoseconds a message, in rounds that take turns, and by how many percent the two of each pair of rounds differ. */
function compared(rounds: number, faulty: () => void, bare: () => void) {
  const figures = { faulty: [] as number[], bare: [] as number[], extra: [] as number[] };
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    // Each goes first as often as the other.
    const isFirst = round % 2 === 0;
    const early = isFirst ? nanosecondsOf(faulty) : nanosecondsOf(bare);
    const late = isFirst ? nanosecondsOf(bare) : nanosecondsOf(faulty);
    const [one, other] = isFirst ? [early, late] : [late, early];
    if (round < 0) continue;
    figures.faulty.push(one / MESSAGES_A_ROUND);
    figures.bare.push(other / MESSAGES_A_ROUND);
    figures.extra.push((one / other - 1) * 100);
  }
  return figures;
}

interface Machine {
  step(input: PeerInput, now: number): readonly FaultyEffect[];
}

const PING = {
  kind: "message",
  session: 2,
  content: { protocol: "link", message: { kind: "ping", requestId: 1 } },
  envelope: { lamport: 1, sequence: 1 },
} as const;

/** Gives a machine a round of PINGs, which it answers, on a disk that is always ready. */
function stepping(machine: Machine): () => void {
  return () => {
    for (let i = 0; i < MESSAGES_A_ROUND; i++) {
      for (const effect of machine.step(PING, 1)) {
        if (effect.kind === "save") machine.step({ kind: "saved", upTo: effect.token }, 1);
      }
    }
  };
}

/** The same from bytes to bytes, as a connection has them. */
function answering(machine: Machine, hello: Buffer): () => void {
  const receiver = new MessageReceiver(2);
  receiver.push(hello);
  const ping = encodeMessage(PING);
  return () => {
    let bytes = 0;
    for (let i = 0; i < MESSAGES_A_ROUND; i++) {
      for (const input of receiver.push(ping)) {
        for (const effect of machine.step(input, 1)) {
          if (effect.kind === "save") machine.step({ kind: "saved", upTo: effect.token }, 1);
          else if (effect.kind === "message") bytes += encodeMessage(effect).length;
        }
      }
    }
    if (bytes === 0) throw new Error("nothing was answered");
  };
}

function nanosecondsOf(work: () => void): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start);
}

/** Virtual ms from the heal of a partition of two and three until five are converged. */
function healMs(seed: number, durationMs: number): number {
  const world = cluster(FIVE, { seed });
  world.run(2000);
  partition(world, FIVE.slice(0, 2), FIVE.slice(2));
  world.run(durationMs);
  healAll(world, FIVE);
  return world.runUntil(() => isConverged(world, FIVE), 60_000) ?? Number.POSITIVE_INFINITY;
}
