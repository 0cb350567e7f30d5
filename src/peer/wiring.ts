import {
  abandon,
  acceptedOf,
  answered,
  askAgain,
  belong,
  bind,
  elected,
  gone,
  introduce,
  locate,
  order,
  ordered,
  regard,
  remember,
  restartLink,
  sayGoodbye,
  standBack,
  standing,
  submitOwn,
  takeIn,
  tellAsker,
  tellClient,
  tellNeighbours,
  tellOfLog,
  tellService,
} from "./reactions.ts";
import type { AnyCommand, ProtocolName, Speeches } from "./registry.ts";
import type { Surroundings } from "./surroundings.ts";

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
    "link-established": ({ peer, address, name, incarnation, cluster }, around) => [
      ...locate(peer, address, around),
      { protocol: "membership", command: { kind: "met", peer, address, name, incarnation } },
      { protocol: "discovery", command: { kind: "met", peer, address, cluster } },
      // Whoever dialled us told its address itself; it is told on only once it has answered there.
      { protocol: "discovery", command: { kind: "consider", address } },
    ],
    "link-replaced": ({ peer }) => [
      { protocol: "zab", command: { kind: "relinked", peer } },
      { protocol: "service", command: { kind: "relinked", peer } },
      { protocol: "mutex", command: { kind: "relinked", peer } },
      { protocol: "broker", command: { kind: "relinked", peer } },
    ],
    "link-lost": ({ peer, goodbye }) =>
      goodbye === "leaving"
        ? [{ protocol: "membership", command: { kind: "goodbye", peer } }]
        : [{ protocol: "health", command: { kind: "probe", peer } }],
    "other-cluster-met": ({ address, cluster, yielding }) => [
      { protocol: "discovery", command: { kind: "other-cluster-met", address, cluster, yielding } },
    ],
  },
  discovery: {
    "cluster-founded": (_event, around) => belong(around, true),
    "cluster-resumed": (_event, around) => belong(around, false),
    "cluster-joined": (_event, around) => belong(around, false),
    "cluster-yielded": (_event, around) => abandon(around),
    "clusters-apart": ({ address }) => [
      { protocol: "link", command: { kind: "disconnect", address, reason: "other-cluster" } },
    ],
    "peer-admitted": ({ peer }, around) => {
      const member = around.view("membership").members.find((each) => each.peer === peer);
      return member?.status === "healthy" ? [standing(peer, "healthy", around)] : [];
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
      ...regard(peer, "healthy"),
      ...locate(peer, address, around),
      remember(around),
    ],
    "member-moved": ({ peer, address, previous }, around) => [
      { protocol: "health", command: { kind: "watch", peer, address } },
      { protocol: "gossip", command: { kind: "expired", address: previous } },
      { protocol: "link", command: { kind: "disconnect", address: previous, reason: "unwanted" } },
      { protocol: "link", command: { kind: "connect", address } },
      ...locate(peer, address, around),
      remember(around),
    ],
    "member-at-risk": ({ peer, because }, around) => [
      standing(peer, "doubted", around),
      ...regard(peer, "doubted"),
      ...askAgain(peer, because.kind),
    ],
    "member-unhealthy": ({ peer, address, because }, around) => [
      standing(peer, "unhealthy", around),
      ...regard(peer, "unhealthy"),
      { protocol: "gossip", command: { kind: "expired", address } },
      ...askAgain(peer, because.kind),
    ],
    "member-healthy": ({ peer, address }, around) => [
      ...takeIn(peer, around),
      ...regard(peer, "healthy"),
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
    "neighbour-verified": tellNeighbours,
    "neighbour-lost": tellNeighbours,
  },
  service: {
    "order-wanted": ({ command }, around) => order(command, around),
    "lock-wanted": ({ ticket, name }) => [{ protocol: "mutex", command: { kind: "acquire", ticket, name } }],
    "unlock-wanted": ({ ticket, name }) => [{ protocol: "mutex", command: { kind: "release", ticket, name } }],
    "own-answered": ({ request, answer }) => tellAsker(request, answer),
    "broker-changed": ({ table }) => [
      { protocol: "office", command: { kind: "row", row: table.office } },
      { protocol: "broker", command: { kind: "table", table } },
    ],
    "locks-changed": ({ all, changes }) => [{ protocol: "mutex", command: { kind: "locks", all, changes } }],
  },
  mutex: {
    granted: tellClient,
    refused: tellClient,
    revoked: tellClient,
    submit: submitOwn,
    "link-disordered": restartLink,
  },
  office: {
    "submit-broker": submitOwn,
    "confirmation-wanted": ({ ticket }, around) => order({ kind: "read", ticket }, around),
    "office-open": ({ term, until }) => [{ protocol: "broker", command: { kind: "office", term, until } }],
    "office-shut": () => [{ protocol: "broker", command: { kind: "office", term: null, until: 0 } }],
  },
  broker: {
    "submit-broker": submitOwn,
    "link-worn": restartLink,
    "office-demanded": ({ on }) => [{ protocol: "office", command: { kind: "demand", on } }],
  },
  raft: {
    "leader-elected": ({ leader, term, quietMs }, around) => elected({ leader, term, quietMs }, around),
    "leader-lost": (_event, around) => elected(null, around),
    proposed: tellOfLog,
    "not-proposed": tellOfLog,
    readable: tellOfLog,
    "not-readable": tellOfLog,
    delivered: tellOfLog,
    "snapshot-installed": tellOfLog,
    "snapshot-wanted": tellOfLog,
    "order-forgotten": tellOfLog,
    "bound-changed": bind,
    "left-office": sayGoodbye,
  },
  bully: {
    "leader-elected": ({ leader }, around) => elected({ leader, term: 0, quietMs: null }, around),
    "leader-lost": (_event, around) => elected(null, around),
    "left-office": sayGoodbye,
  },
  fixed: {
    "leader-elected": ({ leader }, around) => elected({ leader, term: 0, quietMs: null }, around),
    "leader-lost": (_event, around) => elected(null, around),
    "left-office": sayGoodbye,
  },
  zab: {
    "epoch-established": ({ leader, epoch }, around) => ordered({ leader, term: epoch, quietMs: null }, around),
    "epoch-ended": (_event, around) => ordered(null, around),
    proposed: tellService,
    "not-proposed": tellService,
    readable: tellService,
    "not-readable": tellService,
    delivered: tellService,
    "snapshot-installed": tellService,
    "snapshot-wanted": tellService,
    "order-forgotten": tellService,
    "bound-changed": bind,
    "ensemble-impostor": ({ peer }, around) => standBack(peer, around),
    "link-disordered": restartLink,
  },
};
