import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { raft } from "../../../src/protocols/raft/definition.ts";
import type { Entry, RaftSpeech } from "../../../src/protocols/raft/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { Replicas } from "../replicas.ts";
import { Figure3 } from "./figure-3.ts";
import { id, logOf, optionsOf, records } from "./on-bench.ts";

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
  readonly reads?: RaftSpeech["options"]["reads"];
  /** Bytes that every snapshot has besides what it must. */
  readonly padding?: number;
}

/** Peers a, b, c and so on in one ensemble, their invariants watched. */
export class Cluster {
  readonly peers: readonly PeerId[];
  readonly ensemble: Ensemble<RaftSpeech>;
  readonly replicas: Replicas;

  /** Messages that are lost, in percent. */
  lossPercent: number;
  readonly #voters: number;
  readonly #statuses = new Map<PeerId, "healthy" | "unhealthy" | "left">();

  constructor(size: number, options: ClusterOptions = {}) {
    const { seed = 1, voters = size, down = 0, logs = [], latencyMs = [1, 1], diskMs = [2, 2] } = options;
    const { reads = "read-index", padding = 0 } = options;
    this.peers = Array.from({ length: size }, (_, i) => id((i + 10).toString(16)));
    const [least, most] = latencyMs;
    this.ensemble = new Ensemble(raft, { seed, network: { latencyMs: least, jitterMs: most - least }, diskMs });
    this.lossPercent = options.lossPercent ?? 0;
    this.#voters = voters;
    const losses = seededRandom(seed);
    const invariants = new Figure3(this.ensemble);
    this.replicas = new Replicas((peer, command) => this.ensemble.command(peer, command), padding);
    this.ensemble.onStep = (peer) => invariants.checkStep(peer);
    this.ensemble.onEvent = (peer, event) => {
      invariants.checkEvent(peer, event);
      this.replicas.hear(peer, event);
    };
    this.ensemble.onSend = (from, _to, message) => {
      invariants.checkSend(from, message);
      return losses.below(100) >= this.lossPercent;
    };
    const founded = voters === 0 ? [] : logOf([1], this.peers.slice(0, voters));
    for (const [i, peer] of this.peers.entries()) {
      const log = logs[i] ?? (i < voters ? founded : []);
      if (i >= down) this.ensemble.add(peer, { ...optionsOf(peer), reads }, log.length === 0 ? [] : records(1, log));
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
    this.replicas.reset(peer);
    this.ensemble.restart(peer);
    for (const [other, status] of this.#statuses)
      if (other !== peer) this.ensemble.command(peer, { kind: "member", peer: other, status });
  }

  /** Nothing goes wrong any more, and everybody runs. */
  calm(): void {
    this.lossPercent = 0;
    this.ensemble.heal();
    for (const peer of this.peers) {
      this.ensemble.resume(peer);
      if (!this.ensemble.runs(peer)) this.restart(peer);
    }
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
