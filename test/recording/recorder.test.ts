import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/core/assert.ts";
import { FaultyPeer } from "../../src/peer/faulty-peer.ts";
import { BlockReader } from "../../src/recording/block-reader.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { OPTIONS } from "../peer/rig.ts";
import { entriesOf, FACTS, NEVER, replayOf, story, Tape } from "./tape.ts";

const TIMEOUT = { kind: "timeout" } as const;

describe("a recorder", () => {
  test("records an input, then what the peer told, then what it has become", () => {
    const tape = new Tape();
    tape.rig();
    const kinds = entriesOf(tape.finish()).map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(["started", "hash", "timeout"]);
    expect(new Set(kinds.slice(3, kinds.indexOf("hash", 3)))).toEqual(new Set(["event"]));
  });

  test("hashes the state after so many inputs or so many ms, at the beginning and at the end", () => {
    const at = (interval: { inputs: number; ms: number }): readonly number[] => {
      const tape = new Tape(interval);
      const { recorder } = tape;
      recorder.started(3, new FaultyPeer(OPTIONS, [], 100), OPTIONS, [], 100);
      for (let now = 101; now <= 110; now++) recorder.stepped(3, TIMEOUT, now, []);
      recorder.ended(3, 112);
      return entriesOf(tape.finish()).flatMap((each) => (each.kind === "hash" ? [each.at] : []));
    };
    expect(at(NEVER)).toEqual([100, 112]);
    expect(at({ inputs: 4, ms: 1000 })).toEqual([100, 104, 108, 112]);
    expect(at({ inputs: 1000, ms: 5 })).toEqual([100, 105, 110, 112]);
  });

  test("writes 64 KiB and more at a time, and what one input leads to in one piece", () => {
    const tape = new Tape(NEVER);
    const rig = tape.rig();
    for (let i = 0; i < 200; i++) {
      story(rig);
      rig.now += 10_000;
    }
    const [head, ...blocks] = tape.written as [Buffer, ...Buffer[]];
    expect(blocks.length).toBeGreaterThan(2);
    const reader = new BlockReader();
    reader.push(head);
    for (const block of blocks) {
      expect(block.length).toBeGreaterThanOrEqual(64 * 1024);
      expect(block.length).toBeLessThan(72 * 1024);
      expect(["event", "hash"]).not.toContain(reader.push(block)[0]?.kind);
    }
    expect(reader.failure).toBeNull();
  });

  test("tells its facts at once, and keeps nothing back once it has ended", () => {
    const written: Uint8Array[] = [];
    const recorder = new Recorder((bytes) => written.push(bytes), FACTS);
    expect(replayOf(...written)).toMatchObject({ facts: FACTS, peers: [] });
    recorder.finish();
    expect(replayOf(...written).verdict).toMatchObject({ kind: "same", isComplete: true });
  });

  test("takes what cannot be for a bug", () => {
    const { recorder } = new Tape();
    const machine = new FaultyPeer(OPTIONS, [], 0);
    recorder.started(1, machine, OPTIONS, [], 0);
    expect(() => recorder.started(1, machine, OPTIONS, [], 0)).toThrow(InvariantViolation);
    expect(() => recorder.stepped(2, TIMEOUT, 0, [])).toThrow(InvariantViolation);
    expect(() => recorder.ended(2, 0)).toThrow(InvariantViolation);
    expect(() => recorder.failed(2, TIMEOUT, 0, "")).toThrow(InvariantViolation);
    expect(() => new Recorder(() => {}, { much: "x".repeat(64 * 1024) })).toThrow(/facts of \d+ bytes/);
  });
});
