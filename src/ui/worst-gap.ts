import { worstQuorum } from "../control/quorum.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";

/**
 * The longest recent silence of whoever this peer depends on, ms: the leader's as a follower; as a leader that of the
 * quorum, the quickest of its members that make one. Null where that is nobody.
 */
export function worstGapMs(view: PeerView): number | null {
  const { election, self } = view;
  const gapOf = (peer: PeerId | null) => view.peers.find((row) => row.id === peer)?.worstGapMs ?? null;
  if (election.leader === null) return null;
  if (election.leader !== self.id) return gapOf(election.leader);
  const quorum = worstQuorum(view);
  if (quorum === null) return null;
  const gaps = quorum.members
    .filter(({ peer }) => peer !== self.id)
    .map(({ peer }) => gapOf(peer) ?? Number.POSITIVE_INFINITY);
  const slowest = gaps.sort((a, b) => a - b)[quorum.needed - 2];
  return slowest === undefined || slowest === Number.POSITIVE_INFINITY ? null : slowest;
}
