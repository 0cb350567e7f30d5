import type { Address } from "./address.ts";
import type { ElectionKind } from "./election.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { MutexKind } from "./lock.ts";

/** Ways to put commands into one order: Raft's log, ZAB's history, or none, where only a leader is wanted. */
export const BROADCASTS = ["raft", "zab", "none"] as const;

/** One of those ways. */
export type BroadcastKind = (typeof BROADCASTS)[number];

/** How the peers of a cluster agree; the same at all of them. */
export interface Modes {
  readonly election: ElectionKind;
  readonly broadcast: BroadcastKind;
  readonly mutex: MutexKind;
  /** The peers whose majority decides where ZAB does, by address; empty where nobody is named. */
  readonly ensemble: readonly Address[];
  /** Who leads where the election is fixed; null elsewhere. */
  readonly leader: Address | null;
}

/** What a peer does unless told otherwise. */
export const USUAL_MODES: Modes = {
  election: "raft",
  broadcast: "raft",
  mutex: "lamport",
  ensemble: [],
  leader: null,
};

/** Members of an ensemble, at most: more would slow every commit for the sake of failures that do not come together. */
export const MAX_ENSEMBLE = 7;

/** What does not go together, in one line that names the flags; null where all does. */
export function flawOf({ election, broadcast, mutex, ensemble, leader }: Modes): string | null {
  if (broadcast === "raft" && election !== "raft")
    return `--broadcast raft goes with --election raft: say --broadcast zab with an --ensemble, or --broadcast none`;
  if (broadcast === "zab" && ensemble.length === 0)
    return "--broadcast zab needs --ensemble HOST:PORT,...: all the peers whose majority decides";
  if (broadcast !== "zab" && ensemble.length > 0) return "--ensemble goes with --broadcast zab";
  if (ensemble.length > MAX_ENSEMBLE) return `--ensemble names ${ensemble.length} peers: ${MAX_ENSEMBLE} at most`;
  if (new Set(ensemble).size < ensemble.length) return "--ensemble names a peer twice";
  if (election === "fixed" && leader === null) return "--election fixed needs --leader HOST:PORT";
  if (election !== "fixed" && leader !== null) return "--leader goes with --election fixed";
  if (leader !== null && !mayLead(leader, ensemble)) return "--leader is to be one of the --ensemble";
  if (mutex === "lease" && broadcast === "none")
    return "--mutex lease goes through the order: --broadcast none has none";
  return null;
}

/** Whether a peer at that address may be the leader: where an ensemble is named, only its members. */
export function mayLead(address: Address, ensemble: readonly Address[]): boolean {
  return ensemble.length === 0 || ensemble.includes(address);
}

/** Tells ensembles apart: 16 hex digits of a hash, the same in whatever order members are named; "none" of nobody. */
export function ensembleHash(ensemble: readonly Address[]): string {
  if (ensemble.length === 0) return "none";
  const hash = new Fingerprint();
  for (const address of [...ensemble].sort()) hash.text(address);
  return hash.hex();
}
