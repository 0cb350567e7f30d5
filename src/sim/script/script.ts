import type { PeerId } from "../../core/peer-id.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import type { Conditions } from "../conditions.ts";

/** What a peer is called in a script: its port, or a name that was bound to one by `let`, or `leader`. */
export type Name = string;

/** Peers by name, or every peer that was ever started. */
export type Names = readonly Name[] | "all";

/** One or both directions between peers. */
export interface Ways {
  readonly from: Names;
  readonly to: Names;
  readonly both: boolean;
}

/** How a peer comes into a cluster. */
export type Coming =
  | { readonly kind: "found" }
  /** Told of these. */
  | { readonly kind: "join"; readonly via: readonly Name[] }
  /** Told of nobody: it looks around on this machine. */
  | { readonly kind: "look" };

/** What becomes of a disk. */
export type DiskChange =
  | { readonly kind: "slow"; readonly ms: readonly [number, number] }
  | { readonly kind: "full" }
  /** One bit of what is durable flips. */
  | { readonly kind: "flip" }
  | { readonly kind: "well" };

/** What becomes of a clock. */
export type ClockChange =
  | { readonly kind: "rate"; readonly rate: number }
  | { readonly kind: "jump"; readonly aheadMs: number };

/** Something that holds or does not; the line language knows all but the last. */
export type Condition<View = PeerView> =
  /** All of `among` that run follow one leader, which is among them; a certain one if it is named. */
  | { readonly kind: "leader"; readonly leader: Name | null; readonly among: Names }
  /** None of these leads or follows anybody. */
  | { readonly kind: "no-leader"; readonly among: Names }
  /** All of these hold each other healthy, are linked, follow one leader, and as many vote as should. */
  | { readonly kind: "converged"; readonly among: Names }
  | {
      readonly kind: "sees";
      readonly by: Names;
      readonly peer: Name;
      readonly status: PeerView["peers"][number]["status"];
    }
  | { readonly kind: "role"; readonly peer: Name; readonly role: PeerView["raft"]["role"] }
  | { readonly kind: "term"; readonly peer: Name; readonly compare: "=" | ">" | "<"; readonly term: number }
  /** So many events of a kind were told since the last `mark`, at one peer or anywhere, about one peer or anybody. */
  | {
      readonly kind: "event";
      readonly event: PeerEvent["event"]["kind"];
      readonly at: Name | null;
      readonly about: Name | null;
      readonly times: "some" | "none";
    }
  | { readonly kind: "holds"; readonly text: string; readonly test: (scene: Scene<View>) => boolean };

/** One thing that a script lets happen, or demands. */
export type Statement<View = PeerView> =
  | { readonly kind: "seed"; readonly seed: number }
  | { readonly kind: "start"; readonly peers: readonly Name[]; readonly coming: Coming }
  /** Simulated time passes. */
  | { readonly kind: "advance"; readonly ms: number }
  /** The process is gone at once. `tear`: a write that was under way is there in part. */
  | { readonly kind: "crash"; readonly peers: Names; readonly tear: boolean }
  | { readonly kind: "recover" | "pause" | "resume" | "leave"; readonly peers: Names }
  | { readonly kind: "link"; readonly ways: Ways; readonly change: Partial<Conditions> }
  | { readonly kind: "partition"; readonly groups: readonly (readonly Name[])[] }
  /** Every link is as it was at first. */
  | { readonly kind: "heal" }
  | { readonly kind: "disk"; readonly peers: Names; readonly change: DiskChange }
  | { readonly kind: "clock"; readonly peers: Names; readonly change: ClockChange }
  /** A line of the palette, said at a peer. */
  | { readonly kind: "entry"; readonly peer: Name; readonly line: string }
  /** What this closure answers is given to the peers that it names. */
  | { readonly kind: "call"; readonly text: string; readonly call: (scene: Scene<View>) => readonly Delivery[] }
  /** From now on `name` means the peer that `peer` means now. */
  | { readonly kind: "let"; readonly name: Name; readonly peer: Name }
  /** Events are counted from here. */
  | { readonly kind: "mark" }
  | { readonly kind: "say"; readonly text: string }
  /**
   * `within`: it must come to hold in that time; `lasting`: it must hold for all of it; else it must hold now.
   */
  | {
      readonly kind: "expect";
      readonly condition: Condition<View>;
      readonly withinMs: number | null;
      readonly lastingMs: number | null;
    };

/** What a closure hands to a peer: an input of that peer's machine, a command for one. */
export interface Delivery {
  readonly peer: Name;
  readonly message: unknown;
}

/** A statement of a file, and where it stands there, both from 1. */
export type Placed<View = PeerView> = Statement<View> & { readonly line?: number; readonly column?: number };

/** A whole script. */
export type Script<View = PeerView> = readonly Placed<View>[];

/** Something that a peer told. */
export interface SceneEvent {
  /** ms since the start of the script. */
  readonly at: number;
  readonly peer: Name;
  readonly event: PeerEvent["event"];
  readonly routine: boolean;
}

/** All that a script can look at. */
export interface Scene<View = PeerView> {
  /** ms since the start of the script. */
  readonly now: number;
  /** Every peer that was ever started, in that order; null for one that does not run. */
  readonly peers: ReadonlyMap<Name, View | null>;
  /** Who bears an ID, or did in an earlier life. */
  nameOf(id: PeerId): Name | undefined;
  readonly events: readonly SceneEvent[];
}
