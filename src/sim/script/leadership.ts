import { mayLead } from "../../core/modes.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { MAX_VOTERS } from "../../protocols/raft/message.ts";
import type { Name, Picture, Role } from "./script.ts";

/** A peer that runs, and what it shows. */
export type Running = readonly [Name, Picture];

/** Whether a peer takes itself for the leader, by whichever election. */
export function leads({ self, election }: Picture): boolean {
  return election.role === "leader" && election.leader === self.id;
}

/** What tells the latest of several leaders: Raft's term, or the epoch that ZAB has accepted; 0 where there is neither. */
export function termOf({ election, order, raft }: Picture): number {
  return election.kind === "raft" ? raft.currentTerm : order.epoch;
}

/** All that a peer is in its election; an observer of an ensemble is that besides. */
export function rolesOf({ election, order, raft }: Picture): readonly (Role | "none")[] {
  const role = election.kind === "raft" ? raft.role : election.role;
  return order.kind === "zab" && order.role === "observer" ? [role, "observer"] : [role];
}

/** The leader that all of these that run follow, if it is one of them and knows that it leads. */
export function agreedLeader(running: readonly Running[]): Name | undefined {
  const [first] = running;
  const followed = first?.[1].election.leader ?? null;
  if (followed === null || running.some(([, { election }]) => election.leader !== followed)) return undefined;
  return running.find(([, picture]) => picture.self.id === followed && leads(picture))?.[0];
}

/** What keeps the voters of an election by votes from being as many as should vote; nothing elsewhere. */
export function* lacksOfVoters(running: readonly Running[]): Generator<string, void> {
  const eligible = running.filter(([, { self, modes }]) => mayLead(self.address, modes.ensemble)).length;
  const voters = Math.min(MAX_VOTERS, eligible - 1 + (eligible % 2));
  for (const [name, { election, raft }] of running) {
    if (election.kind === "raft" && raft.voters.length !== voters)
      yield `${name} counts ${raft.voters.length} voters where ${voters} should vote`;
  }
}

/** What keeps peers from having one order whose leader is that of their election; nothing where ZAB makes none. */
export function* lacksOfOrder(running: readonly Running[], nameOf: (id: PeerId) => Name): Generator<string, void> {
  for (const [name, { election, order }] of running) {
    if (order.kind !== "zab" || election.leader === null || order.leader === election.leader) continue;
    const seen = order.leader === null ? "no epoch" : `an epoch of ${nameOf(order.leader)}`;
    yield `${name} is in ${seen} where ${nameOf(election.leader)} leads`;
  }
}
