import type { Address } from "../../core/address.ts";
import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import { bool, list, type TypeOf, union, variant } from "../../wire/codec.ts";
import { address, clusterId } from "../../wire/identity.ts";
import { oneFrameType } from "../definition.ts";

/** Addresses that are remembered between lives, at most. */
export const MAX_REMEMBERED = 256;

/** What peers tell each other about where they belong. */
export const discoveryMessage = union({
  /** I belong to this cluster now; whoever still seeks joins it, and whoever would rather join another compares. */
  belong: variant(1, { cluster: clusterId, yielding: bool }),
});

/** A discovery message as a value. */
export type DiscoveryMessage = TypeOf<typeof discoveryMessage>;

/** Discovery frames. */
export const discoveryFraming = oneFrameType(0x20, discoveryMessage);

/** What discovery keeps on disk. */
export const discoveryRecord = union({
  /** `yields`: it was founded for want of another one, not on request. */
  founded: variant(1, { cluster: clusterId, yields: bool }),
  joined: variant(2, { cluster: clusterId }),
  /** Where members were last seen, to be dialled in the next life. */
  remembered: variant(3, { addresses: list(address, MAX_REMEMBERED) }),
  /**
   * Saved before a founder of nothing gives its cluster up; "joined" follows when it is on disk. So a life that begins
   * with this as the last word knows that the old cluster may not be forgotten everywhere yet.
   */
  yielded: variant(4, { to: clusterId }),
});

/** Where a peer stands on its way into a cluster. */
export type Phase =
  /** Looking for anybody, on this machine or at the addresses that it was told. */
  | "seeking"
  /** It belongs to a cluster. */
  | "member"
  | "left";

/** An entry of a network table as another peer served it. */
export interface TableEntry {
  readonly address: Address;
}

/** The vocabulary of discovery. */
export interface DiscoverySpeech {
  message: DiscoveryMessage;
  record: TypeOf<typeof discoveryRecord>;
  command: /** A health check ended. */
    | { readonly kind: "checked"; readonly address: Address; readonly answered: boolean }
    /** A network table has come, or could not be had. */
    | { readonly kind: "table-fetched"; readonly from: Address; readonly entries: readonly TableEntry[] }
    | { readonly kind: "table-failed"; readonly from: Address; readonly reason: string }
    /** Somebody spoke of this address: check it, and link to it if it answers. */
    | { readonly kind: "consider"; readonly address: Address }
    /** A link stands; zero for a cluster means that the other is seeking too. */
    | { readonly kind: "met"; readonly peer: PeerId; readonly address: Address; readonly cluster: ClusterId }
    /** A peer of another cluster was met; `yielding` if it would rather join another. */
    | {
        readonly kind: "other-cluster-met";
        readonly address: Address;
        readonly cluster: ClusterId;
        readonly yielding: boolean;
      }
    /** The log tells whether anything would be lost if this peer gave its cluster up. */
    | { readonly kind: "bound"; readonly bound: boolean }
    /** The members that are known now: whom to dial in the next life. */
    | { readonly kind: "remember"; readonly addresses: readonly Address[] }
    | { readonly kind: "leave" };
  event:
    | {
        readonly kind: "seeking";
        readonly addresses: readonly Address[];
        readonly because: "seeds" | "scan" | "remembered";
      }
    | { readonly kind: "cluster-founded"; readonly cluster: ClusterId }
    /** It belongs to the cluster of an earlier life. */
    | { readonly kind: "cluster-resumed"; readonly cluster: ClusterId }
    | { readonly kind: "cluster-joined"; readonly cluster: ClusterId; readonly through: Address }
    /** A founder of nothing gives its cluster up for another; everything of the old one is forgotten. */
    | { readonly kind: "cluster-yielded"; readonly cluster: ClusterId; readonly to: ClusterId }
    /** A linked peer and this one belong to the same cluster: what it says of the cluster counts. */
    | { readonly kind: "peer-belongs"; readonly peer: PeerId }
    /** The cluster may take it in: it belongs, and this cluster is not about to be given up for another. */
    | { readonly kind: "peer-admitted"; readonly peer: PeerId }
    /** Two clusters that both hold something met; they stay apart. */
    | { readonly kind: "clusters-apart"; readonly address: Address; readonly cluster: ClusterId }
    /** Ask for one health check of this address. */
    | { readonly kind: "check-wanted"; readonly address: Address }
    /** Fetch the network table of this peer, which has just answered a health check. */
    | { readonly kind: "table-wanted"; readonly from: Address }
    /** This address answered: a link to it is wanted. */
    | { readonly kind: "address-verified"; readonly address: Address }
    /** None of the addresses that we were told of answers; it keeps trying. */
    | { readonly kind: "join-unanswered"; readonly addresses: readonly Address[]; readonly attempts: number };
  view: {
    readonly phase: Phase;
    readonly cluster: ClusterId;
    readonly yielding: boolean;
    /** Addresses that are being tried. */
    readonly trying: readonly Address[];
  };
  options: {
    readonly peer: PeerId;
    readonly address: Address;
    /** Found a cluster at once and never yield it. */
    readonly found: boolean;
    /** Who founds one for want of another, by address; where nobody is named, anybody. */
    readonly founders: readonly Address[];
    /** Addresses told with --join. */
    readonly seeds: readonly Address[];
    /** Addresses on this machine to look at when nothing was told and nothing is remembered. */
    readonly scan: readonly Address[];
    /** How long a seeker waits for a cluster before the smallest ID founds one. */
    readonly seekMs: number;
    readonly retryMs: number;
    /** How long a founder that would still yield takes nobody in, so that founders of the same moment can meet. */
    readonly settleMs: number;
  };
}
