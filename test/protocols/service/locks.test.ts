import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import type { LockOperation, Request } from "../../../src/core/request.ts";
import { MAX_CONNECTION_LOCKS } from "../../../src/protocols/service/client-locks.ts";
import { Bench, create, display, error, PING } from "./bench.ts";

const lock = (name: string): Request => ({ kind: "lock", name });
const unlock = (name: string): Request => ({ kind: "unlock", name });
const locked = (name: string, token: number) => ({ kind: "locked", name, token });

/** A peer that leads, with clients on connections 2 and 4. */
function leading(): Bench {
  const bench = new Bench();
  bench.connect(2, 4);
  bench.lead();
  return bench;
}

/** What was told of tickets, in short: `+1 l` and `-1 l`. */
function tickets(bench: Bench): readonly string[] {
  return bench.events.flatMap((event) => {
    if (event.kind === "lock-wanted") return [`+${event.ticket} ${event.name}`];
    return event.kind === "unlock-wanted" ? [`-${event.ticket} ${event.name}`] : [];
  });
}

describe("a client that asks for a lock", () => {
  test("is answered when it is held, however long that takes", () => {
    const bench = leading();
    bench.ask(2, lock("l"));
    expect(tickets(bench)).toEqual(["+1 l"]);
    bench.wait(1_000_000);
    expect(bench.told(2)).toEqual([]);
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    expect(bench.told(2)).toEqual([locked("l", 17)]);
  });

  test("is told why it cannot be had", () => {
    const bench = leading();
    bench.ask(2, lock("l"), PING);
    bench.command({ kind: "refused", ticket: 1, name: "l", code: "full", because: "256 wait" });
    expect(bench.told(2)).toMatchObject([error("full", true), { kind: "pong" }]);
    bench.ask(2, lock("l"));
    expect(tickets(bench)).toEqual(["+1 l", "+2 l"]);
  });

  test("is heard further when it holds it: what stands behind is done under the lock", () => {
    const bench = leading();
    bench.ask(2, lock("l"), create("x"), unlock("l"), PING);
    expect(bench.proposals).toEqual([]);
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    expect(bench.proposals).toEqual([["x"]]);
    expect(tickets(bench)).toEqual(["+1 l"]);
    bench.deliver();
    expect(tickets(bench)).toEqual(["+1 l", "-1 l"]);
    expect(bench.told(2)).toEqual([
      locked("l", 17),
      display("x at 1"),
      display("unlocked l"),
      { kind: "pong", text: expect.any(String) },
    ]);
  });

  test("may ask for the next behind the unlock", () => {
    const bench = leading();
    bench.ask(2, lock("l"), unlock("l"), lock("l"));
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    expect(tickets(bench)).toEqual(["+1 l", "-1 l", "+2 l"]);
    bench.command({ kind: "granted", ticket: 2, name: "l", token: 18 });
    expect(bench.told(2)).toEqual([locked("l", 17), display("unlocked l"), locked("l", 18)]);
  });

  test("does not hold up others", () => {
    const bench = leading();
    bench.ask(2, lock("l"));
    bench.ask(4, PING, lock("l"));
    expect(bench.told(4)).toHaveLength(1);
    expect(tickets(bench)).toEqual(["+1 l", "+2 l"]);
  });

  test("holds it once, and no more locks than a connection may", () => {
    const bench = leading();
    const names = Array.from({ length: MAX_CONNECTION_LOCKS }, (_, i) => `l${i}`);
    for (const [i, name] of names.entries()) {
      bench.ask(2, lock(name));
      bench.command({ kind: "granted", ticket: i + 1, name, token: i + 1 });
    }
    expect(bench.told(2)).toHaveLength(names.length);
    bench.ask(2, lock("l0"), lock("one more"), unlock("another"));
    expect(bench.told(2)).toMatchObject([error("exists", true), error("full", true), error("not-found", true)]);
  });
});

describe("a client that goes", () => {
  test.each([
    ["while it waits", []],
    ["while it holds it", [17]],
  ])("lets the lock go, %s", (_what, tokens) => {
    const bench = leading();
    bench.ask(2, lock("l"));
    for (const token of tokens) bench.command({ kind: "granted", ticket: 1, name: "l", token });
    bench.hangUp(2);
    expect(tickets(bench)).toEqual(["+1 l", "-1 l"]);
  });

  test("and has it a moment later lets it go again", () => {
    const bench = leading();
    bench.ask(2, lock("l"));
    bench.hangUp(2);
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    expect(tickets(bench)).toEqual(["+1 l", "-1 l", "-1 l"]);
  });

  test("with a goodbye lets it go when all that it asked is answered", () => {
    const bench = leading();
    bench.ask(2, lock("l"), create("x"), { kind: "exit" });
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    expect(tickets(bench)).toEqual(["+1 l"]);
    bench.deliver();
    expect(tickets(bench)).toEqual(["+1 l", "-1 l"]);
    expect(bench.closed).toEqual([2]);
  });
});

