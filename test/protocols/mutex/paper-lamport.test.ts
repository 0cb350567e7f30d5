import { describe, expect, test } from "vitest";
import { A, B, C, kindsOf, OnBench } from "./on-bench.ts";

/** B on the bench, linked with A and C, which want nothing. */
function linked(): OnBench {
  const bench = new OnBench("lamport", B);
  bench.link(A);
  bench.link(C);
  return bench;
}

describe("Lamport 1978, the five rules of page 561", () => {
  test("1: who wants the lock sends its request to every other, with one timestamp", () => {
    const bench = linked();
    bench.lamport = 40;
    const { sent, events } = bench.acquire();
    expect(sent).toEqual([
      { to: A, message: { kind: "request", sequence: 2, time: 42, name: "l", timestamp: 41 } },
      { to: C, message: { kind: "request", sequence: 2, time: 43, name: "l", timestamp: 41 } },
    ]);
    expect(events).toEqual([{ kind: "lock-requested", name: "l", timestamp: 41 }]);
  });

  test("2: who receives a request puts it into its queue and sends an acknowledgement that is stamped later", () => {
    const bench = linked();
    const { sent } = bench.hear(A, { kind: "request", time: 90, name: "l", timestamp: 90 });
    expect(sent).toEqual([{ to: A, message: { kind: "reply", sequence: 2, time: 91, name: "l", timestamp: 90 } }]);
    expect(bench.view.locks[0]?.queue).toEqual([{ peer: A, timestamp: 90 }]);
  });

  test("3: who leaves takes its request out of its queue and sends a release to every other", () => {
    const bench = linked();
    bench.acquire();
    for (const peer of [A, C]) bench.hear(peer, { kind: "reply", time: 50, name: "l", timestamp: 1 });
    const { sent, events } = bench.release();
    expect(sent.map(({ to, message }) => [to, message.kind])).toEqual([
      [A, "release"],
      [C, "release"],
    ]);
    expect(events).toEqual([{ kind: "lock-released", name: "l", peer: B }]);
    expect(bench.view.locks).toEqual([]);
  });

  test("4: who receives a release takes the request of its sender out of its queue", () => {
    const bench = linked();
    bench.hear(A, { kind: "request", time: 90, name: "l", timestamp: 90 });
    bench.hear(A, { kind: "release", time: 95, name: "l", timestamp: 90 });
    expect(bench.view.locks).toEqual([]);
  });

  test("5: it is granted when its request is the first and a later message of every other has come", () => {
    const bench = linked();
    bench.acquire();
    expect(kindsOf(bench.hear(A, { kind: "reply", time: 50, name: "l", timestamp: 1 }))).toEqual([]);
    const { events } = bench.hear(C, { kind: "request", time: 51, name: "another", timestamp: 51 });
    expect(events).toEqual([
      { kind: "lock-acquired", name: "l", peer: B, token: 53, waitedMs: 0 },
      { kind: "granted", ticket: 1, name: "l", token: 53 },
    ]);
  });

  test("5: not while an earlier request is in the queue, and a tie goes to the lower ID", () => {
    const bench = linked();
    bench.acquire();
    const timestamp = bench.view.locks[0]?.queue[0]?.timestamp ?? 0;
    bench.hear(C, { kind: "request", time: 50, name: "l", timestamp });
    bench.hear(A, { kind: "request", time: 50, name: "l", timestamp });
    expect(bench.view.locks[0]?.queue.map(({ peer }) => peer)).toEqual([A, B, C]);
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", holder: A, repliesOutstanding: [], blockedBy: [] });
    expect(kindsOf(bench.hear(A, { kind: "release", time: 60, name: "l", timestamp }))).toContain("lock-acquired");
  });

  test("an old message says nothing of what its sender may have asked since", () => {
    const bench = linked();
    bench.lamport = 100;
    bench.acquire();
    for (const peer of [A, C]) bench.hear(peer, { kind: "reply", time: 101, name: "other", timestamp: 3 });
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", repliesOutstanding: [A, C] });
  });
});

