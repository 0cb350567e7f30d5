import { describe, expect, it } from "vitest";
import { NO_CLUSTER } from "../../../src/core/peer-id.ts";
import { DISCOVERY_DEFAULTS } from "../../../src/protocols/discovery/definition.ts";
import { at } from "../membership/people.ts";
import { Country } from "./country.ts";

const SEEK = DISCOVERY_DEFAULTS.seekMs;

describe("peers of one machine that were told nothing", () => {
  it("three that start together become one cluster, for every order of messages", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const country = new Country(seed);
      for (const n of [1, 2, 3]) country.start(n);
      country.run(2 * SEEK);
      expect(country.clusters().size, `seed ${seed}`).toBe(1);
      expect([...country.clusters()], `seed ${seed}`).not.toContain(NO_CLUSTER);
      expect(country.eventsOf("cluster-founded").length, `seed ${seed}`).toBe(1);
    }
  });

  it("three that start one after another, at any time, become one cluster, even if a first link binds for ever", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const country = new Country(seed, true);
      for (const n of [2, 3, 1]) {
        country.start(n);
        country.run(country.time.random.between(0, 700));
      }
      country.run(5 * SEEK);
      expect(country.clusters().size, `seed ${seed}`).toBe(1);
      expect([...country.clusters()], `seed ${seed}`).not.toContain(NO_CLUSTER);
    }
  });

  it("ten become one cluster", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const country = new Country(seed, true);
      for (let n = 10; n >= 1; n--) {
        country.start(n);
        country.run(country.time.random.between(0, 60));
      }
      country.run(5 * SEEK);
      expect(country.clusters().size, `seed ${seed}`).toBe(1);
    }
  });

  it("do without the smallest, if it goes before it has founded", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const country = new Country(seed);
      for (const n of [1, 2, 3]) country.start(n);
      country.run(SEEK - 100);
      country.stop(1);
      country.run(5 * SEEK);
      expect(country.clusters().size, `seed ${seed}`).toBe(1);
      expect([...country.clusters()]).not.toContain(NO_CLUSTER);
    }
  });

  it("do without a smaller one that was told to join somebody who is not there, and take it in", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const country = new Country(seed);
      country.start(1, { seeds: [at(15)] });
      country.start(2);
      country.start(3);
      country.run(20 * SEEK);
      expect(country.clusters().size, `seed ${seed}`).toBe(1);
      expect(country.person(1).machine.view().phase).toBe("member");
    }
  });

  it("rest once they are one cluster: no timer runs", () => {
    const country = new Country(1);
    for (const n of [1, 2, 3]) country.start(n);
    country.run(20_000);
    for (const { machine } of country.citizens.values()) expect(machine.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("clusters that meet late", () => {
  function apart(seed: number): Country {
    const country = new Country(seed);
    country.walls.add("1 2");
    country.start(1);
    country.start(2);
    country.run(3 * SEEK);
    expect(country.clusters().size).toBe(2);
    return country;
  }

  it("two lone founders become one, with the smaller cluster ID", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const country = apart(seed);
      const [smaller] = [...country.clusters()].sort();
      country.walls.clear();
      country.run(15_000);
      expect([...country.clusters()], `seed ${seed}`).toEqual([smaller]);
      expect(country.eventsOf("cluster-yielded").length).toBe(1);
    }
  });

  it("a founder of nothing gives way to a bound cluster, whichever ID is smaller", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const country = apart(seed);
      const { cluster } = country.person(1);
      country.bind(1);
      country.walls.clear();
      country.run(15_000);
      expect([...country.clusters()], `seed ${seed}`).toEqual([cluster]);
    }
  });

  it("two bound ones stay apart, and say so", () => {
    const country = apart(1);
    country.bind(1);
    country.bind(2);
    country.walls.clear();
    country.dial(1, at(2));
    country.run(100);
    expect(country.eventsOf("clusters-apart").length).toBe(2);
    expect(country.clusters().size).toBe(2);
    expect(country.eventsOf("cluster-yielded")).toEqual([]);
  });
});

describe("joining and coming back", () => {
  it("newcomers that were told of one member find all others through its table", () => {
    const country = new Country(1);
    country.start(1, { found: true });
    for (const n of [2, 3, 4, 5]) {
      country.run(100);
      country.start(n, { seeds: [at(1)], scan: [] });
    }
    country.run(2000);
    for (const { linked } of country.citizens.values()) expect(linked.size).toBe(4);
    expect(country.clusters()).toEqual(new Set([country.person(1).cluster]));
  });

  it("a newcomer that starts before its seed joins when the seed is there", () => {
    const country = new Country(1);
    country.start(2, { seeds: [at(1)], scan: [] });
    country.run(3000);
    expect(country.eventsOf("join-unanswered").length).toBe(1);
    country.start(1, { found: true });
    country.run(6500);
    expect(country.person(2).cluster).toBe(country.person(1).cluster);
  });

  it("a restart without being told anything comes back to its cluster from disk", () => {
    const country = new Country(1);
    country.start(1, { found: true });
    country.start(2, { seeds: [at(1)], scan: [] });
    country.run(1000);
    const { machine, saved } = country.person(2);
    for (const effect of machine.step({ kind: "command", command: { kind: "remember", addresses: [at(1)] } }, 1000)) {
      if (effect.kind === "save") saved.push(...effect.records);
    }
    country.start(2, { scan: [] }, country.stop(2));
    country.run(1000);
    expect(country.person(2).linked).toEqual(new Set([1]));
    expect(country.person(2).cluster).toBe(country.person(1).cluster);
    expect(country.eventsOf("cluster-founded").length).toBe(1);
  });
});
