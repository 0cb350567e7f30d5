import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GAP, isLargeEnough, type LayoutInput, LEAST, layoutOf, PANELS } from "../../src/ui/layout.ts";

const input = fc.record({
  columns: fc.integer({ min: LEAST.columns, max: 300 }),
  rows: fc.integer({ min: LEAST.rows, max: 120 }),
  focus: fc.constantFrom(...PANELS),
  zoomed: fc.boolean(),
  peers: fc.integer({ min: 1, max: 300 }),
  faults: fc.integer({ min: 0, max: 70 }),
  notices: fc.integer({ min: 0, max: 70 }),
  files: fc.integer({ min: 0, max: 70 }),
  values: fc.integer({ min: 0, max: 70 }),
  mutex: fc.integer({ min: 0, max: 70 }),
  broker: fc.integer({ min: 0, max: 70 }),
  side: fc.constantFrom<LayoutInput["side"]>(["raft", "gossip"], ["election", "order"], ["raft", "order"]),
  headRows: fc.integer({ min: 2, max: 4 }),
  adviceRows: fc.integer({ min: 0, max: 3 }),
  footerRows: fc.integer({ min: 1, max: 3 }),
  overlaid: fc.boolean(),
});

const plain: LayoutInput = {
  columns: 120,
  rows: 40,
  focus: "peers",
  zoomed: false,
  peers: 5,
  faults: 0,
  notices: 0,
  files: 0,
  values: 0,
  mutex: 0,
  broker: 0,
  side: ["raft", "gossip"],
  headRows: 2,
  adviceRows: 0,
  footerRows: 1,
  overlaid: false,
};

function named(said: Partial<LayoutInput>): string[] {
  return layoutOf({ ...plain, ...said }).map((band) => band.map((p) => `${p.name} ${p.height}`).join(" | "));
}

