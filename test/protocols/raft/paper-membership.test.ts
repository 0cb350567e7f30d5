import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import {
  A,
  appendEntries,
  appended,
  appendsTo,
  B,
  C,
  configured,
  D,
  E,
  eventsOf,
  HEARTBEAT_MS,
  id,
  kindsOf,
  logOf,
  OnBench,
  preVote,
  preVoteAnswer,
  type RaftEffect,
  REMOVAL_MS,
  records,
  requestVote,
  sendsOf,
  TIMEOUT_MS,
  voteAnswer,
} from "./on-bench.ts";

/** A leader that everybody answers at once, as long as it is in `up`. */
class Led {
  readonly bench: OnBench;
  readonly up: Set<PeerId>;
  /** Answers take so long for these, ms. */
  readonly delays = new Map<PeerId, number>();
  readonly events: ReturnType<typeof eventsOf> = [];
  /** Who was told to stand. */
  readonly handovers: PeerId[] = [];

  constructor(voters: readonly PeerId[], learners: readonly PeerId[] = []) {
    this.bench = new OnBench(records(1, logOf([1], voters, learners)));
    this.up = new Set([...voters, ...learners]);
    for (const peer of this.up) this.status(peer, "healthy");
    this.#answer(this.bench.elect(...voters.filter((voter) => voter !== A)));
    this.pass(2 * HEARTBEAT_MS);
  }

  status(peer: PeerId, status: "healthy" | "doubted" | "unhealthy" | "left", mayLead = true): void {
    this.#answer(this.bench.command({ kind: "member", peer, status, mayLead }));
  }

  give(effects: readonly RaftEffect[]): void {
    this.#answer(effects);
  }

  pass(ms: number): void {
    const end = this.bench.now + ms;
    while (this.bench.machine.deadline <= end) this.#answer(this.bench.expire());
    this.bench.now = end;
  }

  get configuration() {
    const { voters, learners } = this.bench.view;
    return { voters, learners };
  }

  /** Changes of configuration told since the last look. */
  changes(): string[] {
    const told = this.events
      .splice(0)
      .flatMap((event) => (event.kind === "configuration-changed" ? [`${event.change} ${event.peer?.slice(-1)}`] : []));
    return told;
  }

  #answer(effects: readonly RaftEffect[]): void {
    this.events.push(...eventsOf(effects));
    if (effects.some(({ kind }) => kind === "save")) this.#answer(this.bench.sync());
    const sentAt = this.bench.now;
    const delay = (peer: PeerId) => this.delays.get(peer) ?? 0;
    for (const { to, message } of sendsOf(effects).sort((a, b) => delay(a.to) - delay(b.to))) {
      if (message.kind === "timeout-now") this.handovers.push(to);
      if (message.kind !== "append-entries" || !this.up.has(to)) continue;
      const answer = appended(message.term, message.round, message.previousIndex + message.entries.length);
      this.bench.now = Math.max(this.bench.now, sentAt + delay(to));
      this.#answer(this.bench.receive(to, answer));
    }
  }
}

function peers(count: number): PeerId[] {
  return Array.from({ length: count }, (_, i) => id((i + 10).toString(16)));
}

describe("one change at a time (dissertation chapter 4)", () => {
  test("a configuration is in force as soon as it is in the log", () => {
    const peer = new OnBench(records(1, logOf([1])));
    const entries = [configured(2, 1, { voters: [A, B, C], learners: [D] })];
    peer.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1, entries }));
    expect(peer.view).toMatchObject({ learners: [D], commitIndex: 0 });
  });

  test("none is begun before an entry of the leader's term is committed", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.elect(B);
    peer.sync();
    peer.command({ kind: "member", peer: D, status: "healthy", mayLead: true });
    expect(peer.view.learners).toEqual([]);
    peer.receive(B, appended(2, 1, 2));
    expect(peer.view.learners).toEqual([D]);
  });

  test("the next one waits until the last one is committed", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.elect(B);
    peer.sync();
    peer.receive(B, appended(2, 1, 2));
    peer.command({ kind: "member", peer: D, status: "healthy", mayLead: true });
    peer.command({ kind: "member", peer: E, status: "healthy", mayLead: true });
    expect(peer.view.learners).toEqual([D]);
    peer.sync();
    const [append] = appendsTo(B, peer.expire());
    peer.receive(B, appended(2, append?.round ?? 0, 3));
    expect(peer.view.learners).toEqual([D, E]);
  });

  test("a new leader acts on what it heard of the members before", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.command({ kind: "member", peer: D, status: "healthy", mayLead: true });
    peer.elect(B);
    peer.sync();
    peer.receive(B, appended(2, 1, 2));
    expect(peer.view.learners).toEqual([D]);
  });
});

