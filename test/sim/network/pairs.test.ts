import { expect, test } from "vitest";
import { Pairs } from "../../../src/sim/network/pairs.ts";

test("pairs are ordered, made when they are first asked for, and kept", () => {
  const made: string[] = [];
  const pairs = new Pairs((from: string, to: string) => {
    made.push(`${from} to ${to}`);
    return { from, to };
  });
  expect(pairs.known("a", "b")).toBeUndefined();
  expect(pairs.all()).toEqual([]);
  const there = pairs.of("a", "b");
  const back = pairs.of("b", "a");
  const other = pairs.of("a", "c");
  expect(there).toEqual({ from: "a", to: "b" });
  expect(back).not.toBe(there);
  expect(pairs.of("a", "b")).toBe(there);
  expect(pairs.known("a", "b")).toBe(there);
  expect(pairs.known("c", "a")).toBeUndefined();
  expect(made).toEqual(["a to b", "b to a", "a to c"]);
  expect(new Set(pairs.all())).toEqual(new Set([there, back, other]));
});
