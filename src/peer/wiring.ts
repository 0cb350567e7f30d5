import type { Address } from "../core/address.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { OrderEvent } from "../core/total-order.ts";
import type { Accepted } from "../protocols/foreign/message.ts";
import type { Notice } from "../protocols/notification/notice.ts";
import type { AnyCommand, ProtocolName, Speeches } from "./registry.ts";

/** What a reaction may look at besides its event: the peer's other protocols, as they stand. */
export interface Surroundings {
  readonly incarnation: number;
  /** Where a member is; undefined for somebody unknown. */
  addressOf(peer: PeerId): Address | undefined;
  isLinked(peer: PeerId): boolean;
  /** Whether the cluster may take a peer in. */
  isAdmitted(peer: PeerId): boolean;
  /** Addresses of the members that have not left. */
  memberAddresses(): readonly Address[];
  view<K extends ProtocolName>(protocol: K): Speeches[K]["view"];
}

/** The variants of an event whose kind is, or may be, `Kind`. */
type Named<Event, Kind> = Event extends { readonly kind: infer Kinds } ? (Kind extends Kinds ? Event : never) : never;
type EventOf<K extends ProtocolName, Kind> = Named<Speeches[K]["event"], Kind>;

/** For each event of each protocol, the commands that follow from it. Events that are not named concern nobody else. */
export type Wiring = {
  readonly [K in ProtocolName]: {
    readonly [Kind in Speeches[K]["event"]["kind"]]?: (
      event: EventOf<K, Kind>,
      around: Surroundings,
    ) => readonly AnyCommand[];
  };
};

/** The ONE place where protocols meet. Events that only an adapter acts upon (table-wanted, entropy-needed) are not here. */
export const wiring: Wiring = {
  link: {
    "link-established": ({ peer, address, name, incarnation, cluster }) => [
      { protocol: "membership", command: { kind: "met", peer, address, name, incarnation } },
      { protocol: "discovery", command: { kind: "met", peer, address, cluster } },
      // Whoever dialled us told its address itself; it is told on only once it has answered there.
      { protocol: "discovery", command: { kind: "consider", address } },
    ],
    "link-replaced": ({ peer }) => [{ protocol: "service", command: { kind: "relinked", peer } }],
    "link-lost": ({ peer, goodbye }) =>
      goodbye === "leaving"
        ? [{ protocol: "membership", command: { kind: "goodbye", peer } }]
        : [{ protocol: "health", command: { kind: "probe", peer } }],
    "other-cluster-met": ({ address, cluster, yielding }) => [
      { protocol: "discovery", command: { kind: "other-cluster-met", address, cluster, yielding } },
    ],
  },
  discovery: {
    "cluster-founded": (_event, around) => [introduce(around), { protocol: "raft", command: { kind: "found" } }],
    "cluster-joined": (_event, around) => [introduce(around)],
    "cluster-yielded": () => [{ protocol: "raft", command: { kind: "forget" } }],
    "clusters-apart": ({ address }) => [
      { protocol: "link", command: { kind: "disconnect", address, reason: "other-cluster" } },
    ],
    "peer-admitted": ({ peer }, around) => {
      const member = around.view("membership").members.find((each) => each.peer === peer);
      return member?.status === "healthy"
        ? [{ protocol: "raft", command: { kind: "member", peer, status: "healthy", mayLead: true } }]
        : [];
    },
    "check-wanted": ({ address }) => [{ protocol: "health", command: { kind: "check", address } }],
    "address-verified": ({ address }) => [
      { protocol: "membership", command: { kind: "verified", address } },
      { protocol: "gossip", command: { kind: "verified", address } },
      { protocol: "link", command: { kind: "connect", address } },
      { protocol: "link", command: { kind: "redial", address } },
    ],
  },
  health: {
    checked: ({ address, answered }) => [{ protocol: "discovery", command: { kind: "checked", address, answered } }],
    "probe-answered": ({ peer }, around) => answered(peer, around),
    "probe-answered-indirectly": ({ peer }, around) => answered(peer, around),
    "probe-missed": ({ peer, via }) => [{ protocol: "membership", command: { kind: "take-life", peer, via } }],
  },
  membership: {
    "member-joined": ({ peer, address }, around) => [
      { protocol: "health", command: { kind: "watch", peer, address } },
      { protocol: "link", command: { kind: "connect", address } },
      ...takeIn(peer, around),
      remember(around),
    ],
    "member-moved": ({ peer, address, previous }, around) => [
      { protocol: "health", command: { kind: "watch", peer, address } },
      { protocol: "gossip", command: { kind: "expired", address: previous } },
      { protocol: "link", command: { kind: "disconnect", address: previous, reason: "unwanted" } },
      { protocol: "link", command: { kind: "connect", address } },
      remember(around),
    ],
    "member-at-risk": ({ peer, because }) => [
      { protocol: "raft", command: { kind: "member", peer, status: "doubted", mayLead: true } },
      ...askAgain(peer, because.kind),
    ],
    "member-unhealthy": ({ peer, address, because }) => [
      { protocol: "raft", command: { kind: "member", peer, status: "unhealthy", mayLead: true } },
      { protocol: "gossip", command: { kind: "expired", address } },
      ...askAgain(peer, because.kind),
    ],
    "member-healthy": ({ peer, address }, around) => [
      ...takeIn(peer, around),
      { protocol: "discovery", command: { kind: "consider", address } },
    ],
    "member-left": ({ peer, address }, around) => gone(peer, address, around),
    "member-forgotten": ({ peer, address }, around) => gone(peer, address, around),
    "stranger-rumoured": ({ address }) => [{ protocol: "discovery", command: { kind: "consider", address } }],
    "incarnation-grown": (_event, around) => [introduce(around)],
  },
  gossip: {
    "id-heard": ({ address, from }) => [
      { protocol: "discovery", command: { kind: "consider", address } },
      // Somebody who dialled us in the dialect of programs: maybe a peer of another make, which answers in its own way.
      ...(from === null ? [{ protocol: "foreign", command: { kind: "consider", address } } as const] : []),
    ],
    "program-pulled": ({ session, address }) => [
      { protocol: "foreign", command: { kind: "welcome", session, address } },
    ],
  },
  notification: {
    // Where there is no other network, nothing is made of what may be thousands of notices.
    "notices-accepted": ({ notices }, around) =>
      around.view("foreign").active
        ? [{ protocol: "foreign", command: { kind: "spread", notices: notices.map(acceptedOf) } }]
        : [],
  },
  foreign: {
    "foreign-notice": ({ dataType, ttl, data }) => [
      { protocol: "notification", command: { kind: "import", dataType, ttl, data } },
    ],
    "neighbour-verified": (_event, around) => [tellNeighbours(around)],
    "neighbour-lost": (_event, around) => [tellNeighbours(around)],
  },
  service: {
    "order-wanted": ({ command }) => [{ protocol: "raft", command }],
  },
  raft: {
    "leader-elected": ({ leader }) => [{ protocol: "service", command: { kind: "leader", leader } }],
    "leader-lost": () => [{ protocol: "service", command: { kind: "leader", leader: null } }],
    proposed: tellService,
    "not-proposed": tellService,
    readable: tellService,
    "not-readable": tellService,
    delivered: tellService,
    "snapshot-installed": tellService,
    "snapshot-wanted": tellService,
    "order-forgotten": tellService,
    "bound-changed": ({ bound }, around) => [
      { protocol: "discovery", command: { kind: "bound", bound } },
      introduce(around, !bound),
    ],
    "left-office": () => [
      { protocol: "membership", command: { kind: "leave" } },
      { protocol: "discovery", command: { kind: "leave" } },
      { protocol: "link", command: { kind: "leave", reason: "leaving" } },
    ],
  },
};

