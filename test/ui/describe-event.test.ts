import { describe, expect, test } from "vitest";
import { PeerNames } from "../../src/control/peer-names.ts";
import type { Address } from "../../src/core/address.ts";
import type { ClusterId } from "../../src/core/peer-id.ts";
import { type Answer, failed } from "../../src/core/request.ts";
import type { PeerEvent } from "../../src/peer/peer-event.ts";
import { electionCause } from "../../src/ui/describe-elections.ts";
import { addressRanges, describeEvent, sentence } from "../../src/ui/describe-event.ts";
import { at, id, picture, row, told } from "./pictures.ts";

type Told = PeerEvent["event"];
type Kind = Told["kind"];
type Of<K extends Kind, E = Told> = E extends { readonly kind: infer X }
  ? K extends X
    ? Omit<E, "kind">
    : never
  : never;

const view = picture({ rows: [row(2), row(3), row(4), row(5, { name: "\x1b[2Jevil" })] });
const names = new PeerNames(view.self, view.peers);
const cluster = "3f2a91bc00000001" as ClusterId;
const two = { peer: id(2), address: at(2) };
const link = { ...two, session: 1, name: "", incarnation: 1, cluster, dialledBy: "us" as const };
const cut = {
  id: 1,
  fault: { kind: "cut", reset: false },
  target: id(3),
  direction: "out",
  by: "7001",
} as const;
const election = {
  term: 4,
  because: { kind: "link-broke" as const, leader: id(3) },
  asker: id(1),
  yes: [id(1), id(2)],
  no: [],
  silent: [id(3)],
  startedAt: 1000,
  endedAt: 1061,
  outcome: "won" as const,
};

const notice = {
  origin: id(2),
  life: 1,
  dataType: 1337,
  sequence: 1,
  ttl: 0,
  hops: 1,
  lamport: 7,
  data: Buffer.from("note"),
};

