import { describe, expect, test } from "vitest";
import type { Request } from "../../../src/core/request.ts";
import { A, Bench, create, display, error, LIST, OPEN, once, PING } from "./bench.ts";

/** A peer that leads, with one client on connection 2. */
function leading(options = {}): Bench {
  const bench = new Bench(options);
  bench.connect(2, 4);
  bench.lead();
  return bench;
}

describe("what a client is answered", () => {
  test("is in the order of its requests, whatever is known first", () => {
    const bench = leading();
    bench.ask(2, PING, create("x"), PING, LIST, { kind: "unknown" }, { kind: "malformed", reason: "no JSON" });
    expect(bench.told(2)).toEqual([{ kind: "pong", text: A }]);
    bench.confirm();
    expect(bench.told(2)).toEqual([]);
    bench.deliver();
    expect(bench.told(2)).toEqual([
      display("x at 1"),
      { kind: "pong", text: A },
      display("x"),
      { kind: "unknown" },
      { kind: "error", code: "malformed", message: "no JSON", definite: true },
    ]);
  });

  test("says nothing of other connections", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.ask(4, PING);
    expect([bench.told(2), bench.told(4)]).toEqual([[], [{ kind: "pong", text: A }]]);
  });

  test("comes in one go for all of a step", () => {
    const bench = leading();
    bench.ask(2, create("x"), create("y"));
    const before = bench.answers.get(2)?.length ?? 0;
    bench.deliver();
    expect(before).toBe(0);
    expect(bench.told(2)).toEqual([display("x at 1"), display("y at 2")]);
  });
});

describe("what is put into the order", () => {
  test("all changes of a step together, those of several clients too, and each with what its proposer decides", () => {
    const bench = leading();
    const asked = [
      { session: 2, requests: [create("x"), LIST, create("y")] },
      { session: 4, requests: [create("z")] },
    ];
    bench.command({ kind: "asked", asked });
    expect(bench.proposals).toEqual([["x", "y", "z"]]);
    bench.deliver();
    expect(bench.told(4)).toEqual([display("z at 3")]);
  });

  test("later changes do not wait for earlier ones", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.ask(2, create("y"));
    expect(bench.proposals).toEqual([["x"], ["y"]]);
  });

  test("one read for all queries of a step; those that come meanwhile have the next one", () => {
    const bench = leading();
    bench.ask(2, LIST, LIST);
    bench.ask(4, LIST);
    expect(bench.ordered.map(({ kind }) => kind)).toEqual(["read"]);
    bench.confirm();
    expect(bench.told(2)).toHaveLength(2);
    expect(bench.told(4)).toEqual([]);
    expect(bench.ordered.map(({ kind }) => kind)).toEqual(["read", "read"]);
    bench.confirm();
    expect(bench.told(4)).toHaveLength(1);
  });

  test("a query waits until all up to the order's index is applied", () => {
    const bench = leading();
    bench.ask(2, create("x"), create("y"));
    bench.ask(4, LIST);
    bench.confirm(2);
    bench.deliver(1);
    expect(bench.told(4)).toEqual([]);
    bench.deliver();
    expect(bench.told(4)).toEqual([display("x y")]);
  });

  test("a command that would be too large is refused, and the others of its step are not", () => {
    const bench = leading();
    const large: Request = {
      kind: "atomic",
      operations: new Array(5).fill({ kind: "append", name: "f", data: "x".repeat(60_000) }),
    };
    bench.ask(2, create("x"), large, create("y"));
    bench.deliver();
    expect(bench.told(2)).toMatchObject([display("x at 1"), error("too-large", true), display("y at 2")]);
  });
});

describe("a client's reads see its own changes", () => {
  test("in a pipeline, though the order says that it may answer at once", () => {
    const bench = leading();
    bench.ask(2, create("x"), LIST);
    bench.confirm(0);
    expect(bench.told(2)).toEqual([]);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1"), display("x")]);
  });

  test("but they do not wait for changes that it asks for behind them", () => {
    const bench = leading();
    bench.ask(2, LIST, create("x"));
    bench.confirm(0);
    expect(bench.told(2)).toEqual([display("")]);
  });

  test("nor for those of other clients", () => {
    const bench = leading();
    bench.ask(4, create("x"));
    bench.ask(2, LIST);
    bench.confirm(0);
    expect(bench.told(2)).toEqual([display("")]);
  });
});

