import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../../src/core/assert.ts";
import { at, Ear, twoStations } from "./stations.ts";

function packet(text: string): Buffer {
  return Buffer.from(text);
}

describe("packets", () => {
  test("come after their time, with the address of their sender", () => {
    const { time, network, a, b } = twoStations();
    network.sendPacket(a.address, b.address, packet("hello"));
    time.run(9);
    expect(b.take()).toEqual([]);
    time.run(1);
    expect(b.take()).toEqual([`10: packet hello from ${a.address}`]);
    expect(a.take()).toEqual([]);
  });

  test("come twice where the way doubles them", () => {
    const { time, network, a, b } = twoStations({ duplicatePercent: 100 });
    network.sendPacket(a.address, b.address, packet("hello"));
    time.run(10);
    expect(b.take()).toHaveLength(2);
  });

  test("may overtake each other", () => {
    const { time, network, a, b } = twoStations({ jitterMs: 50 });
    for (let i = 10; i < 60; i++) network.sendPacket(a.address, b.address, packet(String(i)));
    time.run(100);
    const order = b.take().map((line) => line.split(" ")[2]);
    expect(order).toHaveLength(50);
    expect(order).not.toEqual(order.toSorted());
  });

  test("to where nobody is, or is no more when they come, are nobody's", () => {
    const { time, network, a, b } = twoStations();
    network.sendPacket(a.address, at(7009), packet("hello"));
    network.sendPacket(a.address, b.address, packet("hello"));
    time.run(5);
    b.isUp = false;
    time.run(50);
    expect(b.take()).toEqual([]);
    expect(network.at(b.address)).toBeUndefined();
  });

  test("reach whoever listens when they come, for they know no lives", () => {
    const { time, network, a, b } = twoStations();
    b.isUp = false;
    network.sendPacket(a.address, b.address, packet("hello"));
    time.run(5);
    b.isUp = true;
    time.run(5);
    expect(b.take()).toEqual([`10: packet hello from ${a.address}`]);
  });

  test("are judged when they leave: a cut that comes later does not lose what is under way, nor a heal bring it back", () => {
    const { time, network, a, b } = twoStations();
    network.sendPacket(a.address, b.address, packet("before"));
    network.change(a.address, b.address, { cut: true });
    network.sendPacket(a.address, b.address, packet("in the cut"));
    network.heal();
    network.sendPacket(a.address, b.address, packet("after"));
    time.run(50);
    expect(b.take().map((line) => line.split(" from")[0])).toEqual(["10: packet before", "10: packet after"]);
  });
});

describe("ways", () => {
  test("are changed one direction at a time", () => {
    const { time, network, a, b } = twoStations();
    const c = new Ear(network, 7003);
    network.change(a.address, b.address, { cut: true });
    for (const [from, to] of [
      [a, b],
      [b, a],
      [a, c],
      [c, b],
    ] as const) {
      network.sendPacket(from.address, to.address, packet("hello"));
    }
    time.run(10);
    expect([a, b, c].map((each) => each.take().length)).toEqual([1, 1, 1]);
  });

  test("are changed in one condition at a time, until they are mended", () => {
    const { network, a, b } = twoStations({ lossPercent: 3 });
    const usual = network.way(a.address, b.address).conditions;
    network.change(a.address, b.address, { jitterMs: 5 });
    network.change(a.address, b.address, { cut: true });
    expect(network.way(a.address, b.address).conditions).toEqual({ ...usual, jitterMs: 5, cut: true });
    network.change(b.address, a.address, { cut: true });
    network.mend(a.address, b.address);
    expect(network.way(a.address, b.address).conditions).toEqual(usual);
    expect(network.way(b.address, a.address).conditions.cut).toBe(true);
  });

  test("are all what they were at first after a heal", () => {
    const { network, a, b } = twoStations({ lossPercent: 3 });
    const usual = network.way(a.address, b.address).conditions;
    network.change(a.address, b.address, { latencyMs: 500, bytesPerSecond: 10 });
    network.change(b.address, a.address, { capacity: { things: 1, stepMs: 10 } });
    network.heal();
    expect(network.way(a.address, b.address).conditions).toEqual(usual);
    expect(network.way(b.address, a.address).conditions).toEqual(usual);
  });
});

test("two stations at one address are a mistake that is named", () => {
  const { network } = twoStations();
  expect(() => new Ear(network, 7001)).toThrow(InvariantViolation);
});
