import { describe, expect, test } from "vitest";
import { isRoutine, readHeadlessLine } from "../../../src/cli/live/headless-line.ts";
import { id } from "../../ui/pictures.ts";

describe("a line of a headless peer", () => {
  test("that it listens tells who it is", () => {
    const line = { at: 1, lamport: 0, event: "listening", address: "127.0.0.1:7001", id: id(3), name: "" };
    expect(readHeadlessLine(JSON.stringify(line))).toEqual({ kind: "listening", id: id(3) });
  });

  test("an event is told as the peer knows it, without instants of its own", () => {
    const line = { at: 1, lamport: 7, event: "member-left", peer: id(2), address: "127.0.0.1:7002" };
    const event = { kind: "member-left", peer: id(2), address: "127.0.0.1:7002" };
    expect(readHeadlessLine(JSON.stringify(line))).toEqual({ kind: "event", event });
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    '"event"',
    "{}",
    '{"event":7}',
    '{"event":"listening","id":"me"}',
    '{"event":"lines-dropped","lines":3}',
    '{"event":"toString"}',
  ])("%s is of no concern", (line) => {
    expect(readHeadlessLine(line)).toBeUndefined();
  });
});

test("routine is what only a verbose peer prints", () => {
  expect((["probe-missed", "entry-committed", "exchanged"] as const).every(isRoutine)).toBe(true);
  expect((["leader-elected", "member-at-risk", "started", "fault-set"] as const).some(isRoutine)).toBe(false);
});
