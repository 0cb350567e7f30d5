import type { BrokerTable } from "../core/job.ts";
import type { LockRow } from "../core/lock.ts";
import { type Answer, isBrokerOperation, isLockOperation, type Query } from "../core/request.ts";
import type { Stamp, StoreView } from "../core/store-view.ts";
import type { Command, StateMachine } from "../core/total-order.ts";
import { finish } from "../wire/codec.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { BrokerRows } from "./broker-table.ts";
import { Files } from "./files.ts";
import { Locks } from "./locks.ts";
import { Room } from "./room.ts";
import { Sessions } from "./sessions.ts";
import { Values } from "./values.ts";

/** What a store may hold where nothing else is said, in bytes. */
const DEFAULT_CAPACITY = 64 * 2 ** 20;

/**
 * The first byte of a snapshot: how the rest is to be read. One without a broker's rows, or locks, is as it was before there
 * were any.
 */
const WITHOUT_LOCKS = 1;
const WITH_LOCKS = 2;
const WITH_BROKER = 3;
const WITH_BOTH = 4;

/** What a store consists of. */
interface Parts {
  readonly room: Room;
  readonly files: Files;
  readonly values: Values;
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly broker: BrokerRows;
}

/**
 * The replicated store: files, values, the sessions of clients, locks and the broker's jobs, driven by a total order. Nothing but the commands
 * decides what becomes of it.
 *
 * A snapshot is a version byte, then files, values, sessions and, where there are any, locks and the broker's rows; of each the number of items,
 * and the items in the order in which they were last changed or used, oldest first, locks in that in which they came into
 * use. Equal states have equal snapshots.
 */
export class Store implements StateMachine {
  readonly #capacity: number;
  #parts: Parts;
  /** The picture, until the next command. */
  #view: StoreView | undefined;

  /** @param capacity what files and values may take together, in bytes; the same on all peers, as it decides on answers */
  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
    this.#parts = blank(capacity);
  }

  apply(command: Command, index: number): Answer {
    this.#view = undefined;
    const { once } = command;
    if (once === null) return this.#run(command, index);
    const { sessions } = this.#parts;
    const known = sessions.recall(once);
    if (known !== undefined) return known;
    const answer = this.#run(command, index);
    sessions.keep(once, answer);
    return answer;
  }

  query(query: Query): Answer {
    const { files, values, sessions } = this.#parts;
    switch (query.kind) {
      case "read":
        return files.read(query.name);
      case "list":
        return files.list();
      case "read-value":
        return values.read(query.key, query.version, query.time);
      case "resume-session":
        return sessions.resume(query.session);
    }
  }

  lock(name: string): LockRow | null {
    return this.#parts.locks.row(name);
  }

  locks(): readonly LockRow[] {
    return this.#parts.locks.rows();
  }

  broker(): BrokerTable {
    return this.#parts.broker.table;
  }

  snapshot(): Uint8Array {
    const { room, files, values, sessions, locks, broker } = this.#parts;
    // What each item is counted with is more than it is written with; a session without answers has twenty bytes.
    const writer = new Writer(room.used + sessions.bytes + 32 * (sessions.size + 1));
    const hasLocks = locks.rows().length > 0;
    if (broker.isBlank) writer.u8(hasLocks ? WITH_LOCKS : WITHOUT_LOCKS);
    else writer.u8(hasLocks ? WITH_BOTH : WITH_BROKER);
    files.save(writer);
    values.save(writer);
    sessions.save(writer);
    if (hasLocks) locks.save(writer);
    if (!broker.isBlank) broker.save(writer);
    // Without the room that is left: the copy is short, and the original may be kept for long.
    return Buffer.from(writer.take());
  }

  restore(snapshot: Uint8Array): boolean {
    const reader = new Reader(snapshot);
    const version = reader.u8();
    if (version < WITHOUT_LOCKS || version > WITH_BOTH) reader.fail(`a snapshot of version ${version}`);
    const parts = blank(this.#capacity);
    parts.files.load(reader);
    parts.values.load(reader);
    parts.sessions.load(reader);
    if (version === WITH_LOCKS || version === WITH_BOTH) parts.locks.load(reader);
    if (version === WITH_BROKER || version === WITH_BOTH) parts.broker.load(reader);
    if (parts.room.used > this.#capacity) reader.fail("more than the store may hold");
    if (finish(reader, parts).kind !== "value") return false;
    this.#become(parts);
    return true;
  }

  clear(): void {
    this.#become(blank(this.#capacity));
  }

  /** What people see of it; made anew only after a command. */
  view(): StoreView {
    const { room, files, values, sessions, locks } = this.#parts;
    this.#view ??= {
      files: files.view(),
      values: values.view(),
      locks: locks.view(),
      sessions: sessions.size,
      room: { used: room.used, capacity: room.capacity },
    };
    return this.#view;
  }

  #run({ operation, keepVersions, lamport, salt }: Command, index: number): Answer {
    const { files, values, sessions, locks, broker } = this.#parts;
    if (isLockOperation(operation)) return locks.run(operation, index);
    if (isBrokerOperation(operation)) return broker.run(operation, index);
    const by: Stamp = { index, lamport };
    switch (operation.kind) {
      case "write":
        return values.write(operation, keepVersions, by);
      case "atomic":
        return files.runAll(operation.operations, by);
      case "open-session":
        return sessions.open(sessionId(salt, index));
      default:
        return files.run(operation, by);
    }
  }

  #become(parts: Parts): void {
    this.#parts = parts;
    this.#view = undefined;
  }
}

function blank(capacity: number): Parts {
  const room = new Room(capacity);
  return {
    room,
    files: new Files(room),
    values: new Values(room),
    sessions: new Sessions(),
    locks: new Locks(),
    broker: new BrokerRows(),
  };
}

/**
 * The ID of a session: a client that comes to another cluster with it, or to one that began anew, must find nobody else's
 * there. So it is a random number of 20 bits, then the lowest 32 of the index.
 */
function sessionId(salt: number, index: number): number {
  return (salt % 2 ** 20) * 2 ** 32 + (index % 2 ** 32);
}
