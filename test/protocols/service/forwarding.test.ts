import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/core/request.ts";
import { MAX_BATCH, serviceMessage } from "../../../src/protocols/service/message.ts";
import { WINDOW } from "../../../src/protocols/service/window.ts";
import { encode } from "../../../src/wire/codec.ts";
import {
  A,
  B,
  Bench,
  C,
  create,
  display,
  error,
  type Forward,
  LIST,
  type Message,
  OPEN,
  once,
  PING,
  TIMEOUT_MS,
} from "./bench.ts";

/** A peer that follows B, with one client on connection 2. */
function following(options = {}): Bench {
  const bench = new Bench(options);
  bench.connect(2, 4);
  bench.follow(B);
  return bench;
}

/** The leader answers all that was sent on to it. */
function answerAll(bench: Bench, from = B, answer?: (name: string) => Answer): void {
  const answers = bench.forwardedTo(from).map(({ number, request }) => {
    const name = "name" in request ? request.name : request.kind;
    return { number, answer: answer?.(name) ?? display(`${name} done`) };
  });
  bench.receive(from, { kind: "answered", answers });
}

const NO_LEADER: Answer = { kind: "error", code: "no-leader", message: "", definite: true };

/** B takes what comes until nothing more does. */
function takeAll(bench: Bench): Message[] {
  const all: Message[] = [];
  for (let messages = bench.sentTo(B); messages.length > 0; messages = bench.sentTo(B)) {
    all.push(...messages);
    bench.receive(B, { kind: "taken", units: WINDOW });
  }
  return all;
}

/** A request as another peer sends it on. */
function forward(changes: readonly string[], queries = 0): Forward {
  return {
    kind: "forward",
    changes: changes.map((name, i) => ({ number: i + 1, once: null, operation: create(name) })),
    queries: Array.from({ length: queries }, (_, i) => ({ number: 100 + i, query: LIST })),
  };
}

