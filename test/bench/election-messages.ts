import { assert } from "../../src/core/assert.ts";
import { Cluster as BullyCluster } from "../protocols/bully/cluster.ts";
import { Cluster as RaftCluster } from "../protocols/raft/cluster.ts";

/** Longer than any election takes where nothing is lost, virtual ms. */
const LONG_MS = 2000;

/** What Raft says in an election; all else is said in any case. */
const RAFT_ELECTION: ReadonlySet<string> = new Set(["pre-vote", "pre-vote-answer", "request-vote", "vote-answer"]);

/** How a leader ends: all see their links to it break at once, or all hear nothing any more at once. */
export type End = "crash" | "pause";

/**
 * Messages of Bully's election among so many peers, heartbeats aside, when the highest leads no more.
 *
 * @param standing how many of the others may lead, the next in rank first: those stand all at once
 */
export function bullyMessages(count: number, end: End, standing: number): number {
  const first = count - 1;
  const cluster = new BullyCluster(count, { optionsAt: (place) => ({ mayLead: place >= first - standing }) });
  const [next, leader] = cluster.peers.slice(-2);
  assert(next !== undefined && leader !== undefined, "there are two peers");
  assert(cluster.awaits(leader, LONG_MS), "the highest leads");
  cluster.ensemble.run(LONG_MS);
  cluster.sent.clear();
  cluster.ensemble[end](leader);
  cluster.ensemble.run(LONG_MS);
  const rest = cluster.peers.filter((peer) => peer !== leader);
  assert(
    rest.every((peer) => cluster.view(peer).leader === next),
    "all others follow the next in rank",
  );
  return cluster.electionMessages;
}

/** Messages of Raft's election among so many voters, replication aside, when the leader leads no more. */
export function raftMessages(count: number, end: End, seed: number): number {
  const cluster = new RaftCluster(count, { seed });
  const leader = cluster.settle();
  let sent = 0;
  const { onSend } = cluster.ensemble;
  cluster.ensemble.onSend = (from, to, message) => {
    if (RAFT_ELECTION.has(message.kind)) sent += 1;
    return onSend(from, to, message);
  };
  cluster.ensemble[end](leader);
  cluster.msUntilNewLeader(leader, LONG_MS);
  cluster.ensemble.run(LONG_MS);
  return sent;
}
