import type { Address } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";

/** Those whose majority decides something. */
export interface Quorum {
  /** What one of them is called. */
  readonly noun: "voter" | "member";
  /** How many there are, how many of them decide, and how many are up as far as this peer can tell. */
  readonly size: number;
  readonly needed: number;
  readonly up: number;
  readonly members: readonly QuorumMember[];
}

/** One of them; `peer` is null where nobody was met yet at an address of an ensemble. */
interface QuorumMember {
  readonly peer: PeerId | null;
  readonly address: Address | null;
  readonly isUp: boolean;
}

/** Every majority that is needed here: of ZAB's ensemble, of Raft's voters, of both, or none at all. */
export function quorumsOf({ modes, order, raft }: PeerView): readonly Quorum[] {
  const ensemble: Quorum = { noun: "member", size: order.members.length, ...order.quorum, members: order.members };
  const { needed, up, missing } = raft.quorum;
  const members = raft.voters.map((peer) => ({ peer, address: null, isUp: !missing.includes(peer) }));
  const voters: Quorum = { noun: "voter", size: raft.voters.length, needed, up, members };
  return [...(modes.broadcast === "zab" ? [ensemble] : []), ...(modes.election === "raft" ? [voters] : [])];
}

/** Whether too few are up. Where nobody is known yet nothing is known to be lacking. */
export function isLost({ size, needed, up }: Quorum): boolean {
  return size > 0 && up < needed;
}

/** The majority that is lacking, else the first of those that are needed; null where none is. */
export function worstQuorum(view: PeerView): Quorum | null {
  const quorums = quorumsOf(view);
  return quorums.find(isLost) ?? quorums[0] ?? null;
}
