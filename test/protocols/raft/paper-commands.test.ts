import { describe, expect, test } from "vitest";
import { MAX_APPEND_BYTES, MAX_UNCOMMITTED_BYTES, MAX_UNCOMMITTED_ENTRIES } from "../../../src/core/order-limits.ts";
import { MAX_COMMAND_BYTES } from "../../../src/core/request.ts";
import {
  A,
  answerAppends,
  appendEntries,
  appended,
  appendsTo,
  B,
  C,
  commanded,
  event,
  logOf,
  OnBench,
  orderOf,
  records,
  save,
  send,
  settledLeader,
  TIMEOUT_MS,
} from "./on-bench.ts";

const [X, Y] = [Uint8Array.of(1), Uint8Array.of(2)];

function commands(count: number, bytes: number): readonly Uint8Array[] {
  // One and the same, or a test would fill the memory.
  return new Array<Uint8Array>(count).fill(new Uint8Array(bytes));
}

describe("commands (section 5.3)", () => {
  test("those that come together stand behind each other, go to the own disk together and to each follower in one message", () => {
    const peer = settledLeader();
    const entries = [commanded(3, 2, 1), commanded(4, 2, 2)];
    const head = { previousIndex: 2, previousTerm: 2, leaderCommit: 2, entries };
    expect(peer.propose(7, X, Y)).toEqual([
      event({ kind: "proposed", ticket: 7, first: 3, term: 2 }),
      save(3, { kind: "append", entries }),
      send(B, appendEntries(2, { ...head, round: 5 })),
      send(C, appendEntries(2, { ...head, round: 6 })),
    ]);
  });

  test("they go out while the own disk is still busy, and commit by the disks of others", () => {
    const peer = settledLeader([A, B, C]);
    for (const effect of peer.propose(7, X)) if (effect.kind === "send") expect(effect.after).toBe(0);
    peer.receive(B, appended(2, 5, 3));
    expect(peer.view.commitIndex).toBe(2);
    expect(orderOf(peer.receive(C, appended(2, 6, 3)))).toEqual([
      { kind: "delivered", entries: [{ index: 3, term: 2, command: X }] },
    ]);
  });

  test("later ones do not wait for the answers to earlier ones", () => {
    const peer = settledLeader();
    peer.propose(1, X);
    expect(appendsTo(B, peer.propose(2, Y))).toMatchObject([{ previousIndex: 3, entries: [{ index: 4 }] }]);
    expect(appendsTo(B, peer.propose(3, X))).toMatchObject([{ previousIndex: 4, entries: [{ index: 5 }] }]);
  });

  test("the answer to the last of several messages is one to all of them", () => {
    const peer = settledLeader();
    for (const ticket of [1, 2, 3]) peer.propose(ticket, X);
    peer.sync();
    expect(orderOf(peer.receive(B, appended(2, 9, 5)))).toMatchObject([
      { entries: [{ index: 3 }, { index: 4 }, { index: 5 }] },
    ]);
  });

  test("a message carries no more than MAX_APPEND_BYTES, unless it is a single command", () => {
    const peer = settledLeader();
    const sizes = [1_000, MAX_COMMAND_BYTES, 60_000, 60_000, 60_000];
    const sent = appendsTo(B, peer.propose(1, ...sizes.map((size) => new Uint8Array(size))));
    expect(sent.map(({ entries }) => entries.length)).toEqual([1, 1, 2, 1]);
    expect(MAX_COMMAND_BYTES).toBeGreaterThan(MAX_APPEND_BYTES);
  });

  test("a follower delivers what is committed, in order, entries without a command included", () => {
    const peer = new OnBench(records(2, logOf([1])));
    const entries = [commanded(2, 2, 1), commanded(3, 2, 2), commanded(4, 2, 1)];
    const effects = peer.receive(B, appendEntries(2, { previousIndex: 1, previousTerm: 1, leaderCommit: 3, entries }));
    expect(orderOf(effects)).toEqual([
      {
        kind: "delivered",
        entries: [
          { index: 1, term: 1, command: null },
          { index: 2, term: 2, command: X },
          { index: 3, term: 2, command: Y },
        ],
      },
    ]);
    const heartbeat = appendEntries(2, { round: 2, previousIndex: 4, previousTerm: 2, leaderCommit: 4 });
    expect(orderOf(peer.receive(B, heartbeat))).toEqual([
      { kind: "delivered", entries: [{ index: 4, term: 2, command: X }] },
    ]);
  });

  test("after a restart everything is delivered again, from the first entry on", () => {
    const peer = new OnBench(records(2, [...logOf([1]), commanded(2, 2, 1)]));
    const heartbeat = appendEntries(2, { previousIndex: 2, previousTerm: 2, leaderCommit: 2 });
    expect(orderOf(peer.receive(B, heartbeat))).toMatchObject([{ entries: [{ index: 1 }, { index: 2, command: X }] }]);
  });
});

describe("commands that are turned away", () => {
  test("whoever does not lead takes none", () => {
    const blank = new OnBench();
    const follower = new OnBench(records(1, logOf([1])));
    const candidate = new OnBench(records(1, logOf([1])));
    candidate.expire();
    for (const peer of [blank, follower, candidate])
      expect(peer.propose(3, X)).toEqual([event({ kind: "not-proposed", ticket: 3, because: "not-leader" })]);
  });

  test("whoever was deposed takes none any more", () => {
    const peer = settledLeader();
    peer.receive(B, appended(3, 9, 2));
    expect(peer.propose(3, X)).toEqual([event({ kind: "not-proposed", ticket: 3, because: "not-leader" })]);
  });

  test("a leader that hands over takes none, until that has failed (dissertation 3.10)", () => {
    const peer = settledLeader();
    peer.command({ kind: "transfer", to: B });
    expect(peer.propose(3, X)).toEqual([event({ kind: "not-proposed", ticket: 3, because: "not-leader" })]);
    answerAppends(peer, C, peer.wait(TIMEOUT_MS / 2));
    peer.wait(TIMEOUT_MS / 2);
    expect(orderOf(peer.propose(4, X))).toEqual([{ kind: "proposed", ticket: 4, first: 3, term: 2 }]);
  });

  test.each([
    ["so many entries", MAX_UNCOMMITTED_ENTRIES, 1],
    ["so many bytes", MAX_UNCOMMITTED_BYTES / MAX_COMMAND_BYTES, MAX_COMMAND_BYTES],
  ])("with %s that are not committed further ones are refused", (_limit, count, bytes) => {
    const peer = settledLeader();
    expect(orderOf(peer.propose(1, ...commands(count, bytes)))).toMatchObject([{ kind: "proposed" }]);
    expect(peer.propose(2, X)).toEqual([event({ kind: "not-proposed", ticket: 2, because: "busy" })]);
    peer.sync();
    peer.receive(B, appended(2, 5, 3));
    expect(peer.view.commitIndex).toBe(3);
    expect(orderOf(peer.propose(3, X))).toMatchObject([{ kind: "proposed", ticket: 3, first: count + 3 }]);
  });

  test("what a new leader found in its log and is not committed counts", () => {
    const log = [...logOf([1]), ...Array.from({ length: 128 }, (_, i) => commanded(i + 2, 1))];
    const full = log.map((entry) =>
      entry.payload.kind === "command"
        ? { ...entry, payload: { ...entry.payload, command: new Uint8Array(MAX_COMMAND_BYTES) } }
        : entry,
    );
    const peer = new OnBench(records(1, full));
    peer.elect(B);
    expect(orderOf(peer.propose(1, X))).toEqual([{ kind: "not-proposed", ticket: 1, because: "busy" }]);
  });
});
