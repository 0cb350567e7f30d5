import type { Modes } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { ElectionPicture, MutexPicture, OrderPicture } from "./agreement-view.ts";
import type { PeerRow, RaftPicture } from "./peer-view.ts";
import { commandInWords, presentEntry } from "./present-order.ts";
import type { Speeches } from "./registry.ts";

type View = { readonly [K in keyof Speeches]: Speeches[K]["view"] };
type Quorum = RaftPicture["quorum"];

/** Where members live, the peer itself included; null of somebody unknown. */
export type Whereabouts = (peer: PeerId) => PeerRow["address"] | null;

/** The election of whichever kind. */
export function presentElection(view: View, { election, leader }: Modes, now: number): ElectionPicture {
  const common = { kind: election, named: leader, rivals: [], priority: null, holdMs: null, messages: [] };
  switch (election) {
    case "raft": {
      const { role, leader, leaderSince, voters, messages } = view.raft;
      return {
        ...common,
        role: role === "pre-candidate" ? "candidate" : role === "learner" ? "follower" : role,
        leader,
        leaderAgeMs: ageOf(leaderSince, now),
        participants: voters.map((peer) => ({ peer, priority: null })),
        messages: messages.map(({ at, ...message }) => ({ ageMs: now - at, ...message })),
      };
    }
    case "bully": {
      const { role, leader, leaderSince, rivals, priority, participants, holdUntil, messages } = view.bully;
      return {
        ...common,
        ...{ role, leader, rivals, priority },
        leaderAgeMs: ageOf(leaderSince, now),
        participants: participants.filter(({ mayLead }) => mayLead).map(({ peer, priority }) => ({ peer, priority })),
        holdMs: holdUntil === null ? null : Math.max(0, holdUntil - now),
        messages: messages.map(({ at, ...message }) => ({ ageMs: now - at, ...message })),
      };
    }
    case "fixed": {
      const { role, leader, leaderSince } = view.fixed;
      return { ...common, role, leader, leaderAgeMs: ageOf(leaderSince, now), participants: [] };
    }
  }
}

/** The order of whichever kind; `quorum`: of Raft's voters. */
export function presentOrder(
  view: View,
  { broadcast }: Modes,
  quorum: Quorum,
  at: Whereabouts,
  now: number,
): OrderPicture {
  const lastApplied = view.service.appliedIndex;
  if (broadcast === "zab") return { kind: broadcast, lastApplied, ...orderOfZab(view, at, now) };
  if (broadcast === "raft") return { kind: broadcast, lastApplied, ...orderOfRaft(view, quorum, at, now) };
  return { ...NO_ORDER, lastApplied };
}

type Order = Omit<OrderPicture, "kind" | "lastApplied">;

function orderOfRaft({ raft }: View, { needed, up, missing }: Quorum, at: Whereabouts, now: number): Order {
  const { commitIndex, lastLogIndex, snapshotIndex, snapshotBytes } = raft;
  const tail = raft.tail.map(presentEntry);
  return {
    role: raft.role === "leader" ? "leader" : raft.role === "learner" ? "observer" : "follower",
    phase: raft.leader === null ? "election" : "broadcast",
    leader: raft.leader,
    epoch: raft.currentTerm,
    currentEpoch: raft.currentTerm,
    last: [raft.lastLogTerm, lastLogIndex],
    committed: [raft.commitTerm, commitIndex],
    firstIndex: raft.firstLogIndex,
    lastIndex: lastLogIndex,
    ...{ commitIndex, snapshotIndex, snapshotBytes },
    members: raft.voters.map((peer) => ({ peer, address: at(peer), isUp: !missing.includes(peer) })),
    quorum: { needed, up },
    progress: raft.progress.map(({ peer, state, matchIndex, nextIndex, snapshotPart, responseMs, heardAt }) => ({
      ...{ peer, state, snapshotPart, responseMs },
      isMember: raft.voters.includes(peer),
      ackedIndex: matchIndex,
      sentIndex: nextIndex - 1,
      heardAgeMs: ageOf(heardAt, now),
    })),
    tail: tail.map(({ index, term, lamport, text }) => ({
      ...{ index, lamport, text },
      id: [term, index],
      isCommitted: index <= commitIndex,
    })),
  };
}

function orderOfZab({ zab, membership }: View, at: Whereabouts, now: number): Order {
  const { role, phase, leader, acceptedEpoch, currentEpoch, lastZxid, committedZxid, ensemble } = zab;
  const { firstIndex, lastIndex, commitIndex, snapshotIndex, snapshotBytes } = zab;
  const gone = new Set(membership.members.filter(({ status }) => status !== "healthy").map(({ peer }) => peer));
  const isUp = (peer: PeerId | null): boolean =>
    peer !== null &&
    // Who was dead for so long that membership has forgotten it is not gone, but nowhere.
    (zab.membersHeard === null ? at(peer) !== null && !gone.has(peer) : zab.membersHeard.includes(peer));
  return {
    ...{ role, phase, leader, epoch: acceptedEpoch, currentEpoch },
    last: [lastZxid.epoch, lastZxid.counter],
    committed: [committedZxid.epoch, committedZxid.counter],
    ...{ firstIndex, lastIndex, commitIndex, snapshotIndex, snapshotBytes },
    members: ensemble.map(({ address, peer }) => ({ address, peer, isUp: isUp(peer) })),
    quorum: {
      needed: Math.floor(ensemble.length / 2) + 1,
      up: ensemble.filter(({ peer }) => isUp(peer)).length,
    },
    progress: zab.progress.map(({ heardAt, ...member }) => ({ ...member, heardAgeMs: ageOf(heardAt, now) })),
    tail: zab.tail.map(({ index, epoch, counter, command }) => ({
      ...(command === null ? { lamport: null, text: "the epoch begins" } : commandInWords(command)),
      index,
      id: [epoch, counter],
      isCommitted: index <= commitIndex,
    })),
  };
}

const NO_ORDER: Omit<OrderPicture, "lastApplied"> = {
  kind: "none",
  role: "none",
  phase: "election",
  leader: null,
  epoch: 0,
  currentEpoch: 0,
  last: [0, 0],
  committed: [0, 0],
  firstIndex: 1,
  lastIndex: 0,
  commitIndex: 0,
  snapshotIndex: 0,
  snapshotBytes: 0,
  members: [],
  quorum: { needed: 0, up: 0 },
  progress: [],
  tail: [],
};

/** Locks. */
export function presentMutex({ mutex: { kind, locks, participants, counts } }: View, now: number): MutexPicture {
  return {
    ...{ kind, participants },
    locks: locks.map(({ heldSince, leaseUntil, ...lock }) => ({
      ...lock,
      heldMs: ageOf(heldSince, now),
      leaseMs: leaseUntil === null ? null : Math.max(0, leaseUntil - now),
    })),
    counts: { ...counts },
  };
}

function ageOf(at: number | null, now: number): number | null {
  return at === null ? null : now - at;
}
