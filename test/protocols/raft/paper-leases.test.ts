import { describe, expect, test } from "vitest";
import {
  A,
  answerAppends,
  appendEntries,
  appendsTo,
  B,
  type BenchOptions,
  C,
  D,
  E,
  event,
  eventsOf,
  HEARTBEAT_MS,
  logOf,
  OnBench,
  orderOf,
  preVote,
  preVoteAnswer,
  type RaftEffect,
  records,
  requestVote,
  sendsOf,
  settledLeader,
  TIMEOUT_MS,
} from "./on-bench.ts";

const LEASES: BenchOptions = { reads: "lease" };
const LEASE_MS = 0.9 * TIMEOUT_MS;

function leased(voters = [A, B, C]): OnBench {
  return settledLeader(voters, LEASES);
}

/** Asks for a read: whether it is answered at once, without a word to anybody. */
function isAtOnce(leader: OnBench, ticket = 1): boolean {
  const effects = leader.read(ticket);
  const answered = orderOf(effects).some(({ kind }) => kind === "readable");
  expect(sendsOf(effects).length > 0).toBe(!answered);
  return answered;
}

describe("reads by lease (dissertation 6.4.1)", () => {
  test("within 0.9 of the least election timeout of a round that a majority answered a read is answered at once", () => {
    const leader = leased();
    answerAppends(leader, B, leader.expire());
    leader.now += LEASE_MS - 1;
    expect(leader.read(8)).toEqual([event({ kind: "readable", ticket: 8, index: 2 })]);
  });

  test("it counts from when the round was sent, and ends then", () => {
    const leader = leased();
    const round = leader.expire();
    const sentAt = leader.now;
    leader.now += 100;
    answerAppends(leader, B, round);
    leader.now = sentAt + LEASE_MS - 1;
    expect(isAtOnce(leader)).toBe(true);
    leader.now = sentAt + LEASE_MS;
    expect(isAtOnce(leader)).toBe(false);
  });

  test("of five it takes two others, and the older of their rounds counts", () => {
    const leader = leased([A, B, C, D, E]);
    const [first, firstSentAt, second] = [leader.expire(), leader.now, leader.expire()];
    answerAppends(leader, B, first);
    answerAppends(leader, C, second);
    leader.now = firstSentAt + LEASE_MS - 1;
    expect(isAtOnce(leader)).toBe(true);
    leader.now = firstSentAt + LEASE_MS;
    expect(isAtOnce(leader)).toBe(false);
  });

  test("a read that comes too late for the lease is answered by a round, and that makes another lease", () => {
    const leader = leased();
    answerAppends(leader, B, leader.wait(HEARTBEAT_MS));
    leader.now += LEASE_MS;
    const round = leader.read(7);
    expect(orderOf(answerAppends(leader, B, round))).toEqual([{ kind: "readable", ticket: 7, index: 2 }]);
    expect(isAtOnce(leader)).toBe(true);
  });

  test("a new leader has none before an entry of its term is committed", () => {
    const leader = new OnBench(records(1, logOf([1])), A, 1, LEASES);
    leader.now += TIMEOUT_MS;
    const elected = leader.elect(B);
    answerAppends(leader, B, elected);
    expect(orderOf(leader.read(7))).toEqual([]);
    expect(orderOf(leader.sync())).toContainEqual({ kind: "readable", ticket: 7, index: 2 });
  });

  test("to be elected is no lease: votes are no answers to a leader", () => {
    const leader = new OnBench(records(1, logOf([1])), A, 1, LEASES);
    const elected = leader.elect(B, C);
    leader.sync();
    leader.now += 10;
    answerAppends(leader, B, elected);
    leader.now += LEASE_MS - 10;
    expect(isAtOnce(leader)).toBe(false);
  });

  test("a single voter has one for ever", () => {
    const leader = new OnBench([], A, 1, LEASES);
    leader.command({ kind: "found" });
    leader.sync();
    leader.sync();
    leader.now += 10 * TIMEOUT_MS;
    expect(isAtOnce(leader)).toBe(true);
  });

  test("without `reads` of lease there is none", () => {
    const leader = settledLeader();
    answerAppends(leader, B, leader.wait(HEARTBEAT_MS));
    expect(isAtOnce(leader)).toBe(false);
  });

  test("it is void from the start of a transfer on, for the rest of the term, though the transfer fails", () => {
    const leader = leased();
    expect(isAtOnce(leader)).toBe(true);
    leader.command({ kind: "transfer", to: B });
    expect(isAtOnce(leader)).toBe(false);
    const failed: RaftEffect[] = [];
    while (!eventsOf(failed).some(({ kind }) => kind === "transfer-failed")) {
      const said = leader.wait(HEARTBEAT_MS);
      failed.push(...said, ...answerAppends(leader, C, said));
    }
    answerAppends(leader, C, leader.wait(HEARTBEAT_MS));
    expect(isAtOnce(leader)).toBe(false);
  });

  test("the next term of the same leader has one again", () => {
    const leader = leased();
    leader.command({ kind: "transfer", to: B });
    leader.receive(B, requestVote(3, 2, 2, true));
    leader.now += TIMEOUT_MS;
    const elected = leader.elect(C);
    expect(leader.view).toMatchObject({ role: "leader", currentTerm: 4 });
    answerAppends(leader, C, elected);
    leader.sync();
    expect(isAtOnce(leader)).toBe(true);
  });
});

