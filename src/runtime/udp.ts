import { createSocket, type Socket } from "node:dgram";
import { type Address, addressOf, hostOf, portOf } from "../core/address.ts";
import { decode, encode } from "../wire/codec.ts";
import { HEALTH_PACKET_BYTES, type HealthPacket, healthPacket } from "../wire/health-packet.ts";
import type { Counters } from "./counters.ts";

/** Health packets over UDP on the peer's one port. */
export class UdpPort {
  readonly #socket: Socket;
  readonly #counters: Counters;
  #queued: { readonly to: Address; readonly packet: HealthPacket }[] = [];

  private constructor(socket: Socket, counters: Counters) {
    this.#socket = socket;
    this.#counters = counters;
  }

  /** Binds; rejects with the system's error (EADDRINUSE, EACCES, ...). */
  static async bind(host: string, port: number, counters: Counters): Promise<UdpPort> {
    const family = host.includes(":") ? 6 : 4;
    // Addresses are always literals, so nothing is looked up and a send is handed to the system at once.
    const lookup = (literal: string, _options: unknown, done: (e: null, a: string, f: number) => void): void =>
      done(null, literal, literal.includes(":") ? 6 : 4);
    const socket = createSocket({ type: family === 6 ? "udp6" : "udp4", lookup: lookup as never });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ port, address: host, exclusive: true }, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    return new UdpPort(socket, counters);
  }

  /** Calls `receive` for every health packet from now on; anything else is dropped and counted. */
  listen(receive: (from: Address, packet: HealthPacket) => void): void {
    this.#socket.on("message", (bytes, { address, port }) => {
      const decoded = bytes.length === HEALTH_PACKET_BYTES ? decode(healthPacket, bytes) : undefined;
      const from = addressOf(address, port);
      if (decoded?.kind === "value" && from !== undefined) receive(from, decoded.value);
      else this.#counters.add("packets.malformed");
    });
    // An answer such as "port unreachable" says nothing that a missing ACK does not.
    this.#socket.on("error", () => this.#counters.add("packets.failed"));
  }

  /** Queues a packet; it leaves with the next flush. */
  send(to: Address, packet: HealthPacket): void {
    this.#queued.push({ to, packet });
  }

  /** Hands what is queued to the system; what cannot leave is lost like any packet. */
  flush(): void {
    if (this.#queued.length === 0) return;
    const queued = this.#queued;
    this.#queued = [];
    for (const { to, packet } of queued) this.#hand(to, packet);
  }

  #hand(to: Address, packet: HealthPacket): void {
    this.#socket.send(encode(healthPacket, packet), portOf(to), hostOf(to), (error) => {
      if (error !== null) this.#counters.add("packets.failed");
    });
  }

  /** Lets go of the port. */
  close(): void {
    this.#socket.close();
  }
}
