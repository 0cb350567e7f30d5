import type { Address } from "../core/address.ts";
import type { ElectionCommand } from "../core/election.ts";
import { mayLead } from "../core/modes.ts";
import type { PeerId } from "../core/peer-id.ts";
import { type Answer, isLockOperation, type OwnOperation } from "../core/request.ts";
import type { OrderCommand, OrderEvent } from "../core/total-order.ts";
import type { Accepted } from "../protocols/foreign/message.ts";
import { type MutexSpeech, PERSON } from "../protocols/mutex/message.ts";
import type { Notice } from "../protocols/notification/notice.ts";
import type { AnyCommand } from "./registry.ts";
import type { Surroundings } from "./surroundings.ts";

/** What follows from events of one protocol for the others, where it is more than a line of the wiring. */

/** Who leads, in which term, and how long those who elected it had heard nothing of a leader; null where that is not known. */
interface Leadership {
  readonly leader: PeerId | null;
  readonly term: number;
  readonly quietMs: number | null;
}

const NOBODY_LEADS: Leadership = { leader: null, term: 0, quietMs: null };

type Standing = Extract<ElectionCommand, { readonly kind: "member" }>["status"];

// Clusters and members

/** What begins when this peer belongs to a cluster, whichever way it came to it. */
export function belong(around: Surroundings, founded: boolean): readonly AnyCommand[] {
  return [
    introduce(around),
    ...beginElection(around, founded),
    { protocol: "mutex", command: { kind: "begin" } },
    // Where there is no order, nothing is ever lost with a cluster.
    ...(around.modes.broadcast === "none"
      ? [{ protocol: "discovery", command: { kind: "bound", bound: false } } as const]
      : []),
  ];
}

/** What ends with a cluster that was given up. */
export function abandon(around: Surroundings): readonly AnyCommand[] {
  const { election } = around.modes;
  return [
    { protocol: election, command: { kind: "forget" } },
    ...(around.modes.broadcast === "zab" ? [{ protocol: "zab", command: { kind: "forget" } } as const] : []),
    { protocol: "mutex", command: { kind: "forget" } },
    { protocol: "office", command: { kind: "forget" } },
    { protocol: "broker", command: { kind: "forget" } },
    ...locateLinked(around),
  ];
}

/** Who is linked while a cluster is given up may be of the next one, and is not met anew. */
function locateLinked(around: Surroundings): readonly AnyCommand[] {
  const linked = around.view("membership").members.filter(({ peer }) => around.isLinked(peer));
  return linked.flatMap(({ peer, address }) => locate(peer, address, around));
}

/** Raft's election begins with a cluster, and goes on from what is saved; the others begin with every life. */
function beginElection({ modes }: Surroundings, founded: boolean): readonly AnyCommand[] {
  if (modes.election !== "raft") return [{ protocol: modes.election, command: { kind: "begin" } }];
  return founded ? [{ protocol: "raft", command: { kind: "found" } }] : [];
}

/** A healthy member is one for elections, but only of this cluster: a seeker may still choose another. */
export function takeIn(peer: PeerId, around: Surroundings): readonly AnyCommand[] {
  return around.isAdmitted(peer) ? [standing(peer, "healthy", around)] : [];
}

/** What membership holds of a peer, for the election. */
export function standing(peer: PeerId, status: Standing, around: Surroundings): AnyCommand {
  const eligible = isEligible(peer, around);
  return { protocol: around.modes.election, command: { kind: "member", peer, status, mayLead: eligible } };
}

/** Nobody follows one at whose slot of the ensemble another was met before. */
function isEligible(peer: PeerId, around: Surroundings): boolean {
  const { broadcast, ensemble } = around.modes;
  const address = around.addressOf(peer);
  if (address === undefined || !mayLead(address, ensemble)) return false;
  if (broadcast !== "zab") return true;
  const slot = around.view("zab").ensemble.find((each) => each.address === address);
  return slot === undefined || slot.peer === null || slot.peer === peer;
}

