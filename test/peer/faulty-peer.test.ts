import { describe, expect, test } from "vitest";
import { MAX_FAULTS } from "../../src/faults/verdicts.ts";
import type { FaultyEffect } from "../../src/peer/machine.ts";
import { Peer } from "../../src/peer/peer.ts";
import { present } from "../../src/peer/present.ts";
import { ANNA, acks, at, BORIS, CUT, LATE, linked, OPTIONS, onConnections, pongs, Rig, reasonOf, told } from "./rig.ts";

describe("without a fault", () => {
  test("a peer does and tells exactly what it does and tells without the layer", () => {
    const rig = new Rig();
    const bare = new Peer(OPTIONS, [], 0);
    const same = (input: Parameters<Peer["step"]>[0], now: number): void => {
      expect(rig.peer.step(input, now)).toEqual(bare.step(input, now));
    };
    bare.step({ kind: "timeout" }, 0);
    for (let upTo = 1; upTo <= 3; upTo++) bare.step({ kind: "saved", upTo }, 0);
    for (let now = 1; now < 5000; now += 50) same({ kind: "timeout" }, now);
    same({ kind: "session-up", session: 2, address: at(40_002) }, 5001);
    same({ kind: "session-down", session: 2, reason: "closed" }, 5002);
    same({ kind: "packet", from: at(7002), packet: { kind: "syn", nonce: new Uint8Array(16) } }, 5003);
  });

  test("healed, it is so again: nothing is delayed, and its clock runs as the real one", () => {
    const rig = linked();
    rig.set(LATE);
    rig.command({ kind: "skew", rate: 2, by: "test" });
    rig.ping(2);
    rig.heal();
    expect(pongs(rig.ping(2, 2))).toEqual([2]);
    const before = rig.peer.timeAt(rig.now);
    expect(rig.peer.timeAt(rig.now + 10) - before).toBe(10);
    expect(rig.peer.clock).toEqual({ skew: 1, pace: 1 });
    expect(rig.peer.faults).toEqual([]);
  });
});

describe("setting and ending", () => {
  test("a fault for a time ends at its very end, by itself, and is told", () => {
    const rig = linked();
    rig.set(CUT, { forMs: 300 });
    expect(told(rig.pass(299.9))).not.toContain("fault-ended");
    expect(pongs(rig.ping(2))).toEqual([]);
    rig.now = 300;
    const effects = rig.ping(2, 8);
    expect(told(effects)).toEqual(["fault-ended"]);
    expect(pongs(effects)).toEqual([8]);
  });

  test("removing one leaves the others; an unknown one changes nothing", () => {
    const rig = linked();
    rig.set(LATE);
    rig.set(CUT);
    expect(told(rig.command({ kind: "remove", id: 2 }))).toEqual(["fault-ended"]);
    expect(rig.command({ kind: "remove", id: 2 })).toEqual([]);
    expect(rig.peer.faults.map(({ id }) => id)).toEqual([1]);
  });

  test("where there is no room for all of a command, nothing is set, and that is told", () => {
    const rig = new Rig();
    const set = (targets: readonly (typeof ANNA)[]) =>
      told(rig.command({ kind: "set", fault: CUT, targets, direction: "in", by: "test", forMs: null }));
    for (let i = 1; i < MAX_FAULTS; i++) expect(set([ANNA])).toEqual(["fault-set"]);
    expect(set([ANNA, BORIS])).toEqual(["fault-refused"]);
    expect(rig.peer.faults).toHaveLength(MAX_FAULTS - 1);
    expect(set([BORIS])).toEqual(["fault-set"]);
  });

  test("the picture of the peer shows each fault with what it has done and how long it lasts", () => {
    const rig = linked();
    rig.set(CUT, { direction: "in", forMs: 5000 });
    rig.ping(2);
    rig.now += 1000;
    const view = present(rig.peer, { real: rig.now, at: 0, notices: [], counters: {} });
    const none = { dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 };
    expect(view.faults).toEqual([
      {
        id: 1,
        fault: CUT,
        target: ANNA,
        direction: "in",
        by: "test",
        ageMs: 1000,
        remainingMs: 4000,
        counters: { blocked: 1, ...none },
      },
    ]);
  });
});

