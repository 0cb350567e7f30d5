import { describe, expect, test } from "vitest";
import type { Reading } from "../../src/control/grammar.ts";
import { History } from "../../src/control/history.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { inverseOf, obstacle, type Plan, planOf } from "../../src/control/plan.ts";
import { isFaultCommand, parseLine } from "../../src/control/verbs.ts";
import type { FaultRow, PeerView } from "../../src/peer/peer-view.ts";
import { id, picture, row } from "../ui/pictures.ts";

const BY = "7001";

const FAULT: FaultRow = {
  id: 4,
  fault: { kind: "cut", reset: false },
  target: id(2),
  direction: "both",
  by: BY,
  ageMs: 0,
  remainingMs: null,
  counters: { blocked: 0, dropped: 0, corrupted: 0, duplicated: 0, delayed: 0, reordered: 0 },
};

function view(changes: Partial<PeerView> = {}): PeerView {
  return picture({ rows: [row(2), row(3), row(4, { status: "left" })], view: changes });
}

function read(line: string, shown = view(), relayed = false): Reading<Plan> {
  const command = parseLine(line, new PeerNames(shown.self, shown.peers));
  if (!command.ok) throw new Error(command.text);
  if (!isFaultCommand(command.value) || command.value.verb === "undo") throw new Error(`${line} is not planned`);
  return planOf(command.value, shown, { by: BY, relayed });
}

function plan(line: string, shown = view(), relayed = false): Plan {
  const reading = read(line, shown, relayed);
  if (!reading.ok) throw new Error(reading.text);
  return reading.value;
}

const cut = { kind: "cut", reset: false };

describe("a fault of links is held by whoever asks", () => {
  test.each([
    ["cut 7002", { ...cut }, "both"],
    ["cut 7002 out reset", { kind: "cut", reset: true }, "out"],
    ["drop 7002 30% in", { kind: "drop", percent: 30 }, "in"],
    ["corrupt 7002 5%", { kind: "corrupt", percent: 5 }, "both"],
    ["duplicate 7002 20%", { kind: "duplicate", percent: 20 }, "both"],
    ["reorder 7002 20%", { kind: "reorder", percent: 20 }, "both"],
    ["latency 7002 100ms", { kind: "latency", delayMs: 100, jitterMs: 0 }, "both"],
    ["latency 7002 100ms +-20ms", { kind: "latency", delayMs: 100, jitterMs: 20 }, "both"],
    ["bandwidth 7002 10KB/s", { kind: "bandwidth", bytesPerSecond: 10_000 }, "both"],
  ])("%s", (line, fault, direction) => {
    expect(plan(`${line} for 2s`)).toEqual({
      own: [{ kind: "set", fault, targets: [id(2)], direction, by: BY, forMs: 2000 }],
      relayed: [],
      heals: false,
      forMs: 2000,
    });
  });

  test("all, and this peer itself, mean everybody", () => {
    for (const line of ["cut all", "cut 7001", "cut 7001,7002"])
      expect(plan(line).own).toMatchObject([{ kind: "set", targets: ["everybody"], forMs: null }]);
  });
});

describe("a fault of peers is carried out by each", () => {
  test.each([
    ["isolate", "", { kind: "set", fault: cut, targets: ["everybody"], direction: "both", forMs: 1500 }],
    ["pause", "", { kind: "pause", forMs: 1500 }],
    ["crash", "", { kind: "crash", forMs: 1500 }],
  ])("%s", (verb, value, own) => {
    const made = plan(`${verb} 7001,7002 ${value} for 1.5s`);
    expect(made.own).toEqual([{ ...own, by: BY }]);
    expect(made.relayed).toEqual([{ peer: id(2), line: `${verb} ${id(2)} for 1500ms` }]);
    expect(made).toMatchObject({ heals: false, forMs: 1500 });
  });

  test.each([
    ["resume", "", { kind: "resume", by: BY }, true],
    ["recover", "", { kind: "recover" }, true],
    ["skew", " 1.5x", { kind: "skew", rate: 1.5, by: BY }, false],
    ["skew", " 1x", { kind: "skew", rate: 1, by: BY }, true],
    ["jump", " 10000ms", { kind: "jump", aheadMs: 10_000, by: BY }, false],
  ])("%s%s", (verb, value, own, heals) => {
    const made = plan(`${verb} all${value}`);
    expect(made.own).toEqual([own]);
    expect(made.relayed).toEqual([2, 3].map((n) => ({ peer: id(n), line: `${verb} ${id(n)}${value}` })));
    expect(made.heals).toBe(heals);
  });
});

