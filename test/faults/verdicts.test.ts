import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PeerId, parsePeerId } from "../../src/core/peer-id.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { Delivery, Direction, FaultTarget, LinkFault, Traffic } from "../../src/faults/fault.ts";
import { MAX_FAULTS, Verdicts } from "../../src/faults/verdicts.ts";

const NEVER = Number.POSITIVE_INFINITY;
const ANNA = peer("00000000000000aa");
const BORIS = peer("00000000000000bb");

function peer(text: string): PeerId {
  const id = parsePeerId(text);
  if (id === undefined) throw new Error(`${text} is no peer ID`);
  return id;
}

function traffic(with_: Partial<Traffic> = {}): Traffic {
  return { peer: ANNA, way: "out", medium: "link", bytes: () => 100, ...with_ };
}

interface Setting {
  readonly target?: FaultTarget;
  readonly direction?: Direction;
  readonly since?: number;
  readonly until?: number;
}

/** Faults set in this order on everybody, unless said otherwise. */
function under(faults: readonly LinkFault[], on: Setting = {}, seed = 1): Verdicts {
  const verdicts = new Verdicts(seededRandom(seed));
  for (const fault of faults) add(verdicts, fault, on);
  return verdicts;
}

function add(verdicts: Verdicts, fault: LinkFault, on: Setting = {}) {
  const { target = "everybody", direction = "both", since = 0, until = NEVER } = on;
  return verdicts.set(fault, { target, direction, by: "test" }, since, until);
}

/** How many of `times` things sent a second apart meet a condition. */
function count(verdicts: Verdicts, times: number, what: Traffic, holds: (copies: readonly Delivery[]) => boolean) {
  let met = 0;
  for (let i = 0; i < times; i++) if (holds(verdicts.judge(what, i * 1000))) met += 1;
  return met;
}

const CUT: LinkFault = { kind: "cut", reset: false };
const ONCE_AT_ONCE = (now: number): readonly Delivery[] => [{ at: now, corrupted: false }];

describe("one fault", () => {
  test("without any, everything arrives once and at once", () => {
    const verdicts = under([]);
    expect(verdicts.isQuiet).toBe(true);
    expect(verdicts.judge(traffic(), 7)).toEqual(ONCE_AT_ONCE(7));
  });

  test("cut: nothing arrives, and each thing is counted", () => {
    const verdicts = under([CUT]);
    expect(verdicts.isQuiet).toBe(false);
    expect(count(verdicts, 10, traffic(), (copies) => copies.length > 0)).toBe(0);
    expect(verdicts.active[0]?.counters.blocked).toBe(10);
  });

  test.each([
    ["drop", "dropped", (copies: readonly Delivery[]) => copies.length === 0],
    ["corrupt", "corrupted", (copies: readonly Delivery[]) => copies[0]?.corrupted === true],
    ["duplicate", "duplicated", (copies: readonly Delivery[]) => copies.length === 2],
  ] as const)(
    "%s: a share of 30 %% within 2 %% of 10,000, counted exactly, whatever the seed",
    (kind, counter, met) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        for (const medium of ["link", "packet"] as const) {
          const verdicts = under([{ kind, percent: 30 }], {}, seed);
          const hits = count(verdicts, 10_000, traffic({ medium }), met);
          expect(hits).toBeGreaterThan(2800);
          expect(hits).toBeLessThan(3200);
          expect(verdicts.active[0]?.counters[counter]).toBe(hits);
        }
      }
    },
  );

  test.each(["drop", "corrupt", "duplicate", "reorder"] as const)("%s: 0 %% never and 100 %% always", (kind) => {
    const counter = { drop: "dropped", corrupt: "corrupted", duplicate: "duplicated", reorder: "reordered" } as const;
    for (const [percent, hits] of [
      [0, 0],
      [100, 50],
    ] as const) {
      const verdicts = under([{ kind, percent }]);
      count(verdicts, 50, traffic({ medium: "packet" }), () => true);
      expect(verdicts.active[0]?.counters[counter[kind]]).toBe(hits);
    }
  });

  test("latency: within delay and jitter, never before now, counted", () => {
    const verdicts = under([{ kind: "latency", delayMs: 20, jitterMs: 50 }]);
    const packet = traffic({ medium: "packet" });
    const delays = Array.from({ length: 1000 }, (_, i) => (verdicts.judge(packet, 1000 * i)[0]?.at ?? NaN) - 1000 * i);
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(60);
    expect(Math.max(...delays)).toBeLessThanOrEqual(70);
    expect(verdicts.active[0]?.counters.delayed).toBe(1000);
  });

  test("reorder: packets fall behind, messages on links never do", () => {
    const verdicts = under([{ kind: "reorder", percent: 100 }]);
    expect(verdicts.judge(traffic({ medium: "packet" }), 10)[0]?.at).toBeGreaterThan(10);
    expect(verdicts.judge(traffic({ medium: "link" }), 10)).toEqual(ONCE_AT_ONCE(10));
    expect(verdicts.active[0]?.counters.reordered).toBe(1);
  });

  test("bandwidth: what was sent first passes first, each at its size, each way for itself", () => {
    const verdicts = under([{ kind: "bandwidth", bytesPerSecond: 1000 }]);
    const at = (way: "in" | "out", bytes: number) => verdicts.judge(traffic({ way, bytes: () => bytes }), 0)[0]?.at;
    expect([at("out", 100), at("out", 200), at("in", 50), at("out", 10)]).toEqual([100, 300, 50, 310]);
    expect(verdicts.judge(traffic({ bytes: () => 100 }), 1000)[0]?.at).toBe(1100);
  });

  test("bandwidth: what would wait for more than a second is lost, so the queue is bounded", () => {
    const verdicts = under([{ kind: "bandwidth", bytesPerSecond: 1000 }]);
    const arrived = count(verdicts, 1, traffic(), () => true);
    expect(arrived).toBe(1);
    let passed = 0;
    for (let i = 0; i < 100; i++) passed += verdicts.judge(traffic(), 0).length;
    expect(passed).toBe(10);
    expect(verdicts.active[0]?.counters).toMatchObject({ delayed: 11, dropped: 90 });
  });

  test("a size is asked for only where it matters", () => {
    const verdicts = under([
      { kind: "latency", delayMs: 5, jitterMs: 0 },
      CUT,
      { kind: "bandwidth", bytesPerSecond: 1 },
    ]);
    const unmeasured = (): number => {
      throw new Error("measured");
    };
    expect(verdicts.judge(traffic({ bytes: unmeasured }), 0)).toEqual([]);
  });
});

