import { Store } from "../apps/store.ts";
import { type Modes, mayLead, USUAL_MODES } from "../core/modes.ts";
import { NO_CLUSTER, type PeerId } from "../core/peer-id.ts";
import type { Protocol, Speech } from "../core/protocol.ts";
import { seededRandom } from "../core/random.ts";
import { BROKER_DEFAULTS } from "../protocols/broker/definition.ts";
import { BULLY_DEFAULTS } from "../protocols/bully/definition.ts";
import type { Definition } from "../protocols/definition.ts";
import { DISCOVERY_DEFAULTS } from "../protocols/discovery/definition.ts";
import { FOREIGN_DEFAULTS } from "../protocols/foreign/definition.ts";
import { GOSSIP_DEFAULTS } from "../protocols/gossip/definition.ts";
import { HEALTH_DEFAULTS } from "../protocols/health/definition.ts";
import { LINK_DEFAULTS } from "../protocols/link/definition.ts";
import { MEMBERSHIP_DEFAULTS } from "../protocols/membership/definition.ts";
import { MUTEX_DEFAULTS } from "../protocols/mutex/definition.ts";
import { NOTIFICATION_DEFAULTS } from "../protocols/notification/definition.ts";
import { OFFICE_DEFAULTS } from "../protocols/office/definition.ts";
import { RAFT_DEFAULTS } from "../protocols/raft/definition.ts";
import { SERVICE_DEFAULTS } from "../protocols/service/definition.ts";
import { ZAB_DEFAULTS } from "../protocols/zab/definition.ts";
import type { PeerOptions } from "./machine.ts";
import { type AnyRecord, type ProtocolName, protocolNames, protocols, type Speeches } from "./registry.ts";
import type { ReservedClock } from "./reserved-clock.ts";

/** The protocols of one peer. */
export type Machines = { readonly [K in ProtocolName]: Protocol<Speeches[K]> };

/** What earlier lives saved, by owner. */
export interface EarlierLives {
  /** No Lamport time above this was ever used. */
  readonly ceiling: number;
  readonly of: Readonly<Record<ProtocolName, readonly unknown[]>>;
}

/** Sorts all records of a journal by whose they are, keeping their order. */
export function sortRecords(saved: Iterable<AnyRecord>): EarlierLives {
  const of = Object.fromEntries(protocolNames.map((name) => [name, [] as unknown[]])) as Record<
    ProtocolName,
    unknown[]
  >;
  let ceiling = 0;
  for (const entry of saved) {
    if (entry.protocol !== "peer") of[entry.protocol].push(entry.record);
    else if (entry.record.kind === "lamport") ceiling = Math.max(ceiling, entry.record.ceiling);
  }
  return { ceiling, of };
}

/** Starts every protocol, each with randomness of its own. */
export function startMachines(
  options: PeerOptions,
  lives: EarlierLives,
  clock: Pick<ReservedClock, "time" | "merge">,
  now: number,
): Machines {
  const random = seededRandom(options.seed);
  const machines: Partial<Record<ProtocolName, Protocol<Speech>>> = {};
  // Whoever asks for it comes after membership in the registry.
  const life = (): number => (machines as Machines).membership.view().incarnation;
  // Nobody asks for one before all protocols have started.
  const salt = (): number => salts.below(2 ** 32);
  const lamport = (): number => clock.time;
  const advance = (time: number): void => clock.merge(time);
  const keepers = (): readonly PeerId[] => membersOf(machines as Machines, options.modes ?? USUAL_MODES);
  const facts = { lamport, advance, life, salt, keepers };
  const each: Readonly<Record<ProtocolName, unknown>> = protocolOptions(options, facts);
  for (const name of protocolNames) {
    const definition: Definition<Speech> = protocols[name];
    machines[name] = definition.start(each[name], lives.of[name], random.fork(), now);
  }
  const salts = random.fork();
  return machines as Machines;
}

