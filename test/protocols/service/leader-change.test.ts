import { describe, expect, test } from "vitest";
import { MAX_OPEN_TEXT } from "../../../src/protocols/service/service.ts";
import { B, Bench, C, create, display, error, LIST, OPEN, once, PING, TIMEOUT_MS } from "./bench.ts";

function leading(options = {}): Bench {
  const bench = new Bench(options);
  bench.connect(2, 4);
  bench.lead();
  return bench;
}

/** A peer that follows B, whose client on connection 2 has session 44. */
function following(): Bench {
  const bench = new Bench();
  bench.connect(2, 4);
  bench.follow(B);
  bench.ask(2, OPEN);
  const [{ number } = { number: 0 }] = bench.forwardedTo(B);
  bench.receive(B, { kind: "answered", answers: [{ number, answer: { kind: "session", session: 44 } }] });
  bench.told(2);
  return bench;
}

describe("a leader that is deposed", () => {
  test("knows the outcome of a change when its place is decided: it happened", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.lose();
    bench.follow(B);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1")]);
  });

  test("tries a change again that another entry has superseded: it definitely did not happen", () => {
    const bench = leading();
    bench.ask(2, create("x"), create("y"));
    bench.lose();
    bench.follow(B);
    bench.overwrite(2, 1);
    bench.deliver();
    expect(bench.told(2)).toEqual([]);
    // Terms never fall along a log: what stood behind it is in none either.
    expect(bench.forwardedTo(B)).toMatchObject([
      { request: create("x"), once: null },
      { request: create("y"), once: null },
    ]);
  });

  test("does not give up what stands behind an entry of its own term, or an earlier one", () => {
    const bench = leading();
    bench.term = 2;
    bench.ask(2, create("x"), create("y"));
    bench.lose();
    bench.follow(B);
    bench.deliver(1);
    expect(bench.forwardedTo(B)).toEqual([]);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1"), display("y at 2")]);
  });

  test("tries it again itself when it leads again", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.lose();
    bench.overwrite(2, 1);
    bench.deliver();
    bench.lead(3);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 2")]);
  });

  test("cannot tell what became of one that a snapshot stands for, unless it is one of a session", () => {
    const bench = leading();
    bench.ask(2, OPEN);
    bench.deliver();
    bench.ask(2, once(1, create("x")), create("y"));
    bench.lose();
    bench.order({ kind: "snapshot-installed", index: 9, snapshot: Buffer.from("x") });
    bench.follow(B);
    expect(bench.forwardedTo(B)).toMatchObject([{ request: create("x"), once: { session: 1, sequence: 1 } }]);
    expect(bench.answers.get(2)).toEqual([{ kind: "session", session: 1 }]);
    bench.wait(TIMEOUT_MS);
    expect(bench.told(2).slice(1)).toMatchObject([error("timed-out", false), error("leader-lost", false)]);
  });

  test("nor of one in whose place in the log it puts another itself", () => {
    const bench = leading();
    bench.ask(2, create("x"), create("y"));
    bench.lose();
    // A snapshot that ends before the second has cut it.
    bench.order({ kind: "snapshot-installed", index: 1, snapshot: Buffer.from("z") });
    expect(bench.told(2)).toMatchObject([error("leader-lost", false)]);
    bench.log = [];
    bench.delivered = 1;
    bench.lead(3);
    bench.ask(4, create("w"));
    expect(bench.told(2)).toMatchObject([error("leader-lost", false)]);
    bench.deliver();
    expect(bench.told(4)).toEqual([display("w at 2")]);
    expect(bench.view.open).toBe(0);
  });

  test("asks the next leader what it was asked to read", () => {
    const bench = leading();
    bench.ask(2, LIST);
    bench.lose();
    bench.follow(B);
    expect(bench.forwardedTo(B)).toMatchObject([{ request: LIST }]);
  });

  test("does not answer a read before the change of that client is done where it has gone", () => {
    const bench = leading();
    bench.ask(2, OPEN);
    bench.deliver();
    bench.ask(2, once(1, create("x")), LIST);
    bench.confirm(0);
    bench.lose();
    bench.follow(B);
    bench.overwrite(2, 1);
    bench.deliver();
    bench.wait(50);
    const [change, query, ...more] = bench.forwardedTo(B);
    expect([change?.request, query?.request, more]).toEqual([create("x"), LIST, []]);
  });

  test("sends no read ahead to another leader while the change before it is still open here", () => {
    const bench = leading();
    bench.ask(2, create("x"), LIST);
    bench.lose();
    bench.follow(B);
    bench.wait(200);
    expect(bench.forwardedTo(B)).toEqual([]);
    bench.deliver();
    bench.wait(50);
    expect(bench.forwardedTo(B)).toMatchObject([{ request: LIST }]);
  });

  test("waits while it hands over, and goes on where that failed", () => {
    const bench = leading();
    bench.term = null;
    bench.ask(2, create("x"), LIST);
    expect(bench.view.waiting).toBe(2);
    bench.term = 1;
    bench.wait(50);
    bench.confirm(0);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1"), display("x")]);
  });
});

