import type { Address } from "../../core/address.ts";
import { InvariantViolation } from "../../core/assert.ts";
import type { FaultyEffect, FaultyInput } from "../../peer/machine.ts";
import type { Act, PeerEvent } from "../../peer/peer-event.ts";
import type { AnyCommand, AnyRecord } from "../../peer/registry.ts";
import type { HealthPacket } from "../../wire/health-packet.ts";
import type { ObservedPeer, Received, Sent } from "../world/observer.ts";
import type { World } from "../world/world.ts";
import type { Life } from "./life.ts";

/** A message on a connection as its sender asks for it, after all faults of its own: one that they lose never is. */
export type Said = Extract<FaultyEffect, { readonly kind: "message" }>;

/** A message on a connection as the receiver's transport hands it over, before any fault of the receiver's. */
export type Heard = Extract<FaultyInput, { readonly kind: "message" }>;

/** What a local program says, or is told, in one go. */
export type Talked = Extract<FaultyInput, { readonly kind: "program" }>;

/** What clients ask, in one go. */
export type ClientsAsked = Extract<FaultyInput, { readonly kind: "client" }>;

/** What a client is answered, in one go. */
export type ClientTold = Extract<FaultyEffect, { readonly kind: "client" }>;

/** What programs that speak frames ask on one connection, in one go. */
export type CallsAsked = Extract<FaultyInput, { readonly kind: "calls" }>;

/** What one of them is answered, in one go. */
export type CallsAnswered = Extract<FaultyEffect, { readonly kind: "answers" }>;

/** What happens in a world, in its order, as far as somebody wants to see it. What is left out costs nothing. */
export interface Watch {
  /** A life begins, on these records of earlier ones. */
  began?(life: Life, records: readonly AnyRecord[]): void;
  /** It hands records to its disk. */
  saving?(life: Life, records: readonly AnyRecord[], token: number): void;
  /** Everything up to this token is on its disk. */
  saved?(life: Life, upTo: number): void;
  said?(life: Life, said: Said): void;
  heard?(life: Life, heard: Heard): void;
  /** A UDP packet leaves it. */
  packetSent?(life: Life, to: Address, packet: HealthPacket): void;
  /** A UDP packet comes to it, or to its host after its crash: then a fault may hand it to the next life. */
  packetReceived?(life: Life, from: Address, packet: HealthPacket): void;
  told?(life: Life, told: PeerEvent): void;
  /** A local program says something: before any fault of the peer's, which may make it wait. */
  programSaid?(life: Life, talked: Talked): void;
  programTold?(life: Life, talked: Talked): void;
  /** Clients ask: before any fault of the peer's, which may make them wait. */
  clientsAsked?(life: Life, asked: ClientsAsked): void;
  clientTold?(life: Life, told: ClientTold): void;
  /** A program asks the pool: before any fault of the peer's, which may make it wait. */
  callsAsked?(life: Life, asked: CallsAsked): void;
  callsAnswered?(life: Life, answered: CallsAnswered): void;
  /** It asks something of the world outside. */
  acted?(life: Life, act: Act): void;
  /** A command is given to it, by somebody who did what it had asked, or by a person: before any fault of the peer's. */
  commanded?(life: Life, command: AnyCommand): void;
  /** A life is over: nothing of it follows. */
  ended?(life: Life): void;
  /** All that follows from one input was seen, even if that was its end. */
  settled?(life: Life): void;
  /** Bytes leave on a connection. */
  sent?(peer: ObservedPeer, sent: Sent): void;
  /** Bytes have come on a connection. */
  received?(peer: ObservedPeer, received: Received): void;
}

/** Says that an invariant is broken, and by what: `what` names peers by their ports. */
export type Broken = (what: string) => never;

/** What must hold in every world after every step of every peer. */
export interface Invariant {
  /** Words with hyphens, unique. */
  readonly name: string;
  /** Paper and section, or the place in the design or in the wire document. */
  readonly source: string;
  /** The rule, in one sentence. */
  readonly text: string;
  /** What sees to it in one world, from its beginning; the earlier ones of the list are told first. */
  watch(world: World): readonly Watch[];
}

/** What is thrown where an invariant is broken. */
export class BrokenInvariant extends InvariantViolation {
  /** Its name. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** An invariant whose watches say `broken(what)`, which throws an InvariantViolation that names it and the instant. */
export function invariant(rule: {
  readonly name: string;
  readonly source: string;
  readonly text: string;
  readonly watch: (broken: Broken, world: World) => readonly Watch[];
}): Invariant {
  const { name, source, text, watch } = rule;
  return {
    name,
    source,
    text,
    watch: (world) =>
      watch((what) => {
        throw new BrokenInvariant(name, `${name} at ${world.now} ms: ${what}. ${text} (${source})`);
      }, world),
  };
}
