import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/core/request.ts";
import { WINDOW, Window } from "../../../src/protocols/service/window.ts";
import { B, Bench, create, type Forward, LIST, type Message, TIMEOUT_MS } from "./bench.ts";

const PATIENCE_MS = 100;

describe("a window", () => {
  test("bounds what is under way, and opens again once the other side has it all, whatever comes in between", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), (sizes, every) => {
        const [here, there] = [new Window(PATIENCE_MS), new Window(PATIENCE_MS)];
        let underWay: number[] = [];
        const arrive = (): void => {
          for (const units of underWay) there.take(units);
          underWay = [];
          here.acknowledge(there.owed(), 0);
        };
        for (const [i, units] of sizes.entries()) {
          if (i % every === 0 || !here.isOpen) arrive();
          expect(here.isOpen).toBe(true);
          here.send(units, 0);
          underWay.push(units);
          expect(underWay.slice(0, -1).reduce((sum, each) => sum + each, 0)).toBeLessThan(WINDOW);
        }
      }),
    );
  });

  test("small amounts are not worth a word", () => {
    const window = new Window(PATIENCE_MS);
    window.take(1_000);
    expect(window.owed()).toBe(0);
    window.take(WINDOW);
    expect([window.owed(), window.owed()]).toEqual([WINDOW + 1_000, 0]);
  });

  test("what is not acknowledged for long was lost", () => {
    const window = new Window(PATIENCE_MS);
    window.send(WINDOW, 1_000);
    window.pass(1_000 + PATIENCE_MS - 1);
    expect(window.isOpen).toBe(false);
    window.pass(1_000 + PATIENCE_MS);
    expect([window.isOpen, window.underWay]).toEqual([true, 0]);
  });

  test("nobody can acknowledge more than there is", () => {
    const window = new Window(PATIENCE_MS);
    window.send(5, 0);
    window.acknowledge(2 ** 32 - 1, 0);
    expect(window.underWay).toBe(0);
  });
});

/** Units in messages, about. */
function unitsIn(messages: readonly Message[]): number {
  return JSON.stringify(messages).length;
}

/** A most of one window and one large item may be under way. */
const MOST = WINDOW + 2 ** 19 + 2 ** 16;

describe("an exchange", () => {
  const QUERIES: Forward = {
    kind: "forward",
    changes: [],
    queries: Array.from({ length: 60 }, (_, i) => ({ number: i + 1, query: LIST })),
  };

  /** A leader that B has asked sixty times for half a mebibyte. */
  function asked(): Bench {
    const bench = new Bench();
    bench.link(B);
    bench.lead();
    bench.store.applied = ["y".repeat(2 ** 19)];
    bench.receive(B, QUERIES);
    bench.confirm();
    return bench;
  }

  test("a leader answers no more than is taken, and makes no answers that it cannot send", () => {
    const bench = asked();
    let made = 0;
    const query = bench.store.query.bind(bench.store);
    bench.store.query = (request): Answer => {
      made += 1;
      return query(request);
    };
    const numbers: number[] = [];
    for (let messages = bench.sentTo(B); messages.length > 0; messages = bench.sentTo(B)) {
      expect(unitsIn(messages)).toBeLessThan(MOST);
      for (const message of messages)
        if (message.kind === "answered") numbers.push(...message.answers.map(({ number }) => number));
      expect(made).toBeLessThan(numbers.length + 1);
      bench.receive(B, { kind: "taken", units: unitsIn(messages) });
    }
    expect(numbers).toEqual(QUERIES.queries.map(({ number }) => number));
    expect(bench.view.open).toBe(0);
  });

  test("queries of others do not wait for a peer that takes nothing", () => {
    const bench = asked();
    bench.connect(2);
    bench.ask(2, LIST);
    bench.confirm();
    expect(bench.told(2)).toHaveLength(1);
    expect(bench.view.open).toBe(59);
  });

  test("a new link has a window of its own, and what was asked over the old one is not done any more", () => {
    const bench = asked();
    bench.sentTo(B);
    bench.command({ kind: "relinked", peer: B });
    expect(bench.view.open).toBe(0);
    bench.receive(B, QUERIES);
    bench.confirm();
    const answered = bench.sentTo(B).flatMap((message) => (message.kind === "answered" ? message.answers : []));
    expect(answered.map(({ number }) => number)).toEqual([1]);
  });

  const large = { kind: "append", name: "f", data: "x".repeat(65_536) } as const;

  /** A follower whose client asks for large changes. */
  function following(): Bench {
    const bench = new Bench();
    bench.connect(2);
    bench.follow(B);
    bench.ask(2, ...new Array(30).fill(large), create("z"));
    return bench;
  }

  test("a follower sends no more on than is taken, and keeps the order", () => {
    const bench = following();
    let count = 0;
    let last: unknown;
    for (let messages = bench.sentTo(B); messages.length > 0; messages = bench.sentTo(B)) {
      expect(unitsIn(messages)).toBeLessThan(MOST);
      for (const message of messages) {
        if (message.kind !== "forward") continue;
        count += message.changes.length;
        last = message.changes.at(-1)?.operation;
      }
      bench.receive(B, { kind: "taken", units: unitsIn(messages) });
    }
    expect([count, last]).toEqual([31, create("z")]);
  });

  test("what was not sent yet definitely did not happen, and goes to the next leader", () => {
    const bench = following();
    const sent = bench.forwardedTo(B).length;
    bench.command({ kind: "leader", leader: null });
    bench.follow("c".padStart(16, "0") as typeof B);
    bench.wait(TIMEOUT_MS);
    const answers = bench.told(2);
    expect(answers.slice(0, sent)).toMatchObject(new Array(sent).fill({ definite: false }));
    expect(answers).toHaveLength(31);
    expect(answers.at(-1)).toMatchObject({ code: "timed-out", definite: true });
  });

  test("whoever has taken much says so", () => {
    const bench = following();
    const [message] = bench.sentTo(B);
    if (message?.kind !== "forward") throw new Error("a request that is sent on");
    const leader = new Bench();
    leader.link(B);
    leader.lead();
    for (let i = 0; i < 4; i++) leader.receive(B, { ...message, changes: message.changes.slice(0, 1) });
    const taken = leader.sentTo(B).filter(({ kind }) => kind === "taken");
    expect(taken).toHaveLength(4);
  });
});