describe("a follower whose leader is lost", () => {
  test("says of a change outside of a session that it may have happened", () => {
    const bench = following();
    bench.ask(4, create("x"));
    bench.link(B, false);
    expect(bench.told(4)).toMatchObject([error("leader-lost", false)]);
    expect(bench.view.open).toBe(0);
  });

  test("does all else again at the next one: changes of a session, reads, and the opening of a session", () => {
    const bench = following();
    bench.ask(2, once(1, create("x")), LIST);
    bench.ask(4, OPEN);
    const first = bench.forwardedTo(B).map(({ number }) => number);
    bench.link(B, false);
    expect(bench.told(2)).toEqual([]);
    bench.follow(C);
    const again = bench.forwardedTo(C);
    expect(again.map(({ request, once }) => [request, once])).toEqual([
      [create("x"), { session: 44, sequence: 1 }],
      [OPEN, null],
      [LIST, null],
    ]);
    for (const { number } of again) expect(first).not.toContain(number);
  });

  test("sends what was not sent yet, as that definitely did not happen", () => {
    const bench = following();
    bench.lose();
    bench.ask(4, create("x"));
    bench.link(B, false);
    bench.follow(C);
    expect(bench.forwardedTo(C)).toMatchObject([{ request: create("x") }]);
  });

  test("asks another leader at once where the old one only stands still, its link unbroken", () => {
    const bench = following();
    bench.ask(2, once(1, create("x")), LIST);
    bench.ask(4, create("y"));
    const old = bench.forwardedTo(B);
    bench.follow(C);
    expect(bench.forwardedTo(C).map(({ request }) => request)).toEqual([create("x"), LIST]);
    // What is heard of it later counts no more, but for what was not asked again.
    const answers = old.map(({ number, request }) => ({
      number,
      answer: display("name" in request ? request.name : request.kind),
    }));
    bench.receive(B, { kind: "answered", answers });
    expect(bench.told(2)).toEqual([]);
    expect(bench.told(4)).toEqual([display("y")]);
  });

  test("that it was turned away the second time says nothing of the first", () => {
    const bench = following();
    bench.ask(2, once(1, create("x")));
    bench.link(B, false);
    bench.follow(C);
    const [{ number } = { number: 0 }] = bench.forwardedTo(C);
    const answer = { kind: "error", code: "busy", message: "", definite: true } as const;
    bench.receive(C, { kind: "answered", answers: [{ number, answer }] });
    expect(bench.told(2)).toMatchObject([error("busy", false)]);
  });

  test("what was said on a link that another took the place of may be lost: it is asked again at once", () => {
    const bench = following();
    bench.ask(2, once(1, create("x")), LIST);
    bench.ask(4, create("y"));
    const old = bench.forwardedTo(B).map(({ number }) => number);
    bench.command({ kind: "relinked", peer: B });
    expect(bench.told(4)).toMatchObject([error("leader-lost", false)]);
    const again = bench.forwardedTo(B);
    expect(again.map(({ request }) => request)).toEqual([create("x"), LIST]);
    for (const { number } of again) expect(old).not.toContain(number);
  });
});

