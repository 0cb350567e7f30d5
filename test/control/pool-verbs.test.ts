import { describe, expect, test } from "vitest";
import { boardOf, randomBoard } from "../../src/control/boards.ts";
import { heldIn } from "../../src/control/held.ts";
import { toldOfJob } from "../../src/control/job-requests.ts";
import { PATTERN_NAMES, patternNamed, RANDOM } from "../../src/control/patterns.ts";
import { PeerNames } from "../../src/control/peer-names.ts";
import { complete, parseLine, verbs } from "../../src/control/verbs.ts";
import { blankBand, countAlive, isAlive } from "../../src/core/board.ts";
import type { JobErrorCode } from "../../src/wire/job-error.ts";
import type { JobAnswer, JobRequest } from "../../src/wire/job-message.ts";
import { picture } from "../ui/pictures.ts";
import { POOL } from "../ui/pools.ts";

const view = picture({ view: { broker: POOL } });
const names = new PeerNames(view.self, view.peers);
const held = heldIn(view);

describe("a line about the pool", () => {
  test.each([
    ["life glider", { verb: "life", pattern: "glider", size: null, turns: null, pace: null, topology: null }],
    [
      "life gosper plane size 256 pace 5 turns 1000",
      { verb: "life", pattern: "gosper", size: 256, turns: 1000, pace: 5, topology: "plane" },
    ],
    ['life "my, patterns/gun.rle"', { verb: "life", pattern: "my, patterns/gun.rle", size: null }],
    ["pause-job", { verb: "pause-job", job: null }],
    ["resume-job 25", { verb: "resume-job", job: 25 }],
    ["step-job", { verb: "step-job", job: null, turns: null }],
    ["step-job 25 turns 10", { verb: "step-job", job: 25, turns: 10 }],
    ["flip 3 4", { verb: "flip", x: 3, y: 4, job: null }],
    ["flip 3 4 job 25", { verb: "flip", x: 3, y: 4, job: 25 }],
    ["kill 9007199254740991", { verb: "kill", job: 2 ** 53 - 1 }],
    ["work off", { verb: "work", on: false }],
    ["work", { verb: "work", on: null }],
  ])("%j is understood", (line, command) => {
    expect(parseLine(line, names)).toMatchObject({ ok: true, value: command });
  });

  test.each([
    ["life", /^life needs PATTERN\|FILE: life PATTERN\|FILE \[size 128\] \[turns 1000\] \[pace 20\] \[torus\|plane\]$/],
    ["life glider size 15", /^life: 15 is no size of a board: say a number from 16 to 16384$/],
    ["life glider size 16385", /say a number from 16 to 16384$/],
    ["life glider pace 0", /^life: 0 is no number of turns a second: say a number from 1 to/],
    ["life glider turns 0", /^life: 0 is no number of turns: say a number from 1 to/],
    ["life glider torus plane", /^life: plane is one word too many: it was said before$/],
    ["kill 0", /^kill: 0 is no number of a job: say one that the panel Broker lists, or none for the latest$/],
    ["kill 9007199254740992", /is no number of a job/],
    ["flip 3", /^flip needs Y: flip X Y \[job JOB\]$/],
    ["flip 3 16384", /^flip: 16384 is no row of a board: say a number from 0 to 16383$/],
    ["work maybe", /^work: maybe is one word too many: work \[on\|off\]$/],
  ])("%j is refused with what would be right", (line, text) => {
    expect(parseLine(line, names)).toMatchObject({ ok: false, text: expect.stringMatching(text) });
  });

  test.each([
    ["life g", ["glider", "gosper"]],
    ["life glider ", ["size", "turns", "pace", "torus", "plane"]],
    ["kill ", ["25", "31"]],
    ["work ", ["on", "off"]],
    ["step-job 25 ", ["turns"]],
  ])("behind %j completion offers %j", (line, offers) => {
    expect(complete(line, names, verbs, held)).toEqual(offers);
  });

  test("only a kill asks first, where there is something to lose", () => {
    const loss = (line: string): string | null => {
      const reading = parseLine(line, names);
      return reading.ok ? verbs.kill.loss(view, names, reading.value as never) : null;
    };
    expect(loss("kill 25")).toBe("kill job 25: a board of 64 x 64 at turn 1200, gone everywhere");
    expect(loss("kill")).toBe("kill job 31: a board of 1024 x 1024 at turn 7, gone everywhere");
    expect([loss("kill 17"), loss("kill 99")]).toEqual([null, null]);
    for (const verb of ["life", "pause-job", "flip", "work"] as const) expect(verbs[verb].loss(view, names)).toBeNull();
  });
});