describe("a partition", () => {
  test("lets each peer of a group cut those of all others, also where this peer is in none", () => {
    const made = plan("partition 7001 | 7002,7003 for 5s");
    expect(made.own).toEqual([
      { kind: "set", fault: cut, targets: [id(2), id(3)], direction: "both", by: BY, forMs: 5000 },
    ]);
    const line = `cut ${id(1)} both for 5000ms`;
    expect(made.relayed).toEqual([2, 3].map((n) => ({ peer: id(n), line })));
    expect(plan("partition 7002 | 7003")).toMatchObject({ own: [], relayed: [{ peer: id(2) }, { peer: id(3) }] });
  });

  test("of more peers than a line holds is refused", () => {
    const rows = Array.from({ length: 80 }, (_, n) => row(n + 2));
    const shown = picture({ rows });
    const line = `partition 7001 | ${rows.map((each) => each.id).join(",")}`;
    expect(read(line, shown)).toMatchObject({ ok: true });
    const reverse = `partition 7002 | 7001,${rows
      .slice(1)
      .map((each) => each.id)
      .join(",")}`;
    expect(read(reverse, shown)).toEqual({ ok: false, text: "partition: too many peers" });
  });
});

test("pace goes to all", () => {
  expect(plan("pace 10")).toMatchObject({
    own: [{ kind: "pace", factor: 10 }],
    relayed: [
      { peer: id(2), line: "pace 10" },
      { peer: id(3), line: "pace 10" },
    ],
    heals: false,
  });
  expect(plan("pace 1").heals).toBe(true);
});

describe("a heal", () => {
  test("of all ends everything everywhere", () => {
    for (const line of ["heal", "heal all"])
      expect(plan(line)).toMatchObject({
        own: [{ kind: "heal", target: "all" }],
        relayed: [
          { peer: id(2), line: "heal all" },
          { peer: id(3), line: "heal all" },
        ],
        heals: true,
      });
  });

  test("of a peer ends what we and it do to each other, and what it does to itself", () => {
    expect(plan("heal 7002")).toMatchObject({
      own: [{ kind: "heal", target: id(2) }],
      relayed: [{ peer: id(2), line: `heal ${id(1)},${id(2)}` }],
    });
    const there = picture({
      self: { id: id(2) },
      rows: [row(1), row(3)],
      view: { condition: { kind: "crashed", skew: 2, pace: 10 } },
    });
    expect(plan(`heal ${id(1)},${id(2)}`, there, true).own).toEqual([
      { kind: "heal", target: id(1), by: BY },
      { kind: "heal", target: "everybody", by: BY },
      { kind: "skew", rate: 1, by: BY },
      { kind: "recover" },
    ]);
  });

  test("of ourselves ends all that we hold and all that the others hold against us", () => {
    const made = plan("heal 7001", view({ faults: [FAULT], condition: { kind: "paused", skew: 1, pace: 10 } }));
    expect(made.own).toEqual([
      { kind: "remove", id: 4 },
      { kind: "heal", target: "everybody", by: BY },
      { kind: "resume", by: BY },
    ]);
    expect(made.relayed).toEqual([2, 3].map((n) => ({ peer: id(n), line: `heal ${id(1)}` })));
  });
});