/** One event of every kind that there is, with the sentence that tells it: a new kind does not compile without one. */
const SENTENCES: { readonly [K in Kind]: readonly [Of<K>, string] } = {
  started: [{ peer: id(1), incarnation: 3 }, "you started, incarnation 3"],
  resumed: [{ gapMs: 1400 }, "you ran again after standing still for 1.4 s"],
  left: [{}, "you left the cluster"],
  "office-entered": [{ term: 4, waitedMs: 180 }, "you began to act for the pool in term 4, after a wait of 180 ms"],
  "office-left": [
    { term: 4, because: "lease-expired" },
    "you stopped acting for the pool, in term 4 because our lease ran out before a quorum answered",
  ],
  "address-acquired": [{ address: at(9), term: 4, tookMs: 1200 }, "you took 127.0.0.1:7009 for term 4 in 1.2 s"],
  "address-lost": [
    { address: at(9), term: 4, because: "we lead no more" },
    "you let 127.0.0.1:7009 go because we lead no more",
  ],
  "address-failed": [
    { address: at(9), term: 4, because: "in use" },
    "you could not take 127.0.0.1:7009 because in use",
  ],
  "worker-joined": [{ peer: id(2) }, "7002 joined the workers"],
  "worker-left": [{ peer: id(2), because: "link-lost" }, "7002 left the workers because its link is lost"],
  "job-begun": [{ job: 7, size: 64, turns: 100, alive: 36 }, "you began job 7, 64 x 64, 36 cells alive, 100 turns"],
  "job-resumed": [{ job: 7, turn: 40 }, "you went on with job 7 from turn 40"],
  "job-paused": [{ job: 7, turn: 40 }, "you paused job 7 at turn 40"],
  "job-continued": [{ job: 7, turn: 40 }, "you let job 7 run on from turn 40"],
  "job-ended": [
    { job: 7, because: "finished", turn: 100, alive: 1 },
    "you finished job 7 at turn 100 with 1 cell alive",
  ],
  "job-stuck": [
    { job: 7, because: "no-workers" },
    "you could not go on with job 7 because nobody works: say :work on, or start peers without --no-worker",
  ],
  "job-marked": [{ job: 7, mark: { turn: 40, alive: 36, hash: "00" } }, "you made job 7 safe at turn 40"],
  "job-answered": [
    { request: { kind: "kill", job: 7 }, answer: { kind: "error", code: "no-job", text: "there is no job 7" } },
    "you could not end job 7 because there is no job 7",
  ],
  "slice-moved": [
    { job: 7, y: 0, rows: 8, from: id(2), to: id(3), because: "late" },
    "7002 had rows 0 to 7 of job 7 given to 7003 because it is late",
  ],
  "round-completed": [{ job: 7, turn: 40, slices: 3 }, "you brought job 7 to turn 40 by 3 slices"],
  "answer-rejected": [
    { from: id(2), term: 3, because: "old-term" },
    "7002 answered in vain, for term 3 because that term is over",
  ],
  "type-subscribed": [{ dataType: 1337, session: 2 }, "you subscribed type 1337 for program 2"],
  "type-unsubscribed": [{ dataType: 1337, session: null, because: null }, "you unsubscribed type 1337"],
  "notices-announced": [{ count: 1, notices: [notice] }, "you announced notice 7002#1 of type 1337: note"],
  "notices-received": [{ from: id(2), count: 2, notices: [notice, notice] }, "7002 brought 2 notices of type 1337"],
  "notices-accepted": [{ count: 1, notices: [notice] }, "you accepted notice 7002#1 of type 1337: note"],
  "notice-rejected": [
    { notice, because: "unanswered" },
    "you rejected notice 7002#1 of type 1337: note because a program here did not answer in time",
  ],
  "program-refused": [{ session: 2, reason: "too slow" }, "you closed the connection of program 2 because too slow"],
  "program-pulled": [{ address: at(9), session: 4 }, "127.0.0.1:7009 asked for IDs by connection 4"],
  "neighbour-verified": [{ address: at(9) }, "127.0.0.1:7009 answered in the other network"],
  "neighbour-lost": [
    { address: at(9), because: "silent" },
    "127.0.0.1:7009 is no neighbour in the other network any more because it did not answer",
  ],
  "foreign-notice": [
    { dataType: 1337, ttl: 4, data: Buffer.from("note") },
    "you received a notice of type 1337 from another network, 4 bytes",
  ],
  "link-established": [link, "7002 linked, we dialled"],
  "link-duplicated": [{ peer: id(2), session: 3 }, "7002 opened a second link, which is closed"],
  "link-replaced": [{ ...link, session: 3 }, "7002 kept one link of two"],
  "link-lost": [{ ...two, reason: "reset", goodbye: null }, "7002 lost its link to us because reset"],
  "dial-failed": [
    { address: at(9), reason: "refused", attempts: 1 },
    "127.0.0.1:7009 could not be dialled, 1 attempt because refused",
  ],
  "link-refused": [
    { address: at(2), by: "them", reason: "full", text: "no room" },
    "7002 refused a link because no room",
  ],
  "other-cluster-met": [{ ...two, cluster, yielding: false }, "7002 belongs to another cluster, 3f2a91bc"],
  seeking: [
    { addresses: [at(1), at(2), at(4)], because: "scan" },
    "you looked for peers on 127.0.0.1:7001-7002,7004 because nobody was named or remembered",
  ],
  "cluster-founded": [{ cluster }, "you founded cluster 3f2a91bc"],
  "cluster-joined": [{ cluster, through: at(2) }, "you joined cluster 3f2a91bc through 7002"],
  "cluster-yielded": [
    { cluster, to: "4444444400000001" as ClusterId },
    "you gave up cluster 3f2a91bc for 44444444 because ours held nothing",
  ],
  "clusters-apart": [
    { address: at(2), cluster },
    "7002 stays in its own cluster, 3f2a91bc because both clusters hold something",
  ],
  "peer-belongs": [{ peer: id(2) }, "7002 belongs to our cluster"],
  "peer-admitted": [{ peer: id(2) }, "7002 may be taken into the cluster"],
  "check-wanted": [{ address: at(9) }, "127.0.0.1:7009 is to be health-checked"],
  "table-wanted": [{ from: at(2) }, "7002 is to be asked for its network table"],
  "address-verified": [{ address: at(2) }, "7002 answered, so it is linked to"],
  "join-unanswered": [
    { addresses: [at(1)], attempts: 2 },
    "you had no answer from 127.0.0.1:7001, 2 attempts; retrying",
  ],
  "entropy-needed": [{}, "you ran low on random bytes for nonces"],
  "probe-answered": [{ peer: id(2), rttMs: 0.31 }, "7002 answered a probe in 0.3 ms"],
  "probe-answered-indirectly": [{ peer: id(2), via: id(3) }, "7002 answered 7003 but not us"],
  "probe-missed": [{ peer: id(2), via: [id(3)] }, "7002 answered no probe because asked directly and via 7003"],
  checked: [{ address: at(2), answered: false, rttMs: null }, "7002 answered no health check"],
  "member-joined": [{ ...two, name: "" }, "7002 joined, at 127.0.0.1:7002"],
  "member-moved": [{ ...two, previous: at(8) }, "7002 moved from 127.0.0.1:7008 to 127.0.0.1:7002"],
  "member-at-risk": [
    { ...two, livesRemaining: 2, because: { kind: "probes-missed", via: [id(3), id(4)] } },
    "7002 at risk 2/3 because probes missed: ours, via 7003 7004",
  ],
  "member-unhealthy": [
    { ...two, livesRemaining: 0, because: { kind: "rumour", from: id(3) } },
    "7002 unhealthy because 7003 says so",
  ],
  "member-healthy": [{ ...two, incarnation: 2 }, "7002 healthy, incarnation 2"],
  "member-left": [two, "7002 left the cluster"],
  "member-forgotten": [two, "7002 is forgotten because it was gone for long"],
  "doubt-refuted": [
    { incarnation: 2, status: "at-risk", from: id(3) },
    "you refuted a doubt with incarnation 2 because 7003 held us at-risk",
  ],
  "stranger-rumoured": [{ address: at(9) }, "127.0.0.1:7009 was heard of for the first time"],
  "incarnation-grown": [{ incarnation: 2 }, "you reached incarnation 2"],
  "id-heard": [{ address: at(9), from: id(2) }, "127.0.0.1:7009 was named by 7002"],
  "id-added": [{ address: at(2) }, "7002 added to the gossip IDs"],
  "id-removed": [{ address: at(2) }, "7002 removed from the gossip IDs"],
  exchanged: [
    { exchange: { at: 1, peer: id(2), direction: "out", kind: "push", ids: 4 } },
    "7002 push sent to it, 4 IDs",
  ],
  "election-started": [
    { term: 5, because: { kind: "leader-silent", leader: id(2), silentMs: 412 } },
    "you asked for votes in term 5 because 7001 heard nothing of leader 7002 for 412 ms",
  ],
  "election-failed": [
    { term: 5, because: "no-majority" },
    "you lost the election of term 5 because too few voted for us",
  ],
  "vote-granted": [{ term: 5, to: id(2) }, "you voted for 7002 in term 5"],
  "leader-elected": [
    { term: 4, leader: id(1), election, previous: id(3) },
    "you leader of term 4 (2/3 votes in 61 ms) because 7001 lost its link to leader 7003",
  ],
  "leader-lost": [
    { term: 4, leader: id(2), because: "silent" },
    "7002 no longer leader of term 4 because nothing was heard of it for too long",
  ],
  "quorum-lost": [
    { missing: [id(2), id(3)], voters: 3 },
    "you lost the quorum, 1 of 3 voters up because nothing is heard of 7002 7003",
  ],
  "quorum-regained": [{ missing: [id(3)], voters: 3 }, "you regained the quorum, 2 of 3 voters up"],
  "configuration-changed": [
    { index: 7, configuration: { voters: [id(1)], learners: [id(2)] }, change: "learner added", peer: id(2) },
    "7002 learner added (log 7): 1 voter, 1 learner",
  ],
  "log-compacted": [
    { index: 900, bytes: 4096 },
    "you keep the log behind 900 only: a snapshot of 4096 bytes stands for the rest",
  ],
  "snapshot-started": [
    { to: id(3), index: 1000, bytes: 4096 },
    "7003 is sent a snapshot of 4096 bytes, the log up to 1000",
  ],
  "snapshot-received": [
    { from: id(2), index: 1000, bytes: 4096 },
    "you took over a snapshot of 4096 bytes, the log up to 1000",
  ],
  "request-answered": [
    { request: { kind: "create", name: "notes" }, answer: { kind: "display", text: "created notes" } },
    "you created notes",
  ],
  "entry-committed": [{ first: 5, index: 7, term: 4 }, "you committed log 5 to 7 of term 4"],
  "log-truncated": [{ from: 7 }, "you cut the log from 7 on because the leader's log differs"],
  "transfer-started": [{ to: id(2) }, "7002 is to take over as leader"],
  "transfer-failed": [
    { to: id(2), because: "timed-out" },
    "you kept the leadership that 7002 was to take because it was not taken in time",
  ],
  "left-office": [{}, "you gave up every office, free to leave"],
  "bound-changed": [{ bound: true }, "you got a log that must not be given up"],
  "election-ended": [{ outcome: "leader-found", leader: id(3) }, "you ended the election: 7003 leads"],
  "rival-met": [
    { leader: id(1), rival: id(3) },
    "7003 claimed to lead too, beside you because Bully lets each part of a network have a leader",
  ],
  "epoch-established": [{ epoch: 4, leader: id(2) }, "7002 established epoch 4: a quorum has its history"],
  "epoch-ended": [
    { epoch: 4, leader: id(2), because: "quorum-lost" },
    "7002 no longer leader of epoch 4 because it could hear no quorum",
  ],
  "entries-committed": [{ first: 7, index: 9, epoch: 4 }, "you committed number 7 to 9 of the order, epoch 4"],
  "history-compacted": [
    { index: 9, bytes: 1200 },
    "you keep the history behind 9 only: a snapshot of 1200 bytes stands for the rest",
  ],
  "history-truncated": [
    { from: { epoch: 4, counter: 12 } },
    "you cut the history from 4:12 on because the leader's history differs, and none of it was committed",
  ],
  "ensemble-impostor": [
    { peer: id(4), address: at(3) },
    "7004 only observes, at 127.0.0.1:7003 because another peer was met first at that address of the ensemble",
  ],
  "lock-requested": [{ name: "printer", timestamp: 120 }, "you wanted lock printer at Lamport time 120"],
  "lock-acquired": [
    { name: "printer", peer: id(1), token: 7, waitedMs: 12 },
    "you got lock printer with token 7 after 12 ms",
  ],
  "lock-released": [{ name: "my printer", peer: id(1) }, 'you released lock "my printer"'],
  "lock-lost": [
    { name: "\x1b[2J", peer: id(1), because: "the lease ran out" },
    'you lost lock "\\u001b[2J" because the lease ran out',
  ],
  "lock-blocked": [
    { name: "printer", by: [id(2), id(3)] },
    "you cannot get lock printer because 7002 7003 cannot be reached and may hold it",
  ],
  "lock-freed": [{ name: "printer" }, "you can get lock printer again"],
  "fault-set": [{ ...cut, by: "7002" }, "you cut 7003 out because 7002 asked for it"],
  "fault-refused": [
    { reason: "64 faults are in force", by: "7002" },
    "you set no fault because 64 faults are in force",
  ],
  "fault-ended": [cut, "you no longer cut 7003 out"],
  "peer-paused": [{ by: "7001" }, "you paused"],
  "peer-unpaused": [
    { by: "its time was over", pausedMs: 4200 },
    "you ran on after a pause of 4.2 s because its time was over",
  ],
  "peer-crashed": [{ by: "7003" }, "you crashed: only what was on disk is left because 7003 asked for it"],
  "peer-recovered": [{}, "you recovered from disk"],
  "clock-changed": [{ skew: 1.5, pace: 10, by: "7001" }, "you ran at clock 1.5x and pace 10x"],
  "clock-jumped": [{ aheadMs: 10_000, by: "7001" }, "you jumped 10 s ahead with the clock"],
};

