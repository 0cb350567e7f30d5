import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/apps/store.ts";
import { type LockRow, MAX_LEASE_MS, MAX_LOCK_WAITING, MAX_LOCKS } from "../../src/core/lock.ts";
import type { PeerId } from "../../src/core/peer-id.ts";
import type { Answer, LockOperation } from "../../src/core/request.ts";
import { commandOf, create, gist } from "./commands.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => digit.padStart(16, "0") as PeerId) as [PeerId, PeerId, PeerId];

const acquire = (owner: PeerId, ticket = 1, name = "l", leaseMs = 9000) =>
  ({ kind: "acquire-lock", name, owner, ticket, leaseMs }) as const;
const release = (owner: PeerId, ticket = 1, name = "l") => ({ kind: "release-lock", name, owner, ticket }) as const;
const renew = (token: number, name = "l") => ({ kind: "renew-lock", name, token }) as const;
const expire = (token: number, renewals = 0, name = "l") => ({ kind: "expire-lock", name, token, renewals }) as const;

/** A store that has applied these, at indexes 1, 2, 3, ..., and what it answered. */
function applied(...operations: readonly LockOperation[]): {
  readonly store: Store;
  readonly answers: readonly Answer[];
} {
  const store = new Store();
  return { store, answers: operations.map((each, i) => store.apply(commandOf(each), i + 1)) };
}

/** Who holds a lock and who waits for it, in short. */
function short(row: LockRow | null): string {
  if (row === null) return "free";
  const { holder, waiting } = row;
  const name = ({ owner, ticket }: { owner: PeerId; ticket: number }) => `${owner.slice(-1)}${ticket}`;
  return [`${name(holder)}@${holder.token}+${holder.renewals}`, ...waiting.map(name)].join(" ");
}

describe("a lock in the order", () => {
  it.each<[what: string, operations: readonly LockOperation[], row: string]>([
    ["is nobody's at first", [], "free"],
    ["is of the first that asks, whose token is the index", [release(B), acquire(A)], "a1@2+0"],
    ["makes the others wait in their order", [acquire(A), acquire(C), acquire(B)], "a1@1+0 c1 b1"],
    ["is asked for twice without harm", [acquire(A), acquire(B), acquire(A), acquire(B)], "a1@1+0 b1"],
    ["may be wanted by a peer more than once", [acquire(A), acquire(A, 2)], "a1@1+0 a2"],
    ["goes to the next when it is released", [acquire(A), acquire(B), acquire(C), release(A)], "b1@4+0 c1"],
    ["is free when nobody waits", [acquire(A), release(A)], "free"],
    ["is not released by another", [acquire(A), release(B), release(A, 2)], "a1@1+0"],
    ["is waited for no more by who says so", [acquire(A), acquire(B), acquire(C), release(B)], "a1@1+0 c1"],
    ["counts renewals", [acquire(A), renew(1), renew(1)], "a1@1+2"],
    ["is not renewed with another token", [acquire(A), renew(7)], "a1@1+0"],
    ["expires", [acquire(A), acquire(B), expire(1)], "b1@3+0"],
    ["does not expire where it was renewed before", [acquire(A), renew(1), expire(1, 0)], "a1@1+1"],
    ["does not expire for an earlier holder", [acquire(A), acquire(B), release(A), expire(1)], "b1@3+0"],
    ["loses all that its late holder waits for", [acquire(A), acquire(A, 2), acquire(B), expire(1)], "b1@4+0"],
  ])("%s", (_what, operations, row) => {
    expect(short(applied(...operations).store.lock("l"))).toBe(row);
  });

  it("tells who holds it, who waits, and who has lost it", () => {
    const { answers } = applied(acquire(A), acquire(B), renew(1), expire(1, 1), renew(1), release(B));
    expect(answers.map(gist)).toEqual([
      { kind: "locked", name: "l", token: 1 },
      { kind: "display", text: "waiting for l" },
      { kind: "locked", name: "l", token: 1 },
      { kind: "display", text: "l has expired" },
      { kind: "error", code: "lock-lost", definite: true },
      { kind: "display", text: "released l" },
    ]);
  });

  it.each([
    acquire(A, 1, ""),
    acquire(A, 1, "a\nb"),
    acquire(A, 1, "x".repeat(65)),
    acquire(A, 1, "l", 0),
    acquire(A, 1, "l", MAX_LEASE_MS + 1),
  ])("is not had by %o", (operation) => {
    const { store, answers } = applied(operation);
    expect(answers.map(gist)).toEqual([{ kind: "error", code: "malformed", definite: true }]);
    expect(store.locks()).toEqual([]);
  });

  it("is refused where there are too many, and where too many wait", () => {
    const many = Array.from({ length: MAX_LOCKS + 1 }, (_, i) => acquire(A, i + 1, `l${i}`));
    const { store, answers } = applied(...many);
    expect(store.locks()).toHaveLength(MAX_LOCKS);
    expect(answers.slice(-1).map(gist)).toEqual([{ kind: "error", code: "full", definite: true }]);
    const crowd = applied(...Array.from({ length: MAX_LOCK_WAITING + 2 }, (_, i) => acquire(A, i + 1)));
    expect(crowd.store.lock("l")?.waiting).toHaveLength(MAX_LOCK_WAITING);
    expect(crowd.answers.slice(-1).map(gist)).toEqual([{ kind: "error", code: "full", definite: true }]);
  });

  it("is shown", () => {
    const { store } = applied(acquire(A), acquire(B), acquire(C, 1, "m"));
    expect(store.view().locks).toEqual({
      count: 2,
      held: [
        { name: "l", holder: { owner: A, ticket: 1, token: 1, renewals: 0, leaseMs: 9000 }, waiting: 1 },
        { name: "m", holder: { owner: C, ticket: 1, token: 3, renewals: 0, leaseMs: 9000 }, waiting: 0 },
      ],
    });
  });
});

