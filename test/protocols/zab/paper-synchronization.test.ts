import { describe, expect, test } from "vitest";
import {
  A,
  addressOf,
  B,
  C,
  entry,
  eventsOf,
  followerOf,
  historyOf,
  leaderOf,
  OnBench,
  orderOf,
  records,
  saidTo,
  savesOf,
  sendsOf,
  zxid,
} from "./on-bench.ts";

const MEMBERS = [A, B, C].map((peer) => ({ address: addressOf(peer), peer }));

/** A follower that has promised itself to epoch 5, with this history of epoch 3. */
function promised(epochs: readonly number[]): OnBench {
  const peer = new OnBench(records(3, 3, historyOf(epochs)));
  peer.name(B);
  peer.receive(B, { kind: "new-epoch", epoch: 5 });
  peer.sync();
  return peer;
}

describe("phase 2 at the leader", () => {
  test.each([
    { what: "lacks nothing", theirs: [1, 2, 2], from: 3 },
    { what: "is blank", theirs: [], from: 0 },
    { what: "lacks the end", theirs: [1, 2], from: 2 },
    { what: "has a tail of an epoch that nobody else has", theirs: [1, 2, 2, 3, 3], from: 3 },
    { what: "has more of an old epoch", theirs: [1, 1, 1], from: 1 },
    { what: "has more of the last epoch", theirs: [1, 2, 2, 2], from: 3 },
  ])("l.2.1: whoever $what is sent the difference, then that it is the epoch's history", ({ theirs, from }) => {
    const history = historyOf([1, 2, 2]);
    const peer = leaderOf(5, history);
    const ends = new Map(historyOf(theirs).map(({ epoch, counter }) => [epoch, zxid(epoch, counter)]));
    peer.receive(C, { kind: "follower-info", acceptedEpoch: 3 });
    const digest = [...ends.values()];
    const said = saidTo(
      C,
      peer.receive(C, { kind: "epoch-accepted", epoch: 5, isMember: true, currentEpoch: 3, digest }),
    );
    const point = from === 0 ? zxid(0, 0) : zxid(history[from - 1]?.epoch ?? 0, history[from - 1]?.counter ?? 0);
    const entries = history.slice(from);
    expect(said).toEqual([
      { kind: "difference", epoch: 5, index: from, zxid: point },
      ...(entries.length === 0 ? [] : [{ kind: "entries", epoch: 5, commitIndex: 0, entries }]),
      { kind: "new-leader", epoch: 5, index: 3, zxid: zxid(2, 2), members: MEMBERS },
    ]);
  });

  test("l.2.2: with a quorum all that the epoch began with is committed, and the leader may broadcast", () => {
    const peer = leaderOf(5, historyOf([1, 2]));
    expect(peer.view).toMatchObject({ phase: "synchronization", commitIndex: 0 });
    const effects = peer.receive(B, { kind: "accepted", epoch: 5, index: 2 });
    expect(eventsOf(effects)).toEqual([
      { kind: "epoch-established", epoch: 5, leader: A },
      { kind: "entries-committed", first: 1, index: 2, epoch: 2 },
    ]);
    expect(saidTo(B, effects).at(-1)).toEqual({ kind: "up-to-date", epoch: 5, commitIndex: 2 });
    expect(peer.view).toMatchObject({ phase: "broadcast", leader: A, commitIndex: 2 });
  });

  test("l.2.2: what is not on its own disk counts for nothing", () => {
    const peer = new OnBench(records(4, 4, historyOf([1])));
    peer.name(A);
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 4 });
    peer.sync();
    peer.receive(B, { kind: "epoch-accepted", epoch: 5, isMember: true, currentEpoch: 4, digest: [zxid(1, 1)] });
    expect(eventsOf(peer.receive(B, { kind: "accepted", epoch: 5, index: 1 }))).toEqual([]);
    expect(eventsOf(peer.sync())[0]).toEqual({ kind: "epoch-established", epoch: 5, leader: A });
  });

  test("l.2.2: an acknowledgement of part of it is none", () => {
    const peer = leaderOf(5, historyOf([1, 2]));
    expect(eventsOf(peer.receive(B, { kind: "accepted", epoch: 5, index: 1 }))).toEqual([]);
    expect(peer.view.phase).toBe("synchronization");
  });

  test("before the epoch is established nothing is proposed", () => {
    const peer = leaderOf(5, historyOf([1]));
    expect(orderOf(peer.propose(1, Uint8Array.of(1)))).toEqual([
      { kind: "not-proposed", ticket: 1, because: "not-leader" },
    ]);
  });

  test("who has promised itself to a later epoch ends this one, and is taken into the next", () => {
    const peer = leaderOf(5, historyOf([1]));
    const effects = peer.receive(C, { kind: "follower-info", acceptedEpoch: 8 });
    expect(saidTo(B, effects)).toEqual([{ kind: "resigned", epoch: 5 }]);
    peer.receive(C, { kind: "follower-info", acceptedEpoch: 8 });
    expect(saidTo(C, peer.sync())).toEqual([{ kind: "new-epoch", epoch: 9 }]);
  });

  test("the next one is later than that promise, though whoever made it comes after a quorum again", () => {
    const peer = leaderOf(5, historyOf([1]));
    peer.receive(C, { kind: "follower-info", acceptedEpoch: 8 });
    peer.receive(B, { kind: "follower-info", acceptedEpoch: 5 });
    expect(saidTo(B, peer.sync())).toEqual([{ kind: "new-epoch", epoch: 9 }]);
    peer.receive(B, { kind: "epoch-accepted", epoch: 9, isMember: true, currentEpoch: 4, digest: [zxid(1, 1)] });
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 9, index: 1 });
    const effects = peer.receive(C, { kind: "follower-info", acceptedEpoch: 8 });
    expect(saidTo(C, effects)).toEqual([{ kind: "new-epoch", epoch: 9 }]);
    expect(peer.view).toMatchObject({ phase: "broadcast", acceptedEpoch: 9 });
  });
});

