import type { PeerId } from "../core/peer-id.ts";

/** Which way a link fault acts, seen from the peer that holds it. */
export type Direction = "in" | "out" | "both";

/** Whose traffic a link fault acts on. */
export type FaultTarget = PeerId | "everybody";

/** What a link fault does. Percentages are 0 to 100. */
export type LinkFault =
  /**
   * Nothing passes. Silently, or (`reset`) by breaking the connection as well. While it acts, either way, connections
   * can be neither made nor ended: both need an answer.
   */
  | { readonly kind: "cut"; readonly reset: boolean }
  /** A part of what is sent is lost. */
  | { readonly kind: "drop"; readonly percent: number }
  /** One burst of at most 16 bits of a part of what is sent is flipped: the checksum always catches it. */
  | { readonly kind: "corrupt"; readonly percent: number }
  /** A part of what is sent comes twice. */
  | { readonly kind: "duplicate"; readonly percent: number }
  /** Everything comes later by `delayMs`, and by up to `jitterMs` more or less, never early. Links keep their order. */
  | { readonly kind: "latency"; readonly delayMs: number; readonly jitterMs: number }
  /** A part of the packets comes after those that were sent next. Links keep their order whatever happens. */
  | { readonly kind: "reorder"; readonly percent: number }
  /** No more than this passes in a second, each way; the rest waits its turn, and is lost where a second's worth waits. */
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number };

/** What a fault has done so far. */
export interface FaultCounters {
  blocked: number;
  dropped: number;
  corrupted: number;
  duplicated: number;
  delayed: number;
  reordered: number;
}

/** A link fault in force. */
export interface ActiveFault {
  /** Unique in the life of the peer that holds it. */
  readonly id: number;
  readonly fault: LinkFault;
  readonly target: FaultTarget;
  readonly direction: Direction;
  /** Who set it, as it is called. */
  readonly by: string;
  /** Monotonic ms. */
  readonly since: number;
  /** Monotonic ms at which it ends by itself; Infinity for never. */
  readonly until: number;
  /** As they are now: they go on counting. */
  readonly counters: Readonly<FaultCounters>;
}

/** One thing on its way between this peer and another. */
export interface Traffic {
  /** Null where the other end is not known to be a peer: then only faults on everybody act on it. */
  readonly peer: PeerId | null;
  readonly way: "in" | "out";
  readonly medium: "packet" | "link";
  /** What it takes on the wire, header included; asked for only where it matters. */
  readonly bytes: () => number;
}

/** One copy of it that arrives. */
export interface Delivery {
  /** Monotonic ms, now or later. */
  readonly at: number;
  readonly corrupted: boolean;
}
