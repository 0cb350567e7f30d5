import { describe, expect, test } from "vitest";
import type { BoardFiles } from "../../../src/control/desk/desk.ts";
import { PeerDesk } from "../../../src/control/desk/peer-desk.ts";
import { patternNamed } from "../../../src/control/patterns.ts";
import { type Band, blankBand, countAlive, flip, isAlive } from "../../../src/core/board.ts";
import type { AnyCommand } from "../../../src/peer/registry.ts";
import type { JobAnswer, JobRequest } from "../../../src/wire/job-message.ts";
import { picture, type Said, told } from "../../ui/pictures.ts";
import { POOL } from "../../ui/pools.ts";
import { WoundClock } from "./wound-clock.ts";

/** A desk of a peer that answers nothing by itself, and notes what it is asked. */
class Bench {
  readonly given: AnyCommand[] = [];
  readonly clock = new WoundClock();
  readonly desk: PeerDesk;

  constructor(said: Said = { view: { broker: POOL } }) {
    this.desk = new PeerDesk(
      {
        view: () => picture(said),
        give: (command) => this.given.push(command),
        leave: () => Promise.resolve(),
        inject: () => {},
        ask: () => Promise.reject(new Error("nobody")),
      },
      this.clock,
    );
  }

  /** The requests so far. */
  get asked(): readonly JobRequest[] {
    return this.given.flatMap(({ command }) => (command.kind === "ask" ? [command.request] : []));
  }

  /** The latest request is answered, once it was asked. */
  async answer(answer: JobAnswer): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const request = this.asked.at(-1);
    if (request === undefined) throw new Error("nothing was asked");
    this.desk.tell(told(1, { kind: "job-answered", request, answer }));
  }
}

/** Files in memory. */
class Drawer implements BoardFiles {
  readonly saved = new Map<string, Band>();
  readonly texts: Readonly<Record<string, string>>;

  constructor(texts: Readonly<Record<string, string>> = {}) {
    this.texts = texts;
  }

  async readPattern(path: string): Promise<string> {
    const text = this.texts[path];
    if (text === undefined) throw new Error(`${path}: no such file`);
    return text;
  }

  async saveBoard(name: string, board: Band): Promise<string> {
    if (this.saved.has(name)) throw new Error(`${name}.rle: there is such a file`);
    this.saved.set(name, board);
    return `${name}.rle and .pbm`;
  }
}

const STANDING = { term: 5, job: 25, turn: 120, alive: 36, state: "paused" } as const;

describe("a board", () => {
  test("with a pattern that has a name is begun, whoever says so", async () => {
    const bench = new Bench();
    const outcome = bench.desk.answer({ to: null, by: "", line: "life glider size 64 turns 100" });
    await bench.answer({ kind: "process-gol", term: 5, job: 40 });
    expect(await outcome).toEqual({ ok: true, text: "began job 40", undo: "" });
    expect(bench.asked).toMatchObject([
      { kind: "process-gol", turns: 100, pace: 20, topology: "torus", board: { size: 64 } },
    ]);
    const [request] = bench.asked;
    expect(request?.kind === "process-gol" && countAlive(request.board)).toBe(5);
  });

  test("with the pattern of a file is begun where that can be read", async () => {
    const bench = new Bench();
    const files = new Drawer({ "gun.rle": patternNamed("gosper") ?? "", "bad.rle": "x = 3, y = 3\n5o!" });
    const outcome = bench.desk.run("life gun.rle pace 1000 plane", files);
    await bench.answer({ kind: "process-gol", term: 5, job: 41 });
    expect(await outcome).toEqual({ ok: true, text: "began job 41" });
    expect(bench.asked).toMatchObject([{ turns: null, pace: 1000, topology: "plane" }]);
    expect(await bench.desk.run("life bad.rle", files)).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^life: bad\.rle: line 2, column \d+: /),
    });
    expect(await bench.desk.run("life none.rle", files)).toEqual({
      ok: false,
      text: "life: none.rle: no such file; patterns with a name are glider, gosper, acorn, r-pentomino, random",
    });
    expect(bench.asked).toHaveLength(1);
  });

  test("reads no file of this machine for somebody elsewhere", async () => {
    const bench = new Bench();
    const { ok, text } = await bench.desk.answer({ to: null, by: "", line: "life /etc/passwd" });
    expect([ok, text]).toEqual([
      false,
      "life: /etc/passwd is no pattern, and files are read at the terminal of a peer only; patterns with a name are glider, gosper, acorn, r-pentomino, random",
    ]);
    expect(bench.given).toEqual([]);
  });

  test("of chance is another one at another time", async () => {
    const boards = await Promise.all(
      [1, 2].map(async (at) => {
        const bench = new Bench({ view: { at } });
        void bench.desk.run("life random size 32");
        await new Promise((resolve) => setImmediate(resolve));
        return bench.asked[0];
      }),
    );
    expect(boards[0]).not.toEqual(boards[1]);
  });
});

