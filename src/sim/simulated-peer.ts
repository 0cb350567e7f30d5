import { type Address, portOf } from "../core/address.ts";
import { assert } from "../core/assert.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { SessionId } from "../core/protocol.ts";
import { FaultyPeer } from "../peer/faulty-peer.ts";
import { encodeMessage } from "../peer/frames.ts";
import { decodeRecord, encodeRecord } from "../peer/journal-record.ts";
import type { FaultyEffect, FaultyInput, PeerOptions } from "../peer/machine.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { present } from "../peer/present.ts";
import type { AnyCommand, AnyRecord } from "../peer/registry.ts";
import type { Environment, Station, Wire } from "./environment.ts";

/** One peer of a world, with its disk and its connections. */
export class SimulatedPeer implements Station {
  readonly address: Address;
  readonly #world: Environment;
  readonly #options: PeerOptions;
  readonly #disk: AnyRecord[] = [];
  readonly #streams = new Map<SessionId, Wire>();
  /** Which life this is: what was planned in an earlier one no longer happens. */
  #life = 0;
  #peer: FaultyPeer | undefined;
  #queue: FaultyInput[] = [];
  #stepping = false;
  #wakesAt = Number.POSITIVE_INFINITY;
  #lastAccepted = 0;

  constructor(world: Environment, address: Address, options: PeerOptions) {
    this.#world = world;
    this.address = address;
    this.#options = options;
  }

  get id(): PeerId {
    return this.#options.id;
  }

  get port(): number {
    return portOf(this.address);
  }

  /** Whether its process exists; that of a paused or crashed peer does, where a fault made it so. */
  get isUp(): boolean {
    return this.#peer !== undefined;
  }

  /** Starts the process from what is on its disk. */
  boot(options: PeerOptions = this.#options): void {
    assert(this.#peer === undefined, `the peer on port ${this.port} is up`);
    this.#life += 1;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#peer = new FaultyPeer(options, this.#disk, this.#world.now);
    this.give({ kind: "timeout" });
  }

  /** Starts a process that ended again, with nothing but its disk to go by. */
  restart(): void {
    this.boot({ ...this.#options, found: false, seeds: [], seed: this.#world.random.below(2 ** 32) });
  }

  /** Ends the process: what was not saved is lost, and so is every fault. */
  crash(): void {
    this.#peer = undefined;
    this.#life += 1;
    for (const stream of [...this.#streams.values()]) stream.end(this, "connection reset");
    this.#streams.clear();
  }

  /** Gives a command to one of its protocols. */
  command(content: AnyCommand): void {
    this.give({ kind: "command", content });
  }

  /** Lets one thing happen to it, after what is already happening. */
  give(input: FaultyInput): void {
    if (this.#peer !== undefined) this.#queue.push(input);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    this.#stepping = false;
    this.#wakeInTime();
  }

  /** What it shows. */
  view(): PeerView {
    assert(this.#peer !== undefined, `the peer on port ${this.port} is down`);
    return present(this.#peer, { real: this.#world.now, at: 0, notices: [], counters: {} });
  }

  nextAccepted(): SessionId {
    this.#lastAccepted += 2;
    return this.#lastAccepted;
  }

  attach(session: SessionId, stream: Wire): void {
    this.#streams.set(session, stream);
  }

  detach(session: SessionId): void {
    this.#streams.delete(session);
  }

  #step(input: FaultyInput): void {
    for (const effect of this.#peer?.step(input, this.#world.now) ?? []) this.#carryOut(effect);
  }

  #carryOut(effect: FaultyEffect): void {
    switch (effect.kind) {
      case "message":
        this.#streams.get(effect.session)?.send(this, encodeMessage(effect));
        return;
      case "packet":
        return this.#sendPacket(effect);
      case "save":
        return this.#save(effect);
      case "dial":
        return this.#world.connect(this, effect.session, effect.address);
      case "close":
        this.#streams.get(effect.session)?.end(this, "closed by the other side");
        return;
      case "event":
        return this.#world.note(this.address, effect.event);
      case "crash":
        // What is on its way to the disk is lost: it belongs to the life that ends.
        this.#life += 1;
        this.#wakesAt = Number.POSITIVE_INFINITY;
        return;
      case "restore":
        return this.#world.after(this.#world.options.diskMs, () =>
          this.give({ kind: "restored", id: this.id, records: this.#disk }),
        );
    }
  }

  #sendPacket({ to, packet }: Extract<FaultyEffect, { kind: "packet" }>): void {
    const { latencyMs, packetLoss } = this.#world.options;
    if (packetLoss > 0 && this.#world.random.below(1_000_000) < packetLoss * 1_000_000) return;
    if (this.#world.isCut(this.address, to)) return;
    this.#world.after(latencyMs, () => this.#world.at(to)?.give({ kind: "packet", from: this.address, packet }));
  }

  /** Records are on disk, as bytes, when the disk has had its time; a crash before that loses them. */
  #save({ records, token }: Extract<FaultyEffect, { kind: "save" }>): void {
    const life = this.#life;
    const stored = records.map(encodeRecord);
    this.#world.after(this.#world.options.diskMs, () => {
      if (this.#life !== life) return;
      for (const each of stored) {
        const record = decodeRecord(each);
        assert(record !== undefined, "what was encoded decodes");
        this.#disk.push(record);
      }
      this.give({ kind: "saved", upTo: token });
    });
  }

  #wakeInTime(): void {
    const deadline = this.#peer?.deadline ?? Number.POSITIVE_INFINITY;
    if (deadline >= this.#wakesAt || deadline === Number.POSITIVE_INFINITY) return;
    this.#wakesAt = deadline;
    const life = this.#life;
    this.#world.after(Math.max(0, deadline - this.#world.now), () => {
      if (this.#life !== life) return;
      this.#wakesAt = Number.POSITIVE_INFINITY;
      if (this.#peer !== undefined && this.#peer.deadline <= this.#world.now) this.give({ kind: "timeout" });
      else this.#wakeInTime();
    });
  }
}
