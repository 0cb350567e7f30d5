import { describe, expect, test } from "vitest";
import { MAX_CHUNK_BYTES, MAX_SNAPSHOT_BYTES } from "../../../src/core/order-limits.ts";
import {
  A,
  B,
  C,
  entry,
  establishedLeader,
  eventsOf,
  followerOf,
  historyOf,
  OnBench,
  orderOf,
  records,
  saidTo,
  savesOf,
  zxid,
} from "./on-bench.ts";

const DATA = Uint8Array.of(1, 2, 3, 4, 5);
const LARGE = new Uint8Array(2 * MAX_CHUNK_BYTES + 10).fill(7);

/** A follower that has promised itself to epoch 5, with a tail of epoch 3 that is not committed. */
function promised(): OnBench {
  const peer = new OnBench(records(3, 3, historyOf([1, 3])));
  peer.name(B);
  peer.receive(B, { kind: "new-epoch", epoch: 5 });
  peer.sync();
  return peer;
}

/** A leader of epoch 5 all of whose committed entries but none behind index 40 are in a snapshot, few of them kept. */
function compactedLeader(data: Uint8Array): OnBench {
  const peer = establishedLeader(5, historyOf(Array<number>(60).fill(2)));
  peer.command({ kind: "compact", index: 40, snapshot: data });
  return peer;
}

/** C would follow, and has this much. */
function join(peer: OnBench, digest: readonly ReturnType<typeof zxid>[]) {
  peer.receive(C, { kind: "follower-info", acceptedEpoch: 3 });
  return peer.receive(C, { kind: "epoch-accepted", epoch: 5, isMember: true, currentEpoch: 2, digest });
}

describe("compaction", () => {
  test("keeps entries behind the snapshot, and a few before it for those that lag", () => {
    const peer = compactedLeader(DATA);
    expect(peer.view).toMatchObject({ snapshotIndex: 40, snapshotBytes: 5, lastIndex: 61, commitIndex: 61 });
    expect(peer.view.firstIndex).toBeGreaterThan(1);
    expect(peer.view.firstIndex).toBeLessThan(41);
  });

  test("leaves the fewest records: the snapshot, and what stands behind it", () => {
    const peer = compactedLeader(DATA);
    const restarted = new OnBench(peer.machine.checkpoint());
    expect(restarted.view).toMatchObject({
      firstIndex: 41,
      lastIndex: 61,
      commitIndex: 40,
      currentEpoch: 5,
      bound: true,
    });
    expect(orderOf(restarted.first)).toContainEqual({ kind: "snapshot-installed", index: 40, snapshot: DATA });
    expect(restarted.machine.checkpoint()).toEqual(peer.machine.checkpoint());
  });

  test.each([
    ["what is not committed", 62],
    ["what is in a snapshot already", 40],
  ])("of %s is none", (_what, index) => {
    const peer = compactedLeader(DATA);
    expect(peer.command({ kind: "compact", index, snapshot: LARGE })).toEqual([]);
    expect(peer.view).toMatchObject({ snapshotIndex: 40, snapshotBytes: 5 });
  });

  test("is asked for once when enough was committed behind the latest snapshot", () => {
    const peer = followerOf(5, historyOf([1]));
    const big = (index: number) => ({ ...entry(index, 5, index - 1), command: new Uint8Array(3000) });
    const commit = (index: number) =>
      orderOf(peer.receive(B, { kind: "entries", epoch: 5, commitIndex: index, entries: [big(index)] }));
    expect(commit(2).map(({ kind }) => kind)).toEqual(["delivered"]);
    expect(commit(3).map(({ kind }) => kind)).toEqual(["delivered", "snapshot-wanted"]);
    expect(commit(4).map(({ kind }) => kind)).toEqual(["delivered"]);
  });
});

describe("a leader that has not kept what a follower lacks", () => {
  test("sends its snapshot, and then the entries behind it", () => {
    const peer = compactedLeader(DATA);
    const effects = join(peer, [zxid(2, 3)]);
    expect(eventsOf(effects)).toEqual([{ kind: "snapshot-started", to: C, index: 40, bytes: 5 }]);
    const head = { kind: "snapshot", epoch: 5, index: 40, zxid: zxid(2, 40), total: 5, offset: 0, data: DATA };
    expect(saidTo(C, effects)).toEqual([head]);
    const more = saidTo(C, peer.receive(C, { kind: "received", epoch: 5, index: 40, offset: 5 }));
    expect(more.map(({ kind }) => kind)).toEqual(["entries", "new-leader"]);
    expect(more[0]).toMatchObject({ entries: { length: 21 } });
  });

  test("sends it piece by piece, each when the one before has come", () => {
    const peer = compactedLeader(LARGE);
    expect(saidTo(C, join(peer, []))).toMatchObject([{ kind: "snapshot", offset: 0 }]);
    for (const offset of [MAX_CHUNK_BYTES, 2 * MAX_CHUNK_BYTES]) {
      const said = saidTo(C, peer.receive(C, { kind: "received", epoch: 5, index: 40, offset }));
      expect(said).toMatchObject([{ kind: "snapshot", offset }]);
      expect(peer.view.progress.find(({ peer: each }) => each === C)?.snapshotPart).toBe(offset / LARGE.length);
      expect(saidTo(C, peer.receive(C, { kind: "received", epoch: 5, index: 40, offset }))).toEqual([]);
    }
  });

  test("sends a follower that falls behind within the epoch a snapshot too, and counts on it again when it has that", () => {
    const peer = establishedLeader(5, historyOf([1]));
    join(peer, [zxid(1, 1)]);
    peer.receive(C, { kind: "accepted", epoch: 5, index: 2 });
    // C takes no more than its window holds while B and this peer commit.
    const commands = Array.from({ length: 6000 }, () => Uint8Array.of(1));
    peer.propose(1, ...commands);
    peer.sync();
    peer.receive(B, { kind: "accepted", epoch: 5, index: 3000 });
    peer.receive(B, { kind: "accepted", epoch: 5, index: 6002 });
    const effects = peer.command({ kind: "compact", index: 6000, snapshot: DATA });
    expect(saidTo(C, effects)).toMatchObject([{ kind: "snapshot", index: 6000 }]);
    expect(peer.view.progress.find(({ peer: each }) => each === C)).toMatchObject({ state: "synchronization" });
    peer.receive(C, { kind: "accepted", epoch: 5, index: 3000 });
    expect(peer.view.progress.find(({ peer: each }) => each === C)).toMatchObject({ ackedIndex: 0 });
    peer.receive(C, { kind: "received", epoch: 5, index: 6000, offset: 5 });
    const welcome = saidTo(C, peer.receive(C, { kind: "accepted", epoch: 5, index: 6002 }));
    expect(welcome).toEqual([{ kind: "up-to-date", epoch: 5, commitIndex: 6002 }]);
  });
});

