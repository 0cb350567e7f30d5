import { COMMIT_NEWS_MS } from "../../../src/core/order-limits.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { Effect, Input } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { isTold } from "../../../src/protocols/definition.ts";
import { raft } from "../../../src/protocols/raft/definition.ts";
import type { Configuration, Entry, RaftMessage, RaftSpeech, Snapshot } from "../../../src/protocols/raft/message.ts";

export type RaftEffect = Effect<RaftSpeech>;
export type RaftEvent = RaftSpeech["event"];
export type RaftRecord = RaftSpeech["record"];

/** A peer ID that ends in `digit`. */
export function id(digit: string): PeerId {
  return digit.padStart(16, "0") as PeerId;
}

export const A = id("a");
export const B = id("b");
export const C = id("c");
export const D = id("d");
export const E = id("e");

export const HEARTBEAT_MS = 50;
export const TIMEOUT_MS = 300;
export const REMOVAL_MS = 5_000;

export function optionsOf(peer: PeerId): RaftSpeech["options"] {
  return {
    peer,
    heartbeatIntervalMs: HEARTBEAT_MS,
    electionTimeoutMs: TIMEOUT_MS,
    removalMs: REMOVAL_MS,
    reads: "read-index",
    snapshotBytes: 4096,
  };
}

export function configured(index: number, term: number, configuration: Configuration): Entry {
  return { index, term, payload: { kind: "configuration", configuration } };
}

export function noOp(index: number, term: number): Entry {
  return { index, term, payload: { kind: "no-op" } };
}

/** An entry with a command of these bytes. */
export function commanded(index: number, term: number, ...bytes: readonly number[]): Entry {
  return { index, term, payload: { kind: "command", command: Uint8Array.from(bytes) } };
}

/** A log that begins with the configuration of these voters in the first of `terms`; no-ops follow. */
export function logOf(
  terms: readonly number[],
  voters: readonly PeerId[] = [A, B, C],
  learners: readonly PeerId[] = [],
) {
  return terms.map((term, i): Entry => {
    return i === 0 ? configured(1, term, { voters, learners }) : noOp(i + 1, term);
  });
}

/** What a peer has on disk. */
export function records(currentTerm: number, entries: readonly Entry[], votedFor: PeerId | null = null): RaftRecord[] {
  const hardState: RaftRecord = { kind: "hard-state", currentTerm, votedFor };
  return entries.length === 0 ? [hardState] : [hardState, { kind: "append", entries }];
}

export type BenchOptions = Partial<Omit<RaftSpeech["options"], "peer">>;

/** One machine on the bench: inputs go in by hand, effects come out. */
export class OnBench {
  readonly machine;
  now = 1_000;
  /** What the first step told. */
  readonly first: readonly RaftEffect[];
  #token = 0;

  constructor(saved: readonly RaftRecord[] = [], peer = A, seed = 1, options: BenchOptions = {}) {
    this.machine = raft.start({ ...optionsOf(peer), ...options }, saved, seededRandom(seed), this.now);
    this.first = this.give({ kind: "timeout" });
  }

  get view(): RaftSpeech["view"] {
    return this.machine.view();
  }

  give(input: Input<RaftSpeech>): readonly RaftEffect[] {
    const effects = this.machine.step(input, this.now);
    for (const effect of effects) if (effect.kind === "save") this.#token = effect.token;
    return effects;
  }

  command(command: RaftSpeech["command"]): readonly RaftEffect[] {
    return this.give({ kind: "command", command });
  }

  propose(ticket: number, ...commands: readonly Uint8Array[]): readonly RaftEffect[] {
    return this.command({ kind: "propose", ticket, commands });
  }

  read(ticket: number): readonly RaftEffect[] {
    return this.command({ kind: "read", ticket });
  }

  receive(from: PeerId, message: RaftMessage): readonly RaftEffect[] {
    return this.give({ kind: "message", from: { peer: from }, message });
  }