/** What the total order tells is for the service that it drives. */
function tellService(told: OrderEvent): readonly AnyCommand[] {
  return [{ protocol: "service", command: { kind: "order", told } }];
}

/** One that has crossed no link was announced here, so nobody has counted its first hop yet. */
function acceptedOf({ dataType, ttl, hops, data }: Notice): Accepted {
  return { dataType, ttl, data, received: hops > 0 };
}

/** Who answers in the other network is told to programs that ask; gossip's own IDs are verified otherwise. */
function tellNeighbours(around: Surroundings): AnyCommand {
  const { neighbours } = around.view("foreign");
  const addresses = neighbours.flatMap(({ state, address }) => (state === "neighbour" ? [address] : []));
  return { protocol: "gossip", command: { kind: "neighbours", addresses } };
}

/** Evidence of life: a life back, and a link where there is none. */
function answered(peer: PeerId, around: Surroundings): readonly AnyCommand[] {
  const address = around.addressOf(peer);
  const life: AnyCommand = { protocol: "membership", command: { kind: "give-life", peer } };
  if (address === undefined || around.isLinked(peer)) return [life];
  return [life, { protocol: "link", command: { kind: "redial", address } }];
}

/** A healthy member is one for the log's configuration, but only of this cluster: a seeker may still choose another. */
function takeIn(peer: PeerId, around: Surroundings): readonly AnyCommand[] {
  return around.isAdmitted(peer)
    ? [{ protocol: "raft", command: { kind: "member", peer, status: "healthy", mayLead: true } }]
    : [];
}

/** Another's doubt is a reason to look for ourselves; our own verdict has just been reached. */
function askAgain(peer: PeerId, because: "probes-missed" | "rumour"): readonly AnyCommand[] {
  return because === "rumour" ? [{ protocol: "health", command: { kind: "probe", peer } }] : [];
}

function gone(peer: PeerId, address: Address, around: Surroundings): readonly AnyCommand[] {
  const forget: AnyCommand[] = [
    { protocol: "raft", command: { kind: "member", peer, status: "left", mayLead: true } },
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

function remember(around: Surroundings): AnyCommand {
  return { protocol: "discovery", command: { kind: "remember", addresses: around.memberAddresses() } };
}

/** What HELLOs say from now on; a peer that is bound yields no more, whatever it did before. */
function introduce(around: Surroundings, mayYield = true): AnyCommand {
  const { cluster, yielding } = around.view("discovery");
  const incarnation = around.incarnation;
  return { protocol: "link", command: { kind: "introduce", cluster, incarnation, yielding: yielding && mayYield } };
}
