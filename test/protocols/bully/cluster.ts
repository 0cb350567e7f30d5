import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import { bully } from "../../../src/protocols/bully/definition.ts";
import type { BullyMessage, BullySpeech } from "../../../src/protocols/bully/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { type BullyOptions, id, optionsOf } from "./on-bench.ts";

interface ClusterOptions {
  readonly seed?: number;
  readonly latencyMs?: readonly [number, number];
  readonly lossPercent?: number;
  /** What one peer is started with, by its place; the last one has the highest ID. */
  readonly optionsAt?: (place: number) => BullyOptions;
}

/** Peers 1, 2, 3 and so on in one ensemble, linked, all of them healthy for membership and in one cluster. */
export class Cluster {
  readonly peers: readonly PeerId[];
  readonly ensemble: Ensemble<BullySpeech>;
  /** Messages that are lost, in percent. */
  lossPercent: number;
  /** Messages that were sent, by their kind. */
  readonly sent = new Map<BullyMessage["kind"], number>();
  readonly #mayLead = new Map<PeerId, boolean>();
  /** The leader that each was told of last, in its present life. */
  readonly #believed = new Map<PeerId, PeerId>();

  constructor(size: number, options: ClusterOptions = {}) {
    const { seed = 1, latencyMs = [1, 1], optionsAt = () => ({}) } = options;
    this.peers = Array.from({ length: size }, (_, i) => id((i + 1).toString(16)));
    const [least, most] = latencyMs;
    const network = { latencyMs: least, jitterMs: most - least };
    this.ensemble = new Ensemble(bully, { seed, network, diskMs: [0, 0] });
    this.lossPercent = options.lossPercent ?? 0;
    const losses = seededRandom(seed);
    this.ensemble.onEvent = (peer, event) => this.#checkOrder(peer, event);
    this.ensemble.onSend = (_from, _to, message) => {
      this.sent.set(message.kind, this.count(message.kind) + 1);
      return losses.below(100) >= this.lossPercent;
    };
    for (const [i, peer] of this.peers.entries()) {
      const peerOptions = optionsOf(peer, optionsAt(i));
      this.#mayLead.set(peer, peerOptions.mayLead);
      this.ensemble.add(peer, peerOptions);
    }
    for (const peer of this.peers) this.#introduce(peer);
  }

  /** Those that run and may lead, the lowest first. */
  get candidates(): readonly PeerId[] {
    return this.peers.filter((peer) => this.ensemble.runs(peer) && this.#mayLead.get(peer) === true);
  }

  count(kind: BullyMessage["kind"]): number {
    return this.sent.get(kind) ?? 0;
  }

  /** Messages that were sent and are no heartbeats. */
  get electionMessages(): number {
    return [...this.sent].reduce((sum, [kind, count]) => (kind === "heartbeat" ? sum : sum + count), 0);
  }

  view(peer: PeerId): BullySpeech["view"] {
    return this.ensemble.machine(peer).view();
  }

  /** Whether all that run follow this one, and it leads. */
  isLedBy(leader: PeerId): boolean {
    const running = this.peers.filter((peer) => this.ensemble.runs(peer));
    return running.every((peer) => this.view(peer).leader === leader);
  }

  /** Lets time pass until all that run follow this one; whether it came to that. */
  awaits(leader: PeerId, limitMs: number): boolean {
    return this.ensemble.runUntil(() => this.isLedBy(leader), limitMs);
  }

  /** Starts a crashed peer again. */
  restart(peer: PeerId): void {
    this.#believed.delete(peer);
    this.ensemble.restart(peer);
    this.#introduce(peer);
  }

  /** What membership says to everybody else. */
  status(peer: PeerId, status: "healthy" | "unhealthy" | "left"): void {
    const mayLead = this.#mayLead.get(peer) === true;
    for (const other of this.peers)
      if (other !== peer) this.ensemble.command(other, { kind: "member", peer, status, mayLead });
  }

  /** Nothing goes wrong any more, and everybody runs. */
  calm(): void {
    this.lossPercent = 0;
    this.ensemble.heal();
    for (const peer of this.peers) {
      this.ensemble.resume(peer);
      if (!this.ensemble.runs(peer)) this.restart(peer);
      this.status(peer, "healthy");
    }
  }

  /** Events since a moment, of one kind, at one peer or at all. */
  since<K extends BullySpeech["event"]["kind"]>(from: number, kind: K, at?: PeerId) {
    return this.ensemble.events.filter(
      ({ now, peer, event }) => now >= from && event.kind === kind && (at === undefined || peer === at),
    );
  }

  /** A peer tells of one leader at a time, each lost before the next is elected. */
  #checkOrder(peer: PeerId, event: BullySpeech["event"]): void {
    const believed = this.#believed.get(peer);
    if (event.kind === "leader-elected") {
      assert(believed === undefined, `${peer} follows ${event.leader} as well as ${believed}`);
      this.#believed.set(peer, event.leader);
    } else if (event.kind === "leader-lost") {
      assert(believed === event.leader, `${peer} loses ${event.leader} and follows ${believed}`);
      this.#believed.delete(peer);
    }
  }

  #introduce(peer: PeerId): void {
    for (const other of this.peers)
      if (other !== peer) {
        const mayLead = this.#mayLead.get(other) === true;
        this.ensemble.command(peer, { kind: "member", peer: other, status: "healthy", mayLead });
      }
    this.ensemble.command(peer, { kind: "begin" });
  }
}
