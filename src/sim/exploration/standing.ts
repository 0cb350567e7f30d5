import type { Effect, Input, Speech } from "../../core/protocol.ts";
import type { Parcel } from "./ways.ts";

/** A message that waits for a save. */
export type Send<S extends Speech> = Extract<Effect<S>, { readonly kind: "send" }>;

/** A save that the disk has not done. */
export interface Save<S extends Speech> {
  readonly records: readonly S["record"][];
  readonly token: number;
}

/** What a life has asked of its surroundings, and what is left of earlier ones. */
export interface Belongings<S extends Speech> {
  readonly disk: readonly S["record"][];
  /** Oldest first. */
  readonly saves: readonly Save<S>[];
  readonly held: readonly Send<S>[];
  readonly savedUpTo: number;
}

/** One peer at one moment, with all on which its future depends but what is yet to happen. */
export interface Standing<S extends Speech, Facts> extends Belongings<S> {
  readonly id: number;
  /** Which of the residents. */
  readonly place: number;
  /** Its own clock. */
  readonly now: number;
  /** When a timeout is due; Infinity for never and for nobody. */
  readonly deadline: number;
  /** Null while it does not run. */
  readonly view: S["view"] | null;
  /** Timeouts that its surroundings chose to let fire. */
  readonly timeouts: number;
  readonly crashes: number;
  readonly told: readonly string[];
  readonly facts: Facts;
  /** One of the ways to come here, by which its machine can be had: what its machine was given last, and where. */
  readonly before: Standing<S, Facts> | null;
  readonly given: readonly Input<S>[];
  /** Whether its life began with that. */
  readonly isBirth: boolean;
}

/** How a peer comes from one moment to the next. */
export interface Passage<S extends Speech, Facts> {
  /** What happened, in words. */
  readonly text: () => string;
  readonly to: Standing<S, Facts>;
  /** What left the peer then, and for which resident. */
  readonly sent: readonly { readonly to: number; readonly parcel: Parcel<S> }[];
}
