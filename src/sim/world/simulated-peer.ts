import { type Address, portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import { FaultyPeer } from "../../peer/faulty-peer.ts";
import type { FaultyEffect, FaultyInput, PeerOptions } from "../../peer/machine.ts";
import { PeerClock } from "../../peer/peer-clock.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { present } from "../../peer/present.ts";
import type { AnyCommand, AnyRecord } from "../../peer/registry.ts";
import { identityIn } from "../../storage/saved-state.ts";
import { decode, encode } from "../../wire/codec.ts";
import { healthPacket } from "../../wire/health-packet.ts";
import { SimulatedDisk } from "../disk/disk.ts";
import type { Network } from "../network/network.ts";
import type { Wire } from "../network/station.ts";
import { Pump } from "../time/pump.ts";
import { Hands } from "./hands.ts";
import type { Observer } from "./observer.ts";
import { Sockets } from "./sockets.ts";
import type { Ward } from "./ward.ts";

/** What a peer needs of its world. */
export interface Surroundings {
  readonly network: Network;
  readonly random: Random;
  readonly observers: readonly Observer[];
  /** Does what the host of a real peer does upon an event. */
  react(peer: SimulatedPeer, event: PeerEvent): void;
  /** Another ID for the peer on a port. */
  newId(port: number): PeerId;
}

/** One life of a peer's process. */
interface Life {
  readonly peer: FaultyPeer;
  readonly pump: Pump<FaultyInput>;
}

/** What a process finds on its disk. */
interface Opened {
  readonly id: PeerId;
  readonly records: readonly AnyRecord[];
}

/** One peer of a world: the same value as on real sockets, with a disk, a clock and connections of virtual time. */
export class SimulatedPeer implements Ward {
  readonly address: Address;
  readonly disk: SimulatedDisk;
  slowness = 1;
  readonly #clock = new PeerClock();
  readonly #world: Surroundings;
  readonly #options: PeerOptions;
  readonly #sockets: Sockets;
  /** Every ID it ever had: corrupt state means a new one. */
  readonly #ids: PeerId[] = [];
  #life: Life | undefined;
  /** The machine of the latest life, which may be over. */
  #latest: FaultyPeer | undefined;
  /** What it asks of the world outside, it asks of these. */
  #hands: Hands;
  /** When, by its host's clock, the latest process ended. */
  #endedAt = 0;

  /** @param clockOffsetMs what its host's monotonic clock is ahead of the world's by, 0 or more */
  constructor(world: Surroundings, options: PeerOptions, clockOffsetMs: number) {
    this.#world = world;
    this.#options = options;
    this.address = options.address;
    this.#sockets = new Sockets(this, world.network, world.observers, options.tuning?.foreign?.dialect ?? "classic");
    this.#hands = new Hands(this, world.network);
    this.#clock.jump(clockOffsetMs, world.network.time.now);
    const { time } = world.network;
    this.disk = new SimulatedDisk({
      random: world.random.fork(),
      get now() {
        return time.now;
      },
      after: (delayMs, action) => time.after(delayMs, action),
    });
  }

  /** Who it is, or was in its latest life. */
  get id(): PeerId {
    return this.#ids.at(-1) ?? this.#options.id;
  }

  /** Every ID that it ever had, oldest first. */
  get ids(): readonly PeerId[] {
    return this.#ids;
  }

  get port(): number {
    return portOf(this.address);
  }

  /** Whether its process exists; that of a paused or crashed peer does, where a fault made it so. */
  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** The machine of its process. */
  get machine(): FaultyPeer {
    assert(this.#life !== undefined, `the peer on port ${this.port} is down`);
    return this.#life.peer;
  }

  /** Whether the process that a machine belongs to is there still. */
  runs(machine: FaultyPeer): boolean {
    return this.#life?.peer === machine;
  }

  /** Its host's monotonic clock, ms. */
  get now(): number {
    return this.#clock.at(this.#world.network.time.now);
  }

  /** Starts the process, on what is on its disk. */
  boot(): void {
    this.#boot(this.#options, this.#open());
  }

  /**
   * Starts it again, told of nobody. One whose disk knows of no cluster yet is told what it was told at first or, where a
   * corrupt one was set aside, of `others`: what it was told then may be over.
   */
  reboot(seed: number, others: readonly Address[]): void {
    const opened = this.#open();
    if (knowsCluster(opened.records)) this.#boot({ ...this.#options, found: false, seeds: [], seed }, opened);
    else if (this.disk.setAside.length > 0) this.#boot({ ...this.#options, found: false, seeds: others, seed }, opened);
    else this.#boot({ ...this.#options, seed }, opened);
  }

  /** Ends the process at once: what was not saved is lost, and so is every fault. `tear`: a write under way is torn. */
  crash(tear = false): void {
    if (this.#life === undefined) return;
    this.#life.pump.stop();
    this.#life = undefined;
    this.#endedAt = this.now;
    this.disk.crash(tear);
    this.#dropAll();
    this.#sockets.reset();
    for (const observer of this.#world.observers) observer.ended?.(this);
  }

  /** Gives a command to one of its protocols. */
  command(content: AnyCommand): void {
    this.give({ kind: "command", content });
  }

  /** Lets one thing happen to it, after what is already happening; nothing where no process is. */
  give(input: FaultyInput): void {
    this.#life?.pump.give(input);
  }

  /** What it shows. */
  view(): PeerView {
    return this.#present(this.machine, this.now);
  }

  /** What it shows or, where its process is gone, showed last, ages included: for whoever still looks. */
  lastView(): PeerView {
    assert(this.#latest !== undefined, `the peer on port ${this.port} never ran`);
    if (this.isUp) return this.view();
    const view = this.#present(this.#latest, this.#endedAt);
    return { ...view, condition: { ...view.condition, kind: "crashed" } };
  }

  accept(from: Address, stream: Wire): SessionId {
    return this.#sockets.accept(from, stream);
  }

  connected(session: SessionId, address: Address): void {
    this.#sockets.connected(session, address);
  }

  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void {
    this.#sockets.receive(session, bytes, sent);
  }

  disconnected(session: SessionId, reason: string): void {
    this.#sockets.disconnected(session, reason);
  }

  breakOff(session: SessionId, reason: string): void {
    this.#sockets.breakOff(session, reason);
  }

  packet(from: Address, bytes: Buffer): void {
    const decoded = decode(healthPacket, bytes);
    if (decoded.kind === "value") this.give({ kind: "packet", from, packet: decoded.value });
  }

  #boot(told: PeerOptions, { id, records }: Opened): void {
    assert(this.#life === undefined, `the peer on port ${this.port} is up`);
    const options = { ...told, id };
    const peer = new FaultyPeer(options, records, this.now);
    const { time } = this.#world.network;
    const clock = this.#clock;
    const machine = {
      get deadline() {
        return clock.realAt(peer.deadline);
      },
      step: (input: FaultyInput) => this.#step(peer, input),
    };
    this.#latest = peer;
    this.#life = { peer, pump: new Pump<FaultyInput>(time, machine, { kind: "timeout" }) };
    if (this.#ids.at(-1) !== id) this.#ids.push(id);
    for (const observer of this.#world.observers) observer.started?.(this, options, records);
    this.give({ kind: "timeout" });
    if (records.length > 0) this.disk.compact(peer.peer.checkpoint());
  }

  #present(peer: FaultyPeer, real: number): PeerView {
    return present(peer, { real, at: this.#world.network.time.now, notices: [], counters: {} });
  }

  /** What is on the disk, and whose it is: corrupt state means another ID, for the old one may have voted. */
  #open(): Opened {
    const opened = this.disk.open({
      saved: (upTo) => this.give({ kind: "saved", upTo }),
      // A peer that cannot keep its promises falls silent, as a real one ends.
      failed: () => this.crash(),
    });
    if (opened.kind === "corrupt") return { id: this.#world.newId(this.port), records: [] };
    return { id: identityIn(opened.records) ?? this.id, records: opened.records };
  }

  #step(peer: FaultyPeer, input: FaultyInput): void {
    const { now } = this;
    const effects = this.#try(peer, input, now);
    for (const observer of this.#world.observers) observer.stepped?.(this, input, now, effects);
    for (const effect of effects) this.#carryOut(peer, effect);
    if (this.runs(peer)) this.#hands.look();
  }

  #try(peer: FaultyPeer, input: FaultyInput, now: number): readonly FaultyEffect[] {
    try {
      return peer.step(input, now);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      for (const observer of this.#world.observers) observer.failed?.(this, input, now, failure);
      throw error;
    }
  }

  #carryOut(peer: FaultyPeer, effect: FaultyEffect): void {
    // An effect before this one may have ended the process.
    if (!this.runs(peer)) return;
    switch (effect.kind) {
      case "message":
        return this.#sockets.send(effect);
      case "program":
        return this.#sockets.tell(effect);
      case "client":
        return this.#sockets.answer(effect);
      case "answers":
        return this.#sockets.answerCalls(effect);
      case "act":
        return this.#hands.obey(effect.act);
      case "reading":
        return this.#sockets.read(effect);
      case "packet":
        return this.#world.network.sendPacket(this.address, effect.to, encode(healthPacket, effect.packet));
      case "save":
        return this.#save(peer, effect);
      case "dial":
        return this.#sockets.dial(effect);
      case "close":
        return this.#sockets.close(effect.session, "closed by the other side");
      case "event":
        return this.#world.react(this, effect.event);
      case "crash":
        this.#dropAll();
        return this.disk.crash();
      case "restore":
        return this.#world.network.time.after(this.disk.writeMs[0], () => this.#restore(peer));
    }
  }

  /** What its machine has asked of the world is asked by nobody any more. */
  #dropAll(): void {
    this.#hands.stop();
    this.#hands = new Hands(this, this.#world.network);
  }

  #save(peer: FaultyPeer, { records, token }: Extract<FaultyEffect, { kind: "save" }>): void {
    this.disk.append(records, token);
    if (this.disk.isGrown) this.disk.compact(peer.peer.checkpoint());
  }

  /** An injected crash is over: the same way to the saved state as a new process goes. */
  #restore(peer: FaultyPeer): void {
    if (!this.runs(peer)) return;
    const { id, records } = this.#open();
    if (this.#ids.at(-1) !== id) this.#ids.push(id);
    this.give({ kind: "restored", id, records });
  }
}

/** Whether an earlier life has saved that it belongs to a cluster. */
function knowsCluster(records: readonly AnyRecord[]): boolean {
  return records.some(({ protocol, record }) => protocol === "discovery" && record.kind !== "remembered");
}
