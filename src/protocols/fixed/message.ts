import type { Address } from "../../core/address.ts";
import { InvariantViolation } from "../../core/assert.ts";
import type { ElectionCommand, ElectionEvent } from "../../core/election.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Framing, oneFrameType } from "../definition.ts";

/** It has no messages; the frame type is reserved. */
export const fixedFraming: Framing<never> = oneFrameType(0x2b, {
  write: () => {
    throw new InvariantViolation("a leader named beforehand needs no messages");
  },
  read: (reader) => {
    reader.fail("a leader named beforehand needs no messages");
    // After a failure the value is never looked at.
    return undefined as never;
  },
});

/** Why the leader is one no more for this peer. */
export type LossCause =
  | "link-broke"
  | "unhealthy"
  | "left"
  /** Another peer lives at the address by now, or the leader lives elsewhere. */
  | "moved"
  /** The cluster was given up. */
  | "forgotten";

/** The vocabulary of a leader that is named beforehand. */
export interface FixedSpeech {
  message: never;
  record: never;
  command:
    | ElectionCommand
    /** Take part: this peer belongs to a cluster. */
    | { readonly kind: "begin" }
    /** The cluster was given up: take part no more. */
    | { readonly kind: "forget" }
    /** A peer lives there. */
    | { readonly kind: "met"; readonly peer: PeerId; readonly address: Address };
  event:
    | (Extract<ElectionEvent, { readonly kind: "leader-lost" }> & { readonly because: LossCause })
    | Exclude<ElectionEvent, { readonly kind: "leader-lost" }>
    /** Nobody but the peer at the named address ever leads. */
    | {
        readonly kind: "transfer-failed";
        readonly to: PeerId | null;
        readonly because: "not-leader" | "leader-is-fixed";
      };
  view: {
    readonly active: boolean;
    /** "none": it takes no part. */
    readonly role: "leader" | "follower" | "none";
    readonly leader: PeerId | null;
    /** Monotonic ms at which this leader became known. */
    readonly leaderSince: number | null;
    /** Where the leader lives; null where none was named. */
    readonly address: Address | null;
  };
  options: {
    readonly peer: PeerId;
    readonly address: Address;
    /** Whether the peers of the cluster find their leader this way at all. */
    readonly active: boolean;
    /** Where the leader lives; null where none was named. */
    readonly leader: Address | null;
  };
}
