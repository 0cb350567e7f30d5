import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PeerView, RaftPicture } from "../../src/peer/peer-view.ts";
import { progressBar } from "../../src/ui/panels/progress-bar.ts";
import { frame, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { id } from "./pictures.ts";

type Progress = RaftPicture["progress"][number];

const follower = (n: number, changed: Partial<Progress> = {}): Progress => ({
  peer: id(n),
  matchIndex: 25,
  nextIndex: 26,
  state: "replicate",
  snapshotPart: null,
  responseMs: 0.4,
  heardAgeMs: 30,
  ...changed,
});

const entry = (index: number, text = `append notes ${index} characters`) => ({
  index,
  term: 4,
  lamport: 140 + index,
  text,
});

/** A leader whose newest entries are on their way, with followers in every state. */
const LEADING: Partial<RaftPicture> = {
  commitIndex: 23,
  lastApplied: 22,
  lastLogIndex: 25,
  firstLogIndex: 8,
  snapshotIndex: 7,
  snapshotBytes: 1234,
  tail: [{ index: 20, term: 3, lamport: null, text: "no-op" }, ...[21, 22, 23, 24, 25].map((index) => entry(index))],
  progress: [
    follower(2),
    follower(3, { matchIndex: 18, nextIndex: 24 }),
    follower(4, { matchIndex: 0, nextIndex: 1, state: "snapshot", snapshotPart: 0.304 }),
    follower(5, { matchIndex: 12, nextIndex: 13, state: "probe", responseMs: null }),
  ],
};

const FOLLOWING: Partial<RaftPicture> = { ...LEADING, role: "follower", leader: id(3), standby: id(2), progress: [] };

/** The frame with the Raft panel in focus after these keys. */
function shown(said: ModelSaid, ...keys: string[]): string[] {
  return frame({ ...said, state: screen(said).press("3", ...keys).state }).map((line) => line.trimEnd());
}

describe("the log in the Raft panel", () => {
  test("at 59x11 comes first: how far it is, how far the followers are, and the newest entries with how far each is", () => {
    expect(shown({ ...SMALL, raft: LEADING }).slice(2, 9)).toEqual([
      "-- [Raft] -------------------------------------------------",
      ">log  commit 23  applied 22  last 25  from 8, snap 1.2 KB",
      " voters   7002 [######] 25   7003 [###==.] 18",
      "          7004 [s.....] 0 snapshot 30%",
      "          7005 [#.....] 12 probe",
      "   25 appended  T4 L165 append notes 25 characters",
      "   24 appended  T4 L164 append notes 24 characters",
    ]);
  });

  test("at 59x11 on a follower has its own commit and apply", () => {
    expect(shown({ ...SMALL, raft: FOLLOWING }).slice(3, 9)).toEqual([
      ">log  commit 23  applied 22  last 25  from 8, snap 1.2 KB",
      " voters   7001 you   7002   7003   7004   7005",
      "   25 appended  T4 L165 append notes 25 characters",
      "   24 appended  T4 L164 append notes 24 characters",
      "   23 committed T4 L163 append notes 23 characters",
      "   22 applied   T4 L162 append notes 22 characters",
    ]);
  });

  test("at 80x24 stands below the election", () => {
    expect(shown({ columns: 80, lines: 24, raft: LEADING }).slice(3, 15)).toEqual([
      ">leader for 12 s  term 4  vote 7001  standby 7002",
      " Last election 12 s ago, term 4, 61 ms",
      "   why   7001 lost its link to leader 7005",
      "   asked 7001  yes 7001 7002 7003  no -  silent 7004 7005",
      " heartbeat 50 ms  quorum worst gap 90 ms  timeout 300 ms",
      " voters   7002 [######] 25   7003 [###==.] 18   7004 [s.....] 0 snapshot 30%",
      "          7005 [#.....] 12 probe",
      " log  commit 23  applied 22  last 25  from 8, snapshot of 7, 1.2 KB",
      "   25 appended  T4 L165 append notes 25 characters",
      "   24 appended  T4 L164 append notes 24 characters",
      "   23 committed T4 L163 append notes 23 characters",
      "   22 applied   T4 L162 append notes 22 characters",
    ]);
  });

  test("among all panels at 120x40 has a bar a row and the newest three entries", () => {
    const left = frame({ raft: LEADING }).map((line) => line.slice(0, 59).trimEnd());
    const at = left.findIndex((line) => line.startsWith("-- Raft"));
    expect(left.slice(at + 6, at + 14)).toEqual([
      " 7002 [############] replicate    match 25 next 26  0.4 ms",
      " 7003 [#######===..] replicate    match 18 next 24  0.4 ms",
      " 7004 [sss.........] snapshot 30% match 0 next 1  0.4 ms",
      " 7005 [###.........] probe        match 12 next 13",
      " log  commit 23  applied 22  last 25  from 8, snap 1.2 KB",
      "   25 appended  T4 L165 append notes 25 characters",
      "   24 appended  T4 L164 append notes 24 characters",
      "   23 committed T4 L163 append notes 23 characters",
    ]);
  });

  test("zoomed has long bars, learners, who is missing, and all entries", () => {
    const raft = {
      ...LEADING,
      voters: [id(1), id(2), id(3), id(4)],
      learners: [id(5)],
      quorum: { needed: 3, up: 3, missing: [id(4)] },
    };
    const lines = shown({ raft }, "z");
    expect(lines).toContain(" 7003 [##############=======...] replicate    match 18 next 24  0.4 ms");
    expect(lines).toContain(" 7004 [sssssss.................] snapshot 30% match 0 next 1  0.4 ms missing");
    expect(lines).toContain(" 7005 [######..................] probe        match 12 next 13  learner");
    expect(lines).toContain("   20 applied   T3 -    no-op");
  });

  test("follows a write from append to commit to apply", () => {
    const stage = (raft: Partial<RaftPicture>) =>
      shown({ ...SMALL, raft: { ...FOLLOWING, ...raft } })
        .find((line) => line.startsWith("   25"))
        ?.slice(6, 15);
    expect(stage({})).toBe("appended ");
    expect(stage({ commitIndex: 25 })).toBe("committed");
    expect(stage({ commitIndex: 25, lastApplied: 25 })).toBe("applied  ");
  });

  test("escapes what entries say", () => {
    const tail = [entry(25, "append \x1b[2J\u{202e}evil 5 characters")];
    expect(shown({ raft: { ...LEADING, tail } }, "z").join("\n")).toContain(
      "append \\u{1b}[2J\\u{202e}evil 5 characters",
    );
  });

  test("says nothing of snapshots where there is none", () => {
    const raft = { ...LEADING, firstLogIndex: 1, snapshotIndex: 0, snapshotBytes: 0 };
    expect(shown({ raft }).join("\n")).toMatch(/log {2}commit 23 {2}applied 22 {2}last 25( {2}|$)/m);
    expect(shown({ ...SMALL, raft }, "enter").join("\n")).toContain("snapshot      none yet");
  });

  test.each([11, 16, 20, 24, 30, 40])("has an entry in view on %i lines", (lines) => {
    expect(shown({ columns: 95, lines, raft: LEADING }).join("\n")).toContain("25 appended");
    expect(shown({ columns: 95, lines, raft: FOLLOWING }).join("\n")).toContain("25 appended");
  });
});

describe("the details of the log", () => {
  const card = (raft: Partial<PeerView["raft"]>, ...keys: string[]) => shown({ ...SMALL, raft }, ...keys, "enter");

  test("have where it begins and what stands for what came before", () => {
    expect(card(LEADING).slice(2, 8)).toEqual([
      "-- Log ----------------------------------------------------",
      " first         8, the oldest entry that is kept",
      " applied       22, what has been done here",
      " committed     23, what is decided as far as is known here",
      " last          25, what this peer has",
      " snapshot      stands for all up to 7, 1.2 KB",
    ]);
  });

  test("of an entry have its stage and its Lamport time", () => {
    const text = card(FOLLOWING, "j", "j").join("\n");
    expect(text).toMatch(/Log entry 25 [\s\S]*term +4\n lamport +165\n committed +not yet, commit index is 23\n/);
    expect(card(FOLLOWING, "j", "j", "j", "j").join("\n")).toMatch(/committed +yes\n applied +not yet, 22 is\n/);
  });

  test("of a follower have how far it is", () => {
    const lines = frame({ raft: LEADING, state: screen({ raft: LEADING }).press("j", "j", "enter").state });
    expect(lines.join("\n")).toContain("log           replicate, has all up to 18, is sent 24 next");
  });
});

describe("a bar", () => {
  const log = { firstLogIndex: 8, lastLogIndex: 25 };
  test.each([
    ["all", { matchIndex: 25, nextIndex: 26, snapshotPart: null }, "[######]"],
    ["all but one, which is on its way", { matchIndex: 24, nextIndex: 26, snapshotPart: null }, "[#####=]"],
    ["nothing that is kept", { matchIndex: 3, nextIndex: 4, snapshotPart: null }, "[......]"],
    ["nothing, and all is on its way", { matchIndex: 0, nextIndex: 26, snapshotPart: null }, "[======]"],
    ["more than the leader is known to have", { matchIndex: 25, nextIndex: 28, snapshotPart: null }, "[######]"],
    ["half a snapshot", { matchIndex: 0, nextIndex: 1, snapshotPart: 0.5 }, "[sss...]"],
  ])("of a follower that has %s", (_what, progress, drawn) => {
    expect(progressBar(progress, log, 6)).toBe(drawn);
  });

  test("is as wide as it should be, full only where all is there, and of an empty log full", () => {
    const index = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(index, index, index, index, fc.integer({ min: 1, max: 30 }), (first, length, match, sent, cells) => {
        const last = first + length;
        const matchIndex = Math.min(match, last);
        const progress = { matchIndex, nextIndex: Math.min(last, matchIndex + sent) + 1, snapshotPart: null };
        const drawn = progressBar(progress, { firstLogIndex: first, lastLogIndex: last }, cells);
        expect(drawn).toMatch(/^\[#*=*\.*\]$/);
        expect(drawn).toHaveLength(cells + 2);
        expect(/^\[#+\]$/.test(drawn)).toBe(matchIndex === last);
        expect(drawn.includes("=")).toBe(progress.nextIndex - 1 > matchIndex);
      }),
    );
    expect(
      progressBar({ matchIndex: 7, nextIndex: 8, snapshotPart: null }, { firstLogIndex: 8, lastLogIndex: 7 }, 4),
    ).toBe("[####]");
  });
});
