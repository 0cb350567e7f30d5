import { describe, expect, test } from "vitest";
import { TERM_LIMIT } from "../../../src/core/order-limits.ts";
import { A, B, C, D, historyOf, OnBench, records, saidTo, savesOf, sendsOf, TIMEOUT_MS, zxid } from "./on-bench.ts";

/** A peer with promise 3, epoch 2 and two entries, as the election names this leader. */
function named(leader: typeof A): OnBench {
  const peer = new OnBench(records(3, 2, historyOf([1, 2])));
  peer.name(leader);
  return peer;
}

/** One that leads and was told of these promises, its own saved. */
function prospective(acceptedEpochs: ReadonlyMap<typeof A, number>): OnBench {
  const peer = named(A);
  for (const [from, acceptedEpoch] of acceptedEpochs) peer.receive(from, { kind: "follower-info", acceptedEpoch });
  peer.sync();
  return peer;
}

describe("phase 1 at a follower", () => {
  test("f.1.1: it tells its leader the last epoch that it has accepted", () => {
    const peer = new OnBench(records(3, 2, historyOf([1, 2])));
    expect(sendsOf(peer.name(B))).toEqual([{ to: B, said: { kind: "follower-info", acceptedEpoch: 3 } }]);
    expect(peer.view).toMatchObject({ role: "follower", phase: "discovery" });
  });

  test("f.1.2: of a later epoch it makes its promise, and tells its epoch and history when that is on disk", () => {
    const peer = named(B);
    const heard = peer.receive(B, { kind: "new-epoch", epoch: 5 });
    expect([savesOf(heard), sendsOf(heard)]).toEqual([[[{ kind: "accepted-epoch", epoch: 5 }]], []]);
    expect(sendsOf(peer.sync())).toEqual([
      {
        to: B,
        said: { kind: "epoch-accepted", epoch: 5, isMember: true, currentEpoch: 2, digest: [zxid(1, 1), zxid(2, 1)] },
      },
    ]);
  });

  test("f.1.2: of an older epoch it makes none, and says what it has accepted", () => {
    const peer = named(B);
    const heard = peer.receive(B, { kind: "new-epoch", epoch: 2 });
    expect([savesOf(heard), saidTo(B, heard)]).toEqual([[], [{ kind: "follower-info", acceptedEpoch: 3 }]]);
  });

  test("whoever the election does not name is not followed", () => {
    const peer = named(B);
    expect(peer.receive(C, { kind: "new-epoch", epoch: 9 })).toEqual([]);
    expect(peer.view.acceptedEpoch).toBe(3);
  });

  test("an observer makes no promise, and follows all the same", () => {
    const peer = new OnBench(records(0, 0, []), D);
    peer.name(B);
    const heard = peer.receive(B, { kind: "new-epoch", epoch: 5 });
    const said = { kind: "epoch-accepted", epoch: 5, isMember: false, currentEpoch: 0, digest: [] };
    expect([savesOf(heard), saidTo(B, heard)]).toEqual([[], [said]]);
    expect(peer.view).toMatchObject({ role: "observer", acceptedEpoch: 0 });
  });

  test("an epoch that would leave no room for a later one is not believed", () => {
    const peer = named(B);
    expect(peer.receive(B, { kind: "new-epoch", epoch: TERM_LIMIT })).toEqual([]);
    expect(peer.view.acceptedEpoch).toBe(3);
  });
});