describe("a board", () => {
  test.each(PATTERN_NAMES.filter((name) => name !== RANDOM))("has %s in its middle, with room around it", (name) => {
    const reading = boardOf(patternNamed(name) ?? "", null);
    if (!reading.ok) throw new Error(reading.text);
    const { value: board } = reading;
    expect([board.size, board.rows]).toEqual([128, 128]);
    const alive = { glider: 5, gosper: 36, acorn: 7, "r-pentomino": 5 }[name];
    expect(countAlive(board)).toBe(alive);
    const rows = [...Array(128).keys()].filter((y) => [...Array(128).keys()].some((x) => isAlive(board, x, y)));
    expect(Math.abs((rows[0] ?? 0) + (rows.at(-1) ?? 0) - 127)).toBeLessThanOrEqual(2);
  });

  test("is as large as is said, else as large as its pattern if that needs more", () => {
    expect(boardOf(patternNamed("glider") ?? "", 16)).toMatchObject({ ok: true, value: { size: 16 } });
    expect(boardOf("x = 200, y = 3\n200o!", null)).toMatchObject({ ok: true, value: { size: 200 } });
    expect(boardOf("x = 200, y = 3\n200o!", 64)).toMatchObject({
      ok: false,
      text: "the pattern is 200 by 3 cells, and the board 64 by 64: say a larger size",
    });
  });

  test("of a bad text is none, and where that shows is told", () => {
    expect(boardOf("x = 3, y = 3\nb2q!", null)).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^line 2, column 2: /),
    });
  });

  test("of chance is the same for the same seed, a third of it alive", () => {
    const board = randomBoard(96, 7);
    expect(randomBoard(96, 7)).toEqual(board);
    expect(randomBoard(96, 8)).not.toEqual(board);
    expect(countAlive(board) / 96 ** 2).toBeCloseTo(1 / 3, 1);
  });
});

describe("what became of a request to the pool", () => {
  const standing = { term: 5, job: 25, turn: 120, alive: 36, state: "paused" } as const;
  const pause: JobRequest = { kind: "pause", job: 25, action: "pause", turns: 0 };
  const board = blankBand(16);

  test.each<[JobRequest, JobAnswer, string]>([
    [
      { kind: "process-gol", board, turns: null, pace: 20, topology: "torus" },
      { kind: "process-gol", term: 5, job: 25 },
      "began job 25",
    ],
    [pause, { kind: "pause", ...standing }, "job 25 is paused at turn 120, 36 cells alive"],
    [{ ...pause, action: "resume" }, { kind: "pause", ...standing, state: "running" }, "job 25 goes on from turn 120"],
    [{ kind: "kill", job: 25 }, { kind: "kill", ...standing }, "ended job 25 at turn 120"],
    [
      { kind: "flip", job: 25, board },
      { kind: "flip", ...standing, alive: 1 },
      "turned cells of job 25 over: 1 alive at turn 120",
    ],
    [
      { kind: "count-alive", job: 0, since: null },
      { kind: "count-alive", ...standing, alive: 1 },
      "job 25 is paused at turn 120, 1 cell alive",
    ],
  ])("%j answered by %j", (request, answer, text) => {
    expect(toldOfJob(request, answer)).toEqual({ ok: true, text, because: null });
  });

  test("is as sure as the error is", () => {
    const told = (code: JobErrorCode) => toldOfJob(pause, { kind: "error", code, text: "reasons" });
    const codes: readonly JobErrorCode[] = ["malformed", "busy", "elsewhere", "no-leader", "no-job", "refused"];
    for (const code of [...codes, "office-lost", "timed-out"] as const) {
      const { ok, text, because } = told(code);
      expect(ok).toBe(false);
      const isUnsure = code === "office-lost" || code === "timed-out";
      expect(text).toBe(isUnsure ? "may have paused job 25" : "could not pause job 25");
      expect(because).toMatch(/reasons$/);
    }
    expect(told("no-leader").because).toBe("it did not happen: reasons");
  });

  test("is one line, whatever the other side says", () => {
    const text = `two\nlines\t${"x".repeat(2000)}`;
    const { because } = toldOfJob({ kind: "kill", job: 0 }, { kind: "error", code: "refused", text });
    expect(because).toMatch(/^two lines x+~$/);
  });
});