  /** All that was saved so far is on disk now. */
  sync(): readonly RaftEffect[] {
    return this.give({ kind: "saved", upTo: this.#token });
  }

  /** Time jumps to the deadline. */
  expire(): readonly RaftEffect[] {
    this.now = Math.max(this.now, this.machine.deadline);
    return this.give({ kind: "timeout" });
  }

  /** Time passes, and timeouts that fall due are given. */
  wait(ms: number): RaftEffect[] {
    const end = this.now + ms;
    const effects: RaftEffect[] = [];
    while (this.machine.deadline <= end) effects.push(...this.expire());
    this.now = end;
    return effects;
  }

  /** Becomes the leader of the next term by the votes of these peers; what it did in its last step. */
  elect(...voters: readonly PeerId[]): readonly RaftEffect[] {
    if (this.view.role === "follower" || this.view.role === "learner") this.expire();
    for (const voter of voters) this.receive(voter, preVoteAnswer(this.view.currentTerm + 1, true));
    const { currentTerm } = this.view;
    let last = this.sync();
    for (const voter of voters) {
      if (this.view.role !== "leader") last = this.receive(voter, voteAnswer(currentTerm, true));
    }
    return last;
  }
}

/** A leader of the term after the last one in a log of these terms, elected by all other voters; its no-op is on no disk. */
export function leaderOf(terms: readonly number[], voters: readonly PeerId[] = [A, B, C]): OnBench {
  const peer = new OnBench(records(terms.at(-1) ?? 0, logOf(terms, voters)));
  peer.elect(...voters.filter((voter) => voter !== A));
  return peer;
}

/** A leader of term 2 whose no-op, at 2, is committed, and which has told everybody so. */
export function settledLeader(voters: readonly PeerId[] = [A, B, C], options: BenchOptions = {}): OnBench {
  const peer = new OnBench(records(1, logOf([1], voters)), A, 1, options);
  const others = voters.filter((voter) => voter !== A);
  const elected = peer.elect(...others);
  peer.sync();
  for (const other of others) answerAppends(peer, other, elected);
  for (const other of others) answerAppends(peer, other, peer.wait(COMMIT_NEWS_MS));
  return peer;
}

/** A follower answers all appends among effects that go to it: its disk has all of them at once. What follows from that. */
export function answerAppends(leader: OnBench, from: PeerId, effects: readonly RaftEffect[]): RaftEffect[] {
  return appendsTo(from, effects).flatMap(({ term, round, previousIndex, entries }) =>
    leader.receive(from, appended(term, round, previousIndex + entries.length)),
  );
}

export function preVoteAnswer(term: number, granted: boolean, leaderHeardMs: number | null = null): RaftMessage {
  return { kind: "pre-vote-answer", term, granted, leaderHeardMs };
}

export function voteAnswer(term: number, granted: boolean): RaftMessage {
  return { kind: "vote-answer", term, granted, leaderHeardMs: null };
}

export function preVote(term: number, lastLogIndex: number, lastLogTerm: number): RaftMessage {
  return { kind: "pre-vote", term, lastLogIndex, lastLogTerm };
}

export function requestVote(term: number, lastLogIndex: number, lastLogTerm: number, transfer = false): RaftMessage {
  return { kind: "request-vote", term, lastLogIndex, lastLogTerm, transfer };
}

type AppendEntries = Extract<RaftMessage, { readonly kind: "append-entries" }>;

export function appendEntries(term: number, fields: Partial<AppendEntries> = {}): RaftMessage {
  return {
    kind: "append-entries",
    term,
    round: 1,
    previousIndex: 0,
    previousTerm: 0,
    leaderCommit: 0,
    standby: null,
    entries: [],
    ...fields,
  };
}

export function appended(term: number, round: number, matchIndex: number): RaftMessage {
  return { kind: "appended", term, round, matchIndex };
}

export function mismatch(term: number, round: number, conflictIndex: number, conflictTerm: number): RaftMessage {
  return { kind: "mismatch", term, round, conflictIndex, conflictTerm };
}

type InstallSnapshot = Extract<RaftMessage, { readonly kind: "install-snapshot" }>;

/** The whole of a snapshot in one piece, unless told otherwise. */
export function installSnapshot(
  term: number,
  { lastIndex, lastTerm, configuration, data }: Omit<Snapshot, "kind">,
  fields: Partial<InstallSnapshot> = {},
): RaftMessage {
  const head = { term, round: 1, lastIndex, lastTerm, configuration };
  return { kind: "install-snapshot", ...head, total: data.length, offset: 0, data, ...fields };
}

export function snapshotReceived(term: number, round: number, lastIndex: number, offset: number): RaftMessage {
  return { kind: "snapshot-received", term, round, lastIndex, offset };
}

export function send(to: PeerId, message: RaftMessage, after = 0): RaftEffect {
  return { kind: "send", to: { peer: to }, message, after };
}

export function save(token: number, ...saved: readonly RaftRecord[]): RaftEffect {
  return { kind: "save", records: saved, token };
}

export function event(told: RaftEvent): RaftEffect {
  return { kind: "event", event: told };
}

/** The messages among effects, with whom they go to. */
export function sendsOf(effects: readonly RaftEffect[]) {
  return effects.flatMap((effect) =>
    effect.kind === "send" && "peer" in effect.to ? [{ to: effect.to.peer, message: effect.message }] : [],
  );
}

/** The append-entries among effects that go to `peer`. */
export function appendsTo(peer: PeerId, effects: readonly RaftEffect[]): AppendEntries[] {
  return sendsOf(effects).flatMap(({ to, message }) =>
    to === peer && message.kind === "append-entries" ? [message] : [],
  );
}

/** The pieces of snapshots among effects that go to `peer`. */
export function piecesTo(peer: PeerId, effects: readonly RaftEffect[]): InstallSnapshot[] {
  return sendsOf(effects).flatMap(({ to, message }) =>
    to === peer && message.kind === "install-snapshot" ? [message] : [],
  );
}

/** The events among effects that everybody is told of. */
export function eventsOf(effects: readonly RaftEffect[]): RaftEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" && isTold(raft, effect.event) ? [effect.event] : []));
}

/** The kinds of those events. */
export function kindsOf(effects: readonly RaftEffect[]): string[] {
  return eventsOf(effects).map(({ kind }) => kind);
}

/** What is told to those that the order drives, and to nobody else. */
export function orderOf(effects: readonly RaftEffect[]): RaftEvent[] {
  return effects.flatMap((effect) => (effect.kind === "event" && !isTold(raft, effect.event) ? [effect.event] : []));
}