describe("a follower", () => {
  test("sends what clients ask on to the leader, all of a step in one message", () => {
    const bench = following();
    bench.ask(2, create("x"), LIST, PING, create("y"));
    expect(bench.sentTo(B)).toEqual([
      {
        kind: "forward",
        changes: [
          { number: 1, once: null, operation: create("x") },
          { number: 3, once: null, operation: create("y") },
        ],
        queries: [{ number: 2, query: LIST }],
      },
    ]);
    expect(bench.ordered).toEqual([]);
  });

  test("passes the answers on in the order of the requests, in whatever order they come", () => {
    const bench = following();
    bench.ask(2, create("x"), create("y"), PING);
    const [x, y] = bench.forwardedTo(B).map(({ number }) => number);
    bench.receive(B, { kind: "answered", answers: [{ number: y ?? 0, answer: display("y") }] });
    expect(bench.told(2)).toEqual([]);
    bench.receive(B, { kind: "answered", answers: [{ number: x ?? 0, answer: display("x") }] });
    expect(bench.told(2)).toEqual([display("x"), display("y"), { kind: "pong", text: A }]);
  });

  test("takes no answer twice, none to what it never asked, and none of another peer", () => {
    const bench = following();
    bench.ask(2, create("x"));
    const [{ number } = { number: 0 }] = bench.forwardedTo(B);
    bench.receive(C, { kind: "answered", answers: [{ number, answer: display("forged") }] });
    bench.receive(B, { kind: "answered", answers: [{ number: number + 1, answer: display("forged") }] });
    expect(bench.told(2)).toEqual([]);
    const answer = { number, answer: display("x") };
    bench.receive(B, { kind: "answered", answers: [answer, answer] });
    expect(bench.told(2)).toEqual([display("x")]);
    expect(bench.view.open).toBe(0);
  });

  test("sends a session's requests on with their places in it", () => {
    const bench = following();
    bench.ask(2, OPEN, once(5, create("x")));
    answerAll(bench, B, () => ({ kind: "session", session: 44 }));
    expect(bench.forwardedTo(B)).toMatchObject([{ request: create("x"), once: { session: 44, sequence: 5 } }]);
  });

  test("waits for the link to a leader that it only hears of", () => {
    const bench = new Bench();
    bench.connect(2);
    bench.command({ kind: "leader", leader: B });
    bench.ask(2, create("x"));
    expect(bench.sentTo(B)).toEqual([]);
    expect(bench.view.waiting).toBe(1);
    bench.link(B);
    expect(bench.forwardedTo(B)).toMatchObject([{ request: create("x") }]);
    expect(bench.view.waiting).toBe(0);
  });

  test("keeps requests until there is a leader, in their order, and lets nobody overtake them", () => {
    const bench = new Bench();
    bench.connect(2, 4);
    bench.link(B);
    bench.ask(2, create("x"));
    bench.ask(4, create("y"));
    bench.ask(2, LIST);
    bench.follow(B);
    expect(bench.forwardedTo(B).map(({ request }) => request)).toEqual([create("x"), create("y"), LIST]);
  });

  test("asks again soon where it was turned away, and asks at once whoever leads by then", () => {
    const bench = following();
    bench.ask(2, create("x"), LIST);
    answerAll(bench, B, () => NO_LEADER);
    expect(bench.told(2)).toEqual([]);
    expect(bench.sentTo(B)).toEqual([]);
    bench.wait(50);
    expect(bench.forwardedTo(B)).toHaveLength(2);
    answerAll(bench);
    const again = following();
    again.ask(2, create("x"));
    answerAll(again, B, () => NO_LEADER);
    again.follow(C);
    expect(again.forwardedTo(C)).toMatchObject([{ request: create("x") }]);
  });

  test("takes itself for one that may do it when it becomes the leader", () => {
    const bench = following();
    bench.ask(2, create("x"));
    answerAll(bench, B, () => NO_LEADER);
    bench.lead(2);
    bench.deliver();
    expect(bench.told(2)).toEqual([display("x at 1")]);
  });

  test("passes on that the leader is busy, or had no time: it did not happen", () => {
    for (const code of ["busy", "timed-out"] as const) {
      const bench = following();
      bench.ask(2, create("x"));
      answerAll(bench, B, () => ({ kind: "error", code, message: "", definite: true }));
      expect(bench.told(2)).toMatchObject([error(code, true)]);
      expect(bench.view).toMatchObject({ open: 0, failed: 1 });
    }
  });
});

describe("batches", () => {
  test("no message has more than MAX_BATCH requests, or more text than fits", () => {
    const bench = following({ maxOpen: 20_000 });
    const large = { kind: "append", name: "f", data: "\u{ffff}".repeat(20_000) } as const;
    const small = { kind: "write", key: "k", value: "v", time: 0 } as const;
    bench.ask(2, ...new Array(MAX_BATCH + 10).fill(small), ...new Array(40).fill(large));
    const messages = takeAll(bench);
    expect(messages.length).toBeGreaterThan(15);
    for (const message of messages) {
      if (message.kind === "answers") throw new Error("nothing for clients");
      expect(encode(serviceMessage, message).length).toBeLessThan(2 ** 20);
    }
    const sentOn = messages.flatMap((message) => (message.kind === "forward" ? message.changes : []));
    expect(sentOn).toHaveLength(MAX_BATCH + 50);
  });

  test("answers that do not fit one message go in several, in their order", () => {
    const bench = new Bench();
    bench.link(B);
    bench.lead();
    bench.store.applied = ["y".repeat(50_000)];
    bench.receive(B, forward([], 30));
    bench.confirm();
    const messages = takeAll(bench);
    expect(messages.length).toBe(30);
    const numbers = messages.flatMap((message) =>
      message.kind === "answered" ? message.answers.map(({ number }) => number) : [],
    );
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, i) => 100 + i));
  });
});

