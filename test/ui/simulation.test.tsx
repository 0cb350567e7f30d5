import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { SPEEDS } from "../../src/control/speed.ts";
import { OF_SIMULATIONS } from "../../src/control/vocabulary.ts";
import { keyToAction } from "../../src/ui/keys.ts";
import { keyOfPanel, PANELS } from "../../src/ui/layout.ts";
import { paneTitle } from "../../src/ui/panels/header.ts";
import { reported, turnedTo } from "../../src/ui/state.ts";
import { frame, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import { modelOf } from "./models.ts";
import { fault, id } from "./pictures.ts";
import { simulatedPeer, simulation } from "./simulations.ts";

const HALTED = simulation({ isHalted: true, nowMs: 12_412.0625 });
const TROUBLED = simulation({
  peers: [
    simulatedPeer(1),
    simulatedPeer(2, { condition: "paused" }),
    simulatedPeer(3, { condition: "down" }),
    simulatedPeer(4, { condition: "crashed" }),
    simulatedPeer(5),
  ],
});

/** A frame of each size that matters. */
const SIZES = { quarter: SMALL, low: { columns: 60, lines: 15 }, usual: { columns: 80, lines: 24 }, full: {} } as const;

describe("the head of a simulation", () => {
  test("on a full screen is its own line, the script's, then what it is of a peer", () => {
    const lines = frame({ simulation: HALTED });
    expect(lines).toHaveLength(39);
    expect(lines[0]).toBe(" SIM 12.412 s  1x  halted  [7001] 7002 7003 7004 7005");
    expect(lines[1]).toBe(" > crash 7001");
    expect(lines[2]).toBe(" 7001 * LEADER  term 4 for 12 s | quorum 5/5, 3 needed | lamport 182 | up 3 min");
    expect(lines[3]).toMatch(/^ \[1 Peers\] 2 Gos 3 Raft 4 Time /);
  });

  test("at 80x24 is the same", () => {
    const lines = frame({ ...SIZES.usual, simulation: simulation({ speed: "max" }) });
    expect(lines).toHaveLength(23);
    expect(lines[0]).toBe(" SIM 12.4 s  max  [7001] 7002 7003 7004 7005");
    expect(lines[1]).toBe(" > crash 7001");
  });

  test("at 60x15 has no line for the script", () => {
    const lines = frame({ ...SIZES.low, simulation: simulation({ outcome: "failed", line: "line 12: no leader" }) });
    expect(lines[0]).toBe(" SIM 12.4 s  1x  failed  [7001] 7002 7003 7004 7005");
    expect(lines[1]).toMatch(/^ 7001 \* LEADER T4/);
    expect(lines[2]).toMatch(/^ \[1 Peers\]/);
  });

  test("in a quarter of a screen takes the place of the panels' names, so that five peers still fit", () => {
    const lines = frame({ ...SMALL, simulation: HALTED });
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(" SIM 12.412 s  1x  halted  [7001] 7002 7003 7004 7005");
    expect(lines[1]).toMatch(/^ 7001 \* LEADER T4 +q5\/5 +L182/);
    expect(lines.slice(2, 7).map((line) => line.slice(2, 6))).toEqual(["7001", "7002", "7003", "7004", "7005"]);
    expect(lines.at(-1)).toMatch(/f fault {2}P go {2}\. step .*u undo {2}q quit/);
  });

  test("tells the script beside the peers where there is room but for one line", () => {
    const lines = frame({ columns: 95, lines: 16, simulation: simulation() });
    expect(lines[0]).toMatch(/^ SIM 12\.4 s {2}1x {2}\[7001\] 7002 7003 7004 7005 +> crash 7001$/);
    const long = simulation({ line: "Now watch how ".repeat(20) });
    expect(frame({ columns: 95, lines: 16, simulation: long })[0]).toMatch(/Now watch how .*~$/);
  });

  test("keeps what the script said while its statements go by", () => {
    const talking = simulation({ said: "Now the leader's process ends: who leads next?" });
    expect(frame({ simulation: talking })[1]).toMatch(/^ Now the leader's .* next\? +> crash 7001$/);
    expect(frame({ ...SIZES.usual, simulation: talking })[1]).toMatch(/ next\? +> crash 7001$/);
    expect(frame({ columns: 60, lines: 20, simulation: talking })[1]).toMatch(/ next\?$/);
    expect(frame({ columns: 80, lines: 16, simulation: talking })[0]).toMatch(/7005 +Now the leader's .*~$/);
  });

  test("says what came of the script", () => {
    const passed = frame({ simulation: simulation({ outcome: "passed", line: "7 statements" }) });
    expect(passed[1]).toBe(" passed: 7 statements");
    expect(frame({ simulation: simulation({ outcome: "passed", line: "" }) })[1]).toBe(" passed");
    expect(frame({ simulation: simulation({ line: null }) })[1]).toMatch(/^ 7001 \* LEADER/);
  });

  test("names who is down, crashed or paused, by words or else by signs", () => {
    expect(frame({ simulation: TROUBLED })[0]).toBe(" SIM 12.4 s  1x  [7001] 7002 paused 7003 down 7004 crashed 7005");
    expect(frame({ ...SMALL, simulation: TROUBLED })[0]).toBe(" SIM 12.4 s  1x  [7001] 7002p 7003x 7004x 7005");
  });

  test.each([
    [1, "[7001] 7002 7003 7004 7005 .."],
    [15, ".. 7013 7014 [7015] 7016 7017 .."],
    [30, ".. 7026 7027 7028 7029 [7030]"],
  ])("shows the neighbours of peer %i where not all fit", (n, shown) => {
    const peers = Array.from({ length: 30 }, (_, i) => simulatedPeer(i + 1, { isWatched: i + 1 === n }));
    const line = frame({ ...SMALL, simulation: simulation({ peers, isHalted: true }) })[0] ?? "";
    expect(line.slice(line.indexOf("halted") + 8)).toBe(shown);
  });

  test("fits every size, whatever there is to tell", () => {
    const picture = fc.record({
      nowMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      speed: fc.constantFrom(...SPEEDS),
      isHalted: fc.boolean(),
      line: fc.option(fc.string({ maxLength: 300 })),
      said: fc.option(fc.string({ maxLength: 300 })),
      outcome: fc.constantFrom(null, "passed" as const, "failed" as const),
      peers: fc
        .array(fc.constantFrom("running", "paused", "crashed", "down"), { minLength: 1, maxLength: 40 })
        .map((kinds) => kinds.map((condition, i) => simulatedPeer(i + 1, { condition }))),
    });
    const size = fc.record({ columns: fc.integer({ min: 59, max: 200 }), lines: fc.integer({ min: 11, max: 60 }) });
    fc.assert(
      fc.property(picture, size, (said, { columns, lines }) => {
        const drawn = frame({ columns, lines, simulation: said });
        expect(drawn).toHaveLength(lines - 1);
        for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        expect(drawn[0]).toMatch(/^ SIM .*\[7001/);
      }),
      { numRuns: 60 },
    );
  });

  test("is in the title of the pane", () => {
    expect(paneTitle(modelOf({ simulation: simulation() }))).toBe("SIM 7001 LEADER T4");
  });
});

describe("a peer whose process is gone", () => {
  const gone = simulation({ peers: [simulatedPeer(1, { condition: "down" }), simulatedPeer(2)] });
  const view = { condition: { kind: "crashed", skew: 1, pace: 1 } } as const;

  test("is shown as it was, with what to do", () => {
    const lines = frame({ ...SMALL, simulation: gone, view });
    expect(lines[1]).toMatch(/^ 7001 DOWN T4/);
    expect(lines[2]).toBe(" 7001 is down: f k or recover 7001 starts it again");
    expect(paneTitle(modelOf({ simulation: gone, view }))).toBe("SIM 7001 DOWN T4");
    const left = frame({ ...SMALL, simulation: gone, view, self: { phase: "left" } });
    expect(left[2]).toBe(" 7001 has left: f k or recover 7001 starts it again");
  });

  test("recovers by the key that crashes those that run", () => {
    const s = screen({ simulation: gone, view }).press("f", "k");
    expect(s.asks).toEqual([{ kind: "run", line: "recover 7001" }]);
    expect(screen({ simulation: gone, view }).press("j", "f", "k").state.mode.kind).toBe("confirm");
  });

  test("is known as down where another one is watched, whatever was asked of it here", () => {
    const others = simulation({ peers: [simulatedPeer(1), simulatedPeer(2, { condition: "down" })] });
    expect(screen({ simulation: others }).press("j", "f", "k").asks).toEqual([{ kind: "run", line: "recover 7002" }]);
    const paused = simulation({ peers: [simulatedPeer(1), simulatedPeer(2, { condition: "paused" })] });
    expect(screen({ simulation: paused }).press("j", "f", "p").asks).toEqual([{ kind: "run", line: "resume 7002" }]);
  });
});

describe("stuck states in a simulation", () => {
  test("say what can be done there", () => {
    const raft = { quorum: { needed: 2, up: 1, missing: [id(2), id(3)] } };
    const text = frame({ simulation: simulation(), peers: 3, raft }).join("\n");
    expect(text).toContain("missing 7002 7003. Recover them, or heal all");
    expect(frame({ simulation: simulation(), peers: 1 }).join("\n")).toContain("alone: no other peer is known");
  });

  test("a line whose outcome needs time says so while time stands still", () => {
    const s = screen({ simulation: HALTED }).press("j", "f", "p");
    expect(frame({ simulation: HALTED, state: s.state }).at(-1)).toBe(" : pause 7002  waits for time to go on: P or .");
    expect(frame({ simulation: simulation(), state: s.state }).at(-1)).toBe(" : pause 7002  ...");
  });
});

describe("the keys of a simulation", () => {
  test.each([
    ["]", "next"],
    ["[", "previous"],
    ["P", "halt"],
    [".", "step"],
    ["+", "faster"],
    ["-", "slower"],
  ])("%s runs and echoes %s, in every panel", (key, line) => {
    for (const panel of PANELS) {
      const s = screen({ simulation: simulation() }).press(keyOfPanel(panel), key);
      expect(s.asks).toEqual([{ kind: "run", line }]);
      expect(s.state.feedback).toMatchObject({ line, text: null });
    }
  });

  test.each(["]", "[", "P", ".", "+", "-", "W"])("%s means nothing where the peer is a real one", (key) => {
    const boards: readonly string[] = ["life", "broker"];
    for (const panel of PANELS.filter((name) => !boards.includes(name)))
      expect(keyToAction(key, "panels", panel)).toBeNull();
    expect(screen().press(key).asks).toEqual([]);
  });

  test("the key that halts time lets it go on", () => {
    expect(screen({ simulation: HALTED }).press("P").asks).toEqual([{ kind: "run", line: "go" }]);
    const footer = (isHalted: boolean) => frame({ simulation: simulation({ isHalted }) }).at(-1);
    expect(footer(false)).toContain("P halt");
    expect(footer(true)).toContain("P go");
  });

  test("W watches the peer under the cursor", () => {
    expect(screen({ simulation: simulation() }).press("j", "j", "W").asks).toEqual([
      { kind: "run", line: "watch 7003" },
    ]);
  });

  test("q ends the simulation at once, whatever the others would lose; leave takes but the peer out", () => {
    const raft = { quorum: { needed: 2, up: 2, missing: [id(3)] } };
    expect(screen({ simulation: simulation(), peers: 3, raft }).press("q").asks).toEqual([{ kind: "quit" }]);
    const s = screen({ simulation: simulation() }).press(":").write("leave").press("enter");
    expect(s.asks).toEqual([{ kind: "run", line: "leave" }]);
    const { asks } = reported(s.state, "leave", { ok: true, text: "left" }, 1000, OF_SIMULATIONS);
    expect(asks).toEqual([]);
    const asked = screen({ simulation: simulation(), peers: 3, raft }).press(":").write("leave").press("enter");
    expect(asked.state.mode).toMatchObject({ kind: "confirm", line: "leave" });
  });

  test("the palette knows its verbs, and everybody by name", () => {
    const peers = [simulatedPeer(1), simulatedPeer(9)];
    const s = screen({ peers: 1, simulation: simulation({ peers }) });
    s.press(":").write("wa").press("tab").write("7009").press("enter");
    expect(s.asks).toEqual([{ kind: "run", line: "watch 7009" }]);
    const typed = screen({ simulation: simulation() }).press(":").write("speed 1").press("tab");
    expect(frame({ simulation: simulation(), state: typed.state }).at(-2)).toBe(" Tab: 1x  10x  100x");
    expect(screen().press(":").write("watch 7002").press("enter").state.mode).toMatchObject({
      wrong: "watch belongs to a simulation: p2p-node sim FILE --ui takes it",
    });
  });

  test("help lists them, and the signs of the head; that of a real peer does not", () => {
    const help = (said: Parameters<typeof screen>[0]) =>
      frame({ ...said, lines: 260, state: screen(said).press("?").state }).join("\n");
    const simulated = help({ simulation: simulation() });
    for (const text of ["speed 0.1x..100x|max", "watch PEER", "let time stand still", "7002x"])
      expect(simulated).toContain(text);
    const real = help({});
    for (const text of ["speed", "watch PEER", "7002x"]) expect(real).not.toContain(text);
    expect(real).toContain("say goodbye to everybody and quit");
  });
});

describe("turning to another peer", () => {
  test("the cursor goes with it, and what belongs to the timeline of the last one ends", () => {
    const s = screen({ simulation: simulation() }).press("4", "k", "p", "enter");
    expect(s.state).toMatchObject({ eventCursor: expect.any(Number), pausedAt: expect.any(Number) });
    expect(turnedTo(s.state, id(3))).toMatchObject({
      peerCursor: id(3),
      eventCursor: null,
      pausedAt: null,
      mode: { kind: "panels" },
      focus: "timeline",
    });
  });

  test("cards of peers stay open, and marks stay", () => {
    const s = screen({ simulation: simulation() }).press("j", "space", "k", "enter");
    const turned = turnedTo(s.state, id(2));
    expect(turned.mode).toMatchObject({ kind: "details" });
    expect(turned.marks).toEqual([id(2)]);
  });

  test("faults of the other one are not taken for what was just done here", () => {
    const s = screen({ simulation: simulation() }).press("]");
    const turned = reported(
      turnedTo(s.state, id(2)),
      "next",
      { ok: true, text: "watching 7002" },
      1000,
      OF_SIMULATIONS,
    );
    const faults = [fault(3)];
    expect(frame({ simulation: simulation(), state: turned.state, view: { faults } }).at(-1)).toBe(
      " : next  watching 7002",
    );
  });
});
