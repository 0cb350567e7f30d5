import { describe, expect, test } from "vitest";
import { failed, type Request } from "../../../src/core/request.ts";
import { HistoryRecorder } from "../../../src/sim/linearizability/history.ts";
import { append, create, list, read, readValue, shown, write } from "../../apps/commands.ts";
import { exists, missing } from "./told.ts";

describe("a history", () => {
  test("tells of each call who made it, when, and what came of it", () => {
    const recorder = new HistoryRecorder();
    const first = recorder.called(1, create("f"), 3);
    recorder.called(2, append("f", "a"), 3);
    recorder.returned(first, shown("created f"), 4.5);
    expect(recorder.history()).toEqual([
      { client: 1, request: create("f"), calledAt: 3, returnedAt: 4.5, began: 1, ended: 3, answer: shown("created f") },
      {
        client: 2,
        request: append("f", "a"),
        calledAt: 3,
        returnedAt: Number.POSITIVE_INFINITY,
        began: 2,
        ended: Number.POSITIVE_INFINITY,
        answer: null,
      },
    ]);
  });

  test("keeps the order of what happens at one instant", () => {
    const recorder = new HistoryRecorder();
    const first = recorder.called(1, read("f"), 5);
    recorder.returned(first, missing, 5);
    recorder.returned(recorder.called(1, read("f"), 5), missing, 5);
    const [one, other] = recorder.history();
    expect(one?.ended).toBeLessThan(other?.began ?? 0);
  });

  test("takes a request in a session for the request", () => {
    const recorder = new HistoryRecorder();
    recorder.called(1, { kind: "do", sequence: 7, request: create("f") }, 0);
    recorder.called(1, { kind: "do", sequence: 8, request: { kind: "open-session" } }, 0);
    expect(recorder.history().map(({ request }) => request)).toEqual([create("f")]);
  });

  test.each<Request>([
    { kind: "open-session" },
    { kind: "resume-session", session: 1 },
    { kind: "ping" },
    { kind: "exit" },
    { kind: "unknown" },
    { kind: "malformed", reason: "x" },
  ])("leaves out $kind", (request) => {
    const recorder = new HistoryRecorder();
    recorder.returned(recorder.called(1, request, 0), shown("x"), 1);
    recorder.called(1, request, 2);
    expect(recorder.history()).toEqual([]);
  });

  test.each([
    ["exists", create("f"), exists],
    ["not-found", read("f"), missing],
  ] as const)("takes %s for what the store holds", (_, request, answer) => {
    const recorder = new HistoryRecorder();
    recorder.returned(recorder.called(1, request, 0), answer, 1);
    expect(recorder.history()).toMatchObject([{ answer, returnedAt: 1 }]);
  });

  test.each([failed("no-leader", "x", true), failed("full", "x", true), failed("too-large", "x", true)])(
    "leaves out what definitely did not happen: $code",
    (answer) => {
      const recorder = new HistoryRecorder();
      recorder.returned(recorder.called(1, create("f"), 0), answer, 1);
      expect(recorder.history()).toEqual([]);
    },
  );

  test.each([
    failed("timed-out", "x", false),
    failed("leader-lost", "x", false),
    failed("session-expired", "x", false),
    failed("exists", "x", false),
  ])("leaves open what may have happened: $code", (answer) => {
    const recorder = new HistoryRecorder();
    recorder.returned(recorder.called(1, create("f"), 0), answer, 1);
    expect(recorder.history()).toMatchObject([{ answer: null, returnedAt: Number.POSITIVE_INFINITY }]);
  });

  test("takes several attempts for one call, the outcome of which one of them tells", () => {
    const recorder = new HistoryRecorder();
    const [one, other] = [recorder.called(1, create("f"), 0), recorder.called(2, create("g"), 0)];
    for (const ticket of [one, other]) recorder.returned(ticket, failed("leader-lost", "x", false), 1);
    recorder.returned(one, shown("created f"), 2);
    // It did not happen now: perhaps it had before.
    recorder.returned(other, failed("no-leader", "x", true), 2);
    expect(recorder.history()).toMatchObject([{ returnedAt: 2 }, { request: create("g"), answer: null }]);
  });

  test("leaves out looks that told nothing", () => {
    const recorder = new HistoryRecorder();
    for (const request of [read("f"), readValue("k"), list, { kind: "atomic", operations: [read("f")] } as const]) {
      recorder.called(1, request, 0);
      recorder.returned(recorder.called(1, request, 0), failed("timed-out", "x", false), 0);
    }
    recorder.called(1, write("k", "v"), 1);
    expect(recorder.history().map(({ request }) => request)).toEqual([write("k", "v")]);
  });

  test("takes the first answer to a call, and none to what nobody called", () => {
    const recorder = new HistoryRecorder();
    const ticket = recorder.called(1, read("f"), 0);
    recorder.returned(ticket, shown("a"), 1);
    recorder.returned(ticket, shown("b"), 2);
    recorder.returned(99, shown("c"), 3);
    expect(recorder.history()).toMatchObject([{ answer: shown("a"), returnedAt: 1 }]);
  });

  test("takes no more calls than it may", () => {
    const recorder = new HistoryRecorder(1);
    recorder.called(1, { kind: "ping" }, 0);
    expect(recorder.isFull).toBe(false);
    recorder.called(1, create("f"), 0);
    expect(recorder.isFull).toBe(true);
    recorder.called(1, { kind: "ping" }, 0);
    expect(() => recorder.called(1, create("g"), 0)).toThrow("a history of more than 1 calls");
  });

  test("does not go back in time", () => {
    const recorder = new HistoryRecorder();
    const ticket = recorder.called(1, create("f"), 2);
    expect(() => recorder.returned(ticket, shown("x"), 1)).toThrow("a history that goes back from 2 to 1 ms");
  });
});
