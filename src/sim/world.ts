import { type Address, addressOf } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import { parsePeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import { type Random, seededRandom } from "../core/random.ts";
import type { FaultCommand } from "../faults/message.ts";
import { networkTable } from "../peer/network-table.ts";
import type { PeerEvent } from "../peer/peer-event.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { Agenda } from "./agenda.ts";
import type { Environment, Station, WorldOptions } from "./environment.ts";
import { SimulatedPeer } from "./simulated-peer.ts";
import { Stream } from "./stream.ts";

/** How a peer of a world is started. */
export interface JoinOptions {
  readonly found?: boolean;
  /** Ports of the peers that it is told of. */
  readonly seeds?: readonly number[];
  /** Ports at which it looks for others by itself. */
  readonly scan?: readonly number[];
}

/** Something that happened in a world. */
export interface WorldEvent {
  readonly at: number;
  readonly port: number;
  readonly event: PeerEvent["event"];
}

const DEFAULTS: WorldOptions = { seed: 1, latencyMs: 0.2, diskMs: 1, packetLoss: 0 };

/** Events in one instant before a world is taken to stand still. */
const MAX_EVENTS_AN_INSTANT = 1_000_000;

/**
 * Several whole peers in one process and in virtual time: the very same peers as on real sockets, with encoded bytes
 * between them. Time jumps to the next thing that happens, so a minute takes a moment, and a seed decides all.
 */
export class World implements Environment {
  readonly options: WorldOptions;
  readonly random: Random;
  readonly events: WorldEvent[] = [];
  readonly #agenda = new Agenda();
  readonly #peers = new Map<Address, SimulatedPeer>();
  readonly #cuts = new Set<string>();
  readonly #streams = new Set<Stream>();
  #now = 0;

  constructor(options: Partial<WorldOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.random = seededRandom(this.options.seed);
  }

  get now(): number {
    return this.#now;
  }

  /** Starts a peer on a port; its ID begins with the port, so that the order of IDs is the order of ports. */
  start(port: number, options: JoinOptions = {}): void {
    const id = parsePeerId(
      `${port.toString().padStart(8, "0")}${this.random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, "0")}`,
    );
    assert(id !== undefined, "the ID of a simulated peer is well formed");
    const { found = false, seeds = [], scan = [] } = options;
    const told = { found, seeds: seeds.map(addressAt), scan: scan.filter((other) => other !== port).map(addressAt) };
    const peer = new SimulatedPeer(this, addressAt(port), {
      id,
      name: "",
      address: addressAt(port),
      seed: this.random.below(2 ** 32),
      ...told,
    });
    this.#peers.set(peer.address, peer);
    peer.boot();
  }

  /** Ends a peer at once, as kill -9 does: unsaved records are lost, its connections break. */
  crash(port: number): void {
    this.#peer(port).crash();
  }

  /** Starts a crashed peer again from its disk, told of nobody. */
  restart(port: number): void {
    this.#peer(port).restart();
  }

  /** Asks something of a peer's faults. */
  fault(port: number, command: FaultCommand): void {
    this.#peer(port).give({ kind: "faults", command });
  }

  /** Silences everything from one port to another: packets are lost, streams hold back. */
  cut(from: number, to: number): void {
    this.#cuts.add(`${addressAt(from)}>${addressAt(to)}`);
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

  /** Ends all silences; what streams held back arrives. */
  heal(): void {
    this.#cuts.clear();
    for (const stream of this.#streams) stream.resume();
  }

  /** What a peer that is up shows. */
  view(port: number): PeerView {
    return this.#peer(port).view();
  }

  /** A peer, for commands. */
  peer(port: number): SimulatedPeer {
    return this.#peer(port);
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    const end = this.#now + durationMs;
    while (this.#agenda.next <= end) this.#happen();
    this.#now = end;
  }

  /** Lets time pass until `condition` holds; how long that took, or undefined if it did not within the limit. */
  runUntil(condition: () => boolean, limitMs: number): number | undefined {
    const start = this.#now;
    while (!condition()) {
      if (this.#agenda.next > start + limitMs) return undefined;
      this.#happen();
    }
    return this.#now - start;
  }

  after(delayMs: number, action: () => void): void {
    this.#agenda.add(this.#now + delayMs, action);
  }

  at(address: Address): SimulatedPeer | undefined {
    const peer = this.#peers.get(address);
    return peer?.isUp === true ? peer : undefined;
  }

  isCut(from: Address, to: Address): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  connect(from: Station, session: SessionId, to: Address): void {
    const stream = new Stream(this, from, session, to, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    stream.open();
  }

  note(address: Address, { event }: PeerEvent): void {
    const peer = this.#peerAt(address);
    this.events.push({ at: this.#now, port: peer.port, event });
    if (event.kind === "entropy-needed")
      peer.command({ protocol: "health", command: { kind: "entropy", bytes: this.#entropy() } });
    if (event.kind === "table-wanted") this.after(4 * this.options.latencyMs, () => this.#serveTable(peer, event.from));
  }

  #serveTable(to: SimulatedPeer, from: Address): void {
    const server = this.at(from) === undefined ? undefined : this.#peerAt(from);
    if (server === undefined || this.isCut(from, to.address) || this.isCut(to.address, from)) {
      to.command({ protocol: "discovery", command: { kind: "table-failed", from, reason: "no answer" } });
      return;
    }
    const entries = networkTable(server.view()).peers.map(({ address }) => ({ address }));
    to.command({ protocol: "discovery", command: { kind: "table-fetched", from, entries } });
  }

  #entropy(): Uint8Array {
    return Uint8Array.from({ length: 4096 }, () => this.random.below(256));
  }

  #happen(): void {
    this.#now = Math.max(this.#now, this.#agenda.next);
    const instant = this.#now;
    for (let events = 0; this.#agenda.next <= instant; events++) {
      assert(events < MAX_EVENTS_AN_INSTANT, "virtual time stands still");
      this.#agenda.take()?.();
    }
  }

  #peer(port: number): SimulatedPeer {
    return this.#peerAt(addressAt(port));
  }

  #peerAt(address: Address): SimulatedPeer {
    const peer = this.#peers.get(address);
    assert(peer !== undefined, `no peer was ever started at ${address}`);
    return peer;
  }
}

function addressAt(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  assert(address !== undefined, `${port} is a port`);
  return address;
}
