import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PeerEffect, PeerInput } from "../../src/peer/machine.ts";
import { Driver } from "../../src/runtime/driver.ts";

/** A peer that wakes when it is told to and answers what it is told to, driven on a clock that a test winds. */
class Bench {
  deadline = Number.POSITIVE_INFINITY;
  /** What the next steps answer. */
  answer: (input: PeerInput) => readonly PeerEffect[] = () => [];
  /** What the carrier does when something is told. */
  onTell: () => void = () => {};
  readonly steps: { readonly input: PeerInput; readonly now: number }[] = [];
  readonly carried: string[] = [];
  readonly driver: Driver;
  /** Milliseconds for which the process stood still. */
  #stood = 0;

  constructor() {
    this.driver = new Driver(
      this,
      {
        carryOut: ({ kind }) => this.carried.push(kind),
        flush: () => this.carried.push("flush"),
        tell: () => this.onTell(),
      },
      () => this.now,
    );
  }

  get now(): number {
    return performance.now() + this.#stood;
  }

  step(input: PeerInput, now: number): readonly PeerEffect[] {
    this.steps.push({ input, now });
    return this.answer(input);
  }

  /** Lets time pass: timers fire, and what waits behind them. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  /** Time passes and nothing happens, as after SIGSTOP. */
  standStill(ms: number): void {
    this.#stood += ms;
  }

  /** The kinds of the inputs since the last look. */
  kinds(): string[] {
    return this.steps.splice(0).map(({ input }) => input.kind);
  }
}

const TOLD: PeerEffect = {
  kind: "event",
  event: { now: 0, lamport: 0, routine: false, event: { kind: "left" } },
};
const down = (session: number): PeerInput => ({ kind: "session-down", session, reason: "test" });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("timers", () => {
  test("begin with a timeout, and the peer is woken at its deadline and not before", async () => {
    const bench = new Bench();
    bench.answer = () => {
      bench.deadline = 100;
      return [];
    };
    bench.driver.start();
    expect(bench.kinds()).toEqual(["timeout"]);
    bench.answer = () => {
      bench.deadline = Number.POSITIVE_INFINITY;
      return [];
    };
    await bench.pass(99);
    expect(bench.kinds()).toEqual([]);
    await bench.pass(3);
    expect(bench.kinds()).toEqual(["timeout"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("are not armed anew when a deadline moves away, as a heartbeat moves it", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    const armed = vi.spyOn(globalThis, "setTimeout");
    bench.driver.start();
    for (let i = 1; i <= 50; i++) {
      bench.deadline = 100 + i;
      bench.driver.give(down(i));
    }
    expect(armed).toHaveBeenCalledTimes(1);
    bench.kinds();
    await bench.pass(120);
    expect(bench.kinds()).toEqual([]);
    expect(armed).toHaveBeenCalledTimes(2);
    bench.answer = () => {
      bench.deadline = Number.POSITIVE_INFINITY;
      return [];
    };
    await bench.pass(40);
    expect(bench.kinds()).toEqual(["timeout"]);
  });

  test("are armed anew when a deadline comes nearer", async () => {
    const bench = new Bench();
    bench.deadline = 10_000;
    bench.driver.start();
    bench.deadline = 50;
    bench.driver.give(down(1));
    bench.kinds();
    bench.answer = () => {
      bench.deadline = Number.POSITIVE_INFINITY;
      return [];
    };
    await bench.pass(53);
    expect(bench.kinds()).toEqual(["timeout"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("of months are armed in pieces that a timer takes", async () => {
    const bench = new Bench();
    bench.deadline = 2 ** 32;
    const armed = vi.spyOn(globalThis, "setTimeout");
    bench.driver.start();
    expect(armed.mock.calls[0]?.[1]).toBe(2 ** 31 - 1);
  });
});

describe("a standstill", () => {
  test("is told once, before the timeout that it delayed", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.kinds();
    bench.answer = ({ kind }) => {
      if (kind === "timeout") bench.deadline = bench.now + 10_000;
      return [];
    };
    bench.standStill(5000);
    await bench.pass(101);
    const [resumed] = bench.steps;
    expect(resumed?.input.kind === "resumed" && Math.round(resumed.input.gapMs)).toBe(5001);
    expect(bench.kinds()).toEqual(["resumed", "timeout"]);
    await bench.pass(1000);
    expect(bench.kinds()).toEqual([]);
  });

  test("is told first where a socket wakes the process before its timer does, and not again by the timer", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.kinds();
    bench.answer = () => {
      bench.deadline = bench.now + 10_000;
      return [];
    };
    bench.standStill(5000);
    bench.driver.give(down(1));
    bench.driver.give(down(2));
    expect(bench.kinds()).toEqual(["resumed", "session-down", "session-down"]);
    await bench.pass(200);
    expect(bench.kinds()).toEqual([]);
  });

  test("is told by the timer too where the deadline has moved on meanwhile", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.deadline = 60_000;
    bench.driver.give(down(1));
    bench.kinds();
    bench.standStill(5000);
    await bench.pass(101);
    expect(bench.kinds()).toEqual(["resumed"]);
  });

  test("shorter than the stall limit is nothing", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.kinds();
    bench.answer = () => {
      bench.deadline = Number.POSITIVE_INFINITY;
      return [];
    };
    bench.standStill(300);
    bench.driver.give(down(1));
    await bench.pass(101);
    expect(bench.kinds()).toEqual(["session-down"]);
  });
});

describe("inputs", () => {
  test("that come during a step wait until it is done, in order and at the same instant", () => {
    const bench = new Bench();
    const order: string[] = [];
    bench.answer = (input) => {
      if (input.kind !== "session-down") return [];
      order.push(`begin ${input.session}`);
      return input.session < 3 ? [TOLD] : [];
    };
    let next = 1;
    bench.onTell = () => {
      next += 1;
      bench.driver.give(down(next));
      order.push(`told before ${next}`);
    };
    bench.driver.give(down(1));
    expect(order).toEqual(["begin 1", "told before 2", "begin 2", "told before 3", "begin 3"]);
    expect(new Set(bench.steps.map(({ now }) => now)).size).toBe(1);
  });

  test("of one turn of the event loop are flushed together", async () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) bench.driver.give(down(i));
    expect(bench.carried).toEqual([]);
    await Promise.resolve();
    expect(bench.carried).toEqual(["flush"]);
    bench.driver.give(down(11));
    await Promise.resolve();
    expect(bench.carried).toEqual(["flush", "flush"]);
  });

  test("effects are carried out in the order in which they were asked for", () => {
    const bench = new Bench();
    const address = "127.0.0.1:7001" as never;
    bench.answer = () => [
      { kind: "save", records: [], token: 1 },
      { kind: "dial", session: 1, address, as: "link" },
      { kind: "close", session: 1, reason: "test" },
    ];
    bench.driver.give(down(1));
    expect(bench.carried).toEqual(["save", "dial", "close"]);
  });
});

describe("stop", () => {
  test("lets no input through and no timer fire any more", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.kinds();
    bench.driver.stop();
    bench.driver.give(down(1));
    await bench.pass(1000);
    expect(bench.kinds()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("holds even for a timer that has fired and waits for the sockets to be read", async () => {
    const bench = new Bench();
    bench.deadline = 100;
    bench.driver.start();
    bench.kinds();
    vi.advanceTimersByTime(100);
    bench.driver.stop();
    await bench.pass(10);
    expect(bench.kinds()).toEqual([]);
  });
});
