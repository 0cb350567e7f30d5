import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { type Modes, USUAL_MODES } from "../../core/modes.ts";
import { type PeerId, parsePeerId } from "../../core/peer-id.ts";
import { type Random, seededRandom } from "../../core/random.ts";
import type { FaultCommand } from "../../faults/message.ts";
import type { Tuning } from "../../peer/machine.ts";
import { networkTable } from "../../peer/network-table.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { HistoryRecorder } from "../linearizability/history.ts";
import { addressAt } from "../network/address-at.ts";
import type { Conditions } from "../network/conditions.ts";
import { Network } from "../network/network.ts";
import { VirtualTime } from "../time/virtual-time.ts";
import type { Observer } from "./observer.ts";
import { type Program, ProgramHost } from "./program.ts";
import { SimulatedPeer, type Surroundings } from "./simulated-peer.ts";

/** Bytes of entropy handed over at a time. */
const ENTROPY_BYTES = 4096;

/** How far the clocks of two hosts are apart, at most; ms. */
const MAX_OFFSET_MS = 3_600_000;

/** Times that fetching a table crosses the network each way: a connection, a request, and their answers. */
const TABLE_TRIPS = 2;

/** A table that has not come by then does not; virtual ms. */
const TABLE_TIMEOUT_MS = 2000;

/** How a world behaves. */
export interface WorldOptions {
  readonly seed: number;
  /** What every way of the network is like until something else is said of it. */
  readonly network: Partial<Conditions>;
  /** A write to a disk takes between these, virtual ms. */
  readonly diskMs: readonly [number, number];
  /** Options of protocols that are not to be what they usually are, at every peer. */
  readonly tuning: Tuning;
  /** How they agree. */
  readonly modes: Modes;
  /** Which events are kept in `events`: none, those that are news, or all. */
  readonly keep: "none" | "news" | "all";
}

/** How a peer of a world is started. */
export interface JoinOptions {
  readonly found?: boolean;
  /** Ports of the peers that it is told of. */
  readonly seeds?: readonly number[];
  /** Ports at which it looks for others by itself. */
  readonly scan?: readonly number[];
}

/** Something that a peer told. */
export interface WorldEvent {
  /** Virtual ms. */
  readonly at: number;
  readonly port: number;
  readonly event: PeerEvent["event"];
  readonly routine: boolean;
}

const DEFAULTS: WorldOptions = { seed: 1, network: {}, diskMs: [1, 1], tuning: {}, modes: USUAL_MODES, keep: "all" };

/**
 * Several whole peers in one process and in virtual time: the very same peers as on real sockets, with encoded bytes
 * between them. Time jumps to the next thing that happens, so a minute takes a moment, and a seed decides all.
 */
export class World implements Surroundings {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly network: Network;
  readonly events: WorldEvent[] = [];
  readonly observers: Observer[] = [];
  /** What clients of the store ask, and what they are answered. */
  readonly history = new HistoryRecorder();
  readonly options: WorldOptions;
  readonly #peers = new Map<Address, SimulatedPeer>();
  readonly #listeners = new Set<(event: WorldEvent, told: PeerEvent) => void>();

  constructor(options: Partial<WorldOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.random = seededRandom(this.options.seed);
    this.network = new Network(this.time, this.random.fork(), this.options.network);
  }

  /** Virtual ms since the world began. */
  get now(): number {
    return this.time.now;
  }