/** This peer is none of the ensemble, though it lives at a slot: where the highest leads, it is not to be that. */
export function standBack(peer: PeerId, { self, modes }: Surroundings): readonly AnyCommand[] {
  if (peer !== self || modes.election !== "bully") return [];
  return [{ protocol: "bully", command: { kind: "member", peer, status: "healthy", mayLead: false } }];
}

/** What membership holds of a peer, for those who wait for each other, and whoever gives it work. */
export function regard(peer: PeerId, status: Standing): readonly AnyCommand[] {
  return [
    { protocol: "mutex", command: { kind: "member", peer, status } },
    { protocol: "broker", command: { kind: "member", peer, status } },
  ];
}

/** Where a peer lives, for whoever goes by addresses. */
export function locate(peer: PeerId, address: Address, { modes }: Surroundings): readonly AnyCommand[] {
  const located: AnyCommand[] = [];
  if (modes.broadcast === "zab") located.push({ protocol: "zab", command: { kind: "member", peer, address } });
  if (modes.election === "fixed") located.push({ protocol: "fixed", command: { kind: "met", peer, address } });
  return located;
}

/** A peer has left, or was forgotten. */
export function gone(peer: PeerId, address: Address, around: Surroundings): readonly AnyCommand[] {
  const forget: AnyCommand[] = [
    standing(peer, "left", around),
    ...regard(peer, "left"),
    { protocol: "health", command: { kind: "unwatch", peer } },
  ];
  // Another peer may live at that address by now: a restart with fresh state has a new ID and the old port.
  if (around.memberAddresses().includes(address)) return forget;
  return [
    ...forget,
    { protocol: "gossip", command: { kind: "expired", address } },
    { protocol: "link", command: { kind: "disconnect", address, reason: "unwanted" } },
    remember(around),
  ];
}

/** Whom to dial in the next life. */
export function remember(around: Surroundings): AnyCommand {
  return { protocol: "discovery", command: { kind: "remember", addresses: around.memberAddresses() } };
}

/** What HELLOs say from now on; a peer that is bound yields no more, whatever it did before. */
export function introduce(around: Surroundings, mayYield = true): AnyCommand {
  const { cluster, yielding } = around.view("discovery");
  const incarnation = around.incarnation;
  return { protocol: "link", command: { kind: "introduce", cluster, incarnation, yielding: yielding && mayYield } };
}

/** Evidence of life: a life back, and a link where there is none. */
export function answered(peer: PeerId, around: Surroundings): readonly AnyCommand[] {
  const address = around.addressOf(peer);
  const life: AnyCommand = { protocol: "membership", command: { kind: "give-life", peer } };
  if (address === undefined || around.isLinked(peer)) return [life];
  return [life, { protocol: "link", command: { kind: "redial", address } }];
}

/** Another's doubt is a reason to look for ourselves; our own verdict has just been reached. */
export function askAgain(peer: PeerId, because: "probes-missed" | "rumour"): readonly AnyCommand[] {
  return because === "rumour" ? [{ protocol: "health", command: { kind: "probe", peer } }] : [];
}

// Leaders and the order

/** An election has a leader, or none any more: ZAB takes it for a suggestion, Raft's log is led by it. */
export function elected(leadership: Leadership | null, around: Surroundings): readonly AnyCommand[] {
  const { broadcast } = around.modes;
  if (broadcast === "zab")
    return [{ protocol: "zab", command: { kind: "leader", leader: leadership?.leader ?? null } }];
  return broadcast === "raft" ? ordered(leadership, around) : [];
}

/** Somebody puts commands into the order, or nobody does any more. */
export function ordered(leadership: Leadership | null, around: Surroundings): readonly AnyCommand[] {
  const { leader, term, quietMs } = leadership ?? NOBODY_LEADS;
  const address = leader === null ? null : (around.addressOf(leader) ?? null);
  return [
    { protocol: "service", command: { kind: "leader", leader } },
    { protocol: "mutex", command: { kind: "leader", leader } },
    { protocol: "office", command: { kind: "leader", leader, term, quietMs } },
    { protocol: "broker", command: { kind: "leader", leader, address } },
  ];
}

