import type { Address } from "../../core/address.ts";
import type { ElectionKind } from "../../core/election.ts";
import type { JobState } from "../../core/job.ts";
import type { MutexKind } from "../../core/lock.ts";
import type { BroadcastKind, Modes } from "../../core/modes.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { ReadMode } from "../../core/total-order.ts";
import type { ElectionPicture, MutexPicture, OrderPicture } from "../../peer/agreement-view.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerRow, PeerView, RaftPicture, StorePicture } from "../../peer/peer-view.ts";
import type { BrokerPicture, VipPicture } from "../../peer/pool-view.ts";
import type { Followed } from "../life/followed.ts";
import type { PatternName } from "../life/patterns.ts";
import type { Call } from "../linearizability/history.ts";
import type { Conditions } from "../network/conditions.ts";

/**
 * What a peer is called in a script: its port, or a name that was bound to one by `let`, or `leader`, which is the
 * leader that most running peers follow, or `follower`, which is the first running peer that follows it.
 */
export type Name = string;

/** Peers by name, or every peer that was ever started, or every other one. */
export type Names = readonly Name[] | "all" | { readonly allBut: readonly Name[] };

/** Whether peers are named one by one. */
export function areListed(names: Names): names is readonly Name[] {
  return names !== "all" && !("allBut" in names);
}

/** One or both directions between peers. */
export interface Ways {
  readonly from: Names;
  readonly to: Names;
  readonly both: boolean;
}

/** What becomes of links: one of their conditions. */
export type LinkChange =
  | { readonly cut: true }
  | { readonly lossPercent: number }
  | { readonly resendPercent: number }
  | { readonly duplicatePercent: number }
  | { readonly reorderPercent: number }
  | { readonly corruptPercent: number }
  | Pick<Conditions, "latencyMs" | "jitterMs">
  | { readonly bytesPerSecond: number }
  | { readonly capacity: NonNullable<Conditions["capacity"]> };

/** How a peer comes into a cluster. */
export type Coming =
  /** It founds a cluster of its own. */
  | { readonly kind: "found" }
  /** Told of these. */
  | { readonly kind: "join"; readonly via: readonly Name[] }
  /** Told of nobody: it looks around on this machine. */
  | { readonly kind: "look" }
  /** No peer at all, but a program that lies about being one. It is nobody of whom anything can be expected. */
  | { readonly kind: "liar" }
  /** A local program of a peer that is notified of notices and finds fault with some. Of it, too, nothing can be expected. */
  | { readonly kind: "critic"; readonly of: Name }
  /** A client of the store, which asks now one and now another of these. */
  | { readonly kind: "client"; readonly of: readonly Name[]; readonly manner: ClientManner }
  /** A program that has a board computed by the pool: it asks at the virtual address, or now one and now another of these. */
  | {
      readonly kind: "life";
      readonly pattern: PatternName;
      readonly size: number;
      readonly turns: number;
      readonly at: readonly Name[] | "vip";
    };

/** What a client does: changes in its session, or without one and so never twice; or it only reads; or it wants locks. */
export type ClientManner = "in-session" | "without-session" | "reading" | "locking";

/** Something that is not to be as usual at any peer. */
export type Setting =
  /** Of so many bytes of committed entries a snapshot is made. */
  | { readonly snapshotBytes: number }
  | { readonly reads: ReadMode }
  /** How they agree with each other. */
  | { readonly election: ElectionKind }
  | { readonly leader: Name }
  | { readonly broadcast: BroadcastKind }
  | { readonly ensemble: readonly Name[] }
  | { readonly mutex: MutexKind }
  /** A lock with a lease is lost where it is not renewed for so long. */
  | { readonly leaseMs: number }
  /** The virtual address of the pool. */
  | { readonly vip: Address }
  /** A job goes on by so many turns a second at most. */
  | { readonly maxTurnsPerSecond: number }
  /** While a job goes on its board is kept by a majority so often. */
  | { readonly markIntervalMs: number };

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
  /** The same, whoever votes: a part of a cluster can be united while the rest of it is gone. */
  | { readonly kind: "united"; readonly among: Names }
  | {
      readonly kind: "sees";
      readonly by: Names;
      readonly peer: Name;
      readonly status: PeerRow["status"];
    }
  | { readonly kind: "role"; readonly peer: Name; readonly role: Role }
  /** The term of Raft, or the epoch that ZAB has accepted. */
  | { readonly kind: "term" | "epoch"; readonly peer: Name; readonly compare: "=" | ">" | "<"; readonly term: number }
  /** At which turn the latest job is, or how many cells live, as a peer or the program that began it knows. */
  | { readonly kind: "turn" | "alive"; readonly of: Name; readonly compare: "=" | ">" | "<"; readonly count: number }
  /** What the latest job does, as a peer or the program that began it knows; that has proved what is finished. */
  | { readonly kind: "job"; readonly of: Name; readonly state: JobState }
  /** A peer holds the virtual address; null: none does that runs. */
  | { readonly kind: "vip"; readonly peer: Name | null }
  /** Two or more of these take themselves for the leader. */
  | { readonly kind: "two-leaders"; readonly among: Names }
  /** A peer holds a lock, or has asked for it and waits; null: none of those that run does. */
  | { readonly kind: "lock"; readonly peer: Name | null; readonly state: "held" | "waiting"; readonly lock: string }
  /** So many events of a kind were told since the last `mark`, at one peer or anywhere, about one peer or anybody. */
  | {
      readonly kind: "event";
      readonly event: PeerEvent["event"]["kind"];
      readonly at: Name | null;
      readonly about: Name | null;
      readonly times: "some" | "none";
    }
  /** Each of these has received so many notices of a data type since the last `mark`. */
  | { readonly kind: "received"; readonly by: Names; readonly count: number; readonly dataType: number }
  /** Whatever notice without a limit one of these has accepted, all others of them that subscribe its type have. */
  | { readonly kind: "spread"; readonly among: Names }
  /** A file, or the latest version of a value, is this at all of these that run; null: there is none. */
  | { readonly kind: "file" | "value"; readonly name: string; readonly text: string | null; readonly among: Names }
  /** All of these that run have applied the same, and show the same store. */
  | { readonly kind: "stores-agree"; readonly among: Names }
  /** A client was answered both to a change and to a read. */
  | { readonly kind: "served"; readonly client: Name }
  /** What all clients were answered can be explained by a store that does one thing after the other. */
  | { readonly kind: "linearizable" }
  | { readonly kind: "holds"; readonly text: string; readonly test: (scene: Scene<View>) => boolean };

