import { describe, expect, test } from "vitest";
import type { Random } from "../../../src/core/random.ts";
import { MAX_DIALS, MAX_WANTED } from "../../../src/protocols/link/limits.ts";
import { Redial } from "../../../src/protocols/link/redial.ts";
import { Wanted } from "../../../src/protocols/link/wanted.ts";
import { at, LARGE } from "./scene.ts";

const BACKOFF = { redialFirstMs: 50, redialCapMs: 2000 };

/** Randomness that always answers the highest, or the lowest, number. */
function extreme(which: "high" | "low"): Random {
  const random: Random = {
    below: (limit) => (which === "high" ? limit - 1 : 0),
    between: (low, high) => (which === "high" ? high : low),
    fork: () => random,
    state: () => new Uint32Array(4),
  };
  return random;
}

function waits(redial: Redial, count: number): number[] {
  return Array.from({ length: count }, () => {
    redial.dialled(1);
    redial.failed(1000);
    return redial.deadline - 1000;
  });
}

describe("the backoff of one address", () => {
  test("the longest wait doubles with every failure up to the cap", () => {
    const redial = new Redial(at(7001), BACKOFF, extreme("high"), 0);
    expect(waits(redial, 8)).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
  });

  test("the jitter is full: any wait from 1 ms on", () => {
    expect(waits(new Redial(at(7001), BACKOFF, extreme("low"), 0), 3)).toEqual([1, 1, 1]);
  });

  test("a link that lasted as long as the cap starts the doubling anew, a shorter one does not", () => {
    const redial = new Redial(at(7001), BACKOFF, extreme("high"), 0);
    waits(redial, 4);
    redial.linked(LARGE.peer);
    redial.lost(1000, 1999);
    expect(redial.deadline).toBe(1800);
    redial.linked(LARGE.peer);
    redial.lost(1000, 2000);
    expect(redial.deadline).toBe(1050);
  });

  test("failures are counted from link to link", () => {
    const redial = new Redial(at(7001), BACKOFF, extreme("high"), 0);
    waits(redial, 4);
    expect(redial.failures).toBe(4);
    redial.linked(LARGE.peer);
    expect(redial.failures).toBe(0);
  });

  test("a hurry ends a wait, and nothing else", () => {
    const redial = new Redial(at(7001), BACKOFF, extreme("high"), 0);
    waits(redial, 4);
    redial.hurry(7);
    expect(redial.deadline).toBe(7);
    redial.dialled(3);
    redial.hurry(8);
    expect([redial.deadline, redial.session]).toEqual([Infinity, 3]);
    redial.linked(LARGE.peer);
    redial.hurry(9);
    expect([redial.deadline, redial.peer]).toEqual([Infinity, LARGE.peer]);
  });
});

describe("the wanted addresses", () => {
  test("are limited", () => {
    const wanted = new Wanted(BACKOFF, extreme("high"));
    for (let i = 0; i < MAX_WANTED; i++) expect(wanted.add(at(8000 + i), 0)).toBeDefined();
    expect(wanted.add(at(9000), 0)).toBeUndefined();
  });

  test("the one that waited longest is dialled first, and only so many at once", () => {
    const wanted = new Wanted(BACKOFF, extreme("high"));
    for (let i = 0; i <= MAX_DIALS; i++) wanted.add(at(8000 + i), 100 - i);
    for (let i = 0; i < MAX_DIALS; i++) {
      const redial = wanted.due(100);
      expect(redial?.address).toBe(at(8000 + MAX_DIALS - i));
      redial?.dialled(2 * i + 1);
    }
    expect([wanted.due(100), wanted.deadline]).toEqual([undefined, Infinity]);
    wanted.get(at(8001))?.failed(100);
    expect(wanted.due(100)?.address).toBe(at(8000));
  });
});
