import type { Address } from "../../core/address.ts";
import type { BrokerOperation, OfficeHolder, OfficeRow } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Answer } from "../../core/request.ts";

/** How the virtual address is held on a machine. */
export const ADDRESS_DRIVERS = ["bind", "ip", "dry-run"] as const;

/** One of those ways. */
export type AddressDriver = (typeof ADDRESS_DRIVERS)[number];

/** What is asked of whoever holds the address on this machine. Instants are monotonic ms of this peer's clock. */
export type AddressAct =
  /** Get ready: it will be taken soon. May be said more than once, and in vain. */
  | { readonly kind: "address-prepared"; readonly address: Address }
  /** Take it, for this term; let it go at `until` whatever happens, unless that is extended. */
  | { readonly kind: "address-wanted"; readonly address: Address; readonly term: number; readonly until: number }
  | { readonly kind: "address-extended"; readonly term: number; readonly until: number }
  /** Let it go, and everything that was said through it; answered by "address-gone". */
  | { readonly kind: "address-unwanted"; readonly term: number };

/** What whoever holds the address here has to tell, for a term. */
export type AddressReport =
  /** It holds the address. */
  | { readonly kind: "address-taken"; readonly term: number }
  /** It cannot have it now. */
  | { readonly kind: "address-refused"; readonly term: number; readonly because: string }
  /** It holds it no more, and nothing more is said through it. */
  | { readonly kind: "address-gone"; readonly term: number; readonly because: string };

/** Where this peer is on its way into the office. */
export type OfficePhase =
  /** Another leads, or nobody, or the office is not wanted. */
  | "idle"
  /** It has asked the order for the office. */
  | "asking"
  /** The order gave it: the predecessor's lease may last until `waitUntil`. */
  | "waiting"
  /** A quorum is asked whether this peer leads still: from then on the first lease counts. */
  | "confirming"
  /** It may act, until `leaseUntil` unless that is extended. */
  | "in-office"
  /** It acts no more, and waits for its address to be gone. */
  | "leaving";

/** The vocabulary of the office. It sends no messages: all of it is in the total order. */
export interface OfficeSpeech {
  message: never;
  record: never;
  command: /**
   * Who leads; null while nobody does. `quietMs`: where this peer was elected, the least time since any of those who elected
   * it had last heard an earlier leader; null where that is not known.
   */
    | {
        readonly kind: "leader";
        readonly leader: PeerId | null;
        readonly term: number;
        readonly quietMs: number | null;
      }
    /** What the order holds of the office. */
    | { readonly kind: "row"; readonly row: OfficeRow | null }
    /** Whether there is anything to do for whoever holds it. */
    | { readonly kind: "demand"; readonly on: boolean }
    /** What became of an operation that was submitted. */
    | { readonly kind: "answered"; readonly request: BrokerOperation; readonly answer: Answer }
    /** This peer led all the time since it asked, with that ticket, or it is not known. */
    | { readonly kind: "readable" | "not-readable"; readonly ticket: number }
    | AddressReport
    /** This peer stops, or leaves. */
    | { readonly kind: "leave" }
    /** The cluster was given up. */
    | { readonly kind: "forget" };
  event: /** For the total order. */
    | { readonly kind: "submit-broker"; readonly request: BrokerOperation }
    /** Is this peer the leader still? A ticket below zero, so that it is nobody else's. */
    | { readonly kind: "confirmation-wanted"; readonly ticket: number }
    /** For the broker: this peer is in office from now on, in that term, or no more. */
    | { readonly kind: "office-open"; readonly term: number; readonly until: number }
    | { readonly kind: "office-shut" }
    /** Acted upon outside of the peer. */
    | AddressAct
    | { readonly kind: "office-entered"; readonly term: number; readonly waitedMs: number }
    | {
        readonly kind: "office-left";
        readonly term: number;
        readonly because: "leader-lost" | "lease-expired" | "left" | "no-demand" | "superseded" | "forgotten";
      }
    | { readonly kind: "address-acquired"; readonly address: Address; readonly term: number; readonly tookMs: number }
    | { readonly kind: "address-lost"; readonly address: Address; readonly term: number; readonly because: string }
    /** It cannot be had here now; tried again. */
    | { readonly kind: "address-failed"; readonly address: Address; readonly term: number; readonly because: string };
  view: {
    readonly phase: OfficePhase;
    /** The virtual address that the cluster has; null for none. */
    readonly address: Address | null;
    readonly driver: AddressDriver;
    /** Whether this peer holds it. */
    readonly holdsAddress: boolean;
    /** By the order; null before anybody held it. */
    readonly holder: OfficeHolder | null;
    /** The term in which this peer is, or gets, into office; 0 elsewhere. */
    readonly term: number;
    /** Monotonic ms; null where it does not wait, or holds no lease. */
    readonly waitUntil: number | null;
    readonly leaseUntil: number | null;
    readonly leaseMs: number;
    /** Monotonic ms of the latest entry; null while not in office. */
    readonly since: number | null;
    /** How often a lease was extended, and let expire, since the start. */
    readonly renewals: number;
    readonly expiries: number;
  };
  options: {
    readonly peer: PeerId;
    /** The virtual address; null for none. */
    readonly address: Address | null;
    readonly driver: AddressDriver;
    /** How long a lease lasts that is not renewed, ms of the holder's clock. */
    readonly leaseMs: number;
    /** Rates of two peers' clocks differ by this part at most: a successor waits that much longer. */
    readonly drift: number;
    /** Whether reads go by a lease of their own: then what voters heard last says nothing, and a successor waits in full. */
    readonly leaseReads: boolean;
  };
}