describe("a client that loses a lock", () => {
  test("is told so and disconnected, and its other locks are let go", () => {
    const bench = leading();
    bench.ask(2, lock("l"), lock("m"), create("x"));
    bench.command({ kind: "granted", ticket: 1, name: "l", token: 17 });
    bench.command({ kind: "granted", ticket: 2, name: "m", token: 18 });
    bench.command({ kind: "revoked", ticket: 1, name: "l", because: "its lease has expired" });
    const told = bench.told(2);
    expect(told).toHaveLength(3);
    expect(told.at(-1)).toEqual({
      kind: "error",
      code: "lock-lost",
      message: "the lock l is lost: its lease has expired",
      definite: false,
    });
    expect(bench.closed).toEqual([2]);
    expect(tickets(bench)).toEqual(["+1 l", "+2 m", "-2 m"]);
    // What becomes of the rest nobody hears.
    bench.deliver();
    expect(bench.told(2)).toEqual([]);
  });

  test("and is gone already is told nothing", () => {
    const bench = leading();
    bench.command({ kind: "revoked", ticket: 9, name: "l", because: "its lease has expired" });
    expect(bench.closed).toEqual([]);
  });
});

describe("locks in the order", () => {
  const owner = "000000000000000a" as PeerId;
  const acquire: LockOperation = { kind: "acquire-lock", name: "l", owner, ticket: 3, leaseMs: 9000 };
  const holder = { owner, ticket: 3, token: 1, renewals: 0, leaseMs: 9000 };
  const row = { name: "l", holder, waiting: [] };
  const theirs = { ...row, holder: { ...holder, owner: "000000000000000b" as PeerId } };

  test("are asked for by the peer itself, which alone is told what became of it", () => {
    const bench = leading();
    bench.command({ kind: "submit-own", request: acquire });
    bench.deliver();
    const answer = { kind: "display", text: "l at 1" };
    expect(bench.events).toContainEqual({ kind: "own-answered", request: acquire, answer });
    expect(bench.events.map(({ kind }) => kind)).not.toContain("request-answered");
  });

  test("are told as they stand, once for all that was applied together", () => {
    const bench = leading();
    bench.store.rows.set("l", row);
    bench.command({ kind: "submit-own", request: acquire });
    bench.command({ kind: "submit-own", request: { kind: "release-lock", name: "m", owner, ticket: 3 } });
    bench.deliver();
    const told = bench.events.filter(({ kind }) => kind === "locks-changed");
    const changes = [
      { name: "l", row },
      { name: "m", row: null },
    ];
    expect(told).toEqual([{ kind: "locks-changed", all: false, changes }]);
  });

  test.each([
    ["another peer holds one then, the others are told of it at once", theirs, [{ kind: "tell" }]],
    ["this peer holds one then, nobody else is in a hurry", row, []],
    ["nobody holds one then, nobody is in a hurry", null, []],
  ])("where %s", (_where, now, wanted) => {
    const bench = leading();
    if (now !== null) bench.store.rows.set("l", now);
    bench.command({ kind: "submit-own", request: acquire });
    bench.deliver();
    expect(bench.ordered.filter(({ kind }) => kind === "tell")).toEqual(wanted);
  });

  test("are all told anew when a snapshot takes the place of what was applied", () => {
    const bench = leading();
    bench.store.rows.set("l", row);
    bench.order({ kind: "snapshot-installed", index: 9, snapshot: Buffer.from("x") });
    expect(bench.events).toContainEqual({ kind: "locks-changed", all: true, changes: [{ name: "l", row }] });
  });

  test("an operation whose outcome nobody knows is asked for again, as that does no harm", () => {
    const bench = leading();
    bench.command({ kind: "submit-own", request: acquire });
    const put = bench.log.splice(0);
    bench.lose();
    bench.lead(2);
    // An entry of the new term stands where it stood, so it is in no log.
    bench.order({ kind: "delivered", entries: [{ index: put[0]?.index ?? 1, term: 2, command: null }] });
    expect(bench.proposals).toEqual([["l"], ["l"]]);
    expect(bench.events).toEqual([]);
  });
});
