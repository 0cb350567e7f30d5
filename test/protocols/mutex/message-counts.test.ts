import { describe, expect, test } from "vitest";
import { Guild } from "./guild.ts";

const SIZES = Array.from({ length: 15 }, (_, i) => i + 2);

/** Messages of one critical section each, for every peer in turn. */
function countsOf(guild: Guild): readonly number[] {
  return guild.peers.map((peer) => {
    const before = guild.total;
    guild.acquire(peer);
    guild.run(400);
    expect(guild.holder()).toBe(peer);
    guild.release(peer);
    guild.run(100);
    return guild.total - before;
  });
}

describe.each(SIZES)("messages for a critical section of %i peers", (n) => {
  test("Lamport's: 3(n-1)", () => {
    expect(new Set(countsOf(new Guild(n, { kind: "lamport", seed: n })))).toEqual(new Set([3 * (n - 1)]));
  });

  test("Ricart and Agrawala's: 2(n-1)", () => {
    expect(new Set(countsOf(new Guild(n, { kind: "ricart-agrawala", seed: n })))).toEqual(new Set([2 * (n - 1)]));
  });

  test("Raymond's: at most four times the logarithm of n, and none where the token is", () => {
    const guild = new Guild(n, { kind: "raymond", seed: n });
    const counts = countsOf(guild);
    const most = 4 * (31 - Math.clz32(n));
    expect(counts[0]).toBe(0);
    for (const count of counts) expect(count).toBeLessThanOrEqual(most);
    const last = guild.peers.at(-1);
    const before = guild.total;
    if (last !== undefined) guild.acquire(last);
    guild.run(400);
    expect(guild.total).toBe(before);
  });

  test("the same where all want it at once", () => {
    for (const [kind, each] of [
      ["lamport", 3 * (n - 1)],
      ["ricart-agrawala", 2 * (n - 1)],
    ] as const) {
      const guild = new Guild(n, { kind, seed: n });
      const before = guild.total;
      guild.onEvent = (peer, event) => {
        if (event.kind === "granted") guild.later(1, () => guild.release(peer));
      };
      for (const peer of guild.peers) guild.acquire(peer);
      guild.run(1000);
      expect(guild.entries).toHaveLength(n);
      expect(guild.total - before).toBe(n * each);
    }
  });
});
