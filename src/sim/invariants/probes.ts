import type { Address } from "../../core/address.ts";
import type { HealthPacket } from "../../wire/health-packet.ts";
import type { Watch } from "./invariant.ts";
import { type Life, PerLife } from "./life.ts";
import { Recent } from "./recent.ts";

/** SYNs that are remembered: far more than a peer has under way, even where a fault makes ACKs late. */
const SYNS = 4096;

/** What one life knows of others by health checks. */
interface Checked {
  /** Where each nonce was sent. */
  readonly asked: Recent<string, Address>;
  readonly answered: Set<Address>;
}

/** Who has answered whom: health checks by their packets alone. A watch to put before those that ask it. */
export class Probes implements Watch {
  readonly #lives = new PerLife<Checked>(() => ({ asked: new Recent(SYNS), answered: new Set() }));

  /** Whether a packet is the ACK of a SYN that this life sent to where the packet comes from. */
  isAnswer(life: Life, from: Address, packet: HealthPacket): boolean {
    return packet.kind === "ack" && this.#lives.of(life).asked.get(keyOf(packet)) === from;
  }

  /** Whether somebody ever answered this life from an address. */
  hasAnswered(life: Life, address: Address): boolean {
    return this.#lives.of(life).answered.has(address);
  }

  packetSent(life: Life, to: Address, packet: HealthPacket): void {
    if (packet.kind === "syn") this.#lives.of(life).asked.set(keyOf(packet), to);
  }

  packetReceived(life: Life, from: Address, packet: HealthPacket): void {
    if (this.isAnswer(life, from, packet)) this.#lives.of(life).answered.add(from);
  }
}

/** The nonce of a packet as a key. */
export function keyOf({ nonce }: HealthPacket): string {
  return Buffer.from(nonce.buffer, nonce.byteOffset, nonce.byteLength).toString("latin1");
}
