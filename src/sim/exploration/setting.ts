import type { PeerId } from "../../core/peer-id.ts";
import type { Speech } from "../../core/protocol.ts";
import type { Definition } from "../../protocols/definition.ts";

/** One of the peers of a small world. */
export interface Resident<S extends Speech> {
  readonly peer: PeerId;
  readonly options: S["options"];
  /** What is on its disk before its first life. */
  readonly saved: readonly S["record"][];
  /** Whether its saves are done at once, or whenever that may be. */
  readonly disk: "instant" | "slow";
  /** How many timeouts may fire at it that were not due anyway. */
  readonly timeouts: number;
}

/** One peer, as whoever gives commands sees it. */
export interface Seen<S extends Speech> {
  readonly peer: PeerId;
  /** Null while it does not run. */
  readonly view: S["view"] | null;
  /** What this peer was told to do so far, in all its lives, by the texts of the commands. */
  readonly told: readonly string[];
}

/** A command that may be given now. */
export interface Offer<S extends Speech> {
  readonly to: PeerId;
  /** What a path calls it; the same text means the same command. */
  readonly text: string;
  readonly command: S["command"];
}

/** How a world is brought to where its exploration begins. */
export type Opening<S extends Speech> =
  | { readonly kind: "command"; readonly offer: Offer<S> }
  /** Counts as one of the timeouts that may fire there. */
  | { readonly kind: "timeout"; readonly peer: PeerId }
  /** All that is on its way arrives, and all saves are done, in an order that is always the same. */
  | { readonly kind: "quiet" };

/** What follows from one thing that happens to a peer. */
export interface Lived<S extends Speech> {
  readonly peer: PeerId;
  readonly events: readonly S["event"][];
  /** Null where that ended its life. */
  readonly view: S["view"] | null;
  /** All that is on its disk, and then what is under way to it. */
  readonly disk: readonly S["record"][];
  readonly underWay: readonly S["record"][];
}

/**
 * A small world whose every state is visited, and what must hold in each. `Facts` is what is remembered of the past of
 * one peer: a value that never changes, made of what that peer alone has lived through.
 */
export interface Setting<S extends Speech, Facts> {
  readonly definition: Definition<S>;
  readonly residents: readonly Resident<S>[];
  /** What happens before anything is left open. */
  readonly opening: readonly Opening<S>[];
  /** How often anybody may crash, in all. A crashed peer may start again at any time. */
  readonly crashes: number;
  /** What may be asked of whom now; decided by what is seen alone. Whatever is never refused goes on without end. */
  offers(seen: readonly Seen<S>[]): readonly Offer<S>[];
  /** What is remembered of a peer that has not lived yet. */
  readonly nothing: Facts;
  /** What is remembered once this has happened; the same value where it adds nothing. */
  remember(facts: Facts, lived: Lived<S>): Facts;
  /** What is wrong, in one line; null where all is well. In the order of the residents. */
  flaw(facts: readonly Facts[]): string | null;
  /** What some states must come to, so that a world in which nothing happens cannot pass for a sound one. */
  readonly landmarks: Readonly<Record<string, (facts: readonly Facts[]) => boolean>>;
  /** With more states than this the exploration has failed. */
  readonly limit: number;
}
