import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { Tree } from "../../../src/protocols/mutex/tree.ts";
import { Guild, memberId } from "./guild.ts";
import { A, B, C, D, kindsOf, OnBench, type Outcome } from "./on-bench.ts";

/** What B has told others, in short, without what every message has. */
function told({ sent }: Outcome): readonly unknown[] {
  return sent.map(({ to, message: { sequence: _sequence, time: _time, ...said } }) => ({ to, ...said }));
}

const FIRST = { number: 40, by: A };
const wanted = { kind: "token-wanted", version: FIRST, name: "l", time: 50 } as const;
const token = { kind: "token", version: FIRST, name: "l", time: 50 } as const;
const freeze = { kind: "freeze", version: FIRST, participants: [A, B, C, D], time: 41 } as const;
const orient = { kind: "orient", version: FIRST, tokens: [], more: false, time: 42 } as const;

/** B in a tree of A, B, C and D: A is the root and has all tokens, D is below B. */
function inTree(at: PeerId = A): OnBench {
  const bench = new OnBench("raymond", B);
  for (const peer of [A, C, D]) bench.link(peer);
  bench.hear(A, freeze);
  bench.hear(A, { ...orient, tokens: at === A ? [] : [{ name: "l", at }] });
  return bench;
}

describe("Raymond 1989, sections 3 and 4", () => {
  test("who wants the token asks in its direction, once", () => {
    const bench = inTree();
    expect(told(bench.acquire())).toEqual([{ to: A, kind: "token-wanted", version: FIRST, name: "l" }]);
    expect(told(bench.hear(D, wanted))).toEqual([]);
    expect(bench.view.locks[0]).toMatchObject({ state: "waiting", tokenAt: A });
  });

  test("a neighbour's request is asked on, and the token passed on when it comes", () => {
    const bench = inTree();
    expect(told(bench.hear(D, wanted))).toEqual([{ to: A, kind: "token-wanted", version: FIRST, name: "l" }]);
    expect(told(bench.hear(A, token))).toEqual([{ to: D, kind: "token", version: FIRST, name: "l" }]);
    expect(bench.view.locks[0]).toMatchObject({ state: "idle", tokenAt: D });
  });

  test("the token serves the queue in its order, and is asked back where more are in it", () => {
    const bench = inTree();
    bench.hear(D, wanted);
    bench.acquire();
    expect(told(bench.hear(A, token))).toEqual([
      { to: D, kind: "token", version: FIRST, name: "l" },
      { to: D, kind: "token-wanted", version: FIRST, name: "l" },
    ]);
    expect(kindsOf(bench.hear(D, token))).toEqual(["lock-acquired", "granted"]);
  });

  test("who is inside keeps the token until it leaves", () => {
    const bench = inTree(B);
    expect(told(bench.acquire())).toEqual([]);
    expect(bench.view.locks[0]).toMatchObject({ state: "held", tokenAt: B });
    expect(told(bench.hear(A, wanted))).toEqual([]);
    expect(told(bench.release())).toEqual([{ to: A, kind: "token", version: FIRST, name: "l" }]);
  });

  test("a token that nobody wants goes home, and a request that crosses it is answered by it", () => {
    const bench = inTree(B);
    bench.acquire();
    bench.release();
    expect(told(bench.wait(10_000))).toContainEqual({ to: A, kind: "token", version: FIRST, name: "l" });
    expect(told(bench.hear(A, wanted))).toEqual([]);
    expect(bench.view.locks).toEqual([]);
  });

  test("who does not want it any more lets it go to the next when it comes", () => {
    const bench = inTree();
    bench.acquire();
    bench.release();
    expect(kindsOf(bench.hear(A, token))).toEqual([]);
    expect(told(bench.hear(D, wanted))).toEqual([{ to: D, kind: "token", version: FIRST, name: "l" }]);
  });
});

describe("a tree in the shape of a heap", () => {
  const peers = Array.from({ length: 13 }, (_, i) => memberId(i + 1));

  test("leads from any peer to any other, over neighbours alone", () => {
    for (const from of peers) {
      for (const to of peers) {
        let at = from;
        for (let steps = 0; at !== to; steps++) {
          expect(steps).toBeLessThan(6);
          const next = new Tree(peers, at).towards(to);
          expect(new Tree(peers, at).parent === next || new Tree(peers, next).parent === at).toBe(true);
          at = next;
        }
      }
    }
  });
});

