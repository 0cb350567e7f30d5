import { describe, expect, test } from "vitest";
import { PeerDesk, type Steered } from "../../../src/control/desk/peer-desk.ts";
import { type Answer, failed } from "../../../src/core/request.ts";
import type { FaultRow, PeerView } from "../../../src/peer/peer-view.ts";
import type { AnyCommand } from "../../../src/peer/registry.ts";
import { LOCKS, lock } from "../../ui/agreements.ts";
import { fault, id, NOTIFICATIONS, picture, row, type Said, told } from "../../ui/pictures.ts";
import { WoundClock } from "./wound-clock.ts";

/** A desk over a picture, on a clock that a test winds; faults that are set stay in the picture for ever. */
class Bench implements Steered {
  readonly clock = new WoundClock();
  readonly given: AnyCommand[] = [];
  readonly desk: PeerDesk;
  readonly #view: PeerView;
  readonly #faults: FaultRow[] = [];

  constructor(said: Said = {}) {
    this.#view = picture(said);
    this.desk = new PeerDesk(this, this.clock);
  }

  view(): PeerView {
    return { ...this.#view, faults: [...this.#faults] };
  }

  give(command: AnyCommand): void {
    this.given.push(command);
  }

  inject(): void {
    this.#faults.push(fault(this.#faults.length + 1));
  }

  leave(): Promise<void> {
    return Promise.resolve();
  }

  ask(): Promise<never> {
    return Promise.reject(new Error("nobody"));
  }
}

const elected = (n: number) =>
  told(200, { kind: "leader-elected", term: 5, leader: id(n), election: null, previous: id(1) });

describe("a transfer", () => {
  test("ends when somebody else leads", async () => {
    const { desk, clock, given } = new Bench();
    const outcome = desk.run("transfer 7002");
    expect(given).toEqual([{ protocol: "raft", command: { kind: "transfer", to: id(2) } }]);
    clock.wind(4999);
    desk.tell(elected(1));
    desk.tell(elected(3));
    expect(await outcome).toEqual({ ok: true, text: "7003 leads term 5" });
    expect(clock.waiting).toBe(0);
  });

  test("says why it failed", async () => {
    const { desk, clock } = new Bench();
    const outcome = desk.run("transfer");
    desk.tell(told(200, { kind: "transfer-failed", to: null, because: "nobody-fit" }));
    expect(await outcome).toEqual({ ok: false, text: "not handed over to the standby: nobody-fit" });
    expect(clock.waiting).toBe(0);
  });

  test("is waited for no longer than five seconds", async () => {
    const { desk, clock } = new Bench();
    const outcome = desk.run("transfer 7002");
    clock.wind(4999);
    expect(clock.waiting).toBe(1);
    clock.wind(1);
    expect(await outcome).toEqual({ ok: false, text: "handing over to 7002 took too long" });
  });

  test("is refused by whoever does not lead", async () => {
    const led = new Bench({ raft: { leader: id(2) } });
    expect(await led.desk.run("transfer")).toMatchObject({ text: "only the leader can hand over: the leader is 7002" });
    const torn = new Bench({ raft: { leader: null } });
    expect(await torn.desk.run("transfer")).toMatchObject({
      text: "only the leader can hand over: there is no leader",
    });
    expect([...led.given, ...torn.given]).toEqual([]);
  });
});

describe("what is asked of the store", () => {
  const line = "append notes hello";
  const answered = (bench: Bench, answer: Answer) => {
    const [command] = bench.given.slice(-1);
    if (command?.protocol !== "service" || command.command.kind !== "submit") throw new Error("nothing was asked");
    bench.desk.tell(told(200, { kind: "request-answered", request: command.command.request, answer }));
  };

  test("is given to the service of this peer, and its answer is the outcome", async () => {
    const bench = new Bench();
    const outcome = bench.desk.run(line);
    const request = { kind: "append", name: "notes", data: "hello" };
    expect(bench.given).toEqual([{ protocol: "service", command: { kind: "submit", request } }]);
    answered(bench, { kind: "display", text: "appended 5 bytes to notes" });
    expect(await outcome).toEqual({ ok: true, text: "appended 5 bytes to notes" });
    expect(bench.clock.waiting).toBe(0);
  });

  test("that fails says why, and whether it may have happened", async () => {
    const bench = new Bench();
    const refused = bench.desk.run(line);
    answered(bench, failed("not-found", "no file notes", true));
    expect(await refused).toEqual({ ok: false, text: "could not append to notes: no file notes" });
    const lost = bench.desk.answer({ to: null, by: "", line });
    answered(bench, failed("leader-lost", "the leader was lost", false));
    expect(await lost).toEqual({ ok: false, text: "may have appended to notes: the leader was lost", undo: "" });
  });

  test("twice in the same words has each its own answer", async () => {
    const bench = new Bench();
    const first = bench.desk.run(line);
    const second = bench.desk.run(line);
    answered(bench, { kind: "display", text: "second" });
    expect(await second).toEqual({ ok: true, text: "second" });
    bench.clock.wind(8000);
    expect(await first).toEqual({ ok: false, text: "no answer yet: the timeline will tell it" });
  });

  test("as a write, is asked for at the time of the picture", async () => {
    const { desk, given } = new Bench({ view: { lamport: 4711 } });
    void desk.run("write k v");
    expect(given[0]?.command).toMatchObject({ request: { kind: "write", key: "k", value: "v", time: 4711 } });
  });

  test("is asked for nowhere where the peer stands still", async () => {
    const { desk, given } = new Bench({ view: { condition: { kind: "paused", skew: 1, pace: 1 } } });
    expect(await desk.run(line)).toEqual({ ok: false, text: "the peer is paused: resume it first" });
    expect(given).toEqual([]);
  });
});

describe("what a desk asks of its peer", () => {
  test("is a probe of each peer that is tested", async () => {
    const rows = [row(2), row(3), row(4, { status: "left" })];
    const { desk, given } = new Bench({ rows });
    expect(await desk.run("test")).toEqual({ ok: true, text: "testing 7002, 7003" });
    expect(given).toEqual([2, 3].map((n) => ({ protocol: "health", command: { kind: "probe", peer: id(n) } })));
    expect(await desk.run("test 7004")).toEqual({ ok: false, text: "7004 has left: nobody to test" });
    expect(await new Bench({ rows: [] }).desk.run("test")).toMatchObject({ ok: false });
  });

  test("is an exchange, where a link stands", async () => {
    const { desk, given } = new Bench();
    expect(await desk.run("exchange")).toMatchObject({ ok: true });
    expect(given).toEqual([{ protocol: "gossip", command: { kind: "exchange" } }]);
    const { desk: cut } = new Bench({ rows: [row(2, { linked: false })] });
    expect(await cut.run("exchange")).toMatchObject({ ok: false });
  });

  test("is an announcement, answered with who gets it as far as that is known", async () => {
    const types = [{ dataType: 1337, here: 3, peers: [id(2), id(3)] }];
    const { desk, given } = new Bench({ view: { notifications: { ...NOTIFICATIONS, types } } });
    // The person here subscribes it too, and is told nothing of what was said here.
    expect(await desk.run("announce 1337 ttl 4 hello, world")).toEqual({
      ok: true,
      text: "announced 12 bytes of type 1337 to 2 programs here and 2 peers",
    });
    const data = new TextEncoder().encode("hello, world");
    const said = { kind: "announce", dataType: 1337, ttl: 4, data };
    expect(given).toEqual([{ protocol: "notification", command: said }]);
    expect(await desk.answer({ to: null, by: "", line: "announce 7 hex 00" })).toEqual({
      ok: true,
      text: "announced 1 byte of type 7, which nobody is known to subscribe",
      undo: "",
    });
    expect(given[1]?.command).toEqual({ kind: "announce", dataType: 7, ttl: 0, data: new Uint8Array(1) });
  });

  test("is a subscription or its end, each once", async () => {
    const { desk, given } = new Bench({ view: { notifications: NOTIFICATIONS } });
    expect(await desk.run("subscribe 7")).toEqual({ ok: true, text: "subscribed type 7" });
    expect(await desk.run("subscribe 1337")).toEqual({ ok: true, text: "type 1337 is subscribed already" });
    expect(await desk.run("unsubscribe 1337")).toEqual({ ok: true, text: "unsubscribed type 1337" });
    expect(await desk.run("unsubscribe 7")).toEqual({ ok: false, text: "type 7 is not subscribed" });
    expect(given).toEqual([
      { protocol: "notification", command: { kind: "subscribe", dataType: 7 } },
      { protocol: "notification", command: { kind: "unsubscribe", dataType: 1337 } },
    ]);
  });

  test("is no notice where the peer stands still: nobody would say it", async () => {
    for (const [kind, cure] of [
      ["paused", "resume"],
      ["crashed", "recover"],
    ] as const) {
      const { desk, given } = new Bench({ view: { condition: { kind, skew: 1, pace: 1 } } });
      for (const line of ["announce 7 x", "subscribe 7", "unsubscribe 7"])
        expect(await desk.run(line)).toEqual({ ok: false, text: `the peer is ${kind}: ${cure} it first` });
      expect(given).toEqual([]);
    }
  });

  test("is nothing where the line is not understood, and the outcome is a line alone", async () => {
    const { desk, given } = new Bench();
    const outcome = { ok: false, text: "test: no peer is called 7009: say 7001, 7002, 7003, 7004, 7005" };
    expect(await desk.run("test 7009")).toStrictEqual(outcome);
    expect(await desk.answer({ to: null, by: "", line: "test 7009" })).toStrictEqual({ ...outcome, undo: "" });
    expect(given).toEqual([]);
  });
});

test("a fault that was to end by itself is not undone after that time on the clock of the desk", async () => {
  const { desk, clock } = new Bench();
  expect(await desk.run("cut 7002 for 2s")).toEqual({ ok: true, text: "applied 1/1" });
  clock.wind(1999);
  expect(await desk.run("undo")).toMatchObject({ text: expect.stringMatching(/^undid cut 7002 for 2s/) });
  await desk.run("cut 7002 for 2s");
  clock.wind(2000);
  expect(await desk.run("undo")).toMatchObject({ text: expect.stringMatching(/^nothing to undo/) });
});

describe("the events of a desk", () => {
  test("are told to whoever listens, until it does so no more", () => {
    const { desk } = new Bench();
    const heard: number[] = [];
    const end = desk.subscribe(({ lamport }) => heard.push(lamport));
    desk.tell(told(1, { kind: "left" }));
    end();
    desk.tell(told(2, { kind: "left" }));
    expect(heard).toEqual([1]);
    expect(desk.events().map(({ lamport }) => lamport)).toEqual([1, 2]);
  });

  test("are bounded, and the newest are kept", () => {
    const { desk } = new Bench();
    for (let n = 1; n <= 10_000; n++) desk.tell(told(n, { kind: "left" }));
    const kept = desk.events().map(({ lamport }) => lamport);
    expect(kept.length).toBeGreaterThanOrEqual(2000);
    expect(kept.length).toBeLessThanOrEqual(3000);
    expect(kept.at(-1)).toBe(10_000);
  });
});

describe("a lock", () => {
  const held = told(200, { kind: "lock-acquired", name: "printer", peer: id(1), token: 7, waitedMs: 12 });
  const withLock = (changed: Parameters<typeof lock>[1]): Said => ({
    view: { mutex: { ...LOCKS, locks: [lock("printer", changed)] } },
  });

  test("is asked for by the person at this peer, and told when it is held", async () => {
    const { desk, given, clock } = new Bench();
    const outcome = desk.run("lock printer");
    expect(given).toEqual([{ protocol: "mutex", command: { kind: "acquire", ticket: 0, name: "printer" } }]);
    desk.tell(told(200, { kind: "lock-acquired", name: "scanner", peer: id(1), token: 6, waitedMs: 1 }));
    desk.tell(held);
    expect(await outcome).toEqual({ ok: true, text: "held printer from now on, token 7" });
    expect(clock.waiting).toBe(0);
  });

  test("that is blocked says by whom, be it before or after it is asked for", async () => {
    const { desk } = new Bench();
    const outcome = desk.run("lock printer");
    desk.tell(told(200, { kind: "lock-blocked", name: "scanner", by: [id(2)] }));
    desk.tell(told(200, { kind: "lock-blocked", name: "printer", by: [id(3)] }));
    const text = "waiting for printer, blocked by 7003";
    expect(await outcome).toEqual({ ok: false, text });
    const before = new Bench(withLock({ state: "waiting", blockedBy: [id(3)], waitingHere: 1 }));
    expect(await before.desk.run("lock printer")).toEqual({ ok: false, text });
    expect(before.given).toHaveLength(1);
  });

  test("that is not held soon says where to look", async () => {
    const { desk, clock } = new Bench();
    const outcome = desk.run("lock printer");
    clock.wind(5000);
    expect(await outcome).toEqual({
      ok: false,
      text: "still waiting for printer: the timeline will tell when it is held",
    });
  });

  test("is released", async () => {
    const { desk, given } = new Bench(withLock({ state: "held", holder: id(1) }));
    const outcome = desk.run("unlock printer");
    expect(given).toEqual([{ protocol: "mutex", command: { kind: "release", ticket: 0, name: "printer" } }]);
    desk.tell(told(200, { kind: "lock-released", name: "printer", peer: id(1) }));
    expect(await outcome).toEqual({ ok: true, text: "released printer" });
  });

  test("that a program holds is not released by the person", async () => {
    const { desk, clock } = new Bench(withLock({ state: "held", holder: id(1) }));
    const outcome = desk.run("unlock printer");
    clock.wind(1000);
    expect(await outcome).toEqual({ ok: false, text: "printer is held here by a program, not by you" });
  });

  test("that is waited for, or not wanted at all, is not waited for any more", async () => {
    const waiting = new Bench(withLock({ state: "waiting", waitingHere: 1 }));
    expect(await waiting.desk.run("unlock printer")).toEqual({ ok: true, text: "waiting for printer no more" });
    for (const bench of [new Bench(withLock({ holder: id(2) })), new Bench()]) {
      expect(await bench.desk.run("unlock printer")).toEqual({
        ok: false,
        text: "printer is neither held nor wanted here",
      });
      expect(bench.given).toEqual([]);
    }
  });

  test("is nothing for a peer that stands still", async () => {
    const { desk, given } = new Bench({ view: { condition: { kind: "paused", skew: 1, pace: 1 } } });
    expect(await desk.run("lock printer")).toEqual({ ok: false, text: "the peer is paused: resume it first" });
    expect(given).toEqual([]);
  });

  test.each([["n".repeat(65)], ['"two\\nlines"']])("is not called %j", async (name) => {
    const { desk, given } = new Bench();
    expect((await desk.run(`lock ${name}`)).text).toMatch(/^lock: a lock's name has 1 to 64 characters/);
    expect(given).toEqual([]);
  });
});
