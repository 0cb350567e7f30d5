import type { Address } from "../../core/address.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { PeerNames } from "../peer-names.ts";
import type { Speed } from "../speed.ts";
import type { Desk } from "./desk.ts";

/** How a simulation stands. */
export interface SimulationPicture {
  /** Virtual ms since the world began. */
  readonly nowMs: number;
  readonly speed: Speed;
  /** Whether time stands still. */
  readonly isHalted: boolean;
  /** Every peer that was ever started, in that order. */
  readonly peers: readonly SimulatedPeerRow[];
  /** The statement of the script that is played, then what came of it; null where there is no script. */
  readonly line: string | null;
  /** What the script said last; null while it has said nothing, and once it has come to its end. */
  readonly said: string | null;
  /** What came of the script; null while it is played, and without one. */
  readonly outcome: "passed" | "failed" | null;
}

/** One peer of a simulation. */
export interface SimulatedPeerRow {
  /** Who it is, or was when it ran last. */
  readonly id: PeerId;
  readonly name: string;
  readonly address: Address;
  /** What it is called in the script and on the screen. */
  readonly label: string;
  /** `crashed` by a fault, which its process survives; `down` where there is no process. */
  readonly condition: PeerView["condition"]["kind"] | "down";
  readonly isWatched: boolean;
}

/**
 * What the terminal holds of a simulation: the desk of the peer that is watched, which also takes the lines that are
 * said of a simulation as a whole.
 */
export interface SimulationDesk extends Desk {
  simulation(): SimulationPicture;
}

/** Whether a desk is one of a simulation. */
export function isOfSimulation(desk: Desk): desk is SimulationDesk {
  return "simulation" in desk;
}

/** The peer that is watched; undefined for a real one. */
export function watchedIn(simulation: SimulationPicture | null): SimulatedPeerRow | undefined {
  return simulation?.peers.find(({ isWatched }) => isWatched);
}

/**
 * What the peer of a view calls the others. In a simulation every peer has its name, also where the one that is watched
 * has never heard of it.
 */
export function namesIn(view: PeerView, simulation: SimulationPicture | null): PeerNames {
  const known = new Set([view.self.address, ...view.peers.map(({ address }) => address)]);
  const unheard = (simulation?.peers ?? []).filter(({ address }) => !known.has(address));
  return new PeerNames(view.self, [...view.peers, ...unheard]);
}
