import type { ElectionCommand, ElectionEvent, ElectionMessage } from "../../core/election.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { bool, optional, type TypeOf, u32, union, variant } from "../../wire/codec.ts";
import { peerId } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** Peers that are known, at most; further ones are not listened to. */
export const MAX_PARTICIPANTS = 1024;

/** What a coordinator says of itself. */
const claim = {
  priority: u32,
  /** The working leader that it has just taken over from; null where there was none, and later. */
  over: optional(peerId),
  /** How long the receiver has to let this coordinator work, though it ranks higher, because it flapped. */
  holdMs: u32,
};

/** Bully's messages. Every one of a peer that may lead carries its priority. */
export const bullyMessage = union({
  /** I stand: whoever ranks higher, object. */
  election: variant(1, { priority: u32 }),
  /** I am up. `objects`: I rank higher, and stand in your place or follow a leader that works and outranks you. */
  answer: variant(2, { priority: u32, objects: bool }),
  /** I lead from now on, or (to whoever stands) still. */
  coordinator: variant(3, claim),
  /** I still lead: said over and over, no part of any election. */
  heartbeat: variant(4, claim),
  /** I lead no more: elect another at once, unless you lead yourself. */
  resign: variant(5, {}),
});

/** A Bully message as a value. */
export type BullyMessage = TypeOf<typeof bullyMessage>;

/** Bully's frames. */
export const bullyFraming = oneFrameType(0x29, bullyMessage);

/** Why an election is held. */
export type ElectionCause =
  /** No leader was heard since this peer began, or since the last one was lost. */
  | "no-leader"
  | LossCause
  /** A leader was heard that ranks lower. */
  | "outranks-leader"
  /** One that ranks lower stands, so whoever led may be gone. */
  | "asked"
  /** Whoever was to become the leader did not say so in time. */
  | "no-coordinator";

/** Why a leader is one no more for this peer. */
export type LossCause =
  | "link-broke"
  | "unhealthy"
  | "silent"
  | "higher-priority"
  | "left"
  | "resigned"
  /** This peer led and flapped, and a lower one leads by now, whom it has to let work for a while. */
  | "held-down"
  /** This peer led and stood still for so long that another may lead by now. */
  | "stood-still"
  /** The cluster was given up. */
  | "forgotten";

/** What is known of another peer. */
export interface ParticipantView {
  readonly peer: PeerId;
  /** Null until it has said so on the link that stands. */
  readonly priority: number | null;
  readonly status: "healthy" | "doubted" | "unhealthy";
  readonly mayLead: boolean;
  /** How often it led and was lost; less by one for each `calmMs` since the last time. */
  readonly flaps: number;
}

/** The vocabulary of Bully. */
export interface BullySpeech {
  message: BullyMessage;
  record: never;
  command:
    | ElectionCommand
    /** Take part: this peer belongs to a cluster. */
    | { readonly kind: "begin" }
    /** The cluster was given up: take part no more. */
    | { readonly kind: "forget" };
  event:
    | (Extract<ElectionEvent, { readonly kind: "leader-lost" }> & { readonly because: LossCause })
    | Exclude<ElectionEvent, { readonly kind: "leader-lost" }>
    | { readonly kind: "election-started"; readonly because: ElectionCause }
    | {
        readonly kind: "election-ended";
        /** "held-down": a leader was found that ranks lower, but must be let work for a while. */
        readonly outcome: "won" | "leader-found" | "no-coordinator" | "held-down" | "called-off";
        readonly leader: PeerId | null;
      }
    /** Two claim to lead: `leader`, whom this peer follows (itself included) from now on, and `rival`. */
    | { readonly kind: "rival-met"; readonly leader: PeerId; readonly rival: PeerId }
    /** It ranks higher and waits because it flapped; from now on it need not. */
    | { readonly kind: "transfer-started"; readonly to: PeerId }
    | {
        readonly kind: "transfer-failed";
        readonly to: PeerId | null;
        /** "highest-leads": there is no choice, for nobody ranks higher than the leader and could lead. */
        readonly because: "not-leader" | "highest-leads";
      };
  view: {
    readonly active: boolean;
    /** "candidate": this peer's election runs. "none": it takes no part. */
    readonly role: "leader" | "follower" | "candidate" | "none";
    readonly leader: PeerId | null;
    /** Monotonic ms at which this leader became known. */
    readonly leaderSince: number | null;
    readonly leaderHeardAt: number | null;
    readonly priority: number;
    /** The others, sorted by ID. */
    readonly participants: readonly ParticipantView[];
    /** Who else claims to lead, heard within `leaderTimeoutMs`. */
    readonly rivals: readonly PeerId[];
    /** Monotonic ms until which this peer lets a lower one lead, because it flapped; null while it need not. */
    readonly holdUntil: number | null;
    /** Of the latest election, oldest first, at most 32; heartbeats are none. */
    readonly messages: readonly ElectionMessage[];
    /** Elections that this peer has held. */
    readonly elections: number;
    /** Messages of elections that this peer has sent; heartbeats count apart. */
    readonly sent: number;
    readonly heartbeats: number;
    readonly heartbeatIntervalMs: number;
    readonly leaderTimeoutMs: number;
  };
  options: {
    readonly peer: PeerId;
    /** Whether the peers of the cluster elect this way at all. */
    readonly active: boolean;
    /** Whether this peer may lead; otherwise it only follows. */
    readonly mayLead: boolean;
    /** The highest leads, of equal ones the highest ID; 0 to 2^32 - 1. */
    readonly priority: number;
    readonly heartbeatIntervalMs: number;
    /** A leader that is silent for so long is lost; a newcomer listens for so long before it stands. */
    readonly leaderTimeoutMs: number;
    /** How long answers to an election are awaited. */
    readonly answerTimeoutMs: number;
    /** The hold after the second loss of leadership in a row; it doubles with each further one. */
    readonly holdMs: number;
    /** The longest hold. */
    readonly maxHoldMs: number;
    /** One loss is forgotten for each time of this length without another. */
    readonly calmMs: number;
  };
}
