import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { SessionId } from "../../core/protocol.ts";
import type { Network } from "../network/network.ts";
import type { Station, Wire } from "../network/station.ts";
import { Pump } from "../time/pump.ts";

/** All that can happen to a program. */
export type ProgramInput =
  | { readonly kind: "started" }
  /** A connection stands: an accepted one has an even number, a dialled one the odd number that the program chose. */
  | { readonly kind: "session-up"; readonly session: SessionId; readonly address: Address }
  | { readonly kind: "session-down"; readonly session: SessionId; readonly reason: string }
  | { readonly kind: "bytes"; readonly session: SessionId; readonly bytes: Buffer }
  | { readonly kind: "packet"; readonly from: Address; readonly bytes: Buffer }
  | { readonly kind: "timeout" };

/** All that it can ask for. */
export type ProgramEffect =
  | { readonly kind: "dial"; readonly session: SessionId; readonly address: Address }
  | { readonly kind: "bytes"; readonly session: SessionId; readonly bytes: Buffer }
  | { readonly kind: "close"; readonly session: SessionId; readonly reason: string }
  /** `from`: where it claims to come from; null for where it does. */
  | { readonly kind: "packet"; readonly to: Address; readonly from: Address | null; readonly bytes: Buffer };

/** A program that is no peer, such as a client, a gossip module of another make, or a liar: a machine of bytes. */
export interface Program {
  /** Virtual ms at which a timeout is due; Infinity for never. */
  readonly deadline: number;
  step(input: ProgramInput, now: number): readonly ProgramEffect[];
}

/** A program at its address in a world. */
export class ProgramHost implements Station {
  readonly address: Address;
  readonly isUp = true;
  readonly #network: Network;
  readonly #pump: Pump<ProgramInput>;
  readonly #streams = new Map<SessionId, Wire>();
  #lastAccepted = 0;

  constructor(network: Network, address: Address, program: Program) {
    this.#network = network;
    this.address = address;
    const machine = {
      get deadline() {
        return program.deadline;
      },
      step: (input: ProgramInput) => {
        for (const effect of program.step(input, network.time.now)) this.#carryOut(effect);
      },
    };
    this.#pump = new Pump<ProgramInput>(network.time, machine, { kind: "timeout" });
  }

  /** Lets it begin. */
  start(): void {
    this.#pump.give({ kind: "started" });
  }

  /** Wakes it before its deadline, as whoever has told it to do something does. */
  wake(): void {
    this.#pump.give({ kind: "timeout" });
  }

  accept(_from: Address, stream: Wire): SessionId {
    this.#lastAccepted += 2;
    this.#streams.set(this.#lastAccepted, stream);
    return this.#lastAccepted;
  }

  connected(session: SessionId, address: Address): void {
    this.#pump.give({ kind: "session-up", session, address });
  }

  receive(session: SessionId, bytes: Buffer): void {
    this.#pump.give({ kind: "bytes", session, bytes });
  }

  disconnected(session: SessionId, reason: string): void {
    this.#streams.delete(session);
    this.#pump.give({ kind: "session-down", session, reason });
  }

  packet(from: Address, bytes: Buffer): void {
    this.#pump.give({ kind: "packet", from, bytes });
  }

  #carryOut(effect: ProgramEffect): void {
    switch (effect.kind) {
      case "dial":
        return this.#dial(effect.session, effect.address);
      case "bytes":
        this.#streams.get(effect.session)?.send(this, effect.bytes);
        return;
      case "close":
        this.#streams.get(effect.session)?.end(this, effect.reason);
        this.#streams.delete(effect.session);
        return;
      case "packet":
        return this.#network.sendPacket(effect.from ?? this.address, effect.to, effect.bytes);
    }
  }

  #dial(session: SessionId, address: Address): void {
    assert(session % 2 === 1 && !this.#streams.has(session), `${session} is no number for a new connection`);
    this.#streams.set(session, this.#network.connect(this, session, address));
  }
}