describe("sessions", () => {
  test("one is opened and used in one go", () => {
    const bench = leading();
    bench.ask(2, OPEN, once(1, create("x")), PING);
    bench.deliver();
    expect(bench.told(2)).toEqual([{ kind: "session", session: 1 }]);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 2"), { kind: "pong", text: A }]);
  });

  test("what is said while one is being opened keeps its order, however it comes", () => {
    const bench = leading();
    bench.ask(2, OPEN);
    bench.ask(2, create("x"), OPEN, once(1, create("y")));
    bench.ask(2, create("z"));
    for (let i = 0; i < 4; i++) bench.deliver();
    expect(bench.told(2)).toEqual([
      { kind: "session", session: 1 },
      display("x at 2"),
      { kind: "session", session: 3 },
      display("y at 4"),
      display("z at 5"),
    ]);
  });

  test("one is resumed on another connection, and a request that is said again is done once", () => {
    const bench = leading();
    bench.ask(2, OPEN, once(7, create("x")));
    bench.deliver();
    bench.deliver();
    bench.hangUp(2);
    bench.connect(6);
    bench.ask(6, { kind: "resume-session", session: 1 }, once(7, create("x")));
    bench.confirm();
    bench.deliver();
    expect(bench.told(6)).toEqual([{ kind: "session", session: 1 }, display("x at 2")]);
    expect(bench.store.applied).toEqual(["x"]);
  });

  test("without one nothing is done once", () => {
    const bench = leading();
    bench.ask(2, once(1, create("x")));
    expect(bench.told(2)).toMatchObject([error("no-session", true)]);
    expect(bench.ordered).toEqual([]);
  });

  test("a session that could not be opened is none: what was said behind it is refused", () => {
    const bench = leading();
    bench.lose();
    bench.ask(2, OPEN, once(1, create("x")), PING);
    bench.wait(1_000);
    expect(bench.told(2)).toMatchObject([error("no-leader", true), error("no-session", true), { kind: "pong" }]);
    expect(bench.view.open).toBe(0);
  });

  test("a read in a session does not go through the order", () => {
    const bench = leading();
    bench.ask(2, OPEN);
    bench.deliver();
    bench.ask(2, once(1, LIST));
    expect(bench.ordered.map(({ kind }) => kind)).toEqual(["propose", "read"]);
    bench.confirm();
    expect(bench.told(2).at(-1)).toEqual(display(""));
  });
});

describe("the end of a connection", () => {
  test("goodbye closes it after the last answer", () => {
    const bench = leading();
    bench.ask(2, create("x"), { kind: "exit" });
    expect(bench.closed).toEqual([]);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1"), display("goodbye")]);
    expect(bench.closed).toEqual([2]);
    expect(bench.view.clients).toBe(1);
  });

  test("what is said behind a goodbye is not done", () => {
    const bench = leading();
    bench.ask(2, { kind: "exit" }, create("x"));
    bench.ask(2, create("y"));
    expect(bench.told(2)).toEqual([display("goodbye")]);
    expect(bench.ordered).toEqual([]);
  });

  test("a goodbye behind a session that is being opened waits for it", () => {
    const bench = leading();
    bench.ask(2, OPEN, { kind: "exit" });
    expect(bench.closed).toEqual([]);
    bench.deliver();
    expect(bench.closed).toEqual([2]);
  });

  test("whoever is gone is answered nothing, and leaves nothing behind", () => {
    const bench = leading();
    bench.ask(2, create("x"), LIST, OPEN, once(1, create("y")));
    bench.hangUp(2);
    expect(bench.view).toMatchObject({ clients: 1, open: 3 });
    bench.confirm();
    bench.deliver();
    expect(bench.told(2)).toEqual([]);
    expect(bench.view).toMatchObject({ open: 0, waiting: 0 });
    expect(bench.service.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("what is asked on a connection that is not there is nobody's", () => {
    const bench = leading();
    bench.ask(8, create("x"));
    expect(bench.ordered).toEqual([]);
  });
});

describe("what others than clients ask", () => {
  test("a person at this peer is answered by an event", () => {
    const bench = leading();
    bench.command({ kind: "submit", request: create("x") });
    bench.command({ kind: "submit", request: LIST });
    bench.confirm(0);
    expect(bench.events).toEqual([]);
    bench.deliver();
    expect(bench.events).toEqual([
      { kind: "request-answered", request: create("x"), answer: display("x at 1") },
      { kind: "request-answered", request: LIST, answer: display("x") },
    ]);
  });

  test("the order gets the snapshot that it wants, of what is applied", () => {
    const bench = leading();
    bench.ask(2, create("x"), create("y"));
    bench.deliver(1);
    bench.order({ kind: "snapshot-wanted" });
    expect(bench.ordered.at(-1)).toEqual({ kind: "compact", index: 1, snapshot: Buffer.from("x") });
  });

  test("a snapshot takes the place of the state; one that makes no sense stops the peer", () => {
    const bench = new Bench();
    bench.order({ kind: "snapshot-installed", index: 9, snapshot: Buffer.from("a b") });
    expect(bench.store.applied).toEqual(["a", "b"]);
    expect(bench.view.appliedIndex).toBe(9);
    const nonsense = Buffer.from("nonsense");
    expect(() => bench.order({ kind: "snapshot-installed", index: 10, snapshot: nonsense })).toThrow(/upgrade/);
  });

  test("what the order has forgotten is forgotten", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.deliver();
    bench.ask(2, create("y"));
    bench.order({ kind: "order-forgotten" });
    expect(bench.store.applied).toEqual([]);
    expect(bench.view.appliedIndex).toBe(0);
    expect(bench.told(2)).toMatchObject([display("x at 1"), error("leader-lost", false)]);
  });

  test("an entry that is no command changes nothing", () => {
    const bench = leading();
    bench.order({ kind: "delivered", entries: [{ index: 1, term: 1, command: Uint8Array.of(255, 1) }] });
    expect(bench.store.applied).toEqual([]);
    expect(bench.view.appliedIndex).toBe(1);
  });
});