/** One thing that a script lets happen, or demands. */
export type Statement<View = PeerView> =
  | { readonly kind: "seed"; readonly seed: number }
  /** Stands before the first peer is started. */
  | { readonly kind: "tune"; readonly setting: Setting }
  | { readonly kind: "start"; readonly peers: readonly Name[]; readonly coming: Coming }
  /** Simulated time passes. */
  | { readonly kind: "advance"; readonly ms: number }
  /** The process is gone at once. `tear`: a write that was under way is there in part. */
  | { readonly kind: "crash"; readonly peers: Names; readonly tear: boolean }
  | { readonly kind: "recover" | "pause" | "resume" | "leave"; readonly peers: Names }
  | { readonly kind: "link"; readonly ways: Ways; readonly change: LinkChange }
  /** These links are as they were at first. */
  | { readonly kind: "mend"; readonly ways: Ways }
  /** Every link between two groups is cut, besides what is cut already. */
  | { readonly kind: "partition"; readonly groups: readonly Names[] }
  /** Every link is as it was at first. */
  | { readonly kind: "heal" }
  | { readonly kind: "disk"; readonly peers: Names; readonly change: DiskChange }
  | { readonly kind: "clock"; readonly peers: Names; readonly change: ClockChange }
  /** They compute so many times as slowly as usual. */
  | { readonly kind: "worker"; readonly peers: Names; readonly slowness: number }
  /** A line of the palette, said at a peer. `inVain`: nothing may come of it. */
  | { readonly kind: "entry"; readonly peer: Name; readonly text: string; readonly inVain?: true }
  /** What this closure answers is given to the peers that it names. */
  | { readonly kind: "call"; readonly text: string; readonly call: (scene: Scene<View>) => readonly Delivery[] }
  /** From now on `name` means the peer that `peer` means now. */
  | { readonly kind: "let"; readonly name: Name; readonly peer: Name }
  /** Events are counted from here. */
  | { readonly kind: "mark" }
  | { readonly kind: "say"; readonly text: string }
  /**
   * `within`: it must come to hold in that time; `lasting`: from then on, or else from now on, it must hold for all of
   * that; with neither it must hold now.
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

/** What a peer is in its election; an observer sees only what an ensemble decides. */
export type Role = RaftPicture["role"] | "observer";

/** What the conditions of the line language read in the view of a peer. A `PeerView` is one. */
export interface Picture {
  readonly self: Pick<PeerView["self"], "id" | "address">;
  readonly peers: readonly Pick<PeerRow, "id" | "status" | "linked">[];
  readonly modes: Pick<Modes, "ensemble">;
  readonly election: Pick<ElectionPicture, "kind" | "role" | "leader">;
  readonly order: Pick<OrderPicture, "kind" | "role" | "leader" | "epoch" | "lastApplied">;
  readonly vip: Pick<VipPicture, "held">;
  readonly broker: { readonly jobs: readonly Pick<BrokerPicture["jobs"][number], "turn" | "alive" | "state">[] };
  readonly mutex: { readonly locks: readonly Pick<MutexPicture["locks"][number], "name" | "state">[] };
  readonly raft: Pick<RaftPicture, "role" | "currentTerm" | "voters">;
  readonly files: PeerView["files"];
  readonly values: PeerView["values"];
  readonly store: Pick<StorePicture, "sessions" | "used">;
}

/** All that a script can look at. It is asked for after every happening, so views are built when they are looked at. */
export interface Scene<View = PeerView> {
  /** ms since the start of the script. */
  readonly now: number;
  /** Every peer that was ever started, in that order. */
  readonly names: readonly Name[];
  /** What a peer shows; null for one that does not run. One that is paused runs. */
  view(name: Name): View | null;
  /** Who bears an ID, or did in an earlier life. */
  nameOf(id: PeerId): Name | undefined;
  /** Who listens at an address, or did. */
  nameAt(address: Address): Name | undefined;
  /** Oldest first; nothing is ever taken out. */
  readonly events: readonly SceneEvent[];
  /** What clients of the store have asked so far, and what they were answered. */
  history(): readonly Call[];
  /** What a program of the pool knows of the job that it has begun; null where it has begun none, or is none. */
  followed(name: Name): Followed | null;
}