describe("growing", () => {
  test("joiners become learners, and voters by twos up to seven; the eighth stays a learner", () => {
    const led = new Led([A]);
    const sizes: number[] = [];
    for (const peer of peers(8).slice(1)) {
      led.up.add(peer);
      led.status(peer, "healthy");
      led.pass(HEARTBEAT_MS);
      sizes.push(led.configuration.voters.length);
    }
    expect(sizes).toEqual([1, 3, 3, 5, 5, 7, 7]);
    expect(led.configuration).toEqual({ voters: peers(7), learners: peers(8).slice(7) });
    expect(led.changes().slice(0, 4)).toEqual([
      "added as learner b",
      "added as learner c",
      "promoted to voter b",
      "promoted to voter c",
    ]);
  });

  test("only a learner that has all that is committed is promoted", () => {
    const led = new Led([A, B, C], [D, E]);
    expect(led.configuration.voters).toHaveLength(5);
    const slow = new Led([A, B, C], [D]);
    slow.status(E, "healthy");
    slow.pass(10 * HEARTBEAT_MS);
    expect(slow.configuration).toEqual({ voters: [A, B, C], learners: [D, E] });
    slow.up.add(E);
    slow.pass(2 * HEARTBEAT_MS);
    expect(slow.configuration.voters).toEqual([A, B, C, D, E]);
  });

  test("those that may not lead stay learners: they neither become voters nor count as some to come", () => {
    const led = new Led([A]);
    for (const [i, peer] of peers(5).slice(1).entries()) {
      led.up.add(peer);
      led.status(peer, "healthy", i >= 2);
      led.pass(2 * HEARTBEAT_MS);
    }
    expect(led.configuration).toEqual({ voters: [A, D, E], learners: [B, C] });
    led.status(B, "healthy", true);
    led.pass(2 * HEARTBEAT_MS);
    expect(led.configuration.voters).toEqual([A, D, E]);
    led.status(C, "healthy", true);
    led.pass(2 * HEARTBEAT_MS);
    expect(led.configuration.voters).toEqual([A, B, C, D, E]);
  });

  test("a doubted member counts as healthy", () => {
    const led = new Led([A, B, C], [D]);
    led.status(D, "doubted");
    led.up.add(E);
    led.status(E, "doubted");
    led.pass(2 * HEARTBEAT_MS);
    expect(led.configuration.voters).toEqual([A, B, C, D, E]);
  });
});