describe("phase 2 at a follower", () => {
  test("f.2.1: truncation, entries and epoch go to disk at once, and only then are acknowledged", () => {
    const peer = promised([1, 3, 3]);
    expect(sendsOf(peer.receive(B, { kind: "difference", epoch: 5, index: 1, zxid: zxid(1, 1) }))).toEqual([]);
    const entries = [entry(2, 4, 1, 1), entry(3, 4, 2, 2)];
    const heard = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 3, entries });
    expect([savesOf(heard), saidTo(B, heard)]).toEqual([[], [{ kind: "received", epoch: 5, index: 3, offset: 0 }]]);
    const point = { index: 3, zxid: zxid(4, 2) };
    const joined = peer.receive(B, { kind: "new-leader", epoch: 5, ...point, members: MEMBERS });
    expect(savesOf(joined)).toEqual([
      [
        { kind: "truncate", index: 1 },
        { kind: "append", entries },
        { kind: "current-epoch", epoch: 5 },
      ],
    ]);
    expect(eventsOf(joined)).toEqual([{ kind: "history-truncated", from: zxid(3, 1) }]);
    expect(sendsOf(joined)).toEqual([]);
    expect(saidTo(B, peer.sync())).toEqual([{ kind: "accepted", epoch: 5, index: 3 }]);
  });

  test("f.2.1: where nothing changes but the epoch, that alone is saved", () => {
    const peer = promised([1, 3]);
    peer.receive(B, { kind: "difference", epoch: 5, index: 2, zxid: zxid(3, 1) });
    const joined = peer.receive(B, { kind: "new-leader", epoch: 5, index: 2, zxid: zxid(3, 1), members: [] });
    expect(savesOf(joined)).toEqual([[{ kind: "current-epoch", epoch: 5 }]]);
  });

  test("f.2.2: nothing is delivered before the epoch is established", () => {
    const peer = followerOf(5, historyOf([1, 2]), false);
    expect(peer.view).toMatchObject({ phase: "synchronization", leader: null, commitIndex: 0 });
    const effects = peer.receive(B, { kind: "up-to-date", epoch: 5, commitIndex: 2 });
    expect(eventsOf(effects)).toEqual([
      { kind: "epoch-established", epoch: 5, leader: B },
      { kind: "entries-committed", first: 1, index: 2, epoch: 2 },
    ]);
    expect(peer.view).toMatchObject({ phase: "broadcast", leader: B, commitIndex: 2 });
  });

  test("f.2.2: proposals that come before are taken, and what they say is committed is not delivered yet", () => {
    const peer = followerOf(5, historyOf([1, 2]), false);
    const effects = peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 2, entries: [entry(3, 5, 1)] });
    expect([orderOf(effects), peer.view.commitIndex, peer.view.lastIndex]).toEqual([[], 0, 3]);
  });

  test.each([
    ["a point that this history does not have", { kind: "difference", epoch: 5, index: 2, zxid: zxid(4, 1) }],
    ["a point behind its end", { kind: "difference", epoch: 5, index: 9, zxid: zxid(3, 9) }],
    ["entries before there is a point", { kind: "entries", epoch: 5, commitIndex: 0, entries: [entry(1, 1, 1, 1)] }],
    ["an end without a beginning", { kind: "new-leader", epoch: 5, index: 2, zxid: zxid(3, 1), members: [] }],
    ["news of commits before the history is that of the epoch", { kind: "up-to-date", epoch: 5, commitIndex: 1 }],
  ] as const)("%s ends the attempt, and changes nothing", (_what, said) => {
    const peer = promised([1, 3]);
    expect(savesOf(peer.receive(B, said))).toEqual([]);
    expect(peer.view).toMatchObject({ role: "none", currentEpoch: 3, lastIndex: 2 });
  });

  test("what is committed here is not cut, whatever a leader says", () => {
    const peer = followerOf(5, historyOf([1, 2]));
    expect(savesOf(peer.receive(B, { kind: "difference", epoch: 5, index: 1, zxid: zxid(1, 1) }))).toEqual([]);
    expect(peer.view).toMatchObject({ role: "none", lastIndex: 2, commitIndex: 2 });
  });
});
