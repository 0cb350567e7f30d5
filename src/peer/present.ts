import { type Address, hostOf, portOf } from "../core/address.ts";
import { type Modes, USUAL_MODES } from "../core/modes.ts";
import { NO_CLUSTER, type PeerId } from "../core/peer-id.ts";
import { noticeIdOf } from "../protocols/notification/notice.ts";
import type { FaultyPeer } from "./faulty-peer.ts";
import type { Peer } from "./peer.ts";
import type {
  ForeignPicture,
  GossipPicture,
  NotificationPicture,
  PeerRow,
  PeerView,
  RaftPicture,
  Role,
} from "./peer-view.ts";
import { presentElection, presentMutex, presentOrder } from "./present-agreement.ts";
import { presentEntry, presentStore } from "./present-order.ts";
import { presentBroker, presentLife, presentVip } from "./present-pool.ts";
import type { Speeches } from "./registry.ts";

/** Bytes of a notice that are shown. */
const PREVIEW_BYTES = 64;

type View = { readonly [K in keyof Speeches]: Speeches[K]["view"] };

/** What is shown of a peer that it cannot know by itself. */
export interface Beholder {
  /** Real monotonic ms, from which ages are counted. */
  readonly real: number;
  /** Wall-clock ms since 1970, shown and never compared. */
  readonly at: number;
  readonly notices: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

/** The picture of a peer. */
export function present(faulty: FaultyPeer, { real, at, notices, counters }: Beholder): PeerView {
  const { peer } = faulty;
  const now = faulty.timeAt(real);
  const view: View = {
    link: peer.view("link"),
    discovery: peer.view("discovery"),
    health: peer.view("health"),
    membership: peer.view("membership"),
    gossip: peer.view("gossip"),
    notification: peer.view("notification"),
    foreign: peer.view("foreign"),
    raft: peer.view("raft"),
    bully: peer.view("bully"),
    fixed: peer.view("fixed"),
    zab: peer.view("zab"),
    mutex: peer.view("mutex"),
    office: peer.view("office"),
    broker: peer.view("broker"),
    service: peer.view("service"),
  };
  const { own } = peer;
  const { cluster, phase, trying } = view.discovery;
  const { id, name, address, modes = USUAL_MODES } = own.options;
  const election = presentElection(view, modes, now);
  const addressOf = (of: PeerId): Address | null =>
    of === id ? address : (view.membership.members.find((member) => member.peer === of)?.address ?? null);
  return {
    at,
    upMs: now - own.startedAt,
    self: {
      id,
      name,
      address,
      clusterId: cluster === NO_CLUSTER ? null : cluster,
      incarnation: view.membership.incarnation,
      phase,
      trying,
    },
    lamport: own.lamport,
    peers: presentPeers(peer, view, election.leader, now),
    gossip: presentGossip(view, now),
    notifications: presentNotifications(view, now),
    foreign: presentForeign(view),
    modes,
    election,
    order: presentOrder(view, modes, presentQuorum(id, view), addressOf, now),
    mutex: presentMutex(view, now),
    vip: presentVip(view, addressOf, now),
    broker: presentBroker(view),
    life: presentLife(view),
    raft: presentRaft(id, view, now),
    files: view.service.state.files,
    values: view.service.state.values,
    store: presentStore(view.service),
    faults: faulty.faults.map(({ since, until, ...fault }) => ({
      ...fault,
      counters: { ...fault.counters },
      ageMs: real - since,
      remainingMs: until === Number.POSITIVE_INFINITY ? null : until - real,
    })),
    condition: { kind: faulty.condition, ...faulty.clock },
    notices,
    counters: {
      ...counters,
      ...own.counters,
      "probes.sent": view.health.sent,
      "probes.answered": view.health.answered,
      "probes.unexpected": view.health.unexpected,
      "links.refused": view.link.refused,
      "gossip.refused": view.gossip.refused,
      "gossip.unexpected": view.gossip.unexpected,
      "gossip.over-rate": view.gossip.overRate,
      "gossip.ignored-rounds": view.gossip.ignoredRounds,
      ...countersOf("notices", view.notification.counts),
      ...countersOf("foreign", view.foreign.counts),
    },
  };
}

function presentPeers(peer: Peer, view: View, leader: PeerId | null, now: number): readonly PeerRow[] {
  const { modes = USUAL_MODES } = peer.own.options;
  const probes = new Map(view.health.probes.map((probe) => [probe.peer, probe]));
  const { members } = view.membership;
  const taken = new Set(members.flatMap(({ status, address }) => (status === "left" ? [] : [address])));
  // A peer that started anew has another ID at the same address: who it was before is nobody to look at or to name.
  const shown = members.filter(({ status, address }) => status !== "left" || !taken.has(address));
  const rows = shown.map((member): PeerRow => {
    const probe = probes.get(member.peer);
    const heard = peer.own.heard(member.peer, now);
    return {
      id: member.peer,
      name: member.name,
      address: member.address,
      status: member.status,
      livesRemaining: member.livesRemaining,
      rttMs: probe?.rtt?.latest ?? null,
      rtt: probe?.rtt == null ? null : { medianMs: probe.rtt.median, p99Ms: probe.rtt.p99 },
      rttHistory: probe?.history ?? [],
      heartbeatAgeMs: heard?.ageMs ?? null,
      worstGapMs: heard?.worstGapMs ?? null,
      incarnation: member.incarnation,
      lamport: heard?.lamport ?? null,
      linked: peer.own.isLinked(member.peer),
      role: roleOf(member.peer, view, modes, leader),
    };
  });
  return rows.sort((a, b) => compareAddresses(a.address, b.address));
}

/** By host, then by port as a number, so that 7009 comes before 7010 and 10001. */
function compareAddresses(a: Address, b: Address): number {
  const [hostA, hostB] = [hostOf(a), hostOf(b)];
  if (hostA !== hostB) return hostA < hostB ? -1 : 1;
  return portOf(a) - portOf(b);
}

function roleOf(peer: PeerId, view: View, modes: Modes, leader: PeerId | null): Role {
  if (leader === peer) return "leader";
  const { raft, bully, zab } = view;
  if (modes.broadcast === "zab") return zab.ensemble.some((slot) => slot.peer === peer) ? "follower" : "learner";
  if (modes.election === "bully")
    return bully.participants.some((other) => other.peer === peer && other.mayLead) ? "follower" : "learner";
  if (raft.standby === peer) return "standby";
  if (raft.voters.includes(peer)) return "follower";
  return raft.learners.includes(peer) ? "learner" : "none";
}

function presentGossip({ gossip, membership }: View, now: number): GossipPicture {
  return {
    ids: gossip.ids,
    rounds: gossip.rounds,
    pushes: gossip.pushes,
    pulls: gossip.pulls,
    responses: gossip.responses,
    refused: gossip.refused,
    refusedBecause: gossip.refusedBecause,
    unexpected: gossip.unexpected,
    overRate: gossip.overRate,
    ignoredRounds: gossip.ignoredRounds,
    lastRoundIgnored: gossip.lastRoundIgnored,
    sampleSize: gossip.sampleSize,
    exchanges: gossip.exchanges.map(({ at, ...exchange }) => ({ ageMs: now - at, ...exchange })),
    rumours: membership.heard.map(({ at, from, rumour }) => ({
      ageMs: now - at,
      from,
      about: rumour.peer,
      status: rumour.status,
      incarnation: rumour.incarnation,
    })),
  };
}

function presentNotifications({ notification }: View, now: number): NotificationPicture {
  const { subscribers, types, cached, counts } = notification;
  return {
    notices: notification.notices.map(({ notice, firstSeenAt, ...known }) => ({
      id: noticeIdOf(notice),
      origin: notice.origin,
      dataType: notice.dataType,
      ttl: notice.ttl,
      hops: notice.hops,
      lamport: notice.lamport,
      bytes: notice.data.length,
      preview: Buffer.from(notice.data.subarray(0, PREVIEW_BYTES)).toString("hex"),
      ageMs: now - firstSeenAt,
      ...known,
    })),
    subscribers,
    types,
    cached,
    announced: counts.announced,
    received: counts.received,
    delivered: counts.delivered,
    duplicates: counts.duplicates,
  };
}

function presentForeign({ foreign: { active, bootstrapper, neighbours, counts } }: View): ForeignPicture {
  return { active, bootstrapper, neighbours, sent: counts.sent, received: counts.received };
}

function presentRaft(self: PeerId, view: View, now: number): RaftPicture {
  const { raft } = view;
  const { election } = raft;
  const age = (at: number | null): number | null => (at === null ? null : now - at);
  return {
    role: raft.role,
    currentTerm: raft.currentTerm,
    votedFor: raft.votedFor,
    leader: raft.leader,
    leaderAgeMs: age(raft.leaderSince),
    standby: raft.standby,
    commitIndex: raft.commitIndex,
    lastApplied: view.service.appliedIndex,
    lastLogIndex: raft.lastLogIndex,
    voters: raft.voters,
    learners: raft.learners,
    quorum: presentQuorum(self, view),
    progress: raft.progress.map(({ heardAt, ...member }) => ({ ...member, heardAgeMs: age(heardAt) })),
    election:
      election === null
        ? null
        : {
            term: election.term,
            because: election.because,
            asker: election.asker,
            yes: election.yes,
            no: election.no,
            silent: election.silent,
            ageMs: now - (election.endedAt ?? election.startedAt),
            tookMs: election.endedAt === null ? null : election.endedAt - election.startedAt,
            outcome: election.outcome,
          },
    tail: raft.tail.map(presentEntry),
    firstLogIndex: raft.firstLogIndex,
    snapshotIndex: raft.snapshotIndex,
    snapshotBytes: raft.snapshotBytes,
    heartbeatIntervalMs: raft.heartbeatIntervalMs,
    electionTimeoutMs: raft.electionTimeoutMs,
  };
}

/** A leader knows whom it heard; everybody else counts whom membership does not hold to be gone. */
function presentQuorum(self: PeerId, { raft, membership }: View): RaftPicture["quorum"] {
  const gone = new Set(
    membership.members.filter(({ status }) => status === "unhealthy" || status === "left").map(({ peer }) => peer),
  );
  const isUp = (peer: PeerId): boolean => peer === self || (raft.votersHeard?.includes(peer) ?? !gone.has(peer));
  const missing = raft.voters.filter((peer) => !isUp(peer));
  const needed = Math.floor(raft.voters.length / 2) + 1;
  return { needed, up: raft.voters.length - missing.length, missing };
}

function countersOf(
  prefix: string,
  counts: View["notification"]["counts"] | View["foreign"]["counts"],
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}.${name}`, count]));
}
