import type { PeerNames } from "../control/peer-names.ts";
import type { Address } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerEvent } from "../peer/peer-event.ts";

/** How an event feels: trouble, trouble that somebody made, the end of trouble, a change of leader, or neither. */
export type Tone = "bad" | "fault" | "good" | "leader" | "plain";

/** An event as a sentence: `who` `text` because `because`. All of it is safe to show. */
export interface Story {
  /** The peer that it is about, or null where no peer is known. */
  readonly peer: PeerId | null;
  /** `you`, a peer's label, or an address. */
  readonly who: string;
  /** Past tense, without the subject. */
  readonly text: string;
  readonly because: string | null;
  readonly tone: Tone;
}

/** What happened. */
export type Told = PeerEvent["event"];
/** The kinds of events. */
export type Kind = Told["kind"];
/** The event of a kind. */
export type Of<K extends Kind, E = Told> = E extends { readonly kind: infer X } ? (K extends X ? E : never) : never;
/** Whom an event is about. */
type About = { readonly peer: PeerId } | { readonly address: Address } | "self";
/** A story before peers have their names. */
export type Draft = { about: About; text: string; because?: string | null; tone?: Tone };

/** How events of some kinds are told. */
export type Stories<K extends Kind> = { readonly [X in K]: (event: Of<X>, names: PeerNames) => Draft };
