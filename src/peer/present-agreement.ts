import type { Address } from "../core/address.ts";
import type { Modes } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { ElectionPicture, OrderPicture } from "./agreement-view.ts";
import type { RaftPicture } from "./peer-view.ts";
import { presentEntry } from "./present-order.ts";
import type { Speeches } from "./registry.ts";

type View = { readonly [K in keyof Speeches]: Speeches[K]["view"] };

/** The election of whichever kind. */
export function presentElection(view: View, modes: Modes, now: number): ElectionPicture {
  return { kind: modes.election, named: modes.leader, ...raftElection(view, now) };
}

function raftElection({ raft }: View, now: number): Omit<ElectionPicture, "kind" | "named"> {
  const { role, leader, leaderSince, voters, messages } = raft;
  return {
    role: role === "pre-candidate" ? "candidate" : role === "learner" ? "follower" : role,
    leader,
    leaderAgeMs: leaderSince === null ? null : now - leaderSince,
    rivals: [],
    priority: null,
    participants: voters.map((peer) => ({ peer, priority: null })),
    holdMs: null,
    messages: messages.map(({ at, ...message }) => ({ ageMs: now - at, ...message })),
  };
}

/** The order of whichever kind. */
export function presentOrder(
  view: View,
  modes: Modes,
  addressOf: (peer: PeerId) => Address | null,
  quorum: RaftPicture["quorum"],
  now: number,
): OrderPicture {
  const { raft, service } = view;
  const { currentTerm, lastLogIndex, commitIndex, snapshotIndex, snapshotBytes } = raft;
  const tail = raft.tail.map(presentEntry);
  const idOf = (index: number): readonly [number, number] => [
    tail.find((each) => each.index === index)?.term ?? 0,
    index,
  ];
  return {
    kind: modes.broadcast,
    role: raft.role === "leader" ? "leader" : raft.role === "learner" ? "observer" : "follower",
    phase: raft.leader === null ? "election" : "broadcast",
    leader: raft.leader,
    epoch: currentTerm,
    currentEpoch: currentTerm,
    last: idOf(lastLogIndex),
    committed: idOf(commitIndex),
    firstIndex: raft.firstLogIndex,
    lastIndex: lastLogIndex,
    commitIndex,
    lastApplied: service.appliedIndex,
    snapshotIndex,
    snapshotBytes,
    members: raft.voters.map((peer) => ({ peer, address: addressOf(peer), isUp: !quorum.missing.includes(peer) })),
    quorum: { needed: quorum.needed, up: quorum.up },
    progress: raft.progress.map(({ peer, state, matchIndex, nextIndex, snapshotPart, responseMs, heardAt }) => ({
      ...{ peer, state, snapshotPart, responseMs },
      isMember: raft.voters.includes(peer),
      ackedIndex: matchIndex,
      sentIndex: nextIndex - 1,
      heardAgeMs: heardAt === null ? null : now - heardAt,
    })),
    tail: tail.map(({ index, term, lamport, text }) => ({
      ...{ index, lamport, text },
      id: [term, index],
      isCommitted: index <= commitIndex,
    })),
  };
}
