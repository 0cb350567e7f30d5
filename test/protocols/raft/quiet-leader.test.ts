import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import {
  A,
  appendEntries,
  B,
  C,
  D,
  E,
  logOf,
  OnBench,
  preVoteAnswer,
  type RaftEffect,
  records,
  requestVote,
  sendsOf,
  TIMEOUT_MS,
} from "./on-bench.ts";

const HEARD = appendEntries(1, { previousIndex: 1, previousTerm: 1 });

/** A candidate of term 2 whose vote is on disk, and who heard C, the leader of term 1, at `heardAt` if at all. */
function candidate(voters: readonly PeerId[], hearsLeader = true): { peer: OnBench; heardAt: number } {
  const peer = new OnBench(records(1, logOf([1], voters)));
  const heardAt = peer.now;
  if (hearsLeader) peer.receive(C, HEARD);
  peer.expire();
  for (const voter of voters.slice(1)) peer.receive(voter, preVoteAnswer(2, true, 0));
  peer.sync();
  return { peer, heardAt };
}

function votes(peer: OnBench, from: PeerId, leaderHeardMs: number | null, granted = true): readonly RaftEffect[] {
  return peer.receive(from, { kind: "vote-answer", term: 2, granted, leaderHeardMs });
}

/** What is told of it with the election. */
function quietMs(effects: readonly RaftEffect[]): number | null | undefined {
  for (const effect of effects)
    if (effect.kind === "event" && effect.event.kind === "leader-elected") return effect.event.quietMs;
  return undefined;
}

function leaderHeardMs(effects: readonly RaftEffect[]): number | null | undefined {
  const [answer] = sendsOf(effects);
  return answer?.message.kind === "vote-answer" ? answer.message.leaderHeardMs : undefined;
}

describe("a voter says with its vote for how long it has not heard a leader", () => {
  test("in whole ms, rather too few", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(C, HEARD);
    peer.now += TIMEOUT_MS + 0.9;
    expect(leaderHeardMs(peer.receive(B, requestVote(2, 1, 1)))).toBe(TIMEOUT_MS);
  });

  test("null where it has heard none in this life, as it may have in an earlier one", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.now += TIMEOUT_MS;
    expect(leaderHeardMs(peer.receive(B, requestVote(2, 1, 1)))).toBeNull();
  });

  test("none at all where it led itself until then", () => {
    const peer = new OnBench(records(0, logOf([1])));
    peer.elect(B);
    expect(leaderHeardMs(peer.receive(B, requestVote(9, 9, 9, true)))).toBe(0);
  });
});

describe("whoever is elected tells for how long none of its voters had heard a leader", () => {
  test("its own word counts as well", () => {
    const { peer, heardAt } = candidate([A, B, C]);
    expect(quietMs(votes(peer, B, 10_000))).toBe(peer.now - heardAt);
  });

  test("what passes until the last vote has come is added", () => {
    const { peer } = candidate([A, B, C, D, E]);
    votes(peer, B, 20);
    peer.now += 7;
    expect(quietMs(votes(peer, D, 10_000))).toBe(27);
  });

  test("the least counts, whoever said it", () => {
    const { peer } = candidate([A, B, C, D, E]);
    votes(peer, B, 90);
    expect(quietMs(votes(peer, D, 30))).toBe(30);
  });

  test("it is not known where a voter does not know", () => {
    const { peer } = candidate([A, B, C, D, E]);
    votes(peer, B, null);
    expect(quietMs(votes(peer, D, 30))).toBeNull();
  });

  test("nor where it does not know itself", () => {
    const { peer } = candidate([A, B, C], false);
    expect(quietMs(votes(peer, B, 30))).toBeNull();
  });

  test("those who refused say nothing of the quorum that it has", () => {
    const { peer } = candidate([A, B, C, D, E]);
    votes(peer, E, 0, false);
    votes(peer, B, 40);
    expect(quietMs(votes(peer, D, 50))).toBe(40);
  });

  test("the second answer of a voter does not count", () => {
    const { peer } = candidate([A, B, C, D, E]);
    votes(peer, B, 40);
    votes(peer, B, 5);
    expect(quietMs(votes(peer, D, 50))).toBe(40);
  });

  test("what was said in the pre-vote does not count", () => {
    const { peer } = candidate([A, B, C]);
    expect(quietMs(votes(peer, B, 200))).toBe(200);
  });

  test("nothing is known of the voters of another", () => {
    const peer = new OnBench(records(1, logOf([1])));
    expect(quietMs(peer.receive(C, HEARD))).toBeNull();
  });
});
