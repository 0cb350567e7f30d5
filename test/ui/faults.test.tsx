import fc from "fast-check";
import { renderToString } from "ink";
import { describe, expect, test } from "vitest";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { App } from "../../src/ui/app.tsx";
import { frame, hostile, lineWith, PLAIN, SMALL } from "./frames.tsx";
import { type ModelSaid, modelOf } from "./models.ts";
import { fault, id, told } from "./pictures.ts";

describe("faults", () => {
  const cut = fault(3, { direction: "out" });
  const loss = fault(4, {
    fault: { kind: "drop", percent: 30 },
    by: "7002",
    remainingMs: 18_000,
    counters: { ...cut.counters, blocked: 0, dropped: 12 },
  });
  const condition = { kind: "crashed", skew: 1.5, pace: 10 } as const;

  test("the header shouts in every size, in reverse video", () => {
    const header = (columns: number, view: Partial<PeerView>) => frame({ columns, lines: 16, view })[0];
    expect(header(120, { faults: [cut] })).toMatch(
      /^ 7001 \* LEADER {2}term 4 .* !! 1 FAULT: 7001->7003 cut {2}u=undo$/,
    );
    expect(header(95, { faults: [cut] })).toMatch(/^ 7001 \* LEADER T4 .* !! 1 FAULT: 7001->7003 cut {2}u=undo$/);
    expect(header(59, { faults: [cut] })).toMatch(/^ 7001 \* LEADER T4 {2}q5\/5 {2}L182 +!! 1 FAULT: 7001->7003 cut$/);
    expect(header(59, { faults: [cut, loss] })).toMatch(/L182 +!! 2 FAULTS$/);
    expect(header(59, { condition, faults: [cut] })).toMatch(/^ 7001 .* !! CRASHED PACE 10x CLOCK 1\.5x 1 FAULT$/);
    const styled = renderToString(<App model={modelOf({ view: { faults: [cut] } })} theme={PLAIN} />, { columns: 120 });
    expect(styled.split("\n")[0]).toContain("\x1b[1m\x1b[7m !! 1 FAULT");
  });

  test("the header shouts beside the longest names too, at the least size", () => {
    for (const phase of ["member", "seeking"] as const)
      fc.assert(
        fc.property(
          fc.constantFrom("running", "paused", "crashed"),
          fc.constantFrom(1, 1.5, 0.0123),
          fc.constantFrom(1, 10, 1000),
          fc.array(fc.constantFrom(cut, loss), { maxLength: 64 }),
          (kind, skew, pace, faults) => {
            const view = { condition: { kind, skew, pace }, faults };
            const self = { name: "a-name-that-goes-on-and-on-and-on", phase };
            const raft = { role: "pre-candidate", currentTerm: 123_456, leader: id(4) } as const;
            const [header = ""] = frame({ ...SMALL, rows: hostile, self, raft, view });
            const quiet = kind === "running" && skew === 1 && pace === 1 && faults.length === 0;
            expect(header.includes("!!")).toBe(!quiet);
            expect(header).not.toMatch(/~$/);
          },
        ),
        { numRuns: 50 },
      );
  });

  test("who set a fault decides how it is said to end", () => {
    expect(frame({ view: { faults: [loss] } })[0]).toMatch(/7001<->7004 30% drop {2}f H heals$/);
    expect(frame({ view: { condition: { kind: "paused", skew: 1, pace: 1 } } })[0]).toMatch(/!! PAUSED$/);
  });

  test("the links say which way and how often, and only what it is where there is little room", () => {
    const rows = (said: ModelSaid) => frame({ view: { faults: [cut, loss] }, ...said });
    expect(rows({}).find((line) => line.startsWith("  7003"))).toMatch(/ x-> cut out, 41 blocked$/);
    expect(rows({}).find((line) => line.startsWith("  7004"))).toMatch(/ 30% drop, 12 dropped$/);
    expect(rows(SMALL).find((line) => line.startsWith("  7003"))).toMatch(/ x-> cut out$/);
    expect(rows(SMALL).find((line) => line.startsWith("  7002"))).toMatch(/ ok$/);
  });

  test("several faults of one link are counted", () => {
    const faults = [fault(3, { direction: "in" }), loss, fault(5, { ...loss, id: 5, target: id(3) })];
    expect(lineWith("  7003 ", { view: { faults } })).toMatch(/ ->x cut in \+1, 41 blocked$/);
  });

  test("a fault towards everybody stands in every row, and what it did in the own one", () => {
    const faults = [fault(1, { target: "everybody" })];
    expect(lineWith("> 7001", { view: { faults } })).toMatch(/ all: x--x cut, 41 blocked$/);
    expect(lineWith("  7005", { view: { faults } })).toMatch(/ x--x cut$/);
  });

  test("the panel says what, towards whom, which way, how often, until when, by whom, since when", () => {
    const view = { faults: [cut, loss] };
    const lines = frame({ view, state: { focus: "faults" } });
    expect(lines[1]).toContain("[5 Faults]");
    expect(lines).toContain(">#3  -> 7003 cut out         41 blocked  until ended  by you   12 s ago");
    expect(lines).toContain(" #4  <-> 7004 30% drop both  12 dropped  18 s left    by 7002  12 s ago");
    expect(lineWith("#4", { ...SMALL, view, state: { focus: "faults" } })).toMatch(
      /<-> 7004 30% drop both {2}12 dropped/,
    );
  });

  test("the panel shows itself where there is room and something is broken", () => {
    expect(frame({ view: { faults: [cut] } }).join("\n")).toContain("#3  -> 7003 cut out");
    expect(frame().join("\n")).not.toContain("-- Faults");
  });

  test("the empty panel says what to press, whatever the size", () => {
    for (const size of [{}, SMALL]) {
      const text = frame({ ...size, state: { focus: "faults" } }).join("\n");
      expect(text).toContain("no fault is set. Go to a peer, or mark some: f shows what");
      expect(text).toContain("f c cuts; any fault takes for 30s");
    }
  });

  test("a peer that stands still says so, and how to go on", () => {
    const text = (kind: "paused" | "crashed") =>
      frame({ ...SMALL, view: { condition: { kind, skew: 1, pace: 1 } } }).join("\n");
    expect(text("paused")).toContain("paused: f p on your own row resumes it");
    expect(text("crashed")).toContain("crashed: f k on your own row recovers it from its disk");
    const panel = frame({ view: { condition }, state: { focus: "faults", zoomed: true } }).join("\n");
    expect(panel).toContain("CRASHED  f k on your own row recovers it");
    expect(panel).toContain("PACE 10x  :pace 1 ends it");
    expect(panel).toContain("CLOCK 1.5x  f h on your own row");
  });

  test("the timeline marks what somebody did", () => {
    const story = [told(178, { kind: "fault-set", ...cut }), told(1_234_567, { kind: "left" })];
    expect(lineWith("cut 7003 out", { story })).toMatch(/^ L178 {4}!! you {2}cut 7003 out$/);
    expect(lineWith("L1234567", { story })).toMatch(/^ L1234567 {3}you {2}left the cluster$/);
  });
});