describe("a round", () => {
  test("begins at the least peer when all are linked, and asks all what they have", () => {
    const bench = new OnBench("raymond", A);
    bench.command({ kind: "member", peer: B, status: "healthy" });
    bench.link(C);
    expect(bench.wait(1000).sent).toEqual([]);
    const frozen = bench.link(B).sent.filter(({ message }) => message.kind === "freeze");
    expect(frozen).toMatchObject([B, C].map((to) => ({ to, message: { participants: [A, B, C] } })));
  });

  test("ends when all have said which tokens they have: a token that nobody has is at the root", () => {
    const bench = new OnBench("raymond", A);
    bench.link(B);
    bench.link(C);
    const version = { number: versionIn(bench.wait(30)), by: A };
    bench.acquire("lost", 1);
    bench.acquire("found", 2);
    const tokens = [{ name: "found", inside: true }];
    expect(told(bench.hear(B, { kind: "frozen", version, tokens, more: false, time: 90 }))).toEqual([]);
    const outcome = bench.hear(C, { kind: "frozen", version, tokens: [], more: false, time: 91 });
    expect(told(outcome)).toEqual([
      { to: B, kind: "orient", version, tokens: [{ name: "found", at: B }], more: false },
      { to: C, kind: "orient", version, tokens: [{ name: "found", at: B }], more: false },
      { to: B, kind: "token-wanted", version, name: "found" },
    ]);
    expect(outcome.events).toMatchObject([{ kind: "lock-acquired", name: "lost" }, { kind: "granted" }]);
  });

  test("begins anew when a link breaks in it, and nobody passes anything on meanwhile", () => {
    const bench = new OnBench("raymond", A);
    bench.link(B);
    bench.link(C);
    const number = versionIn(bench.wait(30));
    bench.unlink(C);
    bench.hear(B, { kind: "frozen", version: { number, by: A }, tokens: [], more: false, time: 90 });
    expect(bench.acquire().events).toContainEqual({ kind: "lock-blocked", name: "l", by: [C] });
    bench.link(C);
    expect(versionIn(bench.wait(30))).toBeGreaterThan(number);
  });

  test("is not answered where others are known, nor for an older version than the last", () => {
    const bench = inTree();
    const later = { number: 60, by: A };
    expect(told(bench.hear(A, { ...freeze, version: later, participants: [A, B, C], time: 61 }))).toEqual([]);
    expect(told(bench.hear(A, { ...freeze, version: { number: 39, by: A } }))).toEqual([]);
    expect(told(bench.hear(A, { ...freeze, version: later }))).toEqual([
      { to: A, kind: "frozen", version: later, tokens: [], more: false },
    ]);
  });

  test("hears of who is inside, and who is inside stays there", () => {
    const bench = inTree(B);
    bench.acquire();
    const version = { number: 60, by: A };
    expect(told(bench.hear(A, { ...freeze, version }))).toMatchObject([{ tokens: [{ name: "l", inside: true }] }]);
    bench.hear(A, { ...orient, version, tokens: [{ name: "l", at: B }] });
    expect(bench.view.locks[0]?.state).toBe("held");
    expect(told(bench.hear(A, { ...wanted, version }))).toEqual([]);
    expect(told(bench.release())).toMatchObject([{ to: A, kind: "token", version }]);
  });

  test("makes a token void that was passed before: it is at the root of the new tree", () => {
    const bench = inTree();
    bench.acquire();
    bench.hear(A, { ...freeze, version: { number: 60, by: A } });
    expect(kindsOf(bench.hear(A, token))).toEqual([]);
    bench.hear(A, { ...orient, version: { number: 60, by: A } });
    expect(kindsOf(bench.hear(A, token))).toEqual([]);
    expect(bench.view.locks[0]?.state).toBe("waiting");
  });

  test("does not lose what a peer says that has begun before us", () => {
    const bench = inTree();
    const version = { number: 60, by: A };
    bench.hear(A, { ...freeze, version });
    expect(told(bench.hear(D, { ...wanted, version }))).toEqual([]);
    expect(told(bench.hear(A, { ...orient, version }))).toMatchObject([{ to: A, kind: "token-wanted", version }]);
  });

  test("is asked for by who sees a link come, unless the least peer sees it as well", () => {
    const bench = inTree();
    bench.unlink(C);
    expect(told(bench.link(C)).slice(1)).toEqual([{ to: A, kind: "disturbed" }]);
    bench.unlink(A);
    expect(told(bench.link(A)).slice(1)).toEqual([]);
  });
});

describe("a token dies with its peer", () => {
  test("which blocks its lock, and nobody passes that over, until the peer is back or has left", () => {
    const guild = new Guild(3, { kind: "raymond", seed: 3 });
    const [one, two, three] = guild.peers as [PeerId, PeerId, PeerId];
    guild.acquire(three);
    guild.run(100);
    expect(guild.holder()).toBe(three);
    guild.crash(three);
    guild.acquire(two);
    guild.run(5000);
    expect(guild.lock(two)).toMatchObject({ state: "waiting", blockedBy: [three] });
    guild.restart(three);
    guild.run(1000);
    expect(guild.holder()).toBe(two);
    guild.crash(two);
    guild.acquire(one);
    guild.run(5000);
    expect(guild.holder()).toBe(undefined);
    for (const peer of [one, three]) guild.ensemble.command(peer, { kind: "member", peer: two, status: "left" });
    guild.run(1000);
    expect(guild.holder()).toBe(one);
  });
});

/** The number of the version in which a peer froze others. */
function versionIn({ sent }: Outcome): number {
  const [number] = sent.flatMap(({ message }) => (message.kind === "freeze" ? [message.version.number] : []));
  expect(number).toBeDefined();
  return number ?? 0;
}
