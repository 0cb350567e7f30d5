import type { Direction, FaultTarget, LinkFault } from "./fault.ts";

/** What can be asked of the faults of one peer. Times are milliseconds. */
export type FaultCommand =
  | {
      readonly kind: "set";
      readonly fault: LinkFault;
      readonly targets: readonly FaultTarget[];
      readonly direction: Direction;
      readonly by: string;
      /** Ends by itself after this; null for never. */
      readonly forMs: number | null;
    }
  | { readonly kind: "remove"; readonly id: number }
  /** Ends every fault on this very target; on "all" every fault there is, and pause, crash, skew and pace. */
  | { readonly kind: "heal"; readonly target: FaultTarget | "all"; readonly by: string }
  /** The peer stands still. Asked again, it sets the time anew; so does crash. */
  | { readonly kind: "pause"; readonly by: string; readonly forMs: number | null }
  | { readonly kind: "resume"; readonly by: string }
  /** The machine and what is not on disk are gone, and every connection breaks. */
  | { readonly kind: "crash"; readonly by: string; readonly forMs: number | null }
  /** A crashed peer starts as a new process does. */
  | { readonly kind: "recover" }
  /** The peer's own clock runs at this rate. */
  | { readonly kind: "skew"; readonly rate: number; readonly by: string }
  /** The peer's own clock jumps ahead. */
  | { readonly kind: "jump"; readonly aheadMs: number; readonly by: string }
  /** Every timer of the peer takes this many times as long. */
  | { readonly kind: "pace"; readonly factor: number; readonly by: string };

/** What the faults of a peer tell. */
export type FaultEvent =
  | {
      readonly kind: "fault-set" | "fault-ended";
      readonly id: number;
      readonly fault: LinkFault;
      readonly target: FaultTarget;
      readonly direction: Direction;
      readonly by: string;
    }
  /** A fault was asked for that cannot be had; nothing was set. */
  | { readonly kind: "fault-refused"; readonly reason: string; readonly by: string }
  | { readonly kind: "peer-paused" | "peer-crashed"; readonly by: string }
  | { readonly kind: "peer-recovered" }
  | { readonly kind: "peer-unpaused"; readonly by: string; readonly pausedMs: number }
  | { readonly kind: "clock-changed"; readonly skew: number; readonly pace: number; readonly by: string }
  | { readonly kind: "clock-jumped"; readonly aheadMs: number; readonly by: string };
