import type { Address } from "../../core/address.ts";
import { MAX_NAME_BYTES } from "../../core/limits.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { choice, list, struct, type TypeOf, text, u32, union, variant } from "../../wire/codec.ts";
import { address, peerId } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** From least to most: of two rumours with the same incarnation the later word wins. */
export const STATUSES = ["healthy", "at-risk", "unhealthy", "left"] as const;

/** What is held of a member. */
export type Status = (typeof STATUSES)[number];

/** What one peer says of another (or of itself). */
export const rumour = struct({
  peer: peerId,
  address,
  name: text(MAX_NAME_BYTES),
  incarnation: u32,
  status: choice(STATUSES),
});

/** A rumour as a value. */
export type Rumour = TypeOf<typeof rumour>;

/** Rumours in one message, at most. */
export const MAX_RUMOURS = 256;

/** What members tell each other. */
export const membershipMessage = union({
  /** News, to be passed on by whoever did not know it. */
  rumours: variant(1, { rumours: list(rumour, MAX_RUMOURS) }),
  /** All that the sender holds, or a part where it is more than a message; the receiver answers with what it knows better. */
  table: variant(2, { rumours: list(rumour, MAX_RUMOURS) }),
});

/** A membership message as a value. */
export type MembershipMessage = TypeOf<typeof membershipMessage>;

/** Statuses in membership frames. */
export const membershipFraming = oneFrameType(0x22, membershipMessage);

/** What membership keeps on disk. */
export const membershipRecord = union({
  /** Our own incarnation, saved before anybody hears it. */
  self: variant(1, { incarnation: u32 }),
  member: variant(2, { rumour }),
  forgotten: variant(3, { peer: peerId }),
});

/** The vocabulary of membership. */
export interface MembershipSpeech {
  message: MembershipMessage;
  record: TypeOf<typeof membershipRecord>;
  command: /** Direct evidence: a HELLO from the peer itself. */
    | {
        readonly kind: "met";
        readonly peer: PeerId;
        readonly address: Address;
        readonly name: string;
        readonly incarnation: number;
      }
    /** Somebody answered a health check there: strangers rumoured at this address become members. */
    | { readonly kind: "verified"; readonly address: Address }
    /** A probe round was missed, by us and by those whom we asked. */
    | { readonly kind: "take-life"; readonly peer: PeerId; readonly via: readonly PeerId[] }
    /** It answered us. */
    | { readonly kind: "give-life"; readonly peer: PeerId }
    /** It said goodbye on its link: it leaves on purpose. */
    | { readonly kind: "goodbye"; readonly peer: PeerId }
    /** We leave: tell everybody. */
    | { readonly kind: "leave" };
  event: /** Known for the first time, or again after it had left. */
    | { readonly kind: "member-joined"; readonly peer: PeerId; readonly address: Address; readonly name: string }
    /** The address or the name of a member changed. */
    | { readonly kind: "member-moved"; readonly peer: PeerId; readonly address: Address; readonly previous: Address }
    | {
        readonly kind: "member-at-risk" | "member-unhealthy";
        readonly peer: PeerId;
        readonly address: Address;
        readonly livesRemaining: number;
        /** Our own probes, with who was asked in vain, or the peer that says so. */
        readonly because:
          | { readonly kind: "probes-missed"; readonly via: readonly PeerId[] }
          | { readonly kind: "rumour"; readonly from: PeerId };
      }
    | {
        readonly kind: "member-healthy";
        readonly peer: PeerId;
        readonly address: Address;
        readonly incarnation: number;
      }
    | { readonly kind: "member-left"; readonly peer: PeerId; readonly address: Address }
    /** Unhealthy for a day, or left for an hour: its record is gone. */
    | { readonly kind: "member-forgotten"; readonly peer: PeerId; readonly address: Address }
    /** Somebody doubted us; our incarnation grew. */
    | {
        readonly kind: "doubt-refuted";
        readonly incarnation: number;
        readonly status: Status;
        readonly from: PeerId | null;
      }
    /** A rumour of somebody whom we do not know: its address wants a health check. */
    | { readonly kind: "stranger-rumoured"; readonly address: Address }
    /** Something about ourselves grew that HELLOs must say. */
    | { readonly kind: "incarnation-grown"; readonly incarnation: number };
  view: {
    readonly incarnation: number;
    readonly members: readonly (Rumour & { readonly livesRemaining: number; readonly since: number })[];
    /** The latest rumours heard, newest last; at most 16. */
    readonly heard: readonly { readonly at: number; readonly from: PeerId; readonly rumour: Rumour }[];
  };
  options: {
    readonly peer: PeerId;
    readonly address: Address;
    readonly name: string;
    /** Peers told at once of news, at least; more where there are more (log n). */
    readonly fanout: number;
    readonly tableIntervalMs: number;
  };
}
