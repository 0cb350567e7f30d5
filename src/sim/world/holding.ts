import type { Address } from "../../core/address.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Lent, Wire } from "../network/station.ts";
import type { Ward } from "./ward.ts";

/** A virtual address in the hands of one peer: who connects to it is connected to that peer, by the ways to that one. */
export class Holding implements Lent {
  readonly address: Address;
  readonly #ward: Ward;
  readonly #sessions = new Set<SessionId>();

  constructor(address: Address, ward: Ward) {
    this.address = address;
    this.#ward = ward;
  }

  get isUp(): boolean {
    return this.#ward.isUp;
  }

  /** Where its holder is. */
  get home(): Address {
    return this.#ward.address;
  }

  accept(from: Address, stream: Wire): SessionId {
    const session = this.#ward.accept(from, stream);
    this.#sessions.add(session);
    return session;
  }

  connected(session: SessionId, to: Address): void {
    this.#ward.connected(session, to);
  }

  receive(session: SessionId, bytes: Buffer, sent: Buffer | null): void {
    this.#ward.receive(session, bytes, sent);
  }

  disconnected(session: SessionId, reason: string): void {
    this.#sessions.delete(session);
    this.#ward.disconnected(session, reason);
  }

  packet(from: Address, bytes: Buffer): void {
    this.#ward.packet(from, bytes);
  }

  /** Breaks every connection that came through it. */
  breakOff(): void {
    for (const session of this.#sessions) this.#ward.breakOff(session, "the address is given up");
    this.#sessions.clear();
  }
}
