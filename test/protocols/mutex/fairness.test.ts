import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/core/random.ts";
import { Guild } from "./guild.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

describe.each(["lamport", "ricart-agrawala"] as const)("%s: where no link breaks", (kind) => {
  test.each(SEEDS)("requests are granted in the order of (timestamp, id), whenever they come (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const guild = new Guild(random.between(2, 7), { kind, seed, latencyMs: 10, jitterMs: 40 });
    guild.onEvent = (peer, event) => {
      if (event.kind === "granted") guild.later(random.between(1, 60), () => guild.release(peer, "lock", event.ticket));
    };
    for (let ticket = 1; ticket <= 40; ticket++) {
      const peer = guild.peers[random.below(guild.peers.length)];
      if (peer !== undefined) guild.acquire(peer, "lock", ticket);
      guild.run(random.between(0, 50));
    }
    guild.run(20_000);
    const order = guild.entries.map(({ timestamp, peer }) => `${String(timestamp).padStart(8, "0")} ${peer}`);
    expect(order).toHaveLength(40);
    expect(order).toEqual([...order].sort());
  });
});

describe("raymond: where no link breaks", () => {
  test.each(SEEDS)("all who want it get their turn (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const guild = new Guild(random.between(2, 9), { kind: "raymond", seed, latencyMs: 10, jitterMs: 40 });
    guild.onEvent = (peer, event) => {
      if (event.kind === "granted") guild.later(random.between(1, 60), () => guild.release(peer, "lock", event.ticket));
    };
    for (let ticket = 1; ticket <= 40; ticket++) {
      const peer = guild.peers[random.below(guild.peers.length)];
      if (peer !== undefined) guild.acquire(peer, "lock", ticket);
      guild.run(random.between(0, 50));
    }
    guild.run(20_000);
    expect(guild.entries).toHaveLength(40);
  });
});
