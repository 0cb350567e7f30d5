import { type Address, addressOf } from "../../../src/core/address.ts";
import type { SessionId } from "../../../src/core/protocol.ts";
import { seededRandom } from "../../../src/core/random.ts";
import type { Conditions } from "../../../src/sim/network/conditions.ts";
import { Network } from "../../../src/sim/network/network.ts";
import type { Station } from "../../../src/sim/network/station.ts";
import type { Stream } from "../../../src/sim/network/stream.ts";
import { VirtualTime } from "../../../src/sim/time/virtual-time.ts";

/** The address of a port. */
export function at(port: number): Address {
  const address = addressOf("127.0.0.1", port);
  if (address === undefined) throw new Error(`${port} is no port`);
  return address;
}

/** A station that only notes what comes to it, a line each: when, on which connection, what. */
export class Ear implements Station {
  readonly address: Address;
  isUp = true;
  /** What has come since the start or the last look. */
  readonly heard: string[] = [];
  /** What was damaged on its way: as it came, and as it was. */
  readonly damaged: { readonly bytes: Buffer; readonly sent: Buffer }[] = [];
  readonly streams = new Map<SessionId, Stream>();
  /** Called for whatever has been noted. */
  onHeard: (line: string) => void = () => {};
  readonly #network: Network;
  #lastAccepted = 0;

  constructor(network: Network, port: number) {
    this.#network = network;
    this.address = at(port);
    network.add(this);
  }

  /** Dials another station; the connection has this number here. */
  dial(session: SessionId, to: Address): Stream {
    const stream = this.#network.connect(this, session, to);
    this.streams.set(session, stream);
    return stream;
  }

  say(session: SessionId, text: string): void {
    this.streams.get(session)?.send(this, Buffer.from(text));
  }

  end(session: SessionId, reason: string): void {
    this.streams.get(session)?.end(this, reason);
  }

  /** Ends everything, as a process that is killed does. */
  crash(): void {
    this.isUp = false;
    for (const stream of this.streams.values()) stream.end(this, "connection reset");
    this.streams.clear();
  }

  /** What has come since the last look. */
  take(): string[] {
    return this.heard.splice(0);
  }

  accept(_from: Address, stream: Stream): SessionId {
    this.#lastAccepted += 2;
    this.streams.set(this.#lastAccepted, stream);
    return this.#lastAccepted;
  }

  connected(session: SessionId, to: Address): void {
    this.#note(`${session} up ${to}`);
  }

  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void {
    if (sent !== null) this.damaged.push({ bytes, sent });
    this.#note(`${session} ${sent === null ? "got" : "got, damaged,"} ${(sent ?? bytes).toString()}`);
  }

  disconnected(session: SessionId, reason: string): void {
    this.#note(`${session} down ${reason}`);
  }

  packet(from: Address, bytes: Buffer): void {
    this.#note(`packet ${bytes.toString()} from ${from}`);
  }

  #note(what: string): void {
    const line = `${Math.floor(this.#network.time.now)}: ${what}`;
    this.heard.push(line);
    this.onHeard(line);
  }
}

/** A network of two stations, 7001 and 7002, in which everything takes 10 ms. */
export function twoStations(usual: Partial<Conditions> = {}, seed = 1) {
  const time = new VirtualTime();
  const network = new Network(time, seededRandom(seed), { latencyMs: 10, ...usual });
  return { time, network, a: new Ear(network, 7001), b: new Ear(network, 7002) };
}

/** As `twoStations`, with a connection from the first to the second that has stood for a while: 1 there, 2 here. */
export function connected(usual: Partial<Conditions> = {}, seed = 1) {
  const stations = twoStations(usual, seed);
  const { time, a, b } = stations;
  a.dial(1, b.address);
  time.run(100);
  a.take();
  b.take();
  return stations;
}
