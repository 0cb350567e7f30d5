import type { PeerView } from "../../peer/peer-view.ts";
import type { Conditions } from "../network/conditions.ts";
import type { ClockChange, Coming, Delivery, DiskChange, Name, Picture, Scene, Statement } from "./script.ts";

/** What became of something that was asked of a peer: whether it was done, and in one line what or why not. */
export interface Told {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * Where a script is played: whole peers in virtual time, machines of one protocol in virtual time, or real processes.
 * The interpreter has resolved every name, and asks only for what can be: nobody is started twice, only who runs is
 * crashed or paused or asked to leave or to obey, only who does not run recovers. What a stage cannot do is refused by
 * `refuses`, before anything is played.
 */
export interface Stage<View = PeerView> {
  /** Why a statement cannot be played here, in one line; null where it can. */
  refuses(statement: Statement<View>): string | null;
  /** All that can be looked at. */
  scene(): Scene<View>;
  /** How conditions read a view; null where they cannot, and then all but those of events and closures are refused. */
  picture(view: View): Picture | null;
  start(peer: Name, coming: Coming): Promise<void> | void;
  leave(peer: Name): Promise<void> | void;
  crash(peer: Name, tear: boolean): Promise<void> | void;
  recover(peer: Name): Promise<void> | void;
  pause(peer: Name): Promise<void> | void;
  resume(peer: Name): Promise<void> | void;
  /** Changes one direction between two peers. */
  link(from: Name, to: Name, change: Partial<Conditions>): Promise<void> | void;
  /** One direction between two peers is as it was at first. */
  mend(from: Name, to: Name): Promise<void> | void;
  /** Every link is as it was at first. */
  heal(): Promise<void> | void;
  disk(peer: Name, change: DiskChange): Promise<void> | void;
  clock(peer: Name, change: ClockChange): Promise<void> | void;
  /** A peer computes so many times as slowly as usual. */
  slow(peer: Name, slowness: number): Promise<void> | void;
  /** A line of the palette, said at a peer. */
  enter(peer: Name, line: string): Promise<Told>;
  deliver(delivery: Delivery): Promise<void> | void;
  /** Lets time pass until `holds`, which is asked at once and after all that happens; false once so much time has passed. */
  runUntil(holds: () => boolean, limitMs: number): Promise<boolean>;
}