describe("targets and directions", () => {
  test.each([
    ["in", ["in"]],
    ["out", ["out"]],
    ["both", ["in", "out"]],
  ] as const)("a fault %s acts only that way", (direction, blocked) => {
    for (const way of ["in", "out"] as const) {
      const verdicts = under([CUT], { direction });
      const isBlocked = verdicts.judge(traffic({ way }), 0).length === 0;
      expect(isBlocked).toBe((blocked as readonly string[]).includes(way));
    }
  });

  test("a fault on a peer acts on nobody else; one on everybody also on strangers", () => {
    const onAnna = under([CUT], { target: ANNA });
    expect(onAnna.judge(traffic({ peer: BORIS }), 0)).toHaveLength(1);
    expect(onAnna.judge(traffic({ peer: null }), 0)).toHaveLength(1);
    expect(onAnna.judge(traffic({ peer: ANNA }), 0)).toHaveLength(0);
    expect(under([CUT]).judge(traffic({ peer: null }), 0)).toHaveLength(0);
  });

  test("a cut in either direction keeps connections from being made, and counts those it kept", () => {
    for (const direction of ["in", "out", "both"] as const) {
      const verdicts = under([CUT], { target: ANNA, direction });
      expect([verdicts.isCut(ANNA), verdicts.isCut(BORIS), verdicts.isCut(null)]).toEqual([true, false, false]);
      expect(verdicts.active[0]?.counters.blocked).toBe(0);
      expect([verdicts.blocks(ANNA), verdicts.blocks(BORIS)]).toEqual([true, false]);
      expect(verdicts.active[0]?.counters.blocked).toBe(1);
    }
  });
});

describe("several faults", () => {
  const ALL: readonly LinkFault[] = [
    CUT,
    { kind: "drop", percent: 30 },
    { kind: "corrupt", percent: 30 },
    { kind: "duplicate", percent: 100 },
    { kind: "latency", delayMs: 50, jitterMs: 20 },
    { kind: "reorder", percent: 50 },
    { kind: "bandwidth", bytesPerSecond: 10_000 },
  ];

  test("act in the documented order, whichever was set first", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ALL.slice(1), { minLength: 2 }), fc.nat(), (shuffled, seed) => {
        const documented = ALL.filter((fault) => shuffled.includes(fault));
        const [one, other] = [under(shuffled, {}, seed), under(documented, {}, seed)];
        for (let at = 0; at < 20; at++) {
          expect(one.judge(traffic({ medium: "packet" }), at)).toEqual(other.judge(traffic({ medium: "packet" }), at));
        }
      }),
    );
  });

  test("a cut leaves nothing to the others", () => {
    const verdicts = under([...ALL].reverse());
    expect(count(verdicts, 20, traffic(), (copies) => copies.length > 0)).toBe(0);
    const [cut, ...others] = verdicts.active.toReversed();
    expect(cut?.counters.blocked).toBe(20);
    for (const { counters } of others) expect(Object.values(counters).every((each) => each === 0)).toBe(true);
  });

  test("both copies of a duplicate are corrupted with it, are delayed each for itself, and each takes its bandwidth", () => {
    const verdicts = under([
      { kind: "bandwidth", bytesPerSecond: 1000 },
      { kind: "duplicate", percent: 100 },
      { kind: "corrupt", percent: 100 },
    ]);
    expect(verdicts.judge(traffic(), 0)).toEqual([
      { at: 100, corrupted: true },
      { at: 200, corrupted: true },
    ]);
  });

  test("two of one kind act one after the other", () => {
    const verdicts = under([
      { kind: "drop", percent: 50 },
      { kind: "drop", percent: 50 },
    ]);
    const lost = count(verdicts, 10_000, traffic(), (copies) => copies.length === 0);
    expect(lost).toBeGreaterThan(7300);
    expect(lost).toBeLessThan(7700);
    const [first, second] = verdicts.active;
    expect((first?.counters.dropped ?? 0) + (second?.counters.dropped ?? 0)).toBe(lost);
    expect(second?.counters.dropped).toBeLessThan(3000);
  });

  test("never more than MAX_FAULTS are in force; one that ends makes room", () => {
    const verdicts = under(Array.from({ length: MAX_FAULTS }, () => CUT));
    expect(verdicts.room).toBe(0);
    expect(add(verdicts, CUT)).toBeUndefined();
    verdicts.remove(1);
    expect(add(verdicts, CUT)?.id).toBe(MAX_FAULTS + 1);
  });
});

