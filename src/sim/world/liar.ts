import { type Address, addressOf, hostOf, portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { decode, encode } from "../../wire/codec.ts";
import { healthPacket } from "../../wire/health-packet.ts";
import type { Program, ProgramEffect, ProgramInput } from "./program.ts";

/** What it says to whoever connects: nothing that any dialect begins with. */
const GARBAGE = Buffer.from("\u0007\u0003 no peer lives here");

/**
 * A program that wants to be taken for a peer: it answers health checks with the right nonce, but from another address
 * than the one that was asked, and connections with garbage. Nobody may believe that somebody is at its address.
 */
export class Liar implements Program {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly #mouth: Address;

  /** @param address where it is asked; it speaks from the next port */
  constructor(address: Address) {
    const mouth = addressOf(hostOf(address), portOf(address) + 1);
    assert(mouth !== undefined, "a liar needs the next port as well");
    this.#mouth = mouth;
  }

  step(input: ProgramInput): readonly ProgramEffect[] {
    if (input.kind === "session-up") return [{ kind: "bytes", session: input.session, bytes: GARBAGE }];
    if (input.kind !== "packet") return [];
    const asked = decode(healthPacket, input.bytes);
    if (asked.kind !== "value" || asked.value.kind !== "syn") return [];
    const bytes = encode(healthPacket, { kind: "ack", nonce: asked.value.nonce });
    return [{ kind: "packet", to: input.from, from: this.#mouth, bytes }];
  }
}