describe("an event as a sentence", () => {
  test.each(Object.entries(SENTENCES))("%s", (kind, [fields, text]) => {
    // Each entry holds the fields of its kind.
    const event = { kind, ...fields } as unknown as Told;
    expect(sentence(describeEvent(told(1, event), names))).toBe(text);
  });

  test("names and reasons from outside are escaped", () => {
    const lost = told(1, { kind: "link-lost", peer: id(5), address: at(5), reason: "bad\x07\u{202e}", goodbye: null });
    expect(sentence(describeEvent(lost, names))).toBe(
      "7005 lost its link to us because bad\\u{7}\\u{202e}".replace("7005", "\\u{1b}[2Jevil"),
    );
  });

  test("several notices are told by how many and of which types, of another network apart", () => {
    const of = (...types: number[]) => types.map((dataType) => ({ ...notice, dataType }));
    const text = (event: Told) => sentence(describeEvent(told(1, event), names));
    expect(text({ kind: "notices-announced", count: 3, notices: of(7, 8, 7) })).toBe(
      "you announced 3 notices of types 7 8",
    );
    expect(text({ kind: "notices-accepted", count: 5, notices: of(1, 2, 3, 4, 5) })).toBe(
      "you accepted 5 notices of types 1 2 3 4 ..",
    );
    expect(text({ kind: "notices-received", from: null, count: 1, notices: [notice] })).toBe(
      "you received notice 7002#1 of type 1337: note from another network",
    );
    expect(text({ kind: "type-unsubscribed", dataType: 7, session: 4, because: "closed by the program" })).toBe(
      "you unsubscribed type 7 for program 4 because closed by the program",
    );
  });

  test("data from outside is told in few words, and none of them steers a terminal", () => {
    for (const data of [
      Buffer.from("\x1b[2J\x1b]0;owned\x07"),
      Buffer.from("\u{202e}txt\n\r\u{2028}"),
      Buffer.from("\u{1f468}\u{200d}\u{1f469}".repeat(99)),
      new Uint8Array(65_527),
    ]) {
      const { text } = describeEvent(
        told(1, { kind: "notices-announced", count: 1, notices: [{ ...notice, data }] }),
        names,
      );
      expect(text).not.toMatch(/\p{Cc}|\p{Cf}|\p{Zl}/u);
      expect(text.length).toBeLessThan(120);
    }
  });

  test("what became of a request is trouble where it failed, and may have happened where nobody can tell", () => {
    const request = { kind: "append", name: "\x1b[2Jnotes", data: "x" } as const;
    const tell = (answer: Answer) => describeEvent(told(1, { kind: "request-answered", request, answer }), names);
    const refused = tell(failed("not-found", "no file \x1b[2Jnotes", true));
    expect(sentence(refused)).toBe('you could not append to "\\u001b[2Jnotes" because no file \\u{1b}[2Jnotes');
    expect(refused.tone).toBe("bad");
    expect(sentence(tell(failed("timed-out", "no outcome for 5000 ms", false)))).toBe(
      'you may have appended to "\\u001b[2Jnotes" because no outcome for 5000 ms',
    );
    expect(tell({ kind: "display", text: "appended\x1b 1 byte" })).toMatchObject({
      text: "appended\\u{1b} 1 byte",
      because: null,
      tone: "plain",
    });
  });

  test("a goodbye is told as what it is", () => {
    const lost = { kind: "link-lost", ...two, reason: "closed" } as const;
    expect(describeEvent(told(1, { ...lost, goodbye: "leaving" }), names).because).toBe("it leaves");
    expect(describeEvent(told(1, { ...lost, goodbye: "stopping" }), names).because).toBe("it stops and will be back");
  });
});

