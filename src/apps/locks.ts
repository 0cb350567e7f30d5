import {
  isLockName,
  type LockClaim,
  type LockHolder,
  type LockRow,
  MAX_LEASE_MS,
  MAX_LOCK_NAME,
  MAX_LOCK_WAITING,
  MAX_LOCKS,
} from "../core/lock.ts";
import { type Answer, failed, type LockOperation } from "../core/request.ts";
import type { LocksView } from "../core/store-view.ts";
import { type Codec, list, struct, u32, u64 } from "../wire/codec.ts";
import { peerId } from "../wire/identity.ts";
import type { Reader } from "../wire/reader.ts";
import { lockName } from "../wire/request.ts";
import type { Writer } from "../wire/writer.ts";
import type { Refusal } from "./refusals.ts";
import { MAX_SHOWN } from "./view.ts";

type Named<K extends LockOperation["kind"]> = Extract<LockOperation, { kind: K }>;
type Waiting = LockRow["waiting"][number];

const claim = { owner: peerId, ticket: u64, leaseMs: u32 };

const savedRow: Codec<LockRow> = struct({
  name: lockName,
  holder: struct({ ...claim, token: u64, renewals: u64 }),
  waiting: list(struct(claim), MAX_LOCK_WAITING),
});

/**
 * Locks by name, with leases: each is held by one claim and waited for by others, in their order. No clock is looked at here:
 * that a lease has ended is an operation as well, which is void where the lease was renewed before it. A row is a value: it is
 * replaced, never changed.
 *
 * Safety: the token of a holder is the index of the command that made it one, so it is greater than that of every holder
 * before, of whichever lock.
 */
export class Locks {
  readonly #byName = new Map<string, LockRow>();

  /** Does what an operation asks for, or nothing where the answer is an error. All may be asked again without harm. */
  run(operation: LockOperation, index: number): Answer {
    switch (operation.kind) {
      case "acquire-lock":
        return refuseClaim(operation) ?? this.#acquire(operation, index);
      case "renew-lock":
        return this.#renew(operation);
      case "release-lock":
        return this.#release(operation, index);
      case "expire-lock":
        return this.#expire(operation, index);
    }
  }

  /** How a lock stands; null where nobody holds it. */
  row(name: string): LockRow | null {
    return this.#byName.get(name) ?? null;
  }

  /** All that somebody holds, in the order in which they came into use. */
  rows(): readonly LockRow[] {
    return [...this.#byName.values()];
  }

  /** The locks for people. */
  view(): LocksView {
    const held = this.rows()
      .slice(0, MAX_SHOWN)
      .map(({ name, holder, waiting }) => ({ name, holder, waiting: waiting.length }));
    return { count: this.#byName.size, held };
  }

  /** Writes all locks, one at least. */
  save(writer: Writer): void {
    writer.u16(this.#byName.size);
    for (const row of this.#byName.values()) savedRow.write(writer, row);
  }

  /** Takes locks that were saved into what has none. Trouble is left in `reader.failure`. */
  load(reader: Reader): void {
    const count = reader.u16();
    if (count === 0 || count > MAX_LOCKS) reader.fail("no locks, or more than there may be");
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const row = savedRow.read(reader);
      if (this.#byName.has(row.name)) reader.fail("two locks of one name");
      this.#byName.set(row.name, row);
    }
  }

  #acquire(asked: Named<"acquire-lock">, index: number): Answer {
    const { name, owner, ticket, leaseMs } = asked;
    const row = this.#byName.get(name);
    const newcomer: Waiting = { owner, ticket, leaseMs };
    if (row === undefined) {
      if (this.#byName.size >= MAX_LOCKS) return failed("full", `${MAX_LOCKS} locks are in use: no more may be`, true);
      return this.#give(name, newcomer, [], index);
    }
    const { holder, waiting } = row;
    if (isSame(holder, asked)) return { kind: "locked", name, token: holder.token };
    if (waiting.some((each) => isSame(each, asked))) return display(`waiting for ${name}`);
    if (waiting.length >= MAX_LOCK_WAITING) {
      return failed("full", `${MAX_LOCK_WAITING} wait for ${name} already: no more may`, true);
    }
    this.#byName.set(name, { ...row, waiting: [...waiting, newcomer] });
    return display(`waiting for ${name}`);
  }

  #renew({ name, token }: Named<"renew-lock">): Answer {
    const row = this.#byName.get(name);
    if (row?.holder.token !== token) return failed("lock-lost", `${name} is not held with token ${token}`, true);
    this.#byName.set(name, { ...row, holder: { ...row.holder, renewals: row.holder.renewals + 1 } });
    return { kind: "locked", name, token };
  }

  #release(asked: Named<"release-lock">, index: number): Answer {
    const { name } = asked;
    const row = this.#byName.get(name);
    if (row !== undefined && isSame(row.holder, asked)) this.#passOn(name, row.waiting, index);
    else if (row !== undefined) {
      this.#byName.set(name, { ...row, waiting: row.waiting.filter((each) => !isSame(each, asked)) });
    }
    return display(`released ${name}`);
  }

  #expire({ name, token, renewals }: Named<"expire-lock">, index: number): Answer {
    const row = this.#byName.get(name);
    if (row?.holder.token !== token || row.holder.renewals !== renewals) return display(`${name} goes on`);
    // Whoever does not renew is gone, most likely: if it lives it asks anew for what it waits for.
    const { owner } = row.holder;
    const others = row.waiting.filter((each) => each.owner !== owner);
    this.#passOn(name, others, index);
    return display(`${name} has expired`);
  }

  #passOn(name: string, [next, ...waiting]: LockRow["waiting"], index: number): void {
    if (next === undefined) this.#byName.delete(name);
    else this.#give(name, next, waiting, index);
  }

  #give(name: string, { owner, ticket, leaseMs }: Waiting, waiting: LockRow["waiting"], token: number): Answer {
    const holder: LockHolder = { owner, ticket, token, renewals: 0, leaseMs };
    this.#byName.set(name, { name, holder, waiting });
    return { kind: "locked", name, token };
  }
}

/** Why nobody may claim a lock so; undefined where one may. */
function refuseClaim({ name, leaseMs }: Named<"acquire-lock">): Refusal | undefined {
  if (!isLockName(name)) {
    return failed(
      "malformed",
      `a lock's name has 1 to ${MAX_LOCK_NAME} characters, none of them a control character`,
      true,
    );
  }
  if (leaseMs >= 1 && leaseMs <= MAX_LEASE_MS) return undefined;
  return failed("malformed", `a lease lasts 1 to ${MAX_LEASE_MS} ms`, true);
}

function isSame(one: LockClaim, other: LockClaim): boolean {
  return one.owner === other.owner && one.ticket === other.ticket;
}

function display(text: string): Answer {
  return { kind: "display", text };
}