describe("deadlines", () => {
  test("where nobody leads a request definitely did not happen", () => {
    const bench = new Bench();
    bench.connect(2);
    bench.ask(2, create("x"), LIST);
    bench.wait(TIMEOUT_MS - 1);
    expect(bench.told(2)).toEqual([]);
    bench.wait(1);
    expect(bench.told(2)).toMatchObject([error("no-leader", true), error("no-leader", true)]);
    expect(bench.view).toMatchObject({ open: 0, waiting: 0, failed: 2 });
    bench.lead();
    expect(bench.ordered).toEqual([]);
  });

  test("where a leader is known, and cannot be reached, it definitely did not happen either", () => {
    const bench = new Bench();
    bench.connect(2);
    bench.command({ kind: "leader", leader: B });
    bench.ask(2, create("x"));
    bench.wait(TIMEOUT_MS);
    expect(bench.told(2)).toMatchObject([error("timed-out", true)]);
  });

  test("a change that is in the order, or was sent on, may have happened; a read did not", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.ask(4, LIST);
    bench.wait(TIMEOUT_MS);
    expect(bench.told(2)).toMatchObject([error("timed-out", false)]);
    expect(bench.told(4)).toMatchObject([error("timed-out", true)]);
    const follower = following();
    follower.ask(4, create("x"));
    follower.wait(TIMEOUT_MS);
    expect(follower.told(4)).toMatchObject([error("timed-out", false)]);
    expect(follower.view.open).toBe(0);
  });

  test("each request has its own, and what comes too late changes nothing", () => {
    const bench = leading();
    bench.ask(2, create("x"));
    bench.wait(600);
    bench.ask(2, create("y"));
    bench.wait(400);
    expect(bench.told(2)).toMatchObject([error("timed-out", false)]);
    expect(bench.service.deadline).toBe(bench.now + 600);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("y at 2")]);
    expect(bench.store.applied).toEqual(["x", "y"]);
    expect(bench.service.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("what is past its deadline is not sent when a leader comes", () => {
    const bench = new Bench();
    bench.connect(2);
    bench.ask(2, create("x"));
    bench.wait(500);
    bench.ask(2, create("y"));
    bench.wait(500);
    bench.follow(B);
    expect(bench.forwardedTo(B)).toMatchObject([{ request: create("y") }]);
  });
});

describe("limits", () => {
  test("more than maxOpen requests are refused, definitely, until some are done", () => {
    const bench = leading({ maxOpen: 2 });
    bench.ask(2, create("x"), create("y"), create("z"), PING);
    bench.deliver();
    expect(bench.told(2)).toMatchObject([display("x at 1"), display("y at 2"), error("busy", true), { kind: "pong" }]);
    bench.ask(2, create("z"));
    bench.deliver();
    expect(bench.told(2)).toEqual([display("z at 3")]);
  });

  test("requests with more text together than may be are refused, though they are few", () => {
    const bench = new Bench({ maxOpen: 65_536 });
    bench.connect(2);
    const large = { kind: "append", name: "f", data: "x".repeat(65_535) } as const;
    bench.ask(2, ...new Array(MAX_OPEN_TEXT / 65_536).fill(large), create("y"));
    bench.hangUp(2);
    bench.connect(4);
    bench.ask(4, create("x"));
    expect(bench.told(4)).toMatchObject([error("busy", true)]);
    bench.wait(TIMEOUT_MS);
    bench.ask(4, create("x"));
    expect(bench.told(4)).toEqual([]);
  });

  test("what the order has no room for is refused, definitely", () => {
    const bench = leading();
    bench.isBusy = true;
    bench.ask(2, create("x"), LIST);
    expect(bench.told(2)).toMatchObject([error("busy", true), error("busy", true)]);
    bench.isBusy = false;
    bench.ask(2, create("x"));
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1")]);
  });

  test("unless an attempt before it may have done it", () => {
    const bench = following();
    bench.ask(2, once(1, create("x")));
    bench.link(B, false);
    bench.isBusy = true;
    bench.lead(2);
    expect(bench.told(2)).toMatchObject([error("busy", false)]);
  });
});
