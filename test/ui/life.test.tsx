import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { LifePicture } from "../../src/peer/peer-view.ts";
import { boardOverlay } from "../../src/ui/board-overlay.ts";
import { boardWanted } from "../../src/ui/board-watch.ts";
import { INITIAL } from "../../src/ui/model.ts";
import { END, themeOf } from "../../src/ui/theme.ts";
import { frame, PLAIN, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { id } from "./pictures.ts";
import { job, lifeOf, POOL, STUCK_POOL, VIP } from "./pools.ts";

const USUAL = { columns: 80, lines: 24 } as const;
const UNICODE = themeOf({ ascii: false, color: false });

const board = (changed: Parameters<typeof job>[1] = {}): ModelSaid => ({
  view: { vip: VIP, broker: { ...POOL, jobs: [job(25, changed)] } },
});

/** A screen after keys, its board as a peer shows it through the window that is wanted then. */
function looking(said: ModelSaid, keys: readonly string[], changed: Partial<LifePicture> = {}) {
  const s = screen(said).press("L", ...keys);
  const wanted = boardWanted(s.model);
  const looked = s.model.view.broker.jobs.find((each) => each.id === wanted?.job);
  const life = wanted === null || looked === undefined ? null : { ...lifeOf(looked, wanted.window), ...changed };
  const seen: ModelSaid = { ...said, view: { ...said.view, life } };
  return { screen: s.see(seen), seen, wanted };
}

function shown(said: ModelSaid, keys: readonly string[] = [], theme = UNICODE): string[] {
  const { screen: s, seen } = looking(said, keys);
  return frame({ ...seen, state: s.state }, theme).map((line) => line.trimEnd());
}

/** The lines of the panel, its title included, at 59x11. */
function small(changed: Parameters<typeof job>[1], keys: readonly string[] = [], theme = UNICODE): string[] {
  return shown({ ...SMALL, ...board(changed) }, keys, theme).slice(2, 9);
}

function told(said: ModelSaid, keys: readonly string[] = []): string {
  return shown(said, keys).join(" ").replaceAll(/\s+/g, " ");
}

describe("the Life panel", () => {
  test("at 59x11 has the middle of the board, cell by cell, in half blocks", () => {
    expect(small({ size: 64 })).toEqual([
      "╌╌ [Life] job 25 running, turn 1200/10000, 48/s, 48 alive ╌",
      "",
      "",
      "",
      "                             ▄█▀",
      "                              ▀",
      "",
    ]);
  });

  test("in Braille has four times as much of it, and its right edge where the board ends", () => {
    expect(small({ size: 16 }, ["b"]).slice(1)).toEqual(["⠬⠆      |", "        |", "    ⠺⠁  |", "       ⣤|", "", ""]);
    expect(small({ size: 16 }, ["b", "b"])[1]).toBe("▀▀▀             |");
  });

  test("with --ascii has signs of the same shape, whatever the key of Braille says", () => {
    const ascii = [
      "'''             |",
      "                |",
      "                |",
      "        .:'     |",
      "         '      |",
    ];
    expect(small({ size: 16 }, [], PLAIN).slice(1, 6)).toEqual(ascii);
    const state = { board: { ...INITIAL.board, braille: null } };
    expect(screen({ ...SMALL, ...board(), state }).press("L", "b").state.board.braille).toBeNull();
  });

  test("at 80x24 says below the board who computed which rows", () => {
    const lines = shown({ ...USUAL, ...board() });
    expect(lines[2]).toMatch(/^╌╌ \[Life\] job 25 running, turn 1200\/10000, 48\/s, 48 alive, 64x64 torus ╌+$/);
    expect(lines).toContain(" computed by 7001 0-20  7002 21-41  7004 42-63");
  });

  test("at 120x40 has most of the screen, and the peers above", () => {
    const lines = shown(board());
    expect(lines.findIndex((line) => line.includes("[Life]"))).toBe(8);
    expect(lines.findIndex((line) => line.includes("Timeline follow"))).toBe(32);
    expect(shown({ columns: 191, lines: 50, ...board() }, ["z"])[2]).toContain("[Life]");
  });

  test("says how many cells a dot stands for, that it follows, and how the job stands", () => {
    expect(told({ ...board({ size: 1024 }) }, ["0"])).toContain("1024x1024 torus, a dot is 24x24 cells");
    expect(told(board({ size: 1024 }), ["F"])).toContain("1024x1024 torus, follows");
    expect(told(board({ state: "paused", turnsPerSecond: null }))).toContain(
      "job 25 paused, turn 1200/10000, 48 alive",
    );
    expect(told(board({ turns: null, stuck: "no-workers" }))).toContain("job 25 stuck: nobody works, turn 1200,");
  });

  test("tints the rows of each worker, the same on every screen", () => {
    const theme = themeOf({ ascii: false, color: true });
    const tinted = (self: number): string[] => {
      const said = { ...USUAL, ...board({ size: 16 }), self: { id: id(self) } };
      const { screen: s } = looking(said, ["0"]);
      return [...(boardOverlay(s.model, theme)?.lines ?? [])];
    };
    const lines = tinted(1);
    const tintOf = (line: string | undefined): string => /^\x1b\[[\d;]*m/.exec(line ?? "")?.[0] ?? "";
    expect(new Set(lines.slice(0, 8).map(tintOf)).size).toBe(3);
    expect(lines.at(-1)).toContain(`${tintOf(lines[0])}7001${END}`);
    expect(lines.at(-1)).toContain(`${tintOf(lines[7])}7004${END}`);
  });

  test("without a job says how one begins, and without a picture what is waited for", () => {
    const empty = frame({ ...SMALL, state: { focus: "life" } }, UNICODE)
      .join(" ")
      .replaceAll(/\s+/g, " ");
    expect(empty).toContain("no job: n or :life glider begins one, or p2p-node life ADDRESS --pattern FILE");
    const waiting = frame({ ...SMALL, ...board(), state: { focus: "life" } }).join("\n");
    expect(waiting).toContain("waiting for the picture of job 25: 7002 hands work out");
    const nobody = { ...SMALL, view: { broker: { ...POOL, holder: null } }, state: { focus: "life" } as const };
    expect(frame(nobody).join(" ").replaceAll(/\s+/g, " ")).toContain("nobody hands work out yet");
  });

  test("shows the picture of the window before until the next one comes", () => {
    const { seen } = looking({ ...USUAL, ...board() }, []);
    const s = screen(seen).press("L", "+", "+");
    expect(frame({ ...seen, state: s.state }, UNICODE)).toHaveLength(23);
  });
});

describe("the keys of the Life panel", () => {
  const wanted = (said: ModelSaid, ...keys: string[]) => looking(said, keys).wanted?.window;
  const said = { ...USUAL, ...board({ size: 256 }) };

  test("move what is in view as far as the board goes", () => {
    const middle = wanted(said);
    expect(middle).toEqual({ x: 88, y: 117, width: 80, height: 22, scale: 1 });
    expect(wanted(said, "l")).toEqual({ ...middle, x: 98 });
    expect(wanted(said, "right", "h", "left")).toEqual({ ...middle, x: 78 });
    expect(wanted(said, "j")).toEqual({ ...middle, y: 119 });
    expect(wanted(said, "pagedown", "up")).toEqual({ ...middle, y: 131 });
    expect(wanted(said, "g")).toEqual({ ...middle, y: 0 });
    expect(wanted(said, "G", "j", "j")).toEqual({ ...middle, y: 234 });
    expect(wanted(said, ...Array<string>(30).fill("l"))).toEqual({ ...middle, x: 176 });
  });

  test("zoom around the middle of what is in view, and show all of it", () => {
    expect(wanted(said, "+")).toEqual({ x: 108, y: 123, width: 40, height: 11, scale: 1 });
    expect(wanted(said, "-")).toEqual({ x: 48, y: 106, width: 80, height: 22, scale: 2 });
    expect(wanted(said, "0")).toEqual({ x: 0, y: 0, width: 22, height: 22, scale: 12 });
    expect(wanted(said, "l", "+", "-")).toEqual(wanted(said, "l"));
  });

  test("follow the live cells until somebody looks elsewhere", () => {
    const at = { x: 0, y: 0, width: 80, height: 22, scale: 1 };
    const s = screen(said).press("L", "F");
    s.see({ ...said, view: { ...said.view, life: lifeOf(job(25, { size: 256 }), at) } });
    // The glider is in the corner, all else is out of view.
    expect(boardWanted(s.model)?.window).toMatchObject({ x: 0, y: 0 });
    const empty = { ...lifeOf(job(25, { size: 256 }), at), rows: [] };
    s.see({ ...said, view: { ...said.view, life: empty } });
    expect(boardWanted(s.model)?.window).toMatchObject({ width: 22, height: 22, scale: 12 });
    s.press("h");
    expect(s.state.board).toMatchObject({ follows: false, centre: { x: expect.any(Number) } });
    expect(s.press("F", "F").state.board).toMatchObject({ follows: false, centre: { x: expect.any(Number) } });
  });

  test("pause the job and let it go on, step it, save it, end it, begin another", () => {
    const { screen: s } = looking(said, []);
    s.press("space", ".", "s");
    expect(s.asks.map((ask) => "line" in ask && ask.line)).toEqual(["pause-job 25", "step-job 25", "screenshot 25"]);
    const paused = looking(said, [], { state: "paused" });
    expect(paused.screen.press("space").asks).toEqual([{ kind: "run", line: "resume-job 25" }]);
    expect(frame({ ...paused.seen, state: { focus: "life" } }).at(-1)).toContain("Space go on");
    expect(s.press("x").state.mode).toMatchObject({ kind: "confirm", line: "kill 25" });
    expect(s.press("escape", "n").state.mode).toMatchObject({ kind: "palette", text: "life " });
  });

  test("go through the jobs, and L looks at the one under the cursor of the Broker panel", () => {
    const many = { ...USUAL, view: { broker: POOL } };
    const job = (...keys: string[]) => boardWanted(screen(many).press(...keys).model)?.job;
    expect(["L", "L J", "L J J", "L J J J"].map((keys) => job(...keys.split(" ")))).toEqual([31, 17, 25, 31]);
    expect(job("B", "j", "j", "L")).toBe(25);
    expect(job("B", "L")).toBe(31);
    expect(screen(many).press("L", "enter").state.mode).toMatchObject({ subject: { kind: "job", id: 31 } });
  });

  test("mean nothing where there is no job", () => {
    const s = screen(SMALL).press("L", ..."hjkl+-0FbJd".split(""), "left", "pagedown", "G", "enter");
    expect(s.asks).toEqual([]);
    expect(s.state.mode).toEqual({ kind: "panels" });
    expect(s.press("space").state.mode).toMatchObject({ kind: "palette", text: "pause-job " });
  });
});

describe("the pen", () => {
  const said = { ...USUAL, ...board({ state: "paused" }) };

  test("lets the board stand still first, and shows large cells around it", () => {
    const s = screen({ ...USUAL, ...board() }).press("L", "d");
    expect(s.asks).toEqual([{ kind: "run", line: "pause-job 25" }]);
    expect(s.state.board.pen).toEqual({ x: 32, y: 32, turned: false });
    const { seen, screen: drawing } = looking(said, ["d"]);
    expect(drawing.asks).toEqual([]);
    const lines = frame({ ...seen, state: drawing.state }, UNICODE);
    expect(lines).toContainEqual(expect.stringMatching(/^(\. ){20}\. ████(\. ){16}/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^ pen at 32 32: arrows move, Space turns the cell over, d ends/),
    );
  });

  test("turns cells over, each told when it goes on, and where it is lifted", () => {
    const s = screen(said).press("L", "d", "space", "right", "right", "space", "space", "down", "space", "d");
    expect(s.asks).toEqual([
      { kind: "run", line: "flip 32 32 job 25" },
      { kind: "run", line: "flip 34 33 job 25" },
    ]);
    expect(s.state.board.pen).toBeNull();
  });

  test.each([["escape"], ["1"], ["tab"]])("is lifted by %s", (key) => {
    const s = screen(said).press("L", "d", "space", key);
    expect(s.asks).toEqual([{ kind: "run", line: "flip 32 32 job 25" }]);
    expect(s.state).toMatchObject({ board: { pen: null }, focus: { escape: "life", 1: "peers", tab: "peers" }[key] });
  });

  test("shows the cell under it as it will be", () => {
    const { seen, screen: s } = looking(said, ["d"]);
    const line = (): string => frame({ ...seen, state: s.state }, UNICODE).find((each) => each.includes("██")) ?? "";
    expect(line()).toMatch(/^(\. ){20}\. ████/);
    s.press("space");
    expect(line()).toMatch(/^(\. ){20}##████/);
  });

  test("stays on the board, and what is in view goes with it", () => {
    const far = Array<string>(100).fill("left");
    const s = screen(said).press("L", "d", ...far);
    expect(s.state.board.pen).toMatchObject({ x: 0, y: 32 });
    expect(boardWanted(s.model)?.window).toMatchObject({ x: 0, width: 40 });
    expect(screen(said).press("L", "d", "G", ...Array<string>(70).fill("right")).state.board.pen).toMatchObject({
      x: 63,
      y: 63,
    });
  });

  test("draws on no board that has ended", () => {
    expect(screen({ ...USUAL, ...board({ state: "killed" }) }).press("L", "d").state.board.pen).toBeNull();
  });
});

describe("any keys", () => {
  const keys = fc.array(
    fc.oneof(
      fc.constantFrom(
        "left",
        "right",
        "up",
        "down",
        "space",
        "enter",
        "escape",
        "pagedown",
        "pageup",
        "tab",
        "home",
        "end",
      ),
      fc.constantFrom(..."BLhjklgGFbdJ+-=_0.nsxzofyw:?/1q".split("")),
    ),
    { maxLength: 40 },
  );
  const size = fc.constantFrom(SMALL, USUAL, { columns: 191, lines: 50 }, { columns: 95, lines: 16 });
  const pools = fc.constantFrom(POOL, STUCK_POOL, { ...POOL, jobs: [] }, { ...POOL, jobs: [job(7, { size: 16_384 })] });

  test("leave a frame that fits, and a window on the board", () => {
    fc.assert(
      fc.property(size, pools, keys, fc.boolean(), (shape, broker, pressed, ascii) => {
        const { screen: s, seen, wanted } = looking({ ...shape, view: { broker, vip: VIP } }, pressed);
        const lines = frame({ ...seen, state: s.state }, themeOf({ ascii, color: true }));
        expect(lines).toHaveLength(shape.lines - 1);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(shape.columns);
        const looked = broker.jobs.find((each) => each.id === wanted?.job);
        if (wanted !== null) expect(wanted.window.x + wanted.window.width).toBeLessThanOrEqual(looked?.size ?? 0);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