/** A voter in term 2 that has just answered its leader B. */
function voter(options = LEASES): OnBench {
  const peer = new OnBench(records(2, logOf([1])), A, 1, options);
  peer.now += 2 * TIMEOUT_MS;
  peer.receive(B, appendEntries(2, { previousIndex: 1, previousTerm: 1 }));
  return peer;
}

/** Whether a peer gives its vote to C, which asks for it in that term. */
function votes(peer: OnBench, term: number, transfer = false): boolean {
  const [answer] = sendsOf(peer.receive(C, requestVote(term, 9, 9, transfer)));
  return answer?.message.kind === "vote-answer" && answer.message.granted;
}

function wouldVote(peer: OnBench, term: number): boolean {
  const [answer] = sendsOf(peer.receive(C, preVote(term, 9, 9)));
  return answer?.message.kind === "pre-vote-answer" && answer.message.granted;
}

describe("voters keep a lease", () => {
  test("nobody gets a vote, or the promise of one, within the least election timeout of the leader's last word", () => {
    const peer = voter();
    const heardAt = peer.now;
    peer.now = heardAt + TIMEOUT_MS - 1;
    expect(wouldVote(peer, 3)).toBe(false);
    expect(votes(peer, 3)).toBe(false);
    expect(peer.view.currentTerm).toBe(2);
    peer.now = heardAt + TIMEOUT_MS;
    expect(wouldVote(peer, 3)).toBe(true);
    expect(votes(peer, 3)).toBe(true);
  });

  test("the successor whom the leader has named gets it all the same", () => {
    expect(votes(voter(), 3, true)).toBe(true);
  });

  test("that the link to the leader broke changes nothing, and is no hint to stand", () => {
    const peer = voter();
    const { deadline } = peer.machine;
    expect(peer.give({ kind: "link", peer: B, up: false })).toEqual([]);
    expect(peer.machine.deadline).toBe(deadline);
    expect(votes(peer, 3)).toBe(false);
    const hinted = voter({ reads: "read-index" });
    hinted.give({ kind: "link", peer: B, up: false });
    expect(hinted.machine.deadline).toBeLessThan(hinted.now + TIMEOUT_MS);
    expect(votes(hinted, 3)).toBe(true);
  });

  test("nor does the standby ask at once", () => {
    const peer = voter();
    peer.receive(B, appendEntries(2, { round: 2, previousIndex: 1, previousTerm: 1, standby: A }));
    expect(peer.give({ kind: "link", peer: B, up: false })).toEqual([]);
  });

  test("that the leader is found to be of an old term changes nothing: its lease goes on", () => {
    const peer = voter();
    peer.receive(D, preVoteAnswer(5, false));
    expect(peer.view).toMatchObject({ currentTerm: 5, leader: null });
    expect(wouldVote(peer, 6)).toBe(false);
    expect(votes(peer, 6)).toBe(false);
    peer.now += TIMEOUT_MS;
    expect(votes(peer, 6)).toBe(true);
    const hinted = voter({ reads: "read-index" });
    hinted.receive(D, preVoteAnswer(5, false));
    expect(votes(hinted, 6)).toBe(true);
  });

  test.each([
    ["a voter", records(2, logOf([1]))],
    ["a learner, which may have become a voter without knowing", records(2, logOf([1], [B, C, D], [A]))],
    ["a peer that is blank", []],
  ])(
    "who has just started gives no vote for an election timeout, for it may have answered a leader before: %s",
    (_who, saved) => {
      const peer = new OnBench(saved, A, 1, LEASES);
      peer.now += TIMEOUT_MS - 1;
      expect(votes(peer, 3)).toBe(false);
      peer.now += 1;
      expect(votes(peer, 3)).toBe(true);
      expect(votes(new OnBench(saved), 3)).toBe(true);
    },
  );

  test("a leader that steps down gives none to others either while its own word may still be believed", () => {
    const leader = leased();
    leader.receive(D, preVoteAnswer(5, false));
    expect(leader.view).toMatchObject({ role: "follower", currentTerm: 5 });
    expect(votes(leader, 6)).toBe(false);
  });

  test("a lease is over before the first voter may give its vote", () => {
    const leader = leased();
    const round = leader.expire();
    const sentAt = leader.now;
    const peer = voter();
    peer.now = sentAt;
    for (const append of appendsTo(C, round)) peer.receive(B, { ...append, previousIndex: 1, previousTerm: 1 });
    answerAppends(leader, C, round);
    for (let ms = 0; ms <= TIMEOUT_MS; ms += 10) {
      leader.now = sentAt + ms;
      peer.now = sentAt + ms;
      expect([wouldVote(peer, 3), isAtOnce(leader)]).not.toEqual([true, true]);
    }
    expect(wouldVote(peer, 3)).toBe(true);
  });
});