describe("phase 1 at the prospective leader", () => {
  test("l.1.1: a quorum makes an epoch later than all that it has accepted, on disk before anybody hears of it", () => {
    const peer = named(A);
    const heard = peer.receive(B, { kind: "follower-info", acceptedEpoch: 7 });
    expect([savesOf(heard), sendsOf(heard)]).toEqual([[[{ kind: "accepted-epoch", epoch: 8 }]], []]);
    expect(sendsOf(peer.sync())).toEqual([{ to: B, said: { kind: "new-epoch", epoch: 8 } }]);
  });

  test("l.1.1: its own promise counts", () => {
    const peer = prospective(new Map([[B, 1]]));
    expect(peer.view).toMatchObject({ role: "leader", phase: "discovery", acceptedEpoch: 4 });
  });

  test("l.1.1: without a quorum there is no epoch, and nothing is saved or sent", () => {
    const peer = named(A);
    expect(peer.wait(2 * TIMEOUT_MS)).toEqual([]);
    expect(peer.receive(D, { kind: "follower-info", acceptedEpoch: 0 })).toEqual([]);
    expect(peer.view.acceptedEpoch).toBe(3);
  });

  test("who would follow before the election named this peer counts as soon as it does", () => {
    const peer = new OnBench(records(3, 2, []));
    expect(peer.receive(B, { kind: "follower-info", acceptedEpoch: 3 })).toEqual([]);
    expect(savesOf(peer.name(A))).toEqual([[{ kind: "accepted-epoch", epoch: 4 }]]);
  });

  test("who has promised itself to this very epoch did so elsewhere: a later one is taken", () => {
    const peer = prospective(new Map([[B, 3]]));
    const heard = peer.receive(C, { kind: "follower-info", acceptedEpoch: 4 });
    expect(savesOf(heard)).toEqual([[{ kind: "accepted-epoch", epoch: 5 }]]);
    const asked = peer.sync();
    expect([saidTo(B, asked), saidTo(C, asked)]).toEqual([
      [{ kind: "new-epoch", epoch: 5 }],
      [{ kind: "new-epoch", epoch: 5 }],
    ]);
  });

  test("a promise to an epoch that was given up does not count", () => {
    const peer = prospective(new Map([[B, 3]]));
    peer.receive(C, { kind: "follower-info", acceptedEpoch: 4 });
    peer.sync();
    peer.receive(B, { kind: "epoch-accepted", epoch: 4, isMember: true, currentEpoch: 2, digest: [zxid(2, 1)] });
    expect(peer.view).toMatchObject({ phase: "discovery", currentEpoch: 2 });
  });

  test("an observer's promise counts for nothing", () => {
    const peer = prospective(new Map([[B, 3]]));
    peer.receive(D, { kind: "follower-info", acceptedEpoch: 0 });
    peer.receive(D, { kind: "epoch-accepted", epoch: 4, isMember: true, currentEpoch: 2, digest: [zxid(2, 1)] });
    expect(peer.view.phase).toBe("discovery");
  });

  test("nor does that of a member that takes itself for an observer", () => {
    const peer = prospective(new Map([[B, 3]]));
    peer.receive(B, { kind: "epoch-accepted", epoch: 4, isMember: false, currentEpoch: 2, digest: [zxid(2, 1)] });
    expect(peer.view.phase).toBe("discovery");
  });

  test("one that is none of the ensemble never leads, whatever the election says", () => {
    const peer = new OnBench(records(0, 0, []), D);
    peer.name(D);
    peer.receive(A, { kind: "follower-info", acceptedEpoch: 0 });
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 0 });
    expect(peer.view).toMatchObject({ role: "none", phase: "election", acceptedEpoch: 0 });
  });

  test("no epoch comes after the last one", () => {
    const peer = named(A);
    expect(peer.receive(B, { kind: "follower-info", acceptedEpoch: TERM_LIMIT - 1 })).toEqual([]);
  });
});

