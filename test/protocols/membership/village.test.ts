import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEMBERSHIP_DEFAULTS } from "../../../src/protocols/membership/definition.ts";
import { STATUSES } from "../../../src/protocols/membership/message.ts";
import { at, id } from "./people.ts";
import { Village } from "./village.ts";

const TABLES_MS = 2 * MEMBERSHIP_DEFAULTS.tableIntervalMs;

function everybody(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i + 1);
}

/** Each linked to some that came before it, so that all hang together. */
function randomlyLinked(seed: number, size: number, each: number): Village {
  const village = new Village(seed, size);
  for (let n = 2; n <= size; n++) {
    const before = new Set([n - 1]);
    for (let i = 1; i < each; i++) before.add(village.time.random.between(1, n - 1));
    for (const other of before) village.link(n, other);
  }
  return village;
}

function fullyLinked(seed: number, size: number): Village {
  const village = new Village(seed, size);
  for (let n = 2; n <= size; n++) for (let other = 1; other < n; other++) village.link(n, other);
  return village;
}

describe("many members (SWIM section 4.1)", () => {
  it("all of 20 learn of all 20 over random links", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const village = randomlyLinked(seed, 20, 3);
      village.run(TABLES_MS);
      for (const n of everybody(20)) {
        expect(village.person(n).machine.view().members.length, `seed ${seed}, peer ${n}`).toBe(19);
      }
    }
  });

  it("a rumour reaches all of 20 over random links, each passing it on once", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const village = randomlyLinked(seed, 20, 3);
      village.run(TABLES_MS);
      for (const other of [...village.person(20).linked]) village.cut(20, other);
      village.messages = 0;
      village.doubt(1, 20);
      village.run(200);
      expect(village.holding(20, "unhealthy").length, `seed ${seed}`).toBe(19);
      // Two rumours, 19 who pass each on, to 8 at most.
      expect(village.messages).toBeLessThan(2 * 19 * 8);
    }
  });

  it("reaches all of 20 fully linked ones too, the last of them by tables", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const village = fullyLinked(seed, 20);
      village.run(TABLES_MS);
      for (const other of everybody(19)) village.cut(20, other);
      village.doubt(1, 20);
      village.run(200);
      expect(village.holding(20, "unhealthy").length, `seed ${seed}`).toBeGreaterThanOrEqual(16);
      village.run(TABLES_MS);
      expect(village.holding(20, "unhealthy").length, `seed ${seed}`).toBe(19);
    }
  });

  it("a refutation beats the doubt everywhere (section 4.2)", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const village = randomlyLinked(seed, 20, 3);
      village.run(TABLES_MS);
      village.doubt(1, 20);
      village.doubt(2, 20);
      village.run(TABLES_MS);
      expect(village.holding(20, "healthy").length, `seed ${seed}`).toBe(19);
      expect(village.incarnation(20)).toBeGreaterThan(1);
    }
  });

  it("who leaves has left everywhere, and is doubted nowhere", () => {
    const village = fullyLinked(1, 6);
    village.run(100);
    village.obey(6, { kind: "leave" });
    village.run(20);
    for (const other of everybody(5)) village.cut(6, other);
    village.doubt(1, 6);
    village.run(100);
    expect(village.holding(6, "left").length).toBe(5);
  });

  it("a restart with fresh state, so under a new ID, leaves nobody at the old ID's place", () => {
    const village = fullyLinked(1, 5);
    village.run(100);
    for (const other of everybody(4)) village.cut(5, other);
    village.obey(1, { kind: "met", peer: id(6), address: at(5), name: "peer 6", incarnation: 1 });
    village.run(100);
    expect(village.holding(5, "left")).toEqual([1, 2, 3, 4]);
    expect(village.holding(6, "healthy")).toEqual([1, 2, 3, 4]);
  });

  it("a healed partition re-merges untouched", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const village = fullyLinked(seed, 6);
      village.run(100);
      const [west, east] = [everybody(3), [4, 5, 6]];
      for (const one of west) for (const other of east) village.cut(one, other);
      for (const one of west) village.doubt(one, ...east);
      for (const other of east) village.doubt(other, ...west);
      village.run(30_000);
      expect(village.statusAt(1, 6)).toBe("unhealthy");
      expect(village.statusAt(6, 1)).toBe("unhealthy");
      // One link heals first; what it brings spreads over those within each half.
      village.link(1, 4);
      village.run(100);
      for (const one of west) for (const other of east) if (one !== 1 || other !== 4) village.link(one, other);
      village.run(100);
      for (const n of everybody(6)) expect(village.holding(n, "healthy").length, `seed ${seed}, peer ${n}`).toBe(5);
    }
  });
});

describe("incarnations", () => {
  const size = 4;
  const villager = fc.integer({ min: 1, max: size });
  const happening = fc.oneof(
    fc.record({ kind: fc.constant("miss" as const), at: villager, of: villager }),
    fc.record({ kind: fc.constant("answer" as const), at: villager, of: villager }),
    fc.record({ kind: fc.constant("goodbye" as const), at: villager, of: villager }),
    fc.record({ kind: fc.constant("cut" as const), at: villager, of: villager }),
    fc.record({ kind: fc.constant("link" as const), at: villager, of: villager }),
    fc.record({ kind: fc.constant("wait" as const), at: villager, of: fc.integer({ min: 1, max: 5000 }) }),
  );

  it("only grow, everywhere; at one incarnation a status only gets worse; nobody holds more than its peer has", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(happening, { maxLength: 60 }), (seed, happenings) => {
        const village = fullyLinked(seed, size);
        const held = new Map<string, [number, number]>();
        for (const { kind, at: n, of } of happenings) {
          if (kind === "wait") village.run(of);
          else if (n === of) continue;
          else if (kind === "cut") village.cut(n, of);
          else if (kind === "link") village.link(n, of);
          else if (kind === "miss") village.obey(n, { kind: "take-life", peer: id(of), via: [] });
          else if (kind === "answer") village.obey(n, { kind: "give-life", peer: id(of) });
          else village.obey(n, { kind: "goodbye", peer: id(of) });
          expectOrder(village, held);
        }
      }),
      { numRuns: 60 },
    );
  });

  function expectOrder(village: Village, held: Map<string, [number, number]>): void {
    for (const n of village.people.keys()) {
      for (const { peer, incarnation, status } of village.person(n).machine.view().members) {
        const [before, rank] = held.get(`${n} ${peer}`) ?? [0, 0];
        expect(incarnation).toBeGreaterThanOrEqual(before);
        if (incarnation === before) expect(STATUSES.indexOf(status)).toBeGreaterThanOrEqual(rank);
        expect(incarnation).toBeLessThanOrEqual(village.incarnation(Number.parseInt(peer, 16)));
        held.set(`${n} ${peer}`, [incarnation, STATUSES.indexOf(status)]);
      }
    }
  }
});
