import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { raft } from "../../../src/protocols/raft/definition.ts";
import type { Entry, RaftSpeech } from "../../../src/protocols/raft/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { id, logOf, optionsOf, records } from "./on-bench.ts";

/** What must hold of every run (Figure 3): checked after every step of every peer. */
class Invariants {
  readonly #leaders = new Map<number, PeerId>();
  readonly #terms = new Map<PeerId, number>();
  readonly #votes = new Map<string, PeerId>();
  /** The entries that were ever committed, by index, and the terms in which they were. */
  readonly #committed = new Map<number, { readonly text: string; readonly term: number }>();
  readonly #ensemble: Ensemble<RaftSpeech>;

  constructor(ensemble: Ensemble<RaftSpeech>) {
    this.#ensemble = ensemble;
  }

  check(peer: PeerId): void {
    const machine = this.#ensemble.machine(peer);
    const view = machine.view();
    const log = entriesOf(machine.checkpoint());
    assert(view.currentTerm >= (this.#terms.get(peer) ?? 0), `${peer} went back to term ${view.currentTerm}`);
    if (view.role === "leader") this.#checkLeader(peer, view.currentTerm, log);
    for (const entry of log.slice(0, view.commitIndex)) this.#checkCommitted(entry, view.currentTerm);
  }

  /** What leaves a peer binds it for ever, whatever it loses in a crash. */
  checkSend(from: PeerId, message: RaftSpeech["message"]): void {
    const isHypothetical = message.kind === "pre-vote" || (message.kind === "pre-vote-answer" && message.granted);
    if (!isHypothetical) this.#terms.set(from, Math.max(message.term, this.#terms.get(from) ?? 0));
    const isVote = message.kind === "vote-answer" && message.granted;
    if (isVote || message.kind === "request-vote") {
      const { votedFor, currentTerm } = this.#onDisk(from);
      assert(currentTerm === message.term && votedFor !== null, `${from} voted without having it on disk`);
      const key = `${from} ${message.term}`;
      assert((this.#votes.get(key) ?? votedFor) === votedFor, `${from} voted twice in term ${message.term}`);
      this.#votes.set(key, votedFor);
    }
    if (message.kind === "appended")
      assert(
        this.#log(from).length >= message.matchIndex,
        `${from} answered before entry ${message.matchIndex} was on disk`,
      );
  }

  #checkLeader(peer: PeerId, term: number, log: readonly Entry[]): void {
    assert((this.#leaders.get(term) ?? peer) === peer, `two leaders in term ${term}`);
    if (this.#leaders.has(term)) return;
    this.#leaders.set(term, peer);
    for (const [index, committed] of this.#committed)
      if (committed.term < term)
        assert(
          textOf(log[index - 1]) === committed.text,
          `leader ${peer} of term ${term} lacks committed entry ${index}`,
        );
  }

  #checkCommitted(entry: Entry, term: number): void {
    const committed = this.#committed.get(entry.index) ?? { text: textOf(entry), term };
    assert(committed.text === textOf(entry), `two committed entries ${entry.index}`);
    this.#committed.set(entry.index, committed);
  }

  #onDisk(peer: PeerId): { currentTerm: number; votedFor: PeerId | null } {
    const last = this.#ensemble.disk(peer).findLast((record) => record.kind === "hard-state");
    return last?.kind === "hard-state" ? last : { currentTerm: 0, votedFor: null };
  }

  #log(peer: PeerId): readonly Entry[] {
    return entriesOf(this.#ensemble.disk(peer));
  }
}

function textOf(entry: Entry | undefined): string {
  return JSON.stringify(entry);
}

/** The log that records amount to. */
export function entriesOf(saved: readonly RaftSpeech["record"][]): Entry[] {
  let log: Entry[] = [];
  for (const record of saved)
    if (record.kind === "append") log = [...log.slice(0, (record.entries[0]?.index ?? 1) - 1), ...record.entries];
  return log;
}

interface ClusterOptions {
  readonly seed?: number;
  /** How many of the peers vote from the start; none: the first one is to found, the others to join. */
  readonly voters?: number;
  /** How many of the first peers do not run. */
  readonly down?: number;
  /** The logs that peers start with, where they are not all the same. */
  readonly logs?: readonly (readonly Entry[])[];
  readonly latencyMs?: readonly [number, number];
  readonly diskMs?: readonly [number, number];
  readonly lossPercent?: number;
}

/** Peers a, b, c and so on in one ensemble, their invariants watched. */
export class Cluster {
  readonly peers: readonly PeerId[];
  readonly ensemble: Ensemble<RaftSpeech>;

  /** Messages that are lost, in percent. */
  lossPercent: number;
  readonly #voters: number;
  readonly #statuses = new Map<PeerId, "healthy" | "unhealthy" | "left">();

  constructor(size: number, options: ClusterOptions = {}) {
    const { seed = 1, voters = size, down = 0, logs = [], latencyMs = [1, 1], diskMs = [2, 2] } = options;
    this.peers = Array.from({ length: size }, (_, i) => id((i + 10).toString(16)));
    const [least, most] = latencyMs;
    this.ensemble = new Ensemble(raft, { seed, network: { latencyMs: least, jitterMs: most - least }, diskMs });
    this.lossPercent = options.lossPercent ?? 0;
    this.#voters = voters;
    const losses = seededRandom(seed);
    const invariants = new Invariants(this.ensemble);
    this.ensemble.onStep = (peer) => invariants.check(peer);
    this.ensemble.onSend = (from, _to, message) => {
      invariants.checkSend(from, message);
      return losses.below(100) >= this.lossPercent;
    };
    const founded = voters === 0 ? [] : logOf([1], this.peers.slice(0, voters));
    for (const [i, peer] of this.peers.entries()) {
      const log = logs[i] ?? (i < voters ? founded : []);
      if (i >= down) this.ensemble.add(peer, optionsOf(peer), log.length === 0 ? [] : records(1, log));
    }
    for (const peer of this.peers.slice(down, voters)) this.status(peer, "healthy");
  }

  /** Who is to found the cluster; undefined where it stands from the start. */
  get founder(): PeerId | undefined {
    return this.#voters === 0 ? this.peers[0] : undefined;
  }

  /** What membership says to everybody. */
  status(peer: PeerId, status: "healthy" | "unhealthy" | "left"): void {
    this.#statuses.set(peer, status);
    for (const other of this.peers)
      if (other !== peer && this.ensemble.runs(other)) this.ensemble.command(other, { kind: "member", peer, status });
  }

  /** Starts a crashed peer again; membership tells it what it knows. */
  restart(peer: PeerId): void {
    this.ensemble.restart(peer);
    for (const [other, status] of this.#statuses)
      if (other !== peer) this.ensemble.command(peer, { kind: "member", peer: other, status });
  }

  view(peer: PeerId): RaftSpeech["view"] {
    return this.ensemble.machine(peer).view();
  }

  /** The leader whom a majority of its voters follows; undefined without one. */
  get leader(): PeerId | undefined {
    return this.peers.find((peer) => {
      if (!this.ensemble.runs(peer) || this.view(peer).role !== "leader") return false;
      const { voters } = this.view(peer);
      const followers = voters.filter((voter) => this.ensemble.runs(voter) && this.view(voter).leader === peer);
      return followers.length > voters.length / 2;
    });
  }

  /** The leader, once there is one and it was quiet for a while. */
  settle(): PeerId {
    assert(
      this.ensemble.runUntil(() => this.leader !== undefined, 5_000),
      "no leader within 5 s",
    );
    this.ensemble.run(500);
    const { leader } = this;
    assert(leader !== undefined, "the leader was lost again");
    return leader;
  }

  /** Virtual ms until all who run, but the old leader, follow a new one. */
  msUntilNewLeader(old: PeerId, limitMs: number): number {
    const from = this.ensemble.now;
    const rest = this.peers.filter((peer) => peer !== old && this.ensemble.runs(peer));
    const agree = () => {
      const leaders = new Set(rest.map((peer) => this.view(peer).leader));
      return leaders.size === 1 && !leaders.has(old) && !leaders.has(null);
    };
    assert(this.ensemble.runUntil(agree, limitMs), `no new leader within ${limitMs} ms`);
    return this.ensemble.now - from;
  }

  followersOf(leader: PeerId): PeerId[] {
    return this.peers.filter((peer) => peer !== leader);
  }

  /** Kinds of events since a moment, at one peer or at all. */
  kindsSince(from: number, at?: PeerId): string[] {
    return this.ensemble.events
      .filter(({ now, peer }) => now >= from && (at === undefined || peer === at))
      .map(({ event }) => event.kind);
  }
}