describe("the order of links", () => {
  test("is kept under any jitter, each way, and by duplicates", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(30), { maxLength: 100 }), (seed, gaps) => {
        const verdicts = under(
          [
            { kind: "latency", delayMs: 50, jitterMs: 50 },
            { kind: "duplicate", percent: 30 },
            { kind: "reorder", percent: 100 },
          ],
          {},
          seed,
        );
        let [now, latest] = [0, 0];
        for (const gap of gaps) {
          now += gap;
          for (const { at } of verdicts.judge(traffic(), now)) {
            expect(at).toBeGreaterThanOrEqual(Math.max(now, latest));
            latest = at;
          }
        }
      }),
    );
  });

  test("is kept across the end of a latency fault, as long as something still travels", () => {
    const verdicts = under([{ kind: "latency", delayMs: 100, jitterMs: 0 }], { target: ANNA, until: 10 });
    expect(verdicts.judge(traffic(), 5)[0]?.at).toBe(105);
    verdicts.expire(10);
    expect(verdicts.isQuiet).toBe(true);
    expect(verdicts.judge(traffic(), 20)[0]?.at).toBe(105);
    expect(verdicts.judge(traffic({ medium: "packet" }), 20)[0]?.at).toBe(20);
    expect(verdicts.judge(traffic({ peer: BORIS }), 20)[0]?.at).toBe(20);
    verdicts.arrived(traffic());
    expect(verdicts.judge(traffic(), 20)[0]?.at).toBe(20);
  });
});

describe("the end of faults", () => {
  test("each ends exactly at its time, and not before", () => {
    const verdicts = under([CUT], { until: 30 });
    add(verdicts, { kind: "drop", percent: 1 }, { until: 20 });
    add(verdicts, { kind: "drop", percent: 2 });
    expect(verdicts.deadline).toBe(20);
    expect(verdicts.expire(19.999)).toEqual([]);
    expect(verdicts.expire(20).map(({ fault }) => fault.kind)).toEqual(["drop"]);
    expect(verdicts.deadline).toBe(30);
    expect(verdicts.expire(30).map(({ fault }) => fault.kind)).toEqual(["cut"]);
    expect(verdicts.deadline).toBe(NEVER);
    expect(verdicts.judge(traffic({ bytes: () => 0 }), 30).length).toBeLessThanOrEqual(1);
    expect(verdicts.active).toHaveLength(1);
  });

  test("remove ends one, heal those on one target, heal all every one; each answers what was", () => {
    const verdicts = under([CUT], { target: ANNA });
    add(verdicts, CUT, { target: BORIS });
    add(verdicts, CUT);
    expect(verdicts.remove(7)).toBeUndefined();
    expect(verdicts.remove(2)?.target).toBe(BORIS);
    expect(verdicts.heal(ANNA).map(({ id }) => id)).toEqual([1]);
    expect(verdicts.heal(ANNA)).toEqual([]);
    expect(verdicts.heal("all").map(({ id }) => id)).toEqual([3]);
    expect(verdicts.isQuiet).toBe(true);
    expect(verdicts.judge(traffic(), 5)).toEqual(ONCE_AT_ONCE(5));
  });

  test("an ID is never given twice", () => {
    const verdicts = under([CUT]);
    verdicts.heal("all");
    expect(add(verdicts, CUT)?.id).toBe(2);
  });

  test("what is told of a fault is what its type says and no more", () => {
    expect(Object.keys(under([CUT]).active[0] ?? {}).sort()).toEqual(
      ["by", "counters", "direction", "fault", "id", "since", "target", "until"].sort(),
    );
  });
});
