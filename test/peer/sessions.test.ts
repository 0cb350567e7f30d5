import { describe, expect, test } from "vitest";
import { Sessions } from "../../src/peer/sessions.ts";
import { idOf } from "./peer-bench.ts";

const SEVEN = idOf(7);

describe("the connections of a peer", () => {
  test("a peer is spoken to on the connection bound last; what comes on the one before is still its own", () => {
    const sessions = new Sessions();
    sessions.bind(2, SEVEN);
    sessions.bind(4, SEVEN);
    expect(sessions.sessionOf(SEVEN)).toBe(4);
    expect([sessions.peerOf(2), sessions.peerOf(4)]).toEqual([SEVEN, SEVEN]);
  });

  test("the end of an older connection does not end the link, the end of the present one does", () => {
    const sessions = new Sessions();
    sessions.bind(2, SEVEN);
    sessions.bind(4, SEVEN);
    sessions.drop(2);
    expect(sessions.sessionOf(SEVEN)).toBe(4);
    sessions.drop(4);
    expect(sessions.sessionOf(SEVEN)).toBeUndefined();
    expect(sessions.peerOf(4)).toBeUndefined();
  });

  test("a duplicate is a peer's without being its link", () => {
    const sessions = new Sessions();
    sessions.attribute(2, SEVEN);
    expect(sessions.peerOf(2)).toBe(SEVEN);
    expect(sessions.sessionOf(SEVEN)).toBeUndefined();
  });

  test("stamps nothing before HELLO, and numbers from 1 after it, each connection on its own", () => {
    const sessions = new Sessions();
    let time = 10;
    const tick = (): number => ++time;
    expect(sessions.stamp(2, tick)).toBeNull();
    expect(time).toBe(10);
    sessions.introduced(2);
    expect(sessions.isIntroduced(2)).toBe(true);
    expect(sessions.stamp(2, tick)).toEqual({ lamport: 11, sequence: 1 });
    expect(sessions.stamp(2, tick)).toEqual({ lamport: 12, sequence: 2 });
    sessions.introduced(4);
    expect(sessions.stamp(4, tick)).toEqual({ lamport: 13, sequence: 1 });
  });

  test("tells how many messages are missing before one that came", () => {
    const sessions = new Sessions();
    expect([1, 2, 5, 6, 3].map((sequence) => sessions.receive(2, sequence))).toEqual([0, 0, 2, 0, 0]);
  });
});
