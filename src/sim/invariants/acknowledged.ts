import type { ClusterId, PeerId } from "../../core/peer-id.ts";
import type { SessionId } from "../../core/protocol.ts";
import { majority } from "../../core/quorum.ts";
import { type Answer, isQuery, type Request } from "../../core/request.ts";
import type { Command } from "../../core/total-order.ts";
import type { AnyRecord } from "../../peer/registry.ts";
import { decode, encode } from "../../wire/codec.ts";
import { command as commandCodec, operation as operationCodec } from "../../wire/request.ts";
import type { World } from "../world/world.ts";
import { type Invariant, invariant, type Watch } from "./invariant.ts";
import { Journals } from "./journals.ts";
import { type Life, PerLife } from "./life.ts";
import { lacks, type RaftJournal, raftJournal } from "./raft-journal.ts";
import { missingOnDisks, zabJournal } from "./zab-journal.ts";

/** What a client asks to be changed, and its place in the client's session. */
type Change = Pick<Command, "operation" | "once">;

/** Where a change was ever put into the order, with the term or epoch of that. */
interface Place {
  readonly index: number;
  readonly epoch: number;
}

/** Whether an entry of a cluster's order is on the disks of a majority of those that decide. */
type IsOnDisks = (life: Life, place: Place) => boolean;

/** A client's connection. */
interface Connection {
  /** Requests without an answer, oldest first. */
  readonly asked: Request[];
  session: number | null;
}

/**
 * Answers by the requests on their connections, which have one each, in their order. A change of a session stands in the order
 * once or more often; one outside of any stands there once for each time that it is answered.
 */
const acknowledgedIsOnDisks = invariant({
  name: "acknowledged-is-on-disks",
  source: "Raft, section 8; ZAB (2011), section III; DESIGN, section 1, durability",
  text: "A change that a client is told of is in the order, on the disks of a majority of those that decide.",
  watch: (broken, world) => {
    const isZab = world.options.modes.broadcast === "zab";
    const [journals, isOnDisks] = isZab ? onEnsembleDisks(world) : onVotersDisks();
    const logs = new CommandLogs();
    const connections = new PerLife<Map<SessionId, Connection>>(() => new Map());
    const acknowledge = (life: Life, change: Change): void => {
      const { places, told } = logs.of(life, change);
      const durable = [...places.values()].filter((place) => isOnDisks(life, place)).length;
      told.times += 1;
      if (durable >= (change.once === null ? told.times : 1)) return;
      broken(
        `peer ${life.port} tells a client that ${JSON.stringify(change)} is done, as clients are told ${told.times} times: ` +
          `it is in ${places.size} places of logs, ${durable} of them on the disks of a majority`,
      );
    };
    const take = (life: Life, records: readonly AnyRecord[]): void => logs.take(life, records);
    return [
      ...journals,
      {
        began: take,
        saving: take,
        clientsAsked: (life, { asked }) => {
          for (const { session, requests } of asked)
            connectionOf(connections.of(life), session).asked.push(...requests);
        },
        clientTold: (life, { session, answers }) => {
          const connection = connectionOf(connections.of(life), session);
          for (const answer of answers) {
            const change = changeIn(connection, connection.asked.shift(), answer);
            if (change !== undefined) acknowledge(life, change);
          }
        },
      },
    ];
  },
});

/** What must hold of answers to clients. */
export const acknowledgedInvariants: readonly Invariant[] = [acknowledgedIsOnDisks];

/** The change that an answer says is done; undefined where it says so of none. It may be about the connection's session. */
function changeIn(connection: Connection, request: Request | undefined, answer: Answer): Change | undefined {
  if (request === undefined || answer.kind === "error") return undefined;
  if (answer.kind === "session") connection.session = answer.session;
  switch (request.kind) {
    case "ping":
    case "exit":
    case "lock":
    case "unlock":
    case "unknown":
    case "malformed":
      return undefined;
    case "do": {
      const { session } = connection;
      if (isQuery(request.request) || session === null) return undefined;
      return { operation: request.request, once: { session, sequence: request.sequence } };
    }
    default:
      return isQuery(request) ? undefined : { operation: request, once: null };
  }
}

