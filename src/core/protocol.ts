import type { Address } from "./address.ts";
import type { PeerId } from "./peer-id.ts";

/** All that a protocol says, in one bag, so that everything else takes one type parameter. */
export interface Speech {
  message: unknown;
  /** What it keeps on disk. */
  record: unknown;
  /** What others ask of it: the wiring, the person at the keyboard, an adapter that reports back. */
  command: unknown;
  /** What it tells: past tense, with its cause. */
  event: { readonly kind: string };
  view: unknown;
  options: unknown;
}

/**
 * One connection of this process. Even numbers were accepted and are chosen by the driver; odd numbers were dialled
 * and are chosen by the protocol that dials, so that it can send before the connection stands.
 */
export type SessionId = number;

/** Who is at the other end: a known peer, an address not yet known as one, or one connection. */
export type Party = { readonly peer: PeerId } | { readonly address: Address } | { readonly session: SessionId };

/** All that can happen to a protocol. Each is recorded, so the list of inputs is the run. */
export type Input<S extends Speech> =
  | { readonly kind: "message"; readonly from: Party; readonly message: S["message"] }
  | { readonly kind: "command"; readonly command: S["command"] }
  /** Everything up to and including the save with this token is on disk. Cumulative. */
  | { readonly kind: "saved"; readonly upTo: number }
  /** The link to a peer stands, or is gone. */
  | { readonly kind: "link"; readonly peer: PeerId; readonly up: boolean }
  /** A connection stands, or is gone; only for protocols that deal with connections. */
  | { readonly kind: "session"; readonly session: SessionId; readonly up: true; readonly address: Address }
  | { readonly kind: "session"; readonly session: SessionId; readonly up: false; readonly reason: string }
  /** This process stood still for `gapMs` (a stop signal, a suspended laptop, a stall). */
  | { readonly kind: "resumed"; readonly gapMs: number }
  | { readonly kind: "timeout" };

/** All it can ask for. */
export type Effect<S extends Speech> =
  /** `after`: the token of the save it depends on; 0 for none. It leaves when that save is on disk, not before. */
  | { readonly kind: "send"; readonly to: Party; readonly message: S["message"]; readonly after: number }
  /** Tokens start at 1 and only grow, per protocol. */
  | { readonly kind: "save"; readonly records: readonly S["record"][]; readonly token: number }
  | { readonly kind: "event"; readonly event: S["event"] }
  /** Open a connection under a fresh odd number; the answer is an input of kind "session". */
  | { readonly kind: "dial"; readonly session: SessionId; readonly address: Address }
  /** Let what the program on a connection says wait unread, or read on. */
  | { readonly kind: "reading"; readonly session: SessionId; readonly on: boolean }
  /** Close a connection once what was sent on it has left; no "session" input follows. */
  | { readonly kind: "close"; readonly session: SessionId; readonly reason: string };

/** A deterministic state machine: the same inputs in the same order give the same effects. */
export interface Protocol<S extends Speech> {
  /**
   * Absolute monotonic milliseconds at which a timeout is due; Infinity for never. Due ones fire once, after the batch
   * of inputs in hand. A timeout that comes early or twice changes nothing.
   */
  readonly deadline: number;
  /** `now`: monotonic milliseconds, never going back. Answers `NO_EFFECTS` when there is nothing to say. */
  step(input: Input<S>, now: number): readonly Effect<S>[];
  /** What is shown of it. Bounded; holds instants, never ages. */
  view(): S["view"];
  /** The fewest records from which `start` rebuilds all that it ever saved; what a journal is compacted to. */
  checkpoint(): readonly S["record"][];
}

/** Nothing to say: shared, so that a quiet step allocates nothing. */
export const NO_EFFECTS: readonly never[] = Object.freeze([]);