  /** Every peer that was ever started, in that order. */
  get peers(): readonly SimulatedPeer[] {
    return [...this.#peers.values()];
  }

  /** Starts a peer on a port; its ID begins with the port, so that the order of IDs is the order of ports. */
  start(port: number, options: JoinOptions = {}): SimulatedPeer {
    const address = addressAt(port);
    assert(!this.#peers.has(address), `a peer was started on port ${port} already`);
    const { found = false, seeds = [], scan = [] } = options;
    const told = { found, seeds: seeds.map(addressAt), scan: scan.filter((other) => other !== port).map(addressAt) };
    const { random } = this;
    const id = this.newId(port);
    const seed = random.below(2 ** 32);
    // Monotonic clocks begin anywhere: nobody may compare those of two hosts.
    const { tuning, modes, diskMs } = this.options;
    const made = { id, name: "", address, seed, ...told, modes, tuning };
    const peer = new SimulatedPeer(this, made, random.below(MAX_OFFSET_MS));
    peer.disk.writeMs = diskMs;
    this.#peers.set(address, peer);
    this.network.add(peer);
    peer.boot();
    return peer;
  }

  /** Lets a program that is no peer take part, at a port of its own. */
  host(port: number, make: (address: Address) => Program): ProgramHost {
    const address = addressAt(port);
    const host = new ProgramHost(this.network, address, make(address));
    this.network.add(host);
    host.start();
    return host;
  }

  /** Ends a peer at once, as kill -9 does: unsaved records are lost, its connections break. */
  crash(port: number, tear = false): void {
    this.peer(port).crash(tear);
  }

  /**
   * Starts a crashed peer again from its disk, told of nobody; one whose disk is corrupt is told of all others, and one
   * that has not saved that it belongs to a cluster what it was told at first.
   */
  restart(port: number): void {
    const peer = this.peer(port);
    const seed = this.random.below(2 ** 32);
    const others = this.peers.filter((other) => other !== peer).map(({ address }) => address);
    peer.reboot(seed, others);
  }

  /** Asks something of a peer's faults. */
  fault(port: number, command: FaultCommand): void {
    this.peer(port).give({ kind: "faults", command });
  }

  /** Changes what the way from one port to another is like. */
  link(from: number, to: number, change: Partial<Conditions>): void {
    this.network.change(addressAt(from), addressAt(to), change);
  }

  /** Makes the way from one port to another what it was at first. */
  mend(from: number, to: number): void {
    this.network.mend(addressAt(from), addressAt(to));
  }

  /** Silences everything from one port to another: packets are lost, streams hold back. */
  cut(from: number, to: number): void {
    this.link(from, to, { cut: true });
  }

  /** Silences everything between two groups, both ways. */
  partition(some: readonly number[], others: readonly number[]): void {
    for (const a of some) {
      for (const b of others) {
        this.cut(a, b);
        this.cut(b, a);
      }
    }
  }

  /** Makes the whole network what it was at first; what streams held back arrives. */
  heal(): void {
    this.network.heal();
  }

  /** What a peer that is up shows. */
  view(port: number): PeerView {
    return this.peer(port).view();
  }

  /** The peer on a port. */
  peer(port: number): SimulatedPeer {
    const peer = this.#peers.get(addressAt(port));
    assert(peer !== undefined, `no peer was ever started on port ${port}`);
    return peer;
  }

  /** Calls `listener` for every event from now on, routine ones included; the answer ends it. */
  subscribe(listener: (event: WorldEvent, told: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    this.time.run(durationMs);
  }

  /** Lets time pass until `holds`; how long that took, or undefined if it did not within the limit. */
  runUntil(holds: () => boolean, limitMs: number): number | undefined {
    return this.time.runUntil(holds, limitMs);
  }

  newId(port: number): PeerId {
    const tail = this.random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0");
    const id = parsePeerId(port.toString().padStart(8, "0") + tail);
    assert(id !== undefined, "the ID of a simulated peer is well formed");
    return id;
  }

  react(peer: SimulatedPeer, told: PeerEvent): void {
    const { event, routine } = told;
    const { machine } = peer;
    const noted: WorldEvent = { at: this.now, port: peer.port, event, routine };
    const { keep } = this.options;
    if (keep === "all" || (keep === "news" && !routine)) this.events.push(noted);
    for (const listener of this.#listeners) listener(noted, told);
    // A listener may have ended the process.
    if (!peer.runs(machine)) return;
    if (event.kind === "entropy-needed")
      peer.command({ protocol: "health", command: { kind: "entropy", bytes: this.#entropy() } });
    if (event.kind === "table-wanted") this.#fetchTable(peer, event.from);
    // What was said last is on its way when the process ends.
    if (event.kind === "left") this.#soon(peer, 0, () => peer.crash());
  }

  /** The table is what it is, and the network too, when the answer comes. */
  #fetchTable(to: SimulatedPeer, from: Address): void {
    const [there, back] = [this.network.way(to.address, from), this.network.way(from, to.address)];
    const tripsMs = TABLE_TRIPS * (there.conditions.latencyMs + back.conditions.latencyMs);
    const fail = (): void =>
      to.command({ protocol: "discovery", command: { kind: "table-failed", from, reason: "no answer" } });
    this.#soon(to, tripsMs, () => {
      const server = this.#peers.get(from);
      if (there.conditions.cut || back.conditions.cut) return this.#soon(to, TABLE_TIMEOUT_MS - tripsMs, fail);
      if (server === undefined || !server.isUp) return fail();
      const entries = networkTable(server.view()).peers.map(({ address }) => ({ address }));
      to.command({ protocol: "discovery", command: { kind: "table-fetched", from, entries } });
    });
  }

  /** What a process has begun comes to its end, unless that process is gone by then. */
  #soon(peer: SimulatedPeer, delayMs: number, action: () => void): void {
    const { machine } = peer;
    this.time.after(delayMs, () => {
      if (peer.runs(machine)) action();
    });
  }

  #entropy(): Uint8Array {
    const words = Uint32Array.from({ length: ENTROPY_BYTES / 4 }, () => this.random.below(2 ** 32));
    return new Uint8Array(words.buffer);
  }
}
