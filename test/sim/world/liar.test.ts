import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { networkTable } from "../../../src/peer/network-table.ts";
import { Liar } from "../../../src/sim/world/liar.ts";
import type { Program, ProgramInput } from "../../../src/sim/world/program.ts";
import { World } from "../../../src/sim/world/world.ts";
import { decode, encode } from "../../../src/wire/codec.ts";
import { healthPacket } from "../../../src/wire/health-packet.ts";
import { cluster, isConverged, THREE } from "../cluster.ts";
import { at } from "../network/stations.ts";

const LIAR = 7010;
const nonce = new Uint8Array(16).fill(7);

/** Answers health checks as a peer does: what nobody believes of a liar is believed of this. */
class Honest implements Program {
  readonly deadline = Number.POSITIVE_INFINITY;

  step(input: ProgramInput) {
    if (input.kind !== "packet") return [];
    const asked = decode(healthPacket, input.bytes);
    if (asked.kind !== "value" || asked.value.kind !== "syn") return [];
    const bytes = encode(healthPacket, { kind: "ack", nonce: asked.value.nonce });
    return [{ kind: "packet", to: input.from, from: null, bytes } as const];
  }
}

/** Every address that a peer of these holds, gossips, tells in its table, or has come to believe in, besides their own. */
function believedBy(world: World, ports: readonly number[]): readonly string[] {
  const known = new Set<string>();
  for (const port of ports) {
    const view = world.view(port);
    for (const { address } of [...view.peers, ...view.gossip.ids, ...networkTable(view).peers]) known.add(address);
  }
  for (const { event } of world.events) if (event.kind === "address-verified") known.add(event.address);
  return [...known].filter((address) => !ports.some((port) => at(port) === address));
}

describe("a liar", () => {
  test("answers a check with its nonce, but from the next port", () => {
    const bytes = encode(healthPacket, { kind: "syn", nonce });
    const ack = encode(healthPacket, { kind: "ack", nonce });
    expect(new Liar(at(LIAR)).step({ kind: "packet", from: at(7001), bytes })).toEqual([
      { kind: "packet", to: at(7001), from: at(LIAR + 1), bytes: ack },
    ]);
  });

  test("answers nothing else, and a connection with what begins no dialect", () => {
    const liar = new Liar(at(LIAR));
    const ack = encode(healthPacket, { kind: "ack", nonce });
    for (const bytes of [ack, Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(600)]) {
      expect(liar.step({ kind: "packet", from: at(7001), bytes })).toEqual([]);
    }
    const [said] = liar.step({ kind: "session-up", session: 2, address: at(7001) });
    expect(said).toMatchObject({ kind: "bytes", session: 2 });
    expect(liar.step({ kind: "bytes", session: 2, bytes: ack })).toEqual([]);
  });

  test("needs the next port", () => {
    expect(() => new Liar(at(65_535))).toThrow(InvariantViolation);
  });
});

describe("nobody believes in a liar", () => {
  function joinBy(seeds: readonly number[], others: readonly number[] = []): World {
    const world = cluster(THREE, { seed: 3 });
    world.host(LIAR, (address) => new Liar(address));
    for (const port of others) world.start(port, { seeds: [7001] });
    world.start(7004, { seeds });
    world.run(60_000);
    return world;
  }

  test("of whom a newcomer is told beside a peer: it joins by that, and nobody ever holds or gossips the other", () => {
    const world = joinBy([LIAR, 7001]);
    expect(isConverged(world, [...THREE, 7004])).toBe(true);
    expect(believedBy(world, [...THREE, 7004])).toEqual([]);
  });

  test("of whom alone a newcomer is told: it goes on asking, and founds nothing", () => {
    const world = joinBy([LIAR]);
    expect(believedBy(world, [...THREE, 7004])).toEqual([]);
    expect(world.events.some(({ port, event }) => port === 7004 && event.kind === "join-unanswered")).toBe(true);
    expect(world.view(7004).raft.leader).toBeNull();
    expect(isConverged(world, THREE)).toBe(true);
  });

  test("whose mouth is a peer's port: that peer is believed in, and it is not", () => {
    const world = joinBy([LIAR, 7001], [LIAR + 1]);
    const peers = [...THREE, 7004, LIAR + 1];
    expect(isConverged(world, peers)).toBe(true);
    expect(believedBy(world, peers)).toEqual([]);
  });

  test("but in whoever answers as a peer does, as far as an answer goes", () => {
    const world = new World();
    world.host(LIAR, () => new Honest());
    world.start(7001, { seeds: [LIAR] });
    world.run(10_000);
    expect(believedBy(world, [7001])).toEqual([at(LIAR)]);
    // To be a member takes a HELLO.
    expect(world.view(7001).peers).toEqual([]);
  });
});