describe("a leader that others send requests on to", () => {
  function leading(options = {}): Bench {
    const bench = new Bench(options);
    bench.link(B);
    bench.lead();
    return bench;
  }

  test("does them, and sends all answers of a step back in one message", () => {
    const bench = leading();
    bench.receive(B, forward(["x", "y"], 1));
    bench.confirm(0);
    expect(bench.sentTo(B)).toEqual([]);
    bench.deliver();
    expect(bench.sentTo(B)).toEqual([
      {
        kind: "answered",
        answers: [
          { number: 1, answer: display("x at 1") },
          { number: 2, answer: display("y at 2") },
          { number: 100, answer: display("x y") },
        ],
      },
    ]);
  });

  test("does nothing again that a link brings twice, or too late", () => {
    const bench = leading();
    const [first, second] = [forward(["x", "y"], 1), { ...forward([]), queries: [{ number: 500, query: LIST }] }];
    for (const message of [first, first, second, first, second]) bench.receive(B, message);
    expect(bench.proposals).toEqual([["x", "y"]]);
    bench.confirm();
    bench.deliver();
    bench.confirm();
    expect(bench.sentTo(B).flatMap((message) => (message.kind === "answered" ? message.answers : []))).toHaveLength(4);
  });

  test("knows what is new though the numbers go round", () => {
    const bench = leading();
    for (const [i, number] of [2 ** 32 - 2, 2 ** 32 - 1, 0, 1].entries())
      bench.receive(B, { kind: "forward", changes: [{ number, once: null, operation: create(`${i}`) }], queries: [] });
    expect(bench.proposals).toEqual([["0"], ["1"], ["2"], ["3"]]);
  });

  test("turns them away once it leads no more", () => {
    const bench = leading();
    bench.lose();
    bench.receive(B, forward(["x"], 1));
    const [message] = bench.sentTo(B);
    expect(message).toMatchObject({
      answers: [
        { number: 1, answer: error("no-leader", true) },
        { number: 100, answer: error("no-leader", true) },
      ],
    });
    expect(bench.view.open).toBe(0);
  });

  test("turns them away when it has too much to do", () => {
    const bench = leading({ maxOpen: 1 });
    bench.receive(B, forward(["x", "y"]));
    expect(bench.sentTo(B)).toMatchObject([{ answers: [{ number: 2, answer: error("busy", true) }] }]);
  });

  test("answers nothing to what was sent on over another link than the present one", () => {
    for (const end of ["lost", "replaced"] as const) {
      const bench = leading();
      bench.receive(B, forward(["x"], 1));
      if (end === "lost") {
        bench.link(B, false);
        bench.link(B);
      } else bench.command({ kind: "relinked", peer: B });
      bench.receive(B, forward(["y"]));
      bench.confirm();
      bench.deliver(1);
      expect(bench.sentTo(B)).toEqual([]);
      bench.deliver();
      expect(bench.sentTo(B)).toEqual([{ kind: "answered", answers: [{ number: 1, answer: display("y at 2") }] }]);
      expect(bench.view.open).toBe(0);
    }
  });

  test("no answer of its own deadline is late: it is passed on as it is", () => {
    const bench = leading();
    bench.receive(B, forward(["x"]));
    bench.wait(TIMEOUT_MS);
    expect(bench.sentTo(B)).toMatchObject([{ answers: [{ number: 1, answer: error("timed-out", false) }] }]);
  });
});

test("a message of another peer that comes twice is done once", () => {
  const bench = new Bench();
  bench.lead();
  bench.link(B);
  const said = forward(["a", "b"], 1);
  bench.receive(B, said);
  const { open } = bench.view;
  bench.receive(B, said);
  expect([open, bench.view.open]).toEqual([3, 3]);
  bench.receive(B, { ...forward(["c"]), changes: [{ number: 101, once: null, operation: create("c") }] });
  expect(bench.view.open).toBe(4);
});
