import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/core/address.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { Samplers } from "../../../src/protocols/gossip/samplers.ts";
import { at } from "./harness.ts";

const COUNT = 400;
const far = (n: number): Address => at(`11.${n >> 8}.${n & 255}.1`);

describe("samplers (Brahms, section 3.2)", () => {
  it("sample the same whatever the order, and however often an ID is shown", () => {
    const [once, often] = [new Samplers(50, seededRandom(1)), new Samplers(50, seededRandom(1))];
    const ids = Array.from({ length: 100 }, (_, n) => far(n));
    for (const id of ids) once.show(id);
    for (const id of ids.toReversed()) for (let i = 0; i < 3; i++) often.show(id);
    for (let i = 0; i < 1000; i++) often.show(far(7));
    expect(often.sample()).toEqual(once.sample());
  });

  it("give every ID about the same chance", () => {
    const samplers = new Samplers(COUNT, seededRandom(2));
    const ids = Array.from({ length: 100 }, (_, n) => far(n));
    for (const id of ids) samplers.show(id);
    // 400 draws of 100 miss one with a chance of 0.99^400 = 1.8 %.
    expect(samplers.sample().size).toBeGreaterThan(90);
  });

  it("weigh subnets, not the addresses in them", () => {
    const hits = Array.from({ length: COUNT }, (_, seed) => {
      const samplers = new Samplers(1, seededRandom(seed));
      for (let n = 0; n < 250; n++) samplers.show(at(`12.0.0.${n + 1}`));
      for (let n = 0; n < 3; n++) samplers.show(far(n));
      return [...samplers.sample()][0]?.startsWith("12.") === true;
    }).filter(Boolean).length;
    // One subnet of four: 100 of 400, and four deviations of 8.7.
    expect(Math.abs(hits - COUNT / 4)).toBeLessThan(35);
  });

  it("weigh every address on loopback alike", () => {
    const samplers = new Samplers(COUNT, seededRandom(3));
    for (let n = 0; n < 20; n++) samplers.show(at("127.0.0.1", 7001 + n));
    expect(samplers.sample().size).toBe(20);
  });

  it("begin anew where what they sampled has expired, with what is still known", () => {
    const samplers = new Samplers(50, seededRandom(4));
    const ids = Array.from({ length: 20 }, (_, n) => far(n));
    for (const id of ids) samplers.show(id);
    for (const [place, id] of ids.entries()) {
      samplers.expire(id, ids.slice(place + 1));
      expect(samplers.sample().has(id)).toBe(false);
      if (place < 19) expect(samplers.sample().size).toBeGreaterThan(0);
    }
    expect(samplers.sample().size).toBe(0);
    samplers.show(far(1));
    expect(samplers.sample()).toEqual(new Set([far(1)]));
  });
});
