import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import { type Conditions, WELL } from "./conditions.ts";
import { Pairs } from "./pairs.ts";
import type { Lent, Station } from "./station.ts";
import { type Between, Stream } from "./stream.ts";
import { isAsWide, Way } from "./way.ts";

/** All that lies between the stations of a world: a way for each direction between two of them. */
export class Network implements Between {
  readonly time: VirtualTime;
  readonly #usual: Conditions;
  readonly #stations = new Map<Address, Station>();
  readonly #lent = new Map<Address, Lent>();
  readonly #ways: Pairs<Address, Way>;
  readonly #streams = new Set<Stream>();

  /** `usual`: what every way is like until something else is said of it. */
  constructor(time: VirtualTime, random: Random, usual: Partial<Conditions>) {
    this.time = time;
    this.#usual = { ...WELL, ...usual };
    this.#ways = new Pairs(() => new Way(random, this.#usual));
  }

  /** From now on a station can be reached, alone at its address. */
  add(station: Station): void {
    assert(!this.#stations.has(station.address), `somebody else is at ${station.address}`);
    this.#stations.set(station.address, station);
  }

  /** Gives an address to one more station; whether nobody has it. */
  lend(lent: Lent): boolean {
    if (this.#stations.has(lent.address) || this.#lent.has(lent.address)) return false;
    this.#lent.set(lent.address, lent);
    return true;
  }

  /** Takes an address back, where this is who has it: nobody connects to it there any more. */
  takeBack(lent: Lent): void {
    if (this.#lent.get(lent.address) === lent) this.#lent.delete(lent.address);
  }

  /** Whoever listens at an address; undefined if nobody does. */
  at(address: Address): Station | undefined {
    const station = this.#stations.get(address) ?? this.#lent.get(address);
    return station?.isUp === true ? station : undefined;
  }

  /** The way from one address to another; to one that is lent, to whoever has it now. */
  way(from: Address, to: Address): Way {
    if (this.#lent.size === 0) return this.#ways.of(from, to);
    return this.#ways.of(this.#homeOf(from), this.#homeOf(to));
  }

  /** Changes what one way is like. */
  change(from: Address, to: Address, change: Partial<Conditions>): void {
    const way = this.way(from, to);
    this.#set(way, { ...way.conditions, ...change });
    this.#resume();
  }

  /** Makes every way what it usually is. */
  heal(): void {
    for (const way of this.#ways.all()) this.#set(way, this.#usual);
    this.#resume();
  }

  /** Makes one way what it usually is. */
  mend(from: Address, to: Address): void {
    this.change(from, to, this.#usual);
  }

  /** Sends a packet to whoever is there when it arrives. */
  sendPacket(from: Address, to: Address, bytes: Buffer): void {
    for (const delayMs of this.way(from, to).packet(bytes.length, this.time.now)) {
      this.time.after(delayMs, () => this.at(to)?.packet(from, bytes));
    }
  }

  /** Opens a connection; `from` is told when it stands, or why not. The stream takes what is sent until then. */
  connect(from: Station, session: SessionId, to: Address): Stream {
    const stream = new Stream(this, from, session, to, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    stream.open();
    return stream;
  }

  #homeOf(address: Address): Address {
    return this.#lent.get(address)?.home ?? address;
  }

  #set(way: Way, conditions: Conditions): void {
    const isOtherWidth = !isAsWide(way.conditions, conditions);
    way.conditions = conditions;
    if (!isOtherWidth) return;
    for (const stream of this.#streams) stream.hurry(way);
  }

  /** What streams held back goes on where nothing silences it any more. */
  #resume(): void {
    for (const stream of [...this.#streams]) stream.resume();
  }
}
