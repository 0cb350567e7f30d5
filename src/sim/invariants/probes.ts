import type { Address } from "../../core/address.ts";
import type { HealthPacket } from "../../wire/health-packet.ts";
import type { Watch } from "./invariant.ts";
import { type Life, PerLife } from "./life.ts";
import { Recent } from "./recent.ts";

/** SYNs that are remembered until an ACK comes: far more than a peer has under way, even where a fault makes ACKs late. */
const SYNS = 4096;

/** What one life knows of others by health checks. */
interface Checked {
  /** Where each nonce was sent that may still be acknowledged. */
  readonly asked: Recent<string, Address>;
  readonly answered: Set<Address>;
}

/**
 * Who has answered whom: health checks by their packets alone. An ACK answers the SYN with its nonce, once, where it
 * comes from the address to which this life sent that. A watch to put before those that ask it.
 */
export class Probes implements Watch {
  readonly #answered: (life: Life, from: Address) => void;
  readonly #lives = new PerLife<Checked>(() => ({ asked: new Recent(SYNS), answered: new Set() }));

  /** `answered` is called for every answer that comes. */
  constructor(answered: (life: Life, from: Address) => void = () => {}) {
    this.#answered = answered;
  }

  /** Whether somebody ever answered this life from an address. */
  hasAnswered(life: Life, address: Address): boolean {
    return this.#lives.of(life).answered.has(address);
  }

  packetSent(life: Life, to: Address, packet: HealthPacket): void {
    if (packet.kind === "syn") this.#lives.of(life).asked.set(keyOf(packet.nonce), to);
  }

  packetReceived(life: Life, from: Address, packet: HealthPacket): void {
    if (packet.kind !== "ack") return;
    const { asked, answered } = this.#lives.of(life);
    const key = keyOf(packet.nonce);
    if (asked.get(key) !== from) return;
    // A fault may lose this copy and let a second one pass.
    if (life.faults === 0) asked.delete(key);
    answered.add(from);
    this.#answered(life, from);
  }
}

/** A nonce as a key. */
export function keyOf(nonce: Uint8Array): string {
  return Buffer.from(nonce.buffer, nonce.byteOffset, nonce.byteLength).toString("latin1");
}