describe("a job", () => {
  test.each<[string, JobRequest]>([
    ["pause-job", { kind: "pause", job: 0, action: "pause", turns: 0 }],
    ["pause-job 25", { kind: "pause", job: 25, action: "pause", turns: 0 }],
    ["resume-job 25", { kind: "pause", job: 25, action: "resume", turns: 0 }],
    ["step-job", { kind: "pause", job: 0, action: "step", turns: 1 }],
    ["step-job 25 turns 10", { kind: "pause", job: 25, action: "step", turns: 10 }],
    ["kill 25", { kind: "kill", job: 25 }],
  ])("%s asks the pool, and tells what it answers", async (line, request) => {
    const bench = new Bench();
    const outcome = bench.desk.run(line);
    await bench.answer({ kind: "pause", ...STANDING });
    expect(await outcome).toEqual({ ok: true, text: "job 25 is paused at turn 120, 36 cells alive" });
    expect(bench.given).toEqual([{ protocol: "broker", command: { kind: "ask", request } }]);
    expect(bench.clock.waiting).toBe(0);
  });

  test("twice in the same words has each its own answer, and one without an answer says where to look", async () => {
    const bench = new Bench();
    const first = bench.desk.run("kill 25");
    const second = bench.desk.run("kill 25");
    await bench.answer({ kind: "error", code: "office-lost", text: "the office was lost" });
    expect(await second).toEqual({ ok: false, text: "may have ended job 25: the office was lost" });
    bench.clock.wind(8000);
    expect(await first).toEqual({ ok: false, text: "no answer yet: the timeline will tell it" });
  });

  test("has a cell turned over, by a board of its size on which that one lives", async () => {
    const bench = new Bench();
    void bench.desk.run("flip 63 0 job 25");
    await new Promise((resolve) => setImmediate(resolve));
    const [request] = bench.asked;
    if (request?.kind !== "flip") throw new Error("no flip");
    expect([request.job, request.board.size, countAlive(request.board), isAlive(request.board, 63, 0)]).toEqual([
      25,
      64,
      1,
      true,
    ]);
    void bench.desk.run("flip 1000 0");
    expect(bench.asked[1]).toMatchObject({ job: 31, board: { size: 1024 } });
    expect(await bench.desk.run("flip 64 0 job 25")).toEqual({
      ok: false,
      text: "job 25 has columns and rows 0 to 63",
    });
    expect(await bench.desk.run("flip 0 0 job 99")).toEqual({ ok: false, text: "no job 99 is known" });
    expect(await new Bench({}).desk.run("flip 0 0")).toEqual({ ok: false, text: "no job is under way" });
  });

  test("is asked for nowhere where the peer stands still", async () => {
    const bench = new Bench({ view: { condition: { kind: "paused", skew: 1, pace: 1 } } });
    for (const line of ["life glider", "kill", "work on"])
      expect(await bench.desk.run(line)).toEqual({ ok: false, text: "the peer is paused: resume it first" });
    expect(bench.given).toEqual([]);
  });
});

describe("a screenshot", () => {
  const band = blankBand(64);
  flip(band, 3, 4);
  const answer: JobAnswer = { kind: "screenshot", ...STANDING, y: 0, rows: 64, band };

  test("is saved among the files of whoever asks", async () => {
    const bench = new Bench();
    const files = new Drawer();
    const outcome = bench.desk.run("screenshot 25", files);
    await bench.answer(answer);
    expect(await outcome).toEqual({ ok: true, text: "saved job 25 at turn 120 as life-25-120.rle and .pbm" });
    expect(files.saved.get("life-25-120")).toEqual(band);
    const again = bench.desk.run("screenshot 25", files);
    await bench.answer(answer);
    expect(await again).toEqual({ ok: false, text: "life-25-120.rle: there is such a file" });
  });

  test("that cannot be had says why, and nobody elsewhere writes files here", async () => {
    const bench = new Bench();
    const outcome = bench.desk.run("screenshot", new Drawer());
    await bench.answer({ kind: "error", code: "no-job", text: "there is no job" });
    expect(await outcome).toEqual({ ok: false, text: "could not look at the latest job: there is no job" });
    const { given } = bench;
    const before = given.length;
    expect(await bench.desk.answer({ to: null, by: "", line: "screenshot" })).toMatchObject({ ok: false });
    expect(given).toHaveLength(before);
  });

  test("is kept and passed on without its cells, of which there may be millions", async () => {
    const bench = new Bench();
    const heard: unknown[] = [];
    bench.desk.subscribe(({ event }) => heard.push(event));
    void bench.desk.run("screenshot 25", new Drawer());
    await bench.answer(answer);
    const light = { kind: "job-answered", answer: { band: { size: 64, rows: 64, words: new Uint32Array(0) } } };
    expect(bench.desk.events().map(({ event }) => event)).toMatchObject([light]);
    expect(heard).toMatchObject([light]);
  });
});

test("whether a peer works is said once", async () => {
  const bench = new Bench();
  expect(await bench.desk.run("work on")).toEqual({ ok: true, text: "works for the pool already" });
  expect(await bench.desk.run("work off")).toEqual({ ok: true, text: "works for the pool no more" });
  expect(await bench.desk.run("work")).toEqual({ ok: true, text: "works for the pool no more" });
  const off = { protocol: "broker", command: { kind: "work", on: false } };
  expect(bench.given).toEqual([off, off]);
});

test("a board is looked at, and no more", () => {
  const bench = new Bench();
  const window = { x: 0, y: 0, width: 32, height: 16, scale: 2 };
  bench.desk.watchBoard(25, window);
  bench.desk.watchBoard(25, null);
  expect(bench.given.map(({ command }) => command)).toEqual([
    { kind: "watch", job: 25, window },
    { kind: "watch", job: 25, window: null },
  ]);
  const still = new Bench({ view: { condition: { kind: "paused", skew: 1, pace: 1 } } });
  still.desk.watchBoard(25, window);
  expect(still.given).toEqual([]);
});
