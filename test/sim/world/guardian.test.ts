import { describe, expect, test } from "vitest";
import { type Address, addressOf } from "../../../src/core/address.ts";
import type { FaultCommand } from "../../../src/faults/message.ts";
import type { AddressAct, OfficeSpeech } from "../../../src/protocols/office/message.ts";
import { Hands } from "../../../src/sim/world/hands.ts";
import type { SimulatedPeer } from "../../../src/sim/world/simulated-peer.ts";
import { World } from "../../../src/sim/world/world.ts";

const VIP = addressOf("127.0.0.77", 7100) as Address;
const HELD_MS = 200;

/** A peer that does nothing by itself, and somebody who holds addresses for it. */
class Guarded {
  readonly told: string[] = [];
  readonly peer: SimulatedPeer;
  readonly hands: Hands;
  readonly world: World;

  constructor(world: World, port: number) {
    this.world = world;
    this.peer = world.start(port);
    const { peer, told } = this;
    const ward = Object.create(peer, {
      now: { get: () => peer.now },
      machine: { get: () => peer.machine },
      address: { value: peer.address },
      isUp: { get: () => peer.isUp },
      command: { value: ({ command }: { command: OfficeSpeech["command"] }) => told.push(command.kind) },
    });
    this.hands = new Hands(ward, world.network);
  }

  get holds(): boolean {
    return this.world.network.at(VIP) !== undefined && this.told.at(-1) === "address-taken";
  }

  /** Now, by the peer's own clock. */
  get now(): number {
    return this.peer.machine.timeAt(this.peer.now);
  }

  asks(act: AddressAct): void {
    this.hands.obey(act);
  }

  wants(term = 1): void {
    this.asks({ kind: "address-wanted", address: VIP, term, until: this.now + HELD_MS });
  }

  suffers(command: FaultCommand): void {
    this.peer.give({ kind: "faults", command });
    this.hands.look();
  }
}

describe("an address in the hands of a guardian", () => {
  test("is taken, and let go when its time is over", () => {
    const world = new World();
    const one = new Guarded(world, 7001);
    one.wants();
    expect(world.network.at(VIP)).toBeUndefined();
    world.run(5);
    expect(one.holds).toBe(true);
    world.run(HELD_MS - 10);
    expect(one.holds).toBe(true);
    world.run(10);
    expect(one.told).toEqual(["address-taken", "address-gone"]);
    expect(world.network.at(VIP)).toBeUndefined();
  });

  test("is held for longer where its time is extended in that term, and only in that", () => {
    const world = new World();
    const one = new Guarded(world, 7001);
    one.wants(2);
    world.run(100);
    one.asks({ kind: "address-extended", term: 1, until: one.now + 10_000 });
    one.asks({ kind: "address-extended", term: 2, until: one.now + HELD_MS });
    world.run(HELD_MS - 5);
    expect(one.holds).toBe(true);
    world.run(10);
    expect(one.holds).toBe(false);
  });

  test("is let go when it is not wanted any more, and that is told", () => {
    const world = new World();
    const one = new Guarded(world, 7001);
    one.wants();
    world.run(5);
    one.asks({ kind: "address-unwanted", term: 1 });
    world.run(5);
    expect(one.told).toEqual(["address-taken", "address-gone"]);
    expect(world.network.at(VIP)).toBeUndefined();
  });

  test("is nobody else's meanwhile", () => {
    const world = new World();
    const [one, other] = [new Guarded(world, 7001), new Guarded(world, 7002)];
    one.wants();
    world.run(5);
    other.wants(2);
    world.run(5);
    expect(other.told).toEqual(["address-refused"]);
    one.hands.stop();
    other.wants(2);
    world.run(5);
    expect(other.holds).toBe(true);
    // Whoever is over tells nothing.
    expect(one.told).toEqual(["address-taken"]);
  });

  test("goes by the peer's clock: a fast one ends its time sooner, and so does a jump", () => {
    const world = new World();
    const one = new Guarded(world, 7001);
    one.wants();
    one.suffers({ kind: "skew", rate: 2, by: "test" });
    world.run(HELD_MS / 2 + 2);
    expect(one.holds).toBe(false);
    one.wants();
    world.run(5);
    one.suffers({ kind: "jump", aheadMs: HELD_MS, by: "test" });
    expect(one.told.at(-1)).toBe("address-gone");
  });

  test("is let go in time though the peer stands still", () => {
    const world = new World();
    const one = new Guarded(world, 7001);
    one.wants();
    one.suffers({ kind: "pause", forMs: null, by: "test" });
    world.run(5);
    expect(world.network.at(VIP)).toBeDefined();
    world.run(HELD_MS);
    expect(world.network.at(VIP)).toBeUndefined();
  });
});
