import { describe, expect, test } from "vitest";
import { MAX_ROUNDS } from "../../../src/core/answered-rounds.ts";
import { MAX_CHUNK_BYTES, MAX_ENTRIES, WINDOW_BYTES, WINDOW_ENTRIES } from "../../../src/core/order-limits.ts";
import { MAX_COMMAND_BYTES } from "../../../src/core/request.ts";
import { bytesOf } from "../../../src/protocols/raft/log.ts";
import {
  A,
  answerAppends,
  appended,
  appendsTo,
  B,
  C,
  HEARTBEAT_MS,
  mismatch,
  type OnBench,
  orderOf,
  piecesTo,
  type RaftEffect,
  sendsOf,
  settledLeader,
  snapshotReceived,
  TIMEOUT_MS,
} from "./on-bench.ts";

/** Bytes of entries that go to somebody. */
function bytesTo(peer: string, effects: readonly RaftEffect[]): number {
  const entries = sendsOf(effects).flatMap(({ to, message }) =>
    to === peer && message.kind === "append-entries" ? message.entries : [],
  );
  return entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
}

/** Proposes so many commands, one a step; B answers everything, and C nothing. What was sent. */
function load(leader: OnBench, count: number, bytes: number): RaftEffect[] {
  const command = new Uint8Array(bytes);
  const sent: RaftEffect[] = [];
  for (let ticket = 1; ticket <= count; ticket++) {
    const effects = leader.propose(ticket, command);
    sent.push(...effects, ...leader.sync(), ...answerAppends(leader, B, effects));
  }
  return sent;
}

describe("a follower that never answers", () => {
  test.each([
    ["entries", 6_000, 1, WINDOW_ENTRIES, (effects: RaftEffect[]) => appendsTo(C, effects).length],
    ["bytes", 2_000, 1_000, WINDOW_BYTES + 2_000, (effects: RaftEffect[]) => bytesTo(C, effects)],
    ["bytes of large commands", 40, MAX_COMMAND_BYTES, WINDOW_BYTES + MAX_COMMAND_BYTES, bytesToC],
  ])("is sent no more %s than its window holds, whatever is committed without it", (_what, count, bytes, most, sum) => {
    const leader = settledLeader();
    const sent = load(leader, count, bytes);
    expect(leader.view.commitIndex).toBe(2 + count);
    expect(sum(sent)).toBeLessThanOrEqual(most);
    expect(sum(sent)).toBeGreaterThan(0.9 * most - MAX_COMMAND_BYTES);
    expect(bytesTo(C, load(leader, 10, bytes))).toBe(0);
  });

  test("gets heartbeats without entries then, and no news of commits between them", () => {
    const leader = settledLeader();
    load(leader, 40, MAX_COMMAND_BYTES);
    const said: RaftEffect[] = [];
    for (let i = 0; i < 4; i++) {
      const effects = [...load(leader, 1, 1), ...leader.wait(HEARTBEAT_MS)];
      answerAppends(leader, B, effects);
      said.push(...effects);
    }
    const toC = appendsTo(C, said);
    expect(toC.map(({ entries }) => entries.length)).toEqual([0, 0, 0, 0]);
  });

  test("goes on where it stopped as soon as it answers, and is told what is committed", () => {
    const leader = settledLeader();
    const sent = appendsTo(C, load(leader, 40, MAX_COMMAND_BYTES));
    const [first] = sent;
    const effects = leader.receive(C, appended(2, first?.round ?? 0, 3));
    const [next, ...rest] = appendsTo(C, effects);
    expect(rest).toEqual([]);
    expect(next).toMatchObject({ previousIndex: 2 + sent.length, entries: [{}], leaderCommit: 42 });
  });

  test("is sent the entries behind a probe once, not with every heartbeat", () => {
    const leader = settledLeader();
    load(leader, 100, 1_000);
    const probe = appendsTo(C, leader.receive(C, mismatch(2, 6, 3, 0)));
    expect(probe).toMatchObject([{ previousIndex: 2 }]);
    expect(probe[0]?.entries.length).toBeGreaterThan(50);
    for (let i = 0; i < 20; i++) {
      const effects = leader.wait(HEARTBEAT_MS);
      answerAppends(leader, B, effects);
      expect(appendsTo(C, effects)).toMatchObject([{ previousIndex: 2, entries: [] }]);
    }
  });

  test("is sent a piece of a snapshot once; again only where it answers what was sent later, and not that", () => {
    const leader = settledLeader();
    load(leader, 10, 1_000);
    leader.command({ kind: "compact", index: 12, snapshot: new Uint8Array(2 * MAX_CHUNK_BYTES) });
    const started = leader.receive(C, mismatch(2, 6, 1, 0));
    expect(piecesTo(C, started)).toMatchObject([{ offset: 0 }]);
    const passed: RaftEffect[] = [];
    const pass = (): void => {
      const effects = leader.wait(HEARTBEAT_MS);
      answerAppends(leader, B, effects);
      passed.push(...effects);
    };
    for (let i = 0; i < (2 * TIMEOUT_MS) / HEARTBEAT_MS; i++) pass();
    expect(piecesTo(C, passed)).toEqual([]);
    leader.receive(C, mismatch(2, appendsTo(C, passed).at(-1)?.round ?? 0, 1, 0));
    pass();
    expect(piecesTo(C, passed)).toMatchObject([{ offset: 0 }]);
    const next = leader.receive(C, snapshotReceived(2, piecesTo(C, passed)[0]?.round ?? 0, 12, MAX_CHUNK_BYTES));
    expect(piecesTo(C, next)).toMatchObject([{ offset: MAX_CHUNK_BYTES }]);
  });

  test("does not keep the log from being compacted", () => {
    const leader = settledLeader([A, B, C], { snapshotBytes: 4_000 });
    let kept = 0;
    for (let i = 0; i < 50; i++) {
      const effects = load(leader, 20, 100);
      const isWanted = orderOf(effects).some(({ kind }) => kind === "snapshot-wanted");
      const { commitIndex } = leader.view;
      if (isWanted) leader.command({ kind: "compact", index: commitIndex, snapshot: new Uint8Array(10) });
      const { firstLogIndex, lastLogIndex } = leader.view;
      kept = Math.max(kept, lastLogIndex - firstLogIndex);
    }
    expect(leader.view.commitIndex).toBe(1_002);
    expect(kept).toBeLessThan(120);
  });
});