describe("where the paper's peers are fixed and its links never break", () => {
  test("a new link begins with all that is wanted and held, and what was heard before counts no more", () => {
    const bench = linked();
    bench.acquire("held");
    for (const peer of [A, C]) bench.hear(peer, { kind: "reply", time: 50, name: "held", timestamp: 1 });
    bench.acquire("wanted", 2);
    bench.hear(A, { kind: "reply", time: 60, name: "wanted", timestamp: 2 });
    bench.unlink(A);
    const { sent } = bench.link(A, [], 1);
    expect(sent[0]).toMatchObject({
      to: A,
      message: {
        kind: "state",
        sequence: 1,
        wants: [
          { name: "held", holds: true },
          { name: "wanted", holds: false },
        ],
      },
    });
    expect(bench.view.locks.find(({ name }) => name === "wanted")?.repliesOutstanding).toEqual([A, C]);
  });

  test("a peer that starts again says that it wants nothing: what it wanted before is void", () => {
    const bench = linked();
    bench.hear(A, { kind: "request", time: 2, name: "l", timestamp: 2 });
    bench.unlink(A);
    expect(bench.view.locks[0]?.queue).toEqual([{ peer: A, timestamp: 2 }]);
    bench.link(A, []);
    expect(bench.view.locks).toEqual([]);
  });

  test("a newcomer with a lower timestamp waits for who is inside", () => {
    const bench = linked();
    bench.acquire();
    bench.link(A, [{ name: "l", timestamp: 900, holds: true }], 950);
    expect(bench.hear(C, { kind: "reply", time: 951, name: "l", timestamp: 1 }).events).toEqual([]);
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", holder: A });
    expect(kindsOf(bench.hear(A, { kind: "release", time: 960, name: "l", timestamp: 900 }))).toContain("granted");
  });

  test("whoever is a member but not linked blocks, and is named", () => {
    const bench = linked();
    bench.unlink(C);
    expect(bench.acquire().events).toEqual([
      { kind: "lock-requested", name: "l", timestamp: expect.any(Number) },
      { kind: "lock-blocked", name: "l", by: [C] },
    ]);
    expect(bench.hear(A, { kind: "reply", time: 50, name: "l", timestamp: 1 }).events).toEqual([]);
    expect(bench.view.locks[0]?.blockedBy).toEqual([C]);
    expect(kindsOf(bench.command({ kind: "member", peer: C, status: "left" }))).toEqual([
      "lock-acquired",
      "granted",
      "lock-freed",
    ]);
  });

  test("whoever is linked but not healthy blocks as well, as long as it owes a reply", () => {
    const bench = linked();
    bench.acquire();
    expect(bench.command({ kind: "member", peer: C, status: "doubted" }).events).toEqual([]);
    expect(bench.command({ kind: "member", peer: C, status: "unhealthy" }).events).toEqual([
      { kind: "lock-blocked", name: "l", by: [C] },
    ]);
    expect(bench.hear(C, { kind: "reply", time: 50, name: "l", timestamp: 1 }).events).toEqual([
      { kind: "lock-freed", name: "l" },
    ]);
  });

  test("who comes back after it has left is heard only on a link that began since", () => {
    const bench = linked();
    bench.command({ kind: "member", peer: C, status: "left" });
    bench.acquire();
    expect(bench.command({ kind: "member", peer: C, status: "healthy" }).events).toContainEqual({
      kind: "link-disordered",
      peer: C,
    });
    bench.hear(A, { kind: "reply", time: 50, name: "l", timestamp: 1 });
    bench.hear(C, { kind: "reply", time: 50, name: "l", timestamp: 1 });
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", blockedBy: [C] });
    bench.unlink(C);
    expect(kindsOf(bench.link(C, [], 60))).toContain("granted");
  });
});