describe("pause", () => {
  const PAUSE = { kind: "pause", by: "test", forMs: null } as const;
  const RESUME = { kind: "resume", by: "test" } as const;

  test("nothing is answered and no timer fires; afterwards the peer hears of the gap, then of what came", () => {
    const rig = linked();
    rig.command(PAUSE);
    expect(rig.peer.deadline).toBe(Number.POSITIVE_INFINITY);
    rig.now += 5000;
    expect([...rig.syn(), ...rig.ping(2, 4), ...rig.give({ kind: "timeout" })]).toEqual([]);
    const effects = rig.command(RESUME);
    expect(told(effects).slice(0, 2)).toEqual(["peer-unpaused", "resumed"]);
    expect([pongs(effects), acks(effects)]).toEqual([[4], 1]);
    expect(rig.peer.condition).toBe("running");
  });

  test("the gap is told in the time of the peer's own clock, even where that was changed meanwhile", () => {
    const rig = linked();
    rig.now += 300;
    rig.command({ kind: "skew", rate: 2, by: "test" });
    rig.now += 100;
    rig.command(PAUSE);
    rig.now += 1000;
    rig.command({ kind: "jump", aheadMs: 700, by: "test" });
    const gaps = rig.command(RESUME).flatMap((effect) => {
      return effect.kind === "event" && effect.event.event.kind === "resumed" ? [effect.event.event.gapMs] : [];
    });
    expect(gaps).toEqual([2700]);
  });

  test("for a time ends by itself, at its very end; asked for again, the time counts anew", () => {
    const rig = linked();
    rig.command({ ...PAUSE, forMs: 100 });
    rig.now += 50;
    rig.command({ ...PAUSE, forMs: 100 });
    expect(rig.peer.deadline).toBe(150);
    expect(told(rig.pass(99.9))).toEqual([]);
    expect(told(rig.pass(0.1))).toContain("peer-unpaused");
  });

  test("a link that breaks meanwhile is heard of afterwards", () => {
    const rig = linked();
    rig.command(PAUSE);
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    expect(told(rig.command(RESUME))).toContain("link-lost");
    const corrupted = linked();
    corrupted.set({ kind: "corrupt", percent: 100 });
    corrupted.command(PAUSE);
    corrupted.ping(2);
    expect(reasonOf(corrupted.command(RESUME), "link-lost")).toBe("bad checksum");
  });

  test("what waits is bounded: packets are lost, a message breaks its connection, a new one is turned away", () => {
    const rig = linked();
    rig.command(PAUSE);
    for (let i = 0; i < 100_001; i++) rig.syn();
    expect(onConnections(rig.ping(2))).toEqual(["close 2"]);
    expect(onConnections(rig.give({ kind: "session-up", session: 4, address: at(40_004) }))).toEqual(["close 4"]);
    const effects = rig.command(RESUME);
    expect(acks(effects)).toBe(100_000);
    expect(told(effects)).toContain("link-lost");
  });
});