describe("shrinking", () => {
  test("a voter that was unhealthy for long is removed, and a learner takes its place", () => {
    const led = new Led([A, B, C], [D]);
    led.up.delete(C);
    led.status(C, "unhealthy");
    led.pass(REMOVAL_MS - HEARTBEAT_MS);
    expect(led.changes()).toEqual([]);
    led.pass(2 * HEARTBEAT_MS);
    expect(led.changes()).toEqual(["voter removed c", "promoted to voter d"]);
    expect(led.configuration).toEqual({ voters: [A, B, D], learners: [] });
  });

  test("a voter that is only doubted, or unhealthy for a short time, stays", () => {
    const led = new Led([A, B, C]);
    led.status(C, "doubted");
    led.pass(2 * REMOVAL_MS);
    led.status(C, "unhealthy");
    led.pass(REMOVAL_MS / 2);
    led.status(C, "healthy");
    led.pass(REMOVAL_MS);
    led.status(C, "unhealthy");
    led.pass(REMOVAL_MS / 2);
    expect(led.changes()).toEqual([]);
  });

  test("a voter that left is removed at once", () => {
    const led = new Led(peers(5));
    led.status(E, "left");
    expect(led.changes()).toEqual(["voter removed e", "demoted to learner c"]);
    expect(led.configuration).toEqual({ voters: [A, B, D], learners: [C] });
  });

  test("nobody is removed while those who would remain have no quorum up", () => {
    const led = new Led([A, B, C]);
    led.up.delete(C);
    led.pass(TIMEOUT_MS + HEARTBEAT_MS);
    // It still answers, and is still needed.
    led.status(B, "left");
    led.pass(TIMEOUT_MS);
    expect(led.changes()).toEqual([]);
    led.up.add(C);
    led.pass(2 * HEARTBEAT_MS);
    expect(led.changes()).toEqual(["voter removed b", "demoted to learner c"]);
  });

  test("of surplus voters the slowest to answer is demoted, never the leader, nor its standby", () => {
    const led = new Led(peers(5));
    led.delays.set(D, 9);
    led.pass(40 * HEARTBEAT_MS);
    led.status(E, "left");
    expect(led.changes()).toEqual(["voter removed e", "demoted to learner d"]);
  });

  test("of two voters one is demoted: both would be needed, and either's failure would stop the cluster", () => {
    const led = new Led([A, B, C]);
    led.status(C, "left");
    expect(led.configuration).toEqual({ voters: [A], learners: [B] });
  });

  test("a learner that left, or was unhealthy for long, is removed", () => {
    const led = new Led([A, B, C], [D]);
    led.status(D, "left");
    expect(led.changes()).toEqual(["learner removed d"]);
    led.status(D, "healthy");
    led.up.delete(D);
    led.status(D, "unhealthy");
    led.pass(REMOVAL_MS + HEARTBEAT_MS);
    expect(led.changes()).toEqual(["added as learner d", "learner removed d"]);
  });

  test("a member of which membership never spoke is removed when it was silent for long", () => {
    const silent = new OnBench(records(1, logOf([1], [A], [D])));
    silent.elect();
    silent.sync();
    silent.wait(REMOVAL_MS + HEARTBEAT_MS);
    expect(silent.view.learners).toEqual([]);
  });

  test("a leader that left, by what membership says, steps down when its removal is committed (4.2.2)", () => {
    const led = new Led([A, B, C]);
    led.status(A, "left");
    expect(led.events).toContainEqual({ kind: "leader-lost", term: 2, leader: A, because: "removed" });
    expect(led.configuration.voters).toEqual([B, C]);
    expect(led.bench.view.role).toBe("learner");
  });
});

describe("a voter whose removal is not known to be committed (dissertation 4.2.2)", () => {
  const log = [...logOf([1], [A, B]), configured(2, 1, { voters: [B], learners: [A] })];

  test("still stands, for perhaps nobody else has that entry; its own vote does not count", () => {
    const peer = new OnBench(records(1, log));
    expect(sendsOf(peer.expire())).toEqual([{ to: B, message: preVote(2, 2, 1) }]);
    peer.receive(B, preVoteAnswer(2, true));
    peer.sync();
    expect(peer.view.role).toBe("candidate");
    peer.receive(B, voteAnswer(2, true));
    expect(peer.view.role).toBe("leader");
  });

  test("steps down as soon as it has committed it", () => {
    const peer = new OnBench(records(1, log));
    peer.elect(B);
    peer.sync();
    expect(eventsOf(peer.receive(B, appended(2, 1, 3)))).toContainEqual({
      kind: "leader-lost",
      term: 2,
      leader: A,
      because: "removed",
    });
    expect(peer.view.role).toBe("learner");
    expect(sendsOf(peer.wait(10 * TIMEOUT_MS))).toEqual([]);
  });
});

describe("check-quorum (dissertation 6.2)", () => {
  test("a leader that hears no majority for an election timeout steps down", () => {
    const led = new Led([A, B, C]);
    led.up.clear();
    led.pass(TIMEOUT_MS - HEARTBEAT_MS);
    expect(led.bench.view.role).toBe("leader");
    led.pass(2 * HEARTBEAT_MS);
    expect(led.events.slice(-2)).toEqual([
      { kind: "quorum-lost", missing: [B, C], voters: 3 },
      { kind: "leader-lost", term: 2, leader: A, because: "quorum-lost" },
    ]);
    expect(led.bench.view.role).toBe("follower");
  });

  test("one of two others is majority enough", () => {
    const led = new Led([A, B, C]);
    led.up.delete(C);
    led.pass(10 * TIMEOUT_MS);
    expect(led.bench.view).toMatchObject({ role: "leader", votersHeard: [A, B] });
  });

  test("a leader that stood still for an election timeout steps down before anything else", () => {
    const led = new Led([A, B, C]);
    led.bench.now += TIMEOUT_MS;
    const effects = led.bench.give({ kind: "resumed", gapMs: TIMEOUT_MS });
    expect(eventsOf(effects)).toEqual([{ kind: "leader-lost", term: 2, leader: A, because: "quorum-lost" }]);
    expect(sendsOf(effects)).toEqual([]);
  });

  test("a short pause costs nothing, and a single voter is its own quorum", () => {
    const led = new Led([A, B, C]);
    led.give(led.bench.give({ kind: "resumed", gapMs: TIMEOUT_MS - 1 }));
    expect(led.bench.view.role).toBe("leader");
    const alone = new Led([A]);
    alone.bench.now += 9 * TIMEOUT_MS;
    alone.give(alone.bench.give({ kind: "resumed", gapMs: 9 * TIMEOUT_MS }));
    expect(alone.bench.view.role).toBe("leader");
  });
});