/** Whose majority decides in the order. */
function membersOf({ raft, zab }: Machines, { broadcast }: Modes): readonly PeerId[] {
  if (broadcast === "zab") return zab.view().ensemble.flatMap(({ peer }) => peer ?? []);
  return raft.view().voters;
}

/** What a protocol may ask the peer for. */
type Facts = Pick<Speeches["notification"]["options"], "lamport" | "life"> &
  Pick<Speeches["mutex"]["options"], "advance"> &
  Pick<Speeches["service"]["options"], "salt"> &
  Pick<Speeches["broker"]["options"], "keepers">;

function protocolOptions(options: PeerOptions, facts: Facts): { readonly [K in ProtocolName]: Speeches[K]["options"] } {
  const { id, address, name, modes = USUAL_MODES, tuning = {} } = options;
  return {
    // Membership and discovery tell the link what to introduce us as before anything is dialled.
    link: {
      peer: id,
      address,
      name,
      cluster: NO_CLUSTER,
      incarnation: 0,
      reads: tuning.raft?.reads ?? RAFT_DEFAULTS.reads,
      modes,
      vip: tuning.office?.address ?? null,
      ...LINK_DEFAULTS,
      ...tuning.link,
    },
    discovery: {
      peer: id,
      address,
      found: options.found,
      seeds: options.seeds,
      scan: options.scan,
      ...DISCOVERY_DEFAULTS,
      founders: modes.ensemble,
      ...tuning.discovery,
    },
    health: { ...HEALTH_DEFAULTS, ...tuning.health },
    membership: { peer: id, address, name, ...MEMBERSHIP_DEFAULTS, ...tuning.membership },
    gossip: { address, ...GOSSIP_DEFAULTS, ...tuning.gossip },
    notification: {
      peer: id,
      lamport: facts.lamport,
      life: facts.life,
      ...NOTIFICATION_DEFAULTS,
      isGateway: tuning.foreign?.dialect === "revised",
      ...tuning.notification,
    },
    foreign: { address, ...FOREIGN_DEFAULTS, ...tuning.foreign },
    raft: {
      peer: id,
      ...RAFT_DEFAULTS,
      active: modes.election === "raft",
      snapshotBytes: snapshotBytesOf(id),
      ...tuning.raft,
    },
    bully: {
      peer: id,
      active: modes.election === "bully",
      mayLead: mayLead(address, modes.ensemble),
      ...BULLY_DEFAULTS,
      ...tuning.bully,
    },
    fixed: { peer: id, address, active: modes.election === "fixed", leader: modes.leader, ...tuning.fixed },
    zab: {
      peer: id,
      address,
      active: modes.broadcast === "zab",
      ensemble: modes.ensemble,
      ...ZAB_DEFAULTS,
      snapshotBytes: snapshotBytesOf(id),
      ...tuning.zab,
    },
    mutex: {
      peer: id,
      lamport: facts.lamport,
      advance: facts.advance,
      ...MUTEX_DEFAULTS,
      kind: modes.mutex,
      ...tuning.mutex,
    },
    office: {
      peer: id,
      ...OFFICE_DEFAULTS,
      leaseReads: (tuning.raft?.reads ?? RAFT_DEFAULTS.reads) === "lease",
      ...tuning.office,
    },
    broker: { peer: id, keepers: facts.keepers, ...BROKER_DEFAULTS, ...tuning.broker },
    service: {
      peer: id,
      machine: new Store(),
      lamport: facts.lamport,
      salt: facts.salt,
      ...SERVICE_DEFAULTS,
      ...tuning.service,
    },
  };
}

/**
 * All peers have the same log, and to take a snapshot keeps one busy for a while: they do not all do so at once. Peers
 * whose first one came later stay later.
 */
function snapshotBytesOf(id: PeerId): number {
  const eighths = Number.parseInt(id.slice(-1), 16) % 8;
  return RAFT_DEFAULTS.snapshotBytes * (1 + eighths / 8);
}
