import { assert } from "../../../src/core/assert.ts";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { OrderCommand } from "../../../src/core/total-order.ts";
import { zab } from "../../../src/protocols/zab/definition.ts";
import type { Entry, ZabSpeech } from "../../../src/protocols/zab/message.ts";
import { Ensemble } from "../../../src/sim/ensemble/ensemble.ts";
import { Replicas } from "../replicas.ts";
import { addressOf, id, optionsOf } from "./on-bench.ts";
import { Properties } from "./properties.ts";

interface ClusterOptions {
  readonly seed?: number;
  /** How many of the peers are of the ensemble; the others observe. */
  readonly members?: number;
  /** What peers have on disk at first. */
  readonly histories?: readonly (readonly ZabSpeech["record"][])[];
  readonly latencyMs?: readonly [number, number];
  readonly diskMs?: readonly [number, number];
  readonly lossPercent?: number;
  /** Bytes that every snapshot has besides what it must. */
  readonly padding?: number;
}

/** How long a link is down that is restarted, ms: longer than anything is on its way. */
const LINK_DOWN_MS = 100;

/** Peers a, b, c and so on in one ensemble, their properties watched, their links restarted when they lose the order. */
export class Cluster {
  readonly peers: readonly PeerId[];
  readonly members: readonly PeerId[];
  readonly ensemble: Ensemble<ZabSpeech>;
  readonly replicas: Replicas;
  readonly properties: Properties;

  /** Messages that are lost, in percent. */
  lossPercent: number;
  readonly #named = new Map<PeerId, PeerId | null>();
  readonly #proposals = new Map<number, readonly Uint8Array[]>();
  /** Links that are down, to come up at an instant. */
  #down: { readonly at: number; readonly one: PeerId; readonly other: PeerId }[] = [];

  constructor(size: number, options: ClusterOptions = {}) {
    const { seed = 1, members = size, histories = [], latencyMs = [1, 1], diskMs = [2, 2], padding = 0 } = options;
    this.peers = Array.from({ length: size }, (_, i) => id((i + 10).toString(16)));
    this.members = this.peers.slice(0, members);
    const [least, most] = latencyMs;
    this.ensemble = new Ensemble(zab, { seed, network: { latencyMs: least, jitterMs: most - least }, diskMs });
    this.lossPercent = options.lossPercent ?? 0;
    const losses = seededRandom(seed);
    this.properties = new Properties(this.ensemble);
    this.replicas = new Replicas((peer, command) => this.give(peer, command), padding);
    this.ensemble.onStep = (peer) => this.properties.checkStep(peer);
    this.ensemble.onEvent = (peer, event) => this.#hear(peer, event);
    this.ensemble.onSend = (from, _to, message) => {
      this.properties.checkSend(from, message);
      return losses.below(100) >= this.lossPercent;
    };
    for (const record of histories.flat())
      if (record.kind === "append") this.properties.broadcastBefore(record.entries);
    for (const [i, peer] of this.peers.entries())
      this.ensemble.add(peer, optionsOf(peer, this.members), histories[i] ?? []);
    for (const peer of this.peers) this.#introduce(peer);
  }

  /** Gives a command that concerns the order. */
  give(peer: PeerId, command: OrderCommand): void {
    if (command.kind === "propose") this.#proposals.set(command.ticket, command.commands);
    this.ensemble.command(peer, command);
  }

  /** What the election of one peer says. */
  name(peer: PeerId, leader: PeerId | null): void {
    this.#named.set(peer, leader);
    if (this.ensemble.runs(peer)) this.ensemble.command(peer, { kind: "leader", leader });
  }

  /** All elections agree. */
  nameAll(leader: PeerId | null): void {
    for (const peer of this.peers) this.name(peer, leader);
  }

  /** Lets time pass; links that are down come up. */
  run(ms: number): void {
    const end = this.ensemble.now + ms;
    for (;;) {
      const due = this.#down.toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined || due.at > end) break;
      this.ensemble.run(Math.max(0, due.at - this.ensemble.now));
      this.#down = this.#down.filter((each) => each !== due);
      this.ensemble.linkAt(due.one, due.other, true);
      this.ensemble.linkAt(due.other, due.one, true);
    }
    this.ensemble.run(end - this.ensemble.now);
  }

  /** Lets time pass until `holds`, at most `limitMs`; whether it came to hold. */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    const end = this.ensemble.now + limitMs;
    while (!holds() && this.ensemble.now < end) this.run(1);
    return holds();
  }

  /** The link between two breaks for both, and comes up a little later. */
  restartLink(one: PeerId, other: PeerId): void {
    if (
      this.#down.some(
        (link) => (link.one === one && link.other === other) || (link.one === other && link.other === one),
      )
    )
      return;
    this.ensemble.linkAt(one, other, false);
    this.ensemble.linkAt(other, one, false);
    this.#down.push({ at: this.ensemble.now + LINK_DOWN_MS, one, other });
  }

  /** Starts a crashed peer again; it learns what it knew of the others. */
  restart(peer: PeerId): void {
    this.replicas.reset(peer);
    this.ensemble.restart(peer);
    this.#introduce(peer);
    this.ensemble.command(peer, { kind: "leader", leader: this.#named.get(peer) ?? null });
  }

  /** Nothing goes wrong any more, and everybody runs. */
  calm(): void {
    this.lossPercent = 0;
    this.recover();
  }

  /** What is broken is mended, and everybody runs. */
  recover(): void {
    this.ensemble.heal();
    for (const peer of this.peers) {
      this.ensemble.resume(peer);
      if (!this.ensemble.runs(peer)) this.restart(peer);
    }
  }

  view(peer: PeerId): ZabSpeech["view"] {
    return this.ensemble.machine(peer).view();
  }

  /** Those who believe that they may broadcast. */
  get leaders(): readonly PeerId[] {
    return this.peers.filter((peer) => {
      if (!this.ensemble.runs(peer)) return false;
      const { role, phase } = this.view(peer);
      return role === "leader" && phase === "broadcast";
    });
  }

  /** All elections agree on a leader, and all who run come to follow it. */
  settleOn(leader: PeerId): void {
    this.nameAll(leader);
    const isSettled = () =>
      this.peers.every((peer) => !this.ensemble.runs(peer) || this.view(peer).leader === leader) && this.isEven;
    assert(this.runUntil(isSettled, 5_000), `${leader} does not come to lead all within 5 s`);
  }

  /** Whether all who run know the same to be committed, and have nothing else. */
  get isEven(): boolean {
    const ends = this.peers.filter((peer) => this.ensemble.runs(peer)).map((peer) => this.view(peer));
    const indexes = new Set(ends.flatMap(({ commitIndex, lastIndex }) => [commitIndex, lastIndex]));
    return indexes.size === 1;
  }

  /** The newest entries of a peer. */
  tailOf(peer: PeerId): readonly Entry[] {
    return this.view(peer).tail;
  }

  #introduce(peer: PeerId): void {
    for (const other of this.peers) {
      if (other === peer) continue;
      this.ensemble.command(peer, { kind: "member", peer: other, address: addressOf(other) });
    }
  }

  #hear(peer: PeerId, event: ZabSpeech["event"]): void {
    if (event.kind === "proposed") this.properties.broadcast(event, this.#proposals.get(event.ticket) ?? []);
    this.properties.checkEvent(peer, event);
    this.replicas.hear(peer, event);
    if (event.kind === "link-disordered") this.restartLink(peer, event.peer);
  }
}