describe("l.1.2: the history of the quorum's best member becomes the leader's own", () => {
  const own = { currentEpoch: 2, last: zxid(2, 1) };

  test.each([
    { what: "the same", currentEpoch: 2, last: zxid(2, 1), asks: false },
    { what: "a later epoch, a shorter history", currentEpoch: 3, last: zxid(1, 1), asks: true },
    { what: "the same epoch, a longer history", currentEpoch: 2, last: zxid(2, 2), asks: true },
    { what: "an older epoch, a longer history", currentEpoch: 1, last: zxid(1, 9), asks: false },
    { what: "an older epoch, a later entry", currentEpoch: 1, last: zxid(3, 1), asks: false },
  ])("$what: asks for it $asks", ({ currentEpoch, last, asks }) => {
    const peer = prospective(new Map([[B, 3]]));
    const effects = peer.receive(B, { kind: "epoch-accepted", epoch: 4, isMember: true, currentEpoch, digest: [last] });
    const wanted = { kind: "history-wanted", epoch: 4, digest: [zxid(1, 1), own.last] };
    expect(saidTo(B, effects).filter(({ kind }) => kind === "history-wanted")).toEqual(asks ? [wanted] : []);
    expect(peer.view.phase).toBe(asks ? "discovery" : "synchronization");
  });

  test("it is asked for the difference, which goes to disk at once with the epoch", () => {
    const peer = prospective(new Map([[B, 3]]));
    peer.receive(B, {
      kind: "epoch-accepted",
      epoch: 4,
      isMember: true,
      currentEpoch: 3,
      digest: [zxid(1, 1), zxid(3, 2)],
    });
    peer.receive(B, { kind: "difference", epoch: 4, index: 1, zxid: zxid(1, 1) });
    const [, ...rest] = historyOf([1, 3, 3]);
    const effects = peer.receive(B, { kind: "entries", epoch: 4, commitIndex: 0, entries: rest });
    expect(savesOf(effects)).toEqual([
      [
        { kind: "truncate", index: 1 },
        { kind: "append", entries: rest },
        { kind: "current-epoch", epoch: 4 },
      ],
    ]);
    expect(peer.view).toMatchObject({ phase: "synchronization", currentEpoch: 4, lastZxid: zxid(3, 2) });
  });

  test("before it is whole nothing of it counts", () => {
    const peer = prospective(new Map([[B, 3]]));
    peer.receive(B, {
      kind: "epoch-accepted",
      epoch: 4,
      isMember: true,
      currentEpoch: 3,
      digest: [zxid(1, 1), zxid(3, 2)],
    });
    peer.receive(B, { kind: "difference", epoch: 4, index: 1, zxid: zxid(1, 1) });
    const [, second] = historyOf([1, 3, 3]);
    const effects = peer.receive(B, { kind: "entries", epoch: 4, commitIndex: 0, entries: second ? [second] : [] });
    expect(savesOf(effects)).toEqual([]);
    expect(peer.view).toMatchObject({ phase: "discovery", currentEpoch: 2, lastZxid: own.last });
  });

  test("whoever has it is gone: it begins anew, with a later epoch", () => {
    const peer = prospective(
      new Map([
        [B, 3],
        [C, 3],
      ]),
    );
    peer.receive(B, { kind: "epoch-accepted", epoch: 4, isMember: true, currentEpoch: 3, digest: [zxid(3, 2)] });
    expect(savesOf(peer.link(B, false))).toEqual([[{ kind: "accepted-epoch", epoch: 5 }]]);
    expect(saidTo(C, peer.sync())).toEqual([{ kind: "new-epoch", epoch: 5 }]);
  });

  test("a follower sends what the leader lacks, behind the last point where both are the same", () => {
    const history = historyOf([1, 1, 2, 2]);
    const peer = new OnBench(records(3, 2, history));
    peer.name(B);
    peer.receive(B, { kind: "new-epoch", epoch: 5 });
    peer.sync();
    expect(saidTo(B, peer.receive(B, { kind: "history-wanted", epoch: 5, digest: [zxid(1, 9), zxid(3, 1)] }))).toEqual([
      { kind: "difference", epoch: 5, index: 2, zxid: zxid(1, 2) },
      { kind: "entries", epoch: 5, commitIndex: 0, entries: history.slice(2) },
    ]);
  });
});