describe("leaders that are not voted for", () => {
  test.each<readonly [Told, string]>([
    [{ kind: "election-started", because: "asked" }, "you stood for election because a lower one stands"],
    [{ kind: "election-ended", outcome: "won", leader: id(1) }, "you won the election"],
    [
      { kind: "election-ended", outcome: "held-down", leader: id(2) },
      "you let a lower one lead for a while: 7002 leads",
    ],
    [{ kind: "leader-elected", leader: id(3), previous: null }, "7003 became the leader"],
    [
      { kind: "leader-lost", leader: id(3), because: "higher-priority" },
      "7003 no longer leader because one that ranks higher leads",
    ],
    [
      { kind: "leader-lost", leader: id(3), because: "moved" },
      "7003 no longer leader because another peer lives at the leader's address by now",
    ],
    [
      { kind: "transfer-failed", to: null, because: "leader-is-fixed" },
      "you kept the leadership because the leader is named beforehand",
    ],
    [
      { kind: "quorum-lost", missing: [id(2), id(3)], members: 3 },
      "you lost the quorum, 1 of 3 members up because nothing is heard of 7002 7003",
    ],
    [
      { kind: "rival-met", leader: id(2), rival: id(5) },
      "\\u{1b}[2Jevil claimed to lead too, beside 7002 because Bully lets each part of a network have a leader",
    ],
  ])("%j", (event, text) => {
    expect(sentence(describeEvent(told(1, event), names))).toBe(text);
  });
});

describe("the cause of an election", () => {
  test.each([
    [null, "not known here: only the outcome was heard"],
    [{ kind: "founding" }, "7002 founded the cluster and elected itself"],
    [{ kind: "transfer", leader: id(1) }, "leader 7001 handed over"],
    [{ kind: "leader-silent", leader: null, silentMs: 900 }, "7002 knew of no leader for 900 ms"],
    [
      { kind: "leader-silent", leader: id(2), silentMs: 900 },
      "7002 gave up leading, and heard of no other leader for 900 ms",
    ],
  ] as const)("%j", (cause, text) => {
    expect(electionCause(cause, id(2), names)).toBe(text);
  });
});

test("addresses are told as ranges of ports, host by host", () => {
  const more = ["127.0.0.1:7010", "[::1]:7001", "[::1]:7002"] as unknown as Address[];
  expect(addressRanges([at(2), at(1), at(3), ...more])).toBe("127.0.0.1:7001-7003,7010 [::1]:7001-7002");
});