/** The rules once more, as plainly as can be: a list of claims for each lock, the first of which holds it. */
class Model {
  readonly #claims = new Map<string, { owner: PeerId; ticket: number; token: number; renewals: number }[]>();

  apply(operation: LockOperation, index: number): void {
    const claims = this.#claims.get(operation.name) ?? [];
    const first = claims[0];
    let left = claims;
    if (operation.kind === "acquire-lock") {
      const { owner, ticket } = operation;
      const isThere = claims.some((each) => each.owner === owner && each.ticket === ticket);
      if (!isThere) left = [...claims, { owner, ticket, token: 0, renewals: 0 }];
    } else if (operation.kind === "release-lock") {
      left = claims.filter(({ owner, ticket }) => owner !== operation.owner || ticket !== operation.ticket);
    } else if (operation.kind === "renew-lock") {
      if (first?.token === operation.token) first.renewals += 1;
    } else if (first?.token === operation.token && first.renewals === operation.renewals) {
      left = claims.filter(({ owner }) => owner !== first.owner);
    }
    if (left[0] !== undefined && left[0] !== first) left[0].token = index;
    this.#claims.set(operation.name, left);
  }

  short(name: string): string {
    const [first, ...rest] = this.#claims.get(name) ?? [];
    if (first === undefined) return "free";
    const { owner, ticket, token, renewals } = first;
    const others = rest.map((each) => `${each.owner.slice(-1)}${each.ticket}`);
    return [`${owner.slice(-1)}${ticket}@${token}+${renewals}`, ...others].join(" ");
  }
}

const name = fc.constantFrom("l", "m");
const owner = fc.constantFrom(A, B, C);
const few = fc.integer({ min: 1, max: 3 });
const operation: fc.Arbitrary<LockOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(owner, few, name).map(([by, ticket, of]) => acquire(by, ticket, of)) },
  { weight: 2, arbitrary: fc.tuple(owner, few, name).map(([by, ticket, of]) => release(by, ticket, of)) },
  fc.tuple(fc.integer({ min: 1, max: 30 }), name).map(([token, of]) => renew(token, of)),
  fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(2), name).map(([token, count, of]) => expire(token, count, of)),
);

describe("whatever is asked of locks", () => {
  const operations = fc.array(operation, { maxLength: 40, size: "max" });

  it("they are as the rules say, and the tokens of one only grow", () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new Store();
        const model = new Model();
        const tokens = new Map<string, number>();
        for (const [i, each] of all.entries()) {
          store.apply(commandOf(each), i + 1);
          model.apply(each, i + 1);
          expect(["l", "m"].map((of) => short(store.lock(of)))).toEqual(["l", "m"].map((of) => model.short(of)));
          for (const { name: of, holder } of store.locks()) {
            expect(holder.token).toBeGreaterThanOrEqual(tokens.get(of) ?? 0);
            tokens.set(of, holder.token);
          }
        }
      }),
    );
  });

  it("a snapshot holds them, and nothing is different on what was restored from it", () => {
    fc.assert(
      fc.property(operations, operations, (before, behind) => {
        const { store } = applied(...before);
        const other = new Store();
        expect(other.restore(store.snapshot())).toBe(true);
        expect(other.locks()).toEqual(store.locks());
        for (const [i, each] of behind.entries()) {
          const index = before.length + i + 1;
          expect(other.apply(commandOf(each), index)).toEqual(store.apply(commandOf(each), index));
        }
        expect(other.snapshot()).toEqual(store.snapshot());
      }),
    );
  });
});

describe("a snapshot", () => {
  it("without locks is as it was before there were any, and puts an end to those that there are", () => {
    const store = new Store();
    store.apply(commandOf(create("f")), 1);
    const before = store.snapshot();
    expect(before[0]).toBe(1);
    store.apply(commandOf(acquire(A)), 2);
    expect(store.snapshot()[0]).toBe(2);
    expect(store.restore(before)).toBe(true);
    expect(store.locks()).toEqual([]);
    expect(store.snapshot()).toEqual(before);
  });

  it.each([
    ["no lock, where it says that there are some", () => [0, 0]],
    ["a name twice", (row: Buffer) => [0, 2, ...row, ...row]],
    ["more than there may be", (row: Buffer) => [1, 1, ...row]],
    ["bytes behind the last", (row: Buffer) => [0, 1, ...row, 0]],
  ])("with %s is none", (_what, locks) => {
    const empty = new Store().snapshot();
    const row = Buffer.from(
      applied(acquire(A))
        .store.snapshot()
        .subarray(empty.length + 2),
    );
    expect(new Store().restore(Buffer.from([2, ...empty.subarray(1), 0, 1, ...row]))).toBe(true);
    expect(new Store().restore(Buffer.from([2, ...empty.subarray(1), ...locks(row)]))).toBe(false);
  });
});