describe("the standby", () => {
  test("is the voter with the quickest median response, and followers know it", () => {
    const led = new Led([A, B, C]);
    led.delays.set(B, 8);
    led.pass(40 * HEARTBEAT_MS);
    expect(led.bench.view.standby).toBe(C);
    const follower = new OnBench(records(1, logOf([1])));
    follower.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1, standby: C }));
    expect(follower.view.standby).toBe(C);
  });

  test("changes only for one that is more than a quarter quicker", () => {
    const led = new Led([A, B, C]);
    led.delays.set(B, 10);
    led.delays.set(C, 14);
    led.pass(40 * HEARTBEAT_MS);
    expect(led.bench.view.standby).toBe(B);
    led.delays.set(C, 8);
    led.pass(40 * HEARTBEAT_MS);
    expect(led.bench.view.standby).toBe(B);
    led.delays.set(C, 7);
    led.pass(40 * HEARTBEAT_MS);
    expect(led.bench.view.standby).toBe(C);
  });

  test("is never one that is not heard", () => {
    const led = new Led([A, B, C]);
    const { standby } = led.bench.view;
    if (standby !== null) led.up.delete(standby);
    led.pass(TIMEOUT_MS + HEARTBEAT_MS);
    expect(led.bench.view.standby).toBe(standby === B ? C : B);
  });
});

describe("leader transfer (dissertation 3.10)", () => {
  test("the successor is told to stand when its log is complete, not before", () => {
    const led = new Led([A, B, C]);
    led.up.delete(C);
    led.status(D, "healthy");
    const effects = led.bench.command({ kind: "transfer", to: C });
    expect(kindsOf(effects)).toEqual(["transfer-started"]);
    expect(sendsOf(effects)).toEqual([]);
    const { lastLogIndex } = led.bench.view;
    expect(sendsOf(led.bench.receive(C, appended(2, 0, lastLogIndex)))).toContainEqual({
      to: C,
      message: { kind: "timeout-now", term: 2 },
    });
  });

  test("nobody named: the standby", () => {
    const led = new Led([A, B, C]);
    led.delays.set(B, 5);
    led.pass(40 * HEARTBEAT_MS);
    expect(eventsOf(led.bench.command({ kind: "transfer", to: null }))).toEqual([{ kind: "transfer-started", to: C }]);
  });

  test("no change of configuration is begun meanwhile", () => {
    const led = new Led([A, B, C]);
    led.bench.command({ kind: "transfer", to: B });
    led.status(D, "healthy");
    expect(led.configuration.learners).toEqual([]);
  });

  test("who is told to stand does so at once, without a pre-vote", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1 }));
    const effects = peer.receive(B, { kind: "timeout-now", term: 1 });
    expect(eventsOf(effects)).toEqual([
      { kind: "election-started", term: 2, because: { kind: "transfer", leader: B } },
      { kind: "leader-lost", term: 1, leader: B, because: "transferred" },
    ]);
    expect(sendsOf(effects)).toEqual([B, C].map((to) => ({ to, message: requestVote(2, 1, 1, true) })));
  });

  test("only the leader can tell a peer to stand", () => {
    const peer = new OnBench(records(1, logOf([1])));
    peer.receive(B, appendEntries(1, { previousIndex: 1, previousTerm: 1 }));
    expect(peer.receive(C, { kind: "timeout-now", term: 1 })).toEqual([]);
  });

  test("a vote for a transfer is granted although the leader is heard; the leader gives way", () => {
    const led = new Led([A, B, C]);
    led.bench.command({ kind: "transfer", to: B });
    const { lastLogIndex } = led.bench.view;
    const effects = led.bench.receive(B, requestVote(3, lastLogIndex, 2, true));
    expect(eventsOf(effects)).toEqual([
      { kind: "leader-lost", term: 2, leader: A, because: "transferred" },
      { kind: "vote-granted", term: 3, to: B },
    ]);
    expect(sendsOf(effects)).toMatchObject([{ to: B, message: { ...voteAnswer(3, true), leaderHeardMs: 0 } }]);
  });

  test("a transfer that takes an election timeout has failed, and the leader goes on", () => {
    const led = new Led([A, B, C]);
    led.bench.command({ kind: "transfer", to: B });
    led.pass(TIMEOUT_MS);
    expect(led.events).toContainEqual({ kind: "transfer-failed", to: B, because: "timed-out" });
    led.status(D, "healthy");
    expect(led.configuration.learners).toEqual([D]);
  });

  test.each([
    ["a learner", D],
    ["the leader itself", A],
    ["a stranger", E],
  ])("%s is not fit", (_who, to) => {
    const led = new Led([A, B, C], [D]);
    expect(eventsOf(led.bench.command({ kind: "transfer", to }))).toEqual([
      { kind: "transfer-failed", to, because: "nobody-fit" },
    ]);
  });

  test("only a leader can hand over", () => {
    const peer = new OnBench(records(1, logOf([1])));
    expect(eventsOf(peer.command({ kind: "transfer", to: null }))).toEqual([
      { kind: "transfer-failed", to: null, because: "not-leader" },
    ]);
  });
});

