import { describe, expect, test } from "vitest";
import type { BrokerPicture, VipPicture } from "../../src/peer/peer-view.ts";
import { frame, hostile, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { at, id, told } from "./pictures.ts";
import { job, POOL, STUCK_POOL, VIP, VIP_HELD, VIP_WAITED, worker } from "./pools.ts";

const USUAL = { columns: 80, lines: 24 } as const;

const pool = (broker: BrokerPicture = POOL, vip: VipPicture = VIP): ModelSaid => ({ view: { broker, vip } });

function shown(said: ModelSaid, ...keys: string[]): string[] {
  return frame({ ...said, state: screen(said).press(...keys).state }).map((line) => line.trimEnd());
}

function text(said: ModelSaid, ...keys: string[]): string {
  return shown(said, ...keys)
    .join(" ")
    .replaceAll(/\s+/g, " ");
}

describe("the Broker panel", () => {
  test("at 59x11 has the address and its holder, the jobs that go on, and the workers below", () => {
    expect(shown({ ...SMALL, ...pool() }, "B").slice(2, 9)).toEqual([
      "-- [Broker] 4 workers, 2 jobs, 1602 slices ----------------",
      ">127.0.0.77:7100  held by 7002  term 5  standby 7003 0.3 ms",
      " JOB STATE          TURN TURNS/S  ALIVE PROGRESS",
      "  31 paused            7       - 349000 for ever",
      "  25 running  1200/10000      48     48 [#...........] 12%",
      " WORKER LOAD ms CELLS/us SLICES RESP ms SHARE",
      " 7001        10      410    800     4.2 [#####.......] 49%",
    ]);
  });

  test("at 80x24 has all of it, the latest job first, those that have ended last", () => {
    expect(shown({ ...USUAL, ...pool() }, "B").slice(2, 15)).toEqual([
      "-- [Broker] 4 workers, 2 jobs, 1602 slices, 3 hedged, 2 moved ------------------",
      ">127.0.0.77:7100  held by 7002  term 5  standby 7003 0.3 ms",
      " JOB STATE         SIZE       TURN TURNS/S  ALIVE MARKED PROGRESS",
      "  31 paused   1024x1024          7       - 349000      7 for ever",
      "  25 running      64x64 1200/10000      48     48   1150 [#...............] 12%",
      "  17 killed       64x64   90/10000       -     48   1150 [................] 0%",
      " WORKER LOAD ms CELLS/us SLICES RESP ms FAILED SHARE",
      " 7001        10      410    800     4.2      0 [############..............] 49%",
      " 7002       9.4      410    790     4.2      0 [############..............] 49%",
      " 7003       412      4.1     12      61      3 [..........................] 0%",
      " 7004       0.0        -      0       -      0 [..........................] 0%",
      " this peer computes 1 slice, 812 done  2 programs, 3 unanswered",
      "",
    ]);
  });

  test("at 120x40 stands above the timeline where there is an address or a job", () => {
    expect(shown(pool()).some((line) => line.startsWith("-- Broker 4 workers, 2 jobs, 1602 slices"))).toBe(true);
    expect(shown(pool({ ...POOL, jobs: [] })).join("\n")).toContain("-- Broker");
    expect(shown({}).join("\n")).not.toContain("-- Broker");
  });

  test("of this peer says since when it holds the address, and how long its lease lasts", () => {
    expect(text({ ...USUAL, ...pool(POOL, VIP_HELD) }, "B")).toContain(
      "127.0.0.77:7100 held by 7001 (you) term 5 for 12 s lease 183 ms standby 7003",
    );
    const taking = { ...VIP_HELD, held: false };
    expect(text({ ...USUAL, ...pool(POOL, taking) }, "B", "z")).toContain("lease 183 ms taking the address");
  });

  test("of this peer on its way says what it waits for, on a line of its own where that is long", () => {
    expect(shown({ ...SMALL, ...pool(POOL, VIP_WAITED) }, "B").slice(3, 5)).toEqual([
      ">127.0.0.77:7100  taken by 7001 (you)  term 5",
      "   waits 120 ms for the lease before to end  standby 7003 ~",
    ]);
    const words = (phase: VipPicture["phase"]) => text({ ...USUAL, ...pool(POOL, { ...VIP_WAITED, phase }) }, "B", "z");
    expect(words("asking")).toContain("asking for it in the order");
    expect(words("confirming")).toContain("asking a quorum whether we lead still");
    expect(words("leaving")).toContain("letting it go");
  });

  test("without an address says who hands work out, and how there would be one", () => {
    const none = { ...VIP, address: null };
    expect(text({ ...USUAL, ...pool(POOL, none) }, "B")).toContain(
      "no virtual address (--vip) work is handed out by 7002 term 5",
    );
    expect(text(SMALL, "B")).toContain("no virtual address (--vip) nobody hands work out");
    expect(text({ ...USUAL, ...pool(POOL, { ...VIP, holder: null }) }, "B")).toContain("held by nobody");
    expect(text({ ...USUAL, ...pool(POOL, { ...VIP, driver: "dry-run" }) }, "B")).toContain("term 5 dry run");
  });

  test("without a job says how one begins", () => {
    const words = "no job: n or :life glider begins one, or p2p-node life ADDRESS --pattern FILE";
    for (const size of [SMALL, USUAL, {}]) expect(text(size, "B")).toContain(words);
  });

  test("of a job that stands still says why and what to do, there and above the panels", () => {
    const cure = "say :work on, or start peers without --no-worker";
    const stuck = { ...SMALL, ...pool(STUCK_POOL) };
    expect(text(stuck, "B")).toMatch(/25 stuck .* nobody works: say :work on, or start peers without --no-worker/);
    expect(text(stuck, "B")).toContain("no workers known: o or :work on lets this peer work");
    expect(text(stuck)).toContain(`job 25 stands still, nobody works: ${cure}`);
    const other = (stuck: "board-missing" | "no-majority") =>
      text({ ...USUAL, ...pool({ ...POOL, jobs: [job(25, { stuck })] }) }, "B");
    expect(other("board-missing")).toContain("nobody who is up has its board: start the peers that kept it");
    expect(other("no-majority")).toContain("no majority keeps its board: start the peers that are missing");
  });

  test("has details of the address, of a worker and of a job", () => {
    const address = text({ ...USUAL, ...pool(POOL, VIP_HELD) }, "B", "enter");
    expect(address).toContain("lease 225 ms each; this one ends in 183 ms unless it is renewed");
    expect(address).toContain("holder 7001, at 127.0.0.1:7001");
    const ofJob = text({ ...USUAL, ...pool() }, "B", "j", "j", "enter");
    expect(ofJob).toContain("Job 25");
    expect(ofJob).toContain("turn 1200 of 10000");
    expect(ofJob).toContain("safe at turn 1150: from there the next leader goes on");
    const ofWorker = text({ ...USUAL, ...pool() }, "B", "G", "k", "enter");
    expect(ofWorker).toContain("Worker 7003");
    expect(ofWorker).toContain("load 412 ms: what it owes over its speed; the least is asked next");
    const gone = { kind: "details", scroll: 0 } as const;
    const subjects = [{ kind: "worker", peer: id(9) } as const, { kind: "job", id: 99 } as const];
    for (const subject of subjects)
      expect(frame({ state: { mode: { ...gone, subject } } }).join("")).toMatch(/no more/);
  });

  test("the cursor stays with its worker when jobs come and go", () => {
    const s = screen({ ...USUAL, ...pool() }).press("B", "G");
    const later = { ...POOL, jobs: [...POOL.jobs, job(40)] };
    expect(frame({ ...USUAL, ...pool(later), state: s.state }).find((line) => line.startsWith(">"))).toMatch(/^>7004/);
  });

  test("elsewhere than in office counts what the workers were told to have done", () => {
    const counts = { ...POOL.counts, slices: 0, hedged: 0, moved: 0, rejectedAnswers: 0 };
    expect(shown({ ...USUAL, ...pool({ ...POOL, counts }) }, "B")[2]).toMatch(
      /\[Broker\] 4 workers, 2 jobs, 1602 slices -+$/,
    );
  });

  test("keeps its columns aligned beside hostile names", () => {
    const workers = [2, 3, 4, 5].map((n) => worker(n));
    const lines = shown({ rows: hostile, ...pool({ ...POOL, workers }) }, "B", "z");
    expect(lines.join("\n")).not.toMatch(/[\x07\x1b\u202e]/);
    expect(lines.filter((line) => line.includes("25%"))).toHaveLength(4);
  });
});

describe("the keys of the Broker panel", () => {
  test("act on the job under the cursor", () => {
    const s = screen({ ...USUAL, ...pool() }).press("B", "j", "j");
    s.press("space", ".", "s");
    expect(s.asks.map((ask) => "line" in ask && ask.line)).toEqual(["pause-job 25", "step-job 25", "screenshot 25"]);
    s.press("x");
    expect(s.state.mode).toMatchObject({
      kind: "confirm",
      question: "kill job 25: a board of 64 x 64 at turn 1200, gone everywhere",
    });
    s.press("y");
    expect(s.asks.at(-1)).toEqual({ kind: "run", line: "kill 25" });
  });

  test("let a job that stands still go on", () => {
    const s = screen({ ...USUAL, ...pool() }).press("B", "j", "space");
    expect(s.asks).toEqual([{ kind: "run", line: "resume-job 31" }]);
  });

  test("open a line where the cursor is on no job, and for a new one", () => {
    expect(screen({ ...USUAL, ...pool() }).press("B", "x").state.mode).toMatchObject({
      kind: "palette",
      text: "kill ",
    });
    expect(screen(pool()).press("B", "n").state.mode).toMatchObject({ kind: "palette", text: "life " });
  });

  test("let this peer work or not", () => {
    expect(screen(pool()).press("B", "o").asks).toEqual([{ kind: "run", line: "work" }]);
  });
});

describe("what else tells of the pool", () => {
  test("the head names the holder of the address where there is room", () => {
    expect(frame(pool())[0]).toContain("| vip 7002 |");
    expect(frame(pool(POOL, { ...VIP, holder: null }))[0]).toContain("| vip nobody |");
    expect(frame()[0]).not.toContain("vip");
  });

  test("the summary of a small screen has the job and the holder", () => {
    expect(text({ ...SMALL, ...pool() })).toContain("job 31 turn 7 vip 7002");
  });

  test("an address that cannot be had, or that nobody takes, is said above the panels once things have settled", () => {
    const failed = told(190, { kind: "address-failed", address: at(100), term: 5, because: "in use by another" });
    const story = [failed];
    expect(text({ ...SMALL, ...pool(), story })).toContain(
      "127.0.0.1:7100 cannot be had here, in use by another: it is tried again; --vip names another",
    );
    const acquired = told(191, { kind: "address-acquired", address: at(100), term: 5, tookMs: 3 });
    expect(text({ ...SMALL, ...pool(), story: [failed, acquired] })).not.toContain("cannot be had");
    const nobody = pool(POOL, { ...VIP, holder: null });
    expect(text({ ...SMALL, ...nobody })).toContain(
      "nobody holds 127.0.0.77:7100: its holder left, and 7001 is to take it",
    );
    const raft = { leaderAgeMs: 900 };
    expect(text({ ...SMALL, ...nobody, raft })).not.toContain("nobody holds");
  });
});