describe("the layout", () => {
  test("fills all lines but one, and never more than the width", () => {
    fc.assert(
      fc.property(input, (said) => {
        const bands = layoutOf(said);
        const height = bands.reduce((sum, band) => sum + (band[0]?.height ?? 0), 0);
        expect(said.headRows + height + said.footerRows).toBe(said.rows - 1);
        for (const band of bands) {
          expect(new Set(band.map((piece) => piece.height)).size).toBe(1);
          const width = band.reduce((sum, piece) => sum + piece.width, 0) + GAP * (band.length - 1);
          expect(width).toBe(said.columns);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("shows every piece once, with room for at least a line of its own", () => {
    fc.assert(
      fc.property(input, (said) => {
        const pieces = layoutOf(said).flat();
        expect(new Set(pieces.map((piece) => piece.name)).size).toBe(pieces.length);
        for (const piece of pieces) expect(piece.height).toBeGreaterThan(piece.titled ? 1 : 0);
      }),
      { numRuns: 3000 },
    );
  });

  test("shows the focused panel whatever the size, and alone when it is zoomed", () => {
    fc.assert(
      fc.property(input, (said) => {
        const names = layoutOf({ ...said, overlaid: false })
          .flat()
          .map((piece) => piece.name);
        expect(names).toContain(said.focus);
        if (said.zoomed) expect(names.filter((name) => name !== "advice")).toEqual([said.focus]);
      }),
      { numRuns: 3000 },
    );
  });

  test("a fifth of a 120x40 terminal shows five peers, a summary and the latest event", () => {
    expect(named({ columns: 59, rows: 11 })).toEqual(["peers 5", "summary 1", "timeline 1"]);
  });

  test("a full terminal shows all panels, and what is left over goes to the timeline", () => {
    expect(named({})).toEqual(["peers 6", "raft 14 | gossip 14", "timeline 16"]);
    expect(named({ rows: 50 })).toEqual(["peers 6", "raft 14 | gossip 14", "timeline 26"]);
  });

  test("where something is broken the Faults panel takes from the timeline, which keeps six lines", () => {
    expect(named({ faults: 1 })).toEqual(["peers 6", "raft 14 | gossip 14", "faults 3", "timeline 13"]);
    expect(named({ faults: 64 })).toEqual(["peers 6", "raft 14 | gossip 14", "faults 7", "timeline 9"]);
    expect(named({ focus: "faults", faults: 64 })).toEqual([
      "peers 6",
      "raft 14 | gossip 14",
      "faults 10",
      "timeline 6",
    ]);
    expect(named({ faults: 64, rows: 26 })).toEqual(["peers 6", "raft 8 | gossip 8", "timeline 8"]);
  });

  test("where there are notices their panel takes from the timeline too, and most of it when it is looked at", () => {
    expect(named({ notices: 2 })).toEqual(["peers 6", "raft 14 | gossip 14", "notices 3", "timeline 13"]);
    expect(named({ notices: 67 })).toEqual(["peers 6", "raft 14 | gossip 14", "notices 7", "timeline 9"]);
    expect(named({ notices: 67, faults: 64, rows: 44 })).toEqual([
      "peers 6",
      "raft 14 | gossip 14",
      "faults 7",
      "notices 7",
      "timeline 6",
    ]);
    expect(named({ focus: "notices" })).toEqual(["peers 6", "raft 14 | gossip 14", "notices 3", "timeline 13"]);
    expect(named({ focus: "notices", notices: 67, faults: 1 })).toEqual([
      "peers 6",
      "raft 14 | gossip 14",
      "faults 3",
      "notices 7",
      "timeline 6",
    ]);
    expect(named({ focus: "notices", columns: 59, rows: 11 })).toEqual(["notices 7"]);
  });

  test("files and values stand side by side where there is any of either, and one above the other in few columns", () => {
    const both = { files: 3, values: 1 };
    const above = ["peers 6", "raft 14 | gossip 14"];
    expect(named({ files: 3 })).toEqual([...above, "files 4 | values 4", "timeline 12"]);
    expect(named({ focus: "values" })).toEqual([...above, "files 3 | values 3", "timeline 13"]);
    expect(named({ focus: "files", files: 65, faults: 64, rows: 50 })).toEqual([
      ...above,
      "faults 7",
      "files 13 | values 13",
      "timeline 6",
    ]);
    expect(named({ ...both, columns: 80, rows: 60 })).toEqual([
      "peers 6",
      "raft 9",
      "gossip 9",
      "files 4",
      "values 3",
      "timeline 25",
    ]);
    expect(named({ ...both, focus: "values", columns: 59, rows: 11 })).toEqual(["values 7"]);
  });

  test("what stands below the peers is what decides, or one of four that is looked at", () => {
    expect(named({ side: ["election", "order"] })).toEqual(["peers 6", "election 14 | order 14", "timeline 16"]);
    expect(named({ focus: "election" })).toEqual(["peers 6", "raft 14 | election 14", "timeline 16"]);
    expect(named({ focus: "gossip", side: ["election", "order"] })).toEqual([
      "peers 6",
      "election 14 | gossip 14",
      "timeline 16",
    ]);
    expect(named({ focus: "order", columns: 80, rows: 60 })).toEqual(["peers 6", "raft 9", "order 9", "timeline 32"]);
    expect(named({ focus: "order", columns: 59, rows: 11 })).toEqual(["order 7"]);
  });

  test("locks stand above the timeline where anybody wants one", () => {
    expect(named({ mutex: 3 })).toEqual(["peers 6", "raft 14 | gossip 14", "mutex 4", "timeline 12"]);
    expect(named({ focus: "mutex" })).toEqual(["peers 6", "raft 14 | gossip 14", "mutex 3", "timeline 13"]);
  });

  test("the pool stands above the timeline where there is a job or an address", () => {
    expect(named({ broker: 9 })).toEqual(["peers 6", "raft 14 | gossip 14", "broker 7", "timeline 9"]);
    expect(named({ focus: "broker" })).toEqual(["peers 6", "raft 14 | gossip 14", "broker 3", "timeline 13"]);
    expect(named({ focus: "broker", broker: 9, columns: 59, rows: 11 })).toEqual(["broker 7"]);
  });

  test("a board has all the room that the peers and some of the timeline leave, and none where nobody looks", () => {
    expect(named({ focus: "life", broker: 9 })).toEqual(["peers 6", "life 24", "timeline 6"]);
    expect(named({ focus: "life", columns: 95, rows: 16 })).toEqual(["life 8", "timeline 4"]);
    expect(named({ focus: "life", columns: 59, rows: 11 })).toEqual(["life 7"]);
    expect(named({ focus: "life", zoomed: true })).toEqual(["life 36"]);
  });

  test("many peers leave room for the rest", () => {
    expect(named({ peers: 30 })).toEqual(["peers 16", "raft 10 | gossip 10", "timeline 10"]);
  });

  test("what stands over the panels takes the whole body", () => {
    expect(named({ columns: 59, rows: 11, overlaid: true })).toEqual(["overlay 7"]);
  });

  test("59x11 is enough and less is not", () => {
    expect(isLargeEnough(59, 11)).toBe(true);
    expect(isLargeEnough(58, 11)).toBe(false);
    expect(isLargeEnough(59, 10)).toBe(false);
  });
});