describe("a follower that is sent a snapshot", () => {
  const head = { kind: "snapshot", epoch: 5, index: 9, zxid: zxid(4, 2), total: 5, offset: 0 } as const;

  test("puts it in the place of its history when all is there, at once with the epoch", () => {
    const peer = promised();
    expect(saidTo(B, peer.receive(B, { ...head, data: DATA.subarray(0, 3) }))).toEqual([
      { kind: "received", epoch: 5, index: 9, offset: 3 },
    ]);
    expect(eventsOf(peer.receive(B, { ...head, offset: 3, data: DATA.subarray(3) }))).toEqual([
      { kind: "snapshot-received", from: B, index: 9, bytes: 5 },
    ]);
    const entries = [entry(10, 4, 3, 1)];
    expect(savesOf(peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 10, entries }))).toEqual([]);
    const joined = peer.receive(B, { kind: "new-leader", epoch: 5, index: 10, zxid: zxid(4, 3), members: [] });
    expect(savesOf(joined)).toEqual([
      [
        { kind: "snapshot", index: 9, zxid: zxid(4, 2), data: DATA },
        { kind: "append", entries },
        { kind: "current-epoch", epoch: 5 },
      ],
    ]);
    expect(orderOf(joined)).toContainEqual({ kind: "snapshot-installed", index: 9, snapshot: DATA });
    expect(peer.view).toMatchObject({ commitIndex: 9, firstIndex: 10, lastIndex: 10, snapshotIndex: 9 });
    expect(saidTo(B, peer.sync())).toEqual([{ kind: "accepted", epoch: 5, index: 10 }]);
  });

  test.each([
    ["is longer than any", { total: MAX_SNAPSHOT_BYTES + 1 }],
    ["is of an epoch that is not yet", { zxid: zxid(6, 1) }],
    ["is of no epoch", { zxid: zxid(0, 0) }],
    ["begins in its midst", { offset: 3 }],
    ["stands for nothing", { index: 0 }],
  ])("passes over one that %s", (_what, change) => {
    const peer = promised();
    expect(savesOf(peer.receive(B, { ...head, data: DATA, ...change }))).toEqual([]);
    expect(peer.view).toMatchObject({ role: "none", lastIndex: 2 });
  });

  test("takes none that would take back what it has delivered", () => {
    const peer = followerOf(5, historyOf([1, 2]));
    peer.receive(B, { ...head, index: 2, zxid: zxid(2, 1), data: DATA });
    expect(peer.view).toMatchObject({ role: "none", commitIndex: 2, snapshotIndex: 0 });
  });

  test("is not told that it has it by half: entries before its end end the attempt", () => {
    const peer = promised();
    peer.receive(B, { ...head, data: DATA.subarray(0, 3) });
    peer.receive(B, { kind: "entries", epoch: 5, commitIndex: 0, entries: [entry(10, 4, 3, 1)] });
    expect(peer.view).toMatchObject({ role: "none", lastIndex: 2 });
  });
});

test("a prospective leader takes the best history as a snapshot, too", () => {
  const peer = new OnBench(records(3, 2, historyOf([1, 2])));
  peer.name(A);
  peer.receive(B, { kind: "follower-info", acceptedEpoch: 3 });
  peer.sync();
  peer.receive(B, { kind: "epoch-accepted", epoch: 4, isMember: true, currentEpoch: 3, digest: [zxid(3, 9)] });
  const head = { kind: "snapshot", epoch: 4, index: 30, zxid: zxid(3, 9), total: 5, offset: 0 } as const;
  const effects = peer.receive(B, { ...head, data: DATA });
  expect(savesOf(effects)).toEqual([
    [
      { kind: "snapshot", index: 30, zxid: zxid(3, 9), data: DATA },
      { kind: "current-epoch", epoch: 4 },
    ],
  ]);
  expect(peer.view).toMatchObject({ phase: "synchronization", lastZxid: zxid(3, 9), lastIndex: 30 });
});
