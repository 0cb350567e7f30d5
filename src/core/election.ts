import type { PeerId } from "./peer-id.ts";

/** Ways to find a leader: Raft's votes, the highest priority, or a peer named beforehand. */
export const ELECTIONS = ["raft", "bully", "fixed"] as const;

/** One of those ways. */
export type ElectionKind = (typeof ELECTIONS)[number];

/** What is asked of an election, whichever it is. */
export type ElectionCommand =
  /** What membership holds of another; `mayLead`: whether it may ever be the leader, which may be said of this peer too. */
  | {
      readonly kind: "member";
      readonly peer: PeerId;
      readonly status: "healthy" | "doubted" | "unhealthy" | "left";
      readonly mayLead: boolean;
    }
  /** Hand leadership over, to whom the election thinks fit if nobody is named. */
  | { readonly kind: "transfer"; readonly to: PeerId | null }
  /** We leave: lead no more, vote no more; answered by "left-office". */
  | { readonly kind: "leave" };

/** What an election tells, whichever it is: of one leader at a time, each lost before the next is elected. */
export type ElectionEvent =
  | { readonly kind: "leader-elected"; readonly leader: PeerId; readonly previous: PeerId | null }
  | { readonly kind: "leader-lost"; readonly leader: PeerId; readonly because: string }
  /** A leave may go on: leadership is handed over, or there was none. */
  | { readonly kind: "left-office" };

/** One message of an election, as the peer that shows it saw it. */
export interface ElectionMessage {
  /** Monotonic ms. */
  readonly at: number;
  readonly from: PeerId;
  readonly to: PeerId;
  /** The message's own kind. */
  readonly kind: string;
  /** What it says, in a few words; empty where the kind says it all. */
  readonly text: string;
}
