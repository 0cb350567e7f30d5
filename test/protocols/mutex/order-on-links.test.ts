import { describe, expect, test } from "vitest";
import { A, B, C, kindsOf, OnBench } from "./on-bench.ts";

const request = (sequence: number) =>
  ({ kind: "request", sequence, time: 10 + sequence, name: "l", timestamp: 10 + sequence }) as const;
const state = { kind: "state", sequence: 1, time: 1, anew: false, wants: [] } as const;

/** B on the bench with a link to A on which nothing has come. */
function fresh(): OnBench {
  const bench = new OnBench("lamport", B);
  bench.give({ kind: "link", peer: A, up: true });
  return bench;
}

describe("every message has its place on its link, from 1 on", () => {
  test.each([
    ["one is lost", [state, request(3)]],
    ["one overtakes another", [state, request(3), request(2)]],
    ["one comes twice", [state, request(2), request(2)]],
    ["the first is lost", [request(2)]],
    ["the first is no state", [{ ...request(1) }]],
    ["a state comes later on", [state, { ...state, sequence: 2 }]],
  ])("where %s it is refused, and so is all behind it, which is told once", (_what, messages) => {
    const bench = fresh();
    const told = [...messages, request(4), request(5)].flatMap((message) => kindsOf(bench.receive(A, message)));
    expect(told).toEqual(["link-disordered"]);
    expect(bench.view.counts.disordered).toBeGreaterThanOrEqual(3);
    const heardOnce = messages.filter(
      (message, at) => message.sequence === at + 1 && at > 0 !== (message.kind === "state"),
    );
    expect(bench.view.counts.received).toBe(heardOnce.length);
  });

  test("nothing that a disordered link brings lets anybody enter", () => {
    const bench = fresh();
    bench.receive(A, state);
    bench.acquire();
    bench.receive(A, { kind: "reply", sequence: 3, time: 99, name: "l", timestamp: 1 });
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", repliesOutstanding: [A], blockedBy: [A] });
  });

  test("when the link was down and is up, all is well", () => {
    const bench = fresh();
    bench.receive(A, request(2));
    bench.unlink(A);
    expect(bench.link(A, [{ name: "l", timestamp: 12, holds: false }], 13).events).toEqual([]);
    expect(bench.view.locks[0]?.queue).toEqual([{ peer: A, timestamp: 12 }]);
  });

  test("another connection in the place of the link begins anew: what was said before is passed over until then", () => {
    const bench = fresh();
    bench.receive(A, state);
    bench.receive(A, request(2));
    const { sent } = bench.command({ kind: "relinked", peer: A });
    expect(sent).toMatchObject([{ to: A, message: { kind: "state", sequence: 1, anew: true } }]);
    expect(kindsOf(bench.receive(A, { ...request(3), name: "other" }))).toEqual([]);
    // What it was known to want it may still want.
    expect(bench.view.locks.map(({ name, queue }) => [name, queue])).toEqual([["l", [{ peer: A, timestamp: 12 }]]]);
    const wants = [{ name: "l", timestamp: 14, holds: false }];
    expect(kindsOf(bench.receive(A, { ...state, wants }))).toEqual([]);
    expect(bench.view.locks[0]?.queue).toEqual([{ peer: A, timestamp: 14 }]);
    expect(kindsOf(bench.receive(A, request(3)))).toEqual(["link-disordered"]);
  });

  test("who hears that the other side begins anew forgets what that wanted, and says its own anew, once", () => {
    const bench = fresh();
    bench.receive(A, state);
    bench.receive(A, request(2));
    const { sent } = bench.receive(A, { ...state, anew: true });
    expect(sent).toMatchObject([{ to: A, message: { kind: "state", sequence: 1, anew: false } }]);
    expect(bench.view.locks).toEqual([]);
    expect(bench.receive(A, state).sent).toEqual([]);
    expect(bench.receive(A, { kind: "check", sequence: 2, time: 5 }).sent).toMatchObject([
      { message: { kind: "checked", sequence: 2 } },
    ]);
  });

  test("who was told to begin anew and says nothing for long is told again", () => {
    const bench = fresh();
    bench.receive(A, state);
    bench.command({ kind: "relinked", peer: A });
    expect(bench.wait(2000).sent).toMatchObject([{ to: A, message: { kind: "state", sequence: 1, anew: true } }]);
  });

  test("whoever owes a reply for long is asked whether it is there, so that a lost last message shows", () => {
    const bench = fresh();
    bench.receive(A, state);
    bench.acquire();
    expect(bench.wait(1999).sent).toEqual([]);
    expect(bench.wait(1).sent).toMatchObject([{ to: A, message: { kind: "check", sequence: 3 } }]);
    expect(kindsOf(bench.receive(A, { kind: "checked", sequence: 3, time: 30 }))).toEqual([
      "link-disordered",
      "lock-blocked",
    ]);
  });

  test("so is whoever has said nothing at all on its link, and nobody else", () => {
    const bench = fresh();
    bench.link(C);
    bench.wait(2000);
    expect(bench.view.counts.sent).toBe(3);
  });

  test("who is asked whether it is there says so", () => {
    const bench = fresh();
    bench.receive(A, state);
    expect(bench.receive(A, { kind: "check", sequence: 2, time: 5 }).sent).toMatchObject([
      { to: A, message: { kind: "checked", sequence: 2 } },
    ]);
  });
});
