import { describe, expect, test } from "vitest";
import { A, B, C, kindsOf, OnBench } from "./on-bench.ts";

/** B on the bench, linked with A and C, which want nothing. */
function linked(): OnBench {
  const bench = new OnBench("ricart-agrawala", B);
  bench.link(A);
  bench.link(C);
  return bench;
}

/** B inside, in the lock "l". */
function inside(): OnBench {
  const bench = linked();
  const timestamp = requestOf(bench);
  for (const peer of [A, C]) bench.hear(peer, { kind: "reply", time: 20, name: "l", timestamp });
  expect(bench.view.locks[0]?.state).toBe("held");
  return bench;
}

/** Asks for the lock; the timestamp of the request. */
function requestOf(bench: OnBench): number {
  bench.acquire();
  return bench.view.locks[0]?.queue.find(({ peer }) => peer === B)?.timestamp ?? 0;
}

describe("Ricart and Agrawala 1981, section 2", () => {
  test("who wants the lock asks every other, and enters when all have replied to that request", () => {
    const bench = linked();
    const { sent } = bench.acquire();
    expect(sent.map(({ to, message }) => [to, message.kind])).toEqual([
      [A, "request"],
      [C, "request"],
    ]);
    const timestamp = bench.view.locks[0]?.queue[0]?.timestamp ?? 0;
    bench.hear(A, { kind: "reply", time: 20, name: "l", timestamp });
    // Another's later message is no consent here.
    expect(bench.hear(C, { kind: "reply", time: 20, name: "l", timestamp: timestamp - 1 }).events).toEqual([]);
    expect(bench.view.locks[0]?.repliesOutstanding).toEqual([C]);
    expect(kindsOf(bench.hear(C, { kind: "reply", time: 21, name: "l", timestamp }))).toEqual([
      "lock-acquired",
      "granted",
    ]);
  });

  test("who does not want it replies at once", () => {
    const { sent } = linked().hear(A, { kind: "request", time: 9, name: "l", timestamp: 8 });
    expect(sent).toEqual([{ to: A, message: { kind: "reply", sequence: 2, time: 10, name: "l", timestamp: 8 } }]);
  });

  test("who is inside replies when it leaves", () => {
    const bench = inside();
    expect(bench.hear(A, { kind: "request", time: 30, name: "l", timestamp: 29 }).sent).toEqual([]);
    expect(bench.hear(C, { kind: "request", time: 30, name: "l", timestamp: 28 }).sent).toEqual([]);
    const { sent } = bench.release();
    expect(sent.map(({ to, message }) => [to, message.kind, "timestamp" in message && message.timestamp])).toEqual([
      [A, "reply", 29],
      [C, "reply", 28],
    ]);
  });

  test("who wants it replies to an earlier request, and puts a later one off; a tie goes to the lower ID", () => {
    const bench = linked();
    bench.lamport = 100;
    const timestamp = requestOf(bench);
    const earlier = { kind: "request", time: 30, name: "l", timestamp: timestamp - 1 } as const;
    expect(bench.hear(C, earlier).sent.map(({ message }) => message.kind)).toEqual(["reply"]);
    expect(bench.hear(C, { ...earlier, timestamp }).sent).toEqual([]);
    expect(bench.hear(A, { ...earlier, timestamp }).sent.map(({ message }) => message.kind)).toEqual(["reply"]);
  });

  test("who does not want it any more replies to those that it has put off", () => {
    const bench = linked();
    const timestamp = requestOf(bench);
    bench.hear(C, { kind: "request", time: 30, name: "l", timestamp: timestamp + 1 });
    expect(bench.release().sent.map(({ to, message }) => [to, message.kind])).toEqual([[C, "reply"]]);
  });
});

describe("where the paper's peers are fixed and its links never break", () => {
  test("a consent counts on the link on which it was given", () => {
    const bench = linked();
    const timestamp = requestOf(bench);
    bench.hear(A, { kind: "reply", time: 20, name: "l", timestamp });
    bench.unlink(A);
    bench.link(A);
    bench.hear(C, { kind: "reply", time: 20, name: "l", timestamp });
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", repliesOutstanding: [A] });
    expect(kindsOf(bench.hear(A, { kind: "reply", time: 30, name: "l", timestamp }))).toContain("granted");
  });

  test("who is inside stays there when a link breaks, and consents to nothing on the next, whatever the timestamp", () => {
    const bench = inside();
    bench.unlink(A);
    const { sent } = bench.link(A, [{ name: "l", timestamp: 1, holds: false }], 5);
    expect(sent.map(({ message }) => message.kind)).toEqual(["state"]);
    expect(bench.view.locks[0]?.state).toBe("held");
    expect(bench.release().sent.map(({ to, message }) => [to, message.kind])).toEqual([[A, "reply"]]);
  });

  test("a newcomer that asks while we wait is asked by us, and one of the two goes first", () => {
    const bench = new OnBench("ricart-agrawala", B);
    bench.link(A);
    bench.acquire();
    const { sent } = bench.link(C, [{ name: "l", timestamp: 1, holds: false }], 5);
    const timestamp = bench.view.locks[0]?.queue.find(({ peer }) => peer === B)?.timestamp ?? 0;
    expect(sent[0]).toMatchObject({
      to: C,
      message: { kind: "state", wants: [{ name: "l", timestamp, holds: false }] },
    });
    const doesConsent = sent.some(({ message }) => message.kind === "reply");
    expect(doesConsent).toBe(timestamp > 1);
    expect(bench.view.locks[0]?.repliesOutstanding).toEqual([A, C]);
  });
});