/** What a protocol wants in the order for itself. */
export function submitOwn({ request }: { readonly request: OwnOperation }): readonly AnyCommand[] {
  return [{ protocol: "service", command: { kind: "submit-own", request } }];
}

/** What became of that is for whoever asked. */
export function tellAsker(request: OwnOperation, answer: Answer): readonly AnyCommand[] {
  if (isLockOperation(request)) return [{ protocol: "mutex", command: { kind: "answered", request, answer } }];
  const isOfOffice = request.kind === "take-office" || request.kind === "leave-office";
  return [{ protocol: isOfOffice ? "office" : "broker", command: { kind: "answered", request, answer } }];
}

/** What is asked of the order, whichever it is; of none it is not asked, as nobody leads it. */
export function order(command: OrderCommand, { modes }: Surroundings): readonly AnyCommand[] {
  return modes.broadcast === "none" ? [] : [{ protocol: modes.broadcast, command }];
}

/** What Raft's log tells is for the service that it drives; it drives none where it only elects. */
export function tellOfLog(told: OrderEvent, { modes }: Surroundings): readonly AnyCommand[] {
  return modes.broadcast === "raft" ? tellService(told) : [];
}

/** What the total order tells is for the service that it drives. */
export function tellService(told: OrderEvent): readonly AnyCommand[] {
  // Tickets below zero are of the office, which only wants to know whether this peer leads still.
  if ((told.kind === "readable" || told.kind === "not-readable") && told.ticket < 0)
    return [{ protocol: "office", command: { kind: told.kind, ticket: told.ticket } }];
  return [{ protocol: "service", command: { kind: "order", told } }];
}

/** What became of a ticket is for the client that drew it; the person at this peer sees it on the screen. */
export function tellClient(told: Extract<MutexSpeech["event"], { readonly ticket: number }>): readonly AnyCommand[] {
  return told.ticket === PERSON ? [] : [{ protocol: "service", command: told }];
}

/** Something would be lost with the cluster, or nothing would. */
export function bind(_event: unknown, around: Surroundings): readonly AnyCommand[] {
  const bound = around.view("raft").bound || around.view("zab").bound;
  return [{ protocol: "discovery", command: { kind: "bound", bound } }, introduce(around, !bound)];
}

/** The election has let this peer go: it says goodbye. */
export function sayGoodbye(): readonly AnyCommand[] {
  return [
    // While there are links on which the others hear of it.
    { protocol: "office", command: { kind: "leave" } },
    { protocol: "broker", command: { kind: "leave" } },
    { protocol: "mutex", command: { kind: "leave" } },
    { protocol: "membership", command: { kind: "leave" } },
    { protocol: "discovery", command: { kind: "leave" } },
    { protocol: "link", command: { kind: "leave", reason: "leaving" } },
  ];
}

/** Where the order of messages counts, a new link begins a new order. */
export function restartLink({ peer }: { readonly peer: PeerId }): readonly AnyCommand[] {
  return [{ protocol: "link", command: { kind: "restart", peer } }];
}

// Another network

/** One that has crossed no link was announced here, so nobody has counted its first hop yet. */
export function acceptedOf({ dataType, ttl, hops, data }: Notice): Accepted {
  return { dataType, ttl, data, received: hops > 0 };
}

/** Who answers in the other network is told to programs that ask; gossip's own IDs are verified otherwise. */
export function tellNeighbours(_event: unknown, around: Surroundings): readonly AnyCommand[] {
  const { neighbours } = around.view("foreign");
  const addresses = neighbours.flatMap(({ state, address }) => (state === "neighbour" ? [address] : []));
  return [{ protocol: "gossip", command: { kind: "neighbours", addresses } }];
}