describe("crash and recover", () => {
  const CRASH = { kind: "crash", by: "test", forMs: null } as const;

  function recovered(rig: Rig): FaultyEffect[] {
    expect(rig.command({ kind: "recover" })).toEqual([{ kind: "restore" }]);
    return rig.give({ kind: "restored", id: OPTIONS.id, records: rig.disk });
  }

  test("every connection closes, cut or not, and the machine is gone; then nothing is answered", () => {
    const rig = linked();
    rig.link(4, BORIS, at(7003));
    rig.set(CUT);
    const effects = rig.command(CRASH);
    expect(onConnections(effects)).toEqual(["close 2", "close 4"]);
    expect(effects.at(-1)).toEqual({ kind: "crash" });
    expect([...rig.syn(7003), ...rig.ping(4), ...rig.pass(10_000)]).toEqual([]);
    expect(onConnections(rig.give({ kind: "session-up", session: 6, address: at(40_006) }))).toEqual(["close 6"]);
    expect(rig.hello(6)).toEqual([]);
  });

  test("it comes back from its disk with a higher incarnation and a Lamport time that never was", () => {
    const rig = linked();
    for (let i = 0; i < 50; i++) rig.ping(2);
    const before = rig.peer.peer.own.lamport;
    const { incarnation } = rig.peer.peer.view("membership");
    rig.command(CRASH);
    rig.now += 1000;
    const story = told(recovered(rig));
    expect(story[0]).toBe("peer-recovered");
    expect(story).toContain("started");
    expect(rig.peer.peer.own.lamport).toBeGreaterThanOrEqual(before);
    expect(rig.peer.peer.view("membership").incarnation).toBeGreaterThan(incarnation);
    expect(onConnections(rig.link(8))).toEqual(["hello 8"]);
  });

  test("a founder whose disk is blank now founds no second cluster: it seeks first, and yields to the one that goes on", () => {
    const rig = new Rig();
    rig.command(CRASH);
    rig.command({ kind: "recover" });
    const story = told(rig.give({ kind: "restored", id: ANNA, records: [] }));
    expect(story).toContain("started");
    expect(story).not.toContain("cluster-founded");
    expect(told(rig.pass(1000))).toContain("cluster-founded");
    expect(rig.peer.peer.view("discovery").yielding).toBe(true);
  });

  test("nothing that was under way, held back or waiting reaches the new life", () => {
    const rig = linked();
    rig.link(4, BORIS, at(7003));
    rig.set(LATE, { target: BORIS });
    rig.ping(4, 1);
    rig.syn(7003);
    rig.set(LATE, { direction: "out" });
    rig.ping(2, 2);
    rig.set(CUT);
    rig.give({ kind: "session-down", session: 2, reason: "closed" });
    rig.command({ kind: "pause", by: "test", forMs: null });
    rig.syn(7999);
    rig.command(CRASH);
    recovered(rig);
    const after = [...rig.heal(), ...rig.pass(200)];
    rig.command({ kind: "pause", by: "test", forMs: null });
    after.push(...rig.command({ kind: "resume", by: "test" }));
    expect([pongs(after), acks(after)]).toEqual([[], 0]);
    expect(told(after)).not.toContain("link-lost");
  });

  test("for a time it ends by itself; a crash in a crash only sets the time", () => {
    const rig = linked();
    rig.command({ ...CRASH, forMs: 500 });
    expect(rig.command({ ...CRASH, forMs: 800 })).toEqual([]);
    expect(rig.pass(799.9)).toEqual([]);
    expect(rig.pass(0.1)).toEqual([{ kind: "restore" }]);
  });

  test("the disk is asked once, however often recovery is asked for, and unasked nothing is restored", () => {
    const rig = linked();
    expect(rig.give({ kind: "restored", id: OPTIONS.id, records: [] })).toEqual([]);
    rig.command(CRASH);
    rig.command({ kind: "recover" });
    expect([rig.command({ kind: "recover" }), rig.command({ ...CRASH, forMs: 1 })].flat()).toEqual([]);
    expect(told(rig.heal())).toEqual([]);
    expect(told(rig.give({ kind: "restored", id: OPTIONS.id, records: rig.disk }))).toContain("peer-recovered");
    rig.now += 1;
    rig.give({ kind: "timeout" });
    expect(rig.peer.condition).toBe("running");
    expect(rig.peer.deadline).toBeGreaterThan(rig.now);
  });

  test("link faults, skew and pace outlive a crash; heal all ends them and brings the peer back", () => {
    const rig = linked();
    rig.set(CUT);
    rig.command({ kind: "pace", factor: 10, by: "test" });
    rig.command(CRASH);
    expect(rig.peer.faults).toHaveLength(1);
    expect(rig.peer.clock.pace).toBe(10);
    const effects = rig.heal();
    expect(told(effects)).toEqual(["fault-ended", "clock-changed"]);
    expect(effects.at(-1)).toEqual({ kind: "restore" });
  });
});

describe("the peer's own clock", () => {
  test("skew and pace change when its deadlines come, and every deadline is met when it is due", () => {
    for (const [skew, pace] of [
      [2, 1],
      [0.5, 1],
      [1, 10],
      [3, 7],
    ] as const) {
      const rig = new Rig();
      rig.now = 1000.1;
      const left = rig.peer.peer.deadline - rig.now;
      rig.command({ kind: "skew", rate: skew, by: "test" });
      rig.command({ kind: "pace", factor: pace, by: "test" });
      expect((rig.peer.deadline - rig.now) / ((left * pace) / skew)).toBeCloseTo(1, 9);
      for (let i = 0; i < 50; i++) {
        rig.now = Math.max(rig.now, rig.peer.deadline);
        rig.give({ kind: "timeout" });
        expect(rig.peer.deadline).toBeGreaterThan(rig.now);
      }
    }
  });

  test("a jump makes due what lies before it", () => {
    const rig = new Rig();
    expect(told(rig.command({ kind: "jump", aheadMs: 10_000, by: "test" }))).toEqual(["clock-jumped"]);
    expect(rig.peer.deadline).toBeLessThanOrEqual(rig.now);
  });
});
