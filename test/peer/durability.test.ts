import { describe, expect, test } from "vitest";
import { Durability } from "../../src/peer/durability.ts";
import type { AnyRecord } from "../../src/peer/registry.ts";
import { idOf } from "./peer-bench.ts";

const record = (n: number): AnyRecord => ({ protocol: "peer", record: { kind: "identity", peer: idOf(n) } });

describe("one journal for all protocols", () => {
  test("all that a step saves is one save, in the order in which it was asked for", () => {
    const durability = new Durability();
    durability.save("raft", 1, [record(1), record(2)]);
    durability.saveOwn(record(3));
    durability.save("membership", 1, [record(4)]);
    expect(durability.takeBatch()).toEqual({ token: 1, records: [record(1), record(2), record(3), record(4)] });
    expect(durability.takeBatch()).toBeUndefined();
  });

  test("each protocol is told of its own tokens, up to what is on disk", () => {
    const durability = new Durability();
    durability.save("raft", 1, [record(1)]);
    durability.save("raft", 2, [record(2)]);
    durability.takeBatch();
    durability.save("membership", 1, [record(3)]);
    durability.takeBatch();
    durability.save("raft", 3, [record(4)]);
    durability.takeBatch();
    expect(durability.saved(1)).toEqual([{ protocol: "raft", upTo: 2 }]);
    expect(durability.saved(3)).toEqual([
      { protocol: "raft", upTo: 3 },
      { protocol: "membership", upTo: 1 },
    ]);
    expect(durability.saved(3)).toEqual([]);
  });

  test("a message waits for the save that it depends on, and for nothing once that is on disk", () => {
    const durability = new Durability();
    durability.save("raft", 1, [record(1)]);
    durability.takeBatch();
    durability.save("raft", 2, [record(2)]);
    expect([0, 1, 2].map((after) => durability.tokenFor("raft", after))).toEqual([0, 1, 2]);
    expect(durability.tokenFor("membership", 1)).toBe(0);
    durability.saved(1);
    expect(durability.tokenFor("raft", 1)).toBe(2);
    expect(durability.isSaved(1)).toBe(true);
    expect(durability.isSaved(2)).toBe(false);
  });

  test("`everything` covers what the step in hand has asked for, and is 0 when all is on disk", () => {
    const durability = new Durability();
    expect(durability.everything).toBe(0);
    durability.saveOwn(record(1));
    expect(durability.everything).toBe(1);
    durability.takeBatch();
    expect(durability.everything).toBe(1);
    durability.saved(1);
    expect(durability.everything).toBe(0);
  });

  test("a save without records is still a save that can be waited for", () => {
    const durability = new Durability();
    durability.save("raft", 1, []);
    expect(durability.takeBatch()).toEqual({ token: 1, records: [] });
    expect(durability.saved(1)).toEqual([{ protocol: "raft", upTo: 1 }]);
  });

  test("an acknowledgement that comes late or twice takes nothing back", () => {
    const durability = new Durability();
    for (let own = 1; own <= 3; own++) {
      durability.save("raft", own, [record(own)]);
      durability.takeBatch();
    }
    durability.saved(3);
    expect(durability.saved(1)).toEqual([]);
    expect(durability.isSaved(3)).toBe(true);
  });
});