describe("a line that has travelled", () => {
  test("is carried out here and goes no further", () => {
    for (const line of ["pace 10", "heal all", "pause all", "partition 7001 | 7002"]) {
      const made = plan(line, view(), true);
      expect(made.own).toHaveLength(1);
      expect(made.relayed).toEqual([]);
    }
  });

  test("that does not concern this peer is refused", () => {
    for (const line of ["pause 7002", "isolate 7002", "partition 7002 | 7003"])
      expect(read(line, view(), true)).toMatchObject({ ok: false, text: expect.stringMatching(/does not concern/) });
  });
});

describe("the way back", () => {
  const before = view({ condition: { kind: "running", skew: 1.5, pace: 2 } });

  test.each([
    ["cut 7002,7003", [7, 8], "remove 7,8"],
    ["isolate 7001", [9], "remove 9"],
    ["cut 7002", [], null],
    ["pause 7001", [], `resume ${id(1)}`],
    ["crash 7001", [], `recover ${id(1)}`],
    ["skew 7001 3x", [], `skew ${id(1)} 1.5x`],
    ["pace 10", [], "pace 2"],
    ["jump 7001 10s", [], null],
    ["heal all", [], null],
    ["resume 7001", [], null],
    ["pace 1", [], null],
  ])("from %s, having set %j, is %s, and is understood", (line, set, inverse) => {
    expect(inverseOf(plan(line, before), before, set)).toBe(inverse);
    if (inverse !== null) expect(plan(inverse, before, true).own.length).toBeGreaterThan(0);
  });

  test("from what was so before is none", () => {
    const paused = view({ condition: { kind: "paused", skew: 1, pace: 1 } });
    const crashed = view({ condition: { kind: "crashed", skew: 1, pace: 1 } });
    expect(inverseOf(plan("pause 7001"), paused, [])).toBeNull();
    expect(inverseOf(plan("crash 7001"), crashed, [])).toBeNull();
  });
});

describe("what cannot be done is said", () => {
  const standing = (kind: PeerView["condition"]["kind"]) => view({ condition: { kind, skew: 1, pace: 1 } });

  test.each([
    ["pause 7001", "crashed", "is crashed"],
    ["pause 7001", "paused", null],
    ["resume 7001", "running", "is not paused"],
    ["resume 7001", "paused", null],
    ["recover 7001", "paused", "is not crashed"],
    ["recover 7001", "crashed", null],
    ["heal 7001", "paused", null],
    ["remove 5", "running", "holds no fault 5"],
    ["remove 5,6", "running", "holds no fault 5,6"],
  ] as const)("%s of a peer that is %s: %s", (line, kind, text) => {
    expect(obstacle(plan(line, standing(kind)).own, standing(kind))).toBe(text);
  });

  test("as long as one of several faults is held, they can be removed", () => {
    const holding = view({ faults: [FAULT] });
    expect(obstacle(plan("remove 4,5", holding).own, holding)).toBeNull();
  });

  test("a process fault of nobody is refused", () => {
    const alone = picture({ peers: 1 });
    expect(read("pause all", alone)).toMatchObject({ ok: true });
    expect(plan("heal all", alone).relayed).toEqual([]);
  });
});

describe("the history", () => {
  const step = (line: string, until = Number.POSITIVE_INFINITY) => ({ line, undo: [], until });

  test("gives back the last that is still in force", () => {
    const history = new History();
    history.add(step("first"));
    history.add(step("short", 100));
    history.add(step("removed"));
    expect(history.takeLast(100, ({ line }) => line !== "removed")?.line).toBe("first");
    expect(history.takeLast(100, () => true)).toBeUndefined();
  });

  test("is bounded, and forgets the oldest", () => {
    const history = new History();
    for (let n = 0; n < 100; n++) history.add(step(String(n)));
    const taken: string[] = [];
    for (let each = history.takeLast(0, () => true); each !== undefined; each = history.takeLast(0, () => true))
      taken.push(each.line);
    expect(taken).toEqual(Array.from({ length: 64 }, (_, n) => String(99 - n)));
  });

  test("is empty once everything was healed", () => {
    const history = new History();
    history.add(step("cut"));
    history.clear();
    expect(history.takeLast(0, () => true)).toBeUndefined();
  });
});
