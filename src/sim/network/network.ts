import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { VirtualTime } from "../time/virtual-time.ts";
import { type Conditions, WELL } from "./conditions.ts";
import { Pairs } from "./pairs.ts";
import type { Station } from "./station.ts";
import { type Between, Stream } from "./stream.ts";
import { isAsWide, Way } from "./way.ts";

/** All that lies between the stations of a world: a way for each direction between two of them. */
export class Network implements Between {
  readonly time: VirtualTime;
  readonly #usual: Conditions;
  readonly #stations = new Map<Address, Station>();
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

  /** Whoever listens at an address; undefined if nobody does. */
  at(address: Address): Station | undefined {
    const station = this.#stations.get(address);
    return station?.isUp === true ? station : undefined;
  }

  /** The way from one address to another. */
  way(from: Address, to: Address): Way {
    return this.#ways.of(from, to);
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