describe("leaving", () => {
  test("who does not lead leaves at once, votes no more and stands no more", () => {
    const peer = new OnBench(records(1, logOf([1])));
    expect(eventsOf(peer.command({ kind: "leave" }))).toEqual([{ kind: "left-office" }]);
    expect(sendsOf(peer.receive(B, requestVote(2, 9, 9)))).toEqual([{ to: B, message: voteAnswer(2, false) }]);
    expect(sendsOf(peer.wait(10 * TIMEOUT_MS))).toEqual([]);
  });

  test("a leader hands over first, and stays until its successor has committed", () => {
    const led = new Led([A, B, C]);
    expect(kindsOf(led.bench.command({ kind: "leave" }))).toEqual(["transfer-started"]);
    const { lastLogIndex } = led.bench.view;
    // The successor may need this very vote.
    led.bench.receive(B, requestVote(3, lastLogIndex, 2, true));
    led.bench.sync();
    const entries = [{ index: lastLogIndex + 1, term: 3, payload: { kind: "no-op" as const } }];
    const append = { previousIndex: lastLogIndex, previousTerm: 2, entries };
    expect(kindsOf(led.bench.receive(B, appendEntries(3, append)))).not.toContain("left-office");
    const commit = { round: 2, previousIndex: lastLogIndex + 1, previousTerm: 3, leaderCommit: lastLogIndex + 1 };
    expect(kindsOf(led.bench.receive(B, appendEntries(3, commit)))).toContain("left-office");
  });

  test("a single voter makes a voter of its learner, and hands over to it", () => {
    const led = new Led([A], [B]);
    led.give(led.bench.command({ kind: "leave" }));
    expect(led.changes()).toEqual(["promoted to voter b"]);
    expect(led.bench.view.voters).toEqual([A, B]);
    expect(led.handovers).toEqual([B]);
  });

  test("but not of one that may not lead", () => {
    const led = new Led([A], [B]);
    led.status(B, "healthy", false);
    expect(kindsOf(led.bench.command({ kind: "leave" }))).toEqual(["transfer-failed", "left-office"]);
    expect(led.configuration).toEqual({ voters: [A], learners: [B] });
  });

  test("a leader without anybody fit leaves at once, one whose successor is slow after an election timeout", () => {
    const alone = new Led([A]);
    expect(kindsOf(alone.bench.command({ kind: "leave" }))).toEqual(["transfer-failed", "left-office"]);
    const led = new Led([A, B, C]);
    led.bench.command({ kind: "leave" });
    led.pass(TIMEOUT_MS - 1);
    expect(led.events).not.toContainEqual({ kind: "left-office" });
    led.pass(1);
    expect(led.events).toContainEqual({ kind: "left-office" });
  });
});
