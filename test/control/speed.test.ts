import { describe, expect, test } from "vitest";
import { nextSpeed, SPEEDS, speedWord } from "../../src/control/speed.ts";

describe("speeds", () => {
  test("the keys go through all of them, and stay at the ends", () => {
    const up = [...SPEEDS.slice(1), "max"];
    expect(SPEEDS.map((speed) => nextSpeed(speed, 1))).toEqual(up);
    expect(SPEEDS.map((speed) => nextSpeed(speed, -1))).toEqual([0.1, ...SPEEDS.slice(0, -1)]);
  });

  test("from one in between they go to the next", () => {
    expect([nextSpeed(3, 1), nextSpeed(3, -1), nextSpeed(70, 1)]).toEqual([5, 2, 100]);
  });

  test("are said as they are shown", () => {
    expect(SPEEDS.map(speedWord)).toEqual(["0.1x", "0.25x", "0.5x", "1x", "2x", "5x", "10x", "100x", "max"]);
  });
});