describe("a follower far away, with hundreds of messages on their way", () => {
  /** Proposes one command a step, each of which B answers so many messages later. */
  function withDelay(delay: number, steps: number): { leader: OnBench; answers: () => RaftEffect[] } {
    const leader = settledLeader();
    const onTheWay: RaftEffect[] = [];
    const answers = (): RaftEffect[] => answerAppends(leader, B, onTheWay.splice(0));
    for (let step = 0; step < steps; step++) {
      leader.now += 0.1;
      for (const effect of [...leader.propose(step + 1, Uint8Array.of(1)), ...leader.sync()])
        if (effect.kind === "send" && appendsTo(B, [effect]).length > 0) onTheWay.push(effect);
      if (onTheWay.length > delay) answerAppends(leader, B, onTheWay.splice(0, 1));
    }
    return { leader, answers };
  }

  test("what was asked for a read is found among its answers", () => {
    const { leader, answers } = withDelay(4 * MAX_ROUNDS, 1_000);
    const read = leader.read(9);
    expect(orderOf(read)).toEqual([]);
    const { commitIndex } = leader.view;
    expect(orderOf(answers())).not.toContainEqual({ kind: "readable", ticket: 9, index: commitIndex });
    expect(orderOf(answerAppends(leader, B, read))).toContainEqual({ kind: "readable", ticket: 9, index: commitIndex });
  });

  test("its response time is known, and it counts as heard", () => {
    const { leader } = withDelay(4 * MAX_ROUNDS, 1_000);
    const [progress] = leader.view.progress;
    expect(progress?.heardAt).toBe(leader.now);
    expect(progress?.responseMs).toBeCloseTo(4 * MAX_ROUNDS * 0.1);
  });

  test("with answers that take longer than a heartbeat it is still brought up to date by more than a message at a time", () => {
    const leader = settledLeader();
    leader.propose(1, ...new Array<Uint8Array>(3 * MAX_ENTRIES).fill(Uint8Array.of(1)));
    const probe = appendsTo(B, leader.receive(B, mismatch(2, 7, 3, 0)))[0]?.round ?? 0;
    const [heartbeat] = [leader.wait(HEARTBEAT_MS), leader.wait(HEARTBEAT_MS)].map((said) => appendsTo(B, said)[0]);
    expect(heartbeat?.entries).toEqual([]);
    const effects = leader.receive(B, appended(2, probe, 2 + MAX_ENTRIES));
    expect(appendsTo(B, effects).map(({ entries }) => entries.length)).toEqual([MAX_ENTRIES, MAX_ENTRIES]);
  });
});

function bytesToC(effects: RaftEffect[]): number {
  return bytesTo(C, effects);
}