function connectionOf(connections: Map<SessionId, Connection>, session: SessionId): Connection {
  const connection = connections.get(session) ?? { asked: [], session: null };
  connections.set(session, connection);
  return connection;
}

/** What is known of one change in one cluster. */
interface Known {
  readonly places: Map<string, Place>;
  readonly told: { times: number };
}

/** Where changes were put into logs, and how often clients were told of them. */
class CommandLogs {
  readonly #known = new Map<ClusterId, Map<string, Known>>();

  of({ cluster }: Life, { operation, once }: Change): Known {
    const changes = this.#known.get(cluster) ?? new Map<string, Known>();
    this.#known.set(cluster, changes);
    const key =
      once === null ? encode(operationCodec, operation).toString("latin1") : `${once.session} ${once.sequence}`;
    const known = changes.get(key) ?? { places: new Map(), told: { times: 0 } };
    changes.set(key, known);
    return known;
  }

  take(life: Life, records: readonly AnyRecord[]): void {
    for (const { protocol, record } of records) {
      if (protocol === "raft" && record.kind === "append") {
        for (const { index, term, payload } of record.entries)
          if (payload.kind === "command") this.#place(life, payload.command, { index, epoch: term });
      } else if (protocol === "zab" && record.kind === "append") {
        for (const { index, epoch, command } of record.entries)
          if (command !== null) this.#place(life, command, { index, epoch });
      }
    }
  }

  #place(life: Life, command: Uint8Array, place: Place): void {
    const decoded = decode(commandCodec, command);
    if (decoded.kind !== "value") return;
    this.of(life, decoded.value).places.set(`${place.index} ${place.epoch}`, place);
  }
}

/** What Raft's journals say, and what watches them. */
function onVotersDisks(): readonly [readonly Watch[], IsOnDisks] {
  const journals = new Journals(raftJournal);
  const lives = new Lives();
  const isOnDisks = (life: Life, { index, epoch }: Place): boolean => {
    const held = lives.with(life).flatMap(({ id }) => journals.ofPeer(id)?.held ?? []);
    const isMissing = (voter: PeerId): boolean => {
      const saved = journals.ofPeer(voter)?.saved;
      return saved === undefined || lacks(saved, index, epoch);
    };
    // The latest configuration may not be committed yet; then the one before counts.
    const latest = held.toSorted(byProgress).at(-1)?.configurations.slice(-2) ?? [];
    return latest.some(({ configuration: { voters } }) => {
      return voters.length - voters.filter(isMissing).length >= majority(voters.length);
    });
  };
  return [[journals, lives], isOnDisks];
}

/** The same of ZAB's: whoever answers may not know who fills the slots of the ensemble, but others do. */
function onEnsembleDisks(world: World): readonly [readonly Watch[], IsOnDisks] {
  const journals = new Journals(zabJournal);
  const lives = new Lives();
  const { ensemble } = world.options.modes;
  const isOnDisks = (life: Life, place: Place): boolean => {
    const held = lives.with(life).flatMap(({ id }) => journals.ofPeer(id)?.held ?? []);
    return missingOnDisks(ensemble, held, journals, place).isQuorum;
  };
  return [[journals, lives], isOnDisks];
}

/** The latest life of each peer. */
class Lives implements Watch {
  readonly #lives = new Map<PeerId, Life>();

  began(life: Life): void {
    this.#lives.set(life.id, life);
  }

  /** Those of the cluster of one of them. */
  with({ cluster }: Life): readonly Life[] {
    return [...this.#lives.values()].filter((life) => life.cluster === cluster);
  }
}

/** Section 5.4.1: the log that is more up to date comes later. */
function byProgress(one: RaftJournal, other: RaftJournal): number {
  const [oneTerm, otherTerm] = [one, other].map(({ log, snapshotTerm }) => log.at(-1)?.term ?? snapshotTerm);
  return (oneTerm ?? 0) - (otherTerm ?? 0) || one.log.length - other.log.length;
}
