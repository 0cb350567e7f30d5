import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScript } from "../../../src/sim/script/parse-script.ts";
import { printScript } from "../../../src/sim/script/print-script.ts";
import type { Script, Statement } from "../../../src/sim/script/script.ts";
import { expectThat, holds, protocolSpecificEntry } from "../../../src/sim/script/statements.ts";
import { parsed } from "./parsed.ts";
import { scripts } from "./scripts.ts";

/** Three peers are known from the first line on, and a name. */
const KNOWN = "start 7001..7003 look\nlet old = 7002\n";

function unplaced(script: Script<unknown>): readonly Statement<unknown>[] {
  return script.map(({ line: _line, column: _column, ...statement }) => statement as Statement<unknown>);
}

function errorsOf(text: string): readonly string[] {
  const read = parseScript(text, "x.script");
  return read.ok ? [] : read.errors;
}

function numberedLets(count: number): string {
  return Array.from({ length: count }, (_, index) => `let n${index} = 1\n`).join("");
}

describe("a line is understood", () => {
  const all = { from: "all", to: "all", both: true };
  const there = { from: ["7001"], to: ["7002"], both: false };
  const back = { from: ["7001"], to: ["7002"], both: true };
  const now = { withinMs: null, lastingMs: null };

  test.each<[string, object]>([
    ["start 7004 found", { kind: "start", peers: ["7004"], coming: { kind: "found" } }],
    ["start 7004,7005 join 7001", { kind: "start", peers: ["7004", "7005"], coming: { kind: "join", via: ["7001"] } }],
    ["start 7004..7006 look", { kind: "start", peers: ["7004", "7005", "7006"], coming: { kind: "look" } }],
    ["start 7004 liar", { kind: "start", peers: ["7004"], coming: { kind: "liar" } }],
    ["start 8001 critic of 7001", { kind: "start", peers: ["8001"], coming: { kind: "critic", of: "7001" } }],
    [
      "start 8001 client of 7001..7003",
      {
        kind: "start",
        peers: ["8001"],
        coming: { kind: "client", of: ["7001", "7002", "7003"], manner: "in-session" },
      },
    ],
    [
      "start 8001 client of old without session",
      { kind: "start", peers: ["8001"], coming: { kind: "client", of: ["old"], manner: "without-session" } },
    ],
    [
      "start 8001 life glider size 64 turns 500 at vip",
      {
        kind: "start",
        peers: ["8001"],
        coming: { kind: "life", pattern: "glider", size: 64, turns: 500, at: "vip" },
      },
    ],
    [
      "start 8001 life soup size 16 turns 1 at old,7001",
      {
        kind: "start",
        peers: ["8001"],
        coming: { kind: "life", pattern: "soup", size: 16, turns: 1, at: ["old", "7001"] },
      },
    ],
    ["worker 7001 slow 20x", { kind: "worker", peers: ["7001"], slowness: 20 }],
    ["worker all well", { kind: "worker", peers: "all", slowness: 1 }],
    [
      "expect turn of 7001 > 100",
      { kind: "expect", condition: { kind: "turn", of: "7001", compare: ">", count: 100 }, ...now },
    ],
    [
      "expect alive of old = 5",
      { kind: "expect", condition: { kind: "alive", of: "old", compare: "=", count: 5 }, ...now },
    ],
    [
      "expect job of old finished",
      { kind: "expect", condition: { kind: "job", of: "old", state: "finished" }, ...now },
    ],
    ["expect vip at 7001", { kind: "expect", condition: { kind: "vip", peer: "7001" }, ...now }],
    ["expect vip at nobody", { kind: "expect", condition: { kind: "vip", peer: null }, ...now }],
    ["old in vain: write k v", { kind: "entry", peer: "old", text: "write k v", inVain: true }],
    [
      "expect value k is v among 7001,old",
      { kind: "expect", condition: { kind: "value", name: "k", text: "v", among: ["7001", "old"] }, ...now },
    ],
    ["expect no file f", { kind: "expect", condition: { kind: "file", name: "f", text: null, among: "all" }, ...now }],
    ["expect stores agree", { kind: "expect", condition: { kind: "stores-agree", among: "all" }, ...now }],
    ["expect 7001 served", { kind: "expect", condition: { kind: "served", client: "7001" }, ...now }],
    ["expect linearizable", { kind: "expect", condition: { kind: "linearizable" }, ...now }],
    ["start 7004 join leader", { kind: "start", peers: ["7004"], coming: { kind: "join", via: ["leader"] } }],
    ["advance 2s", { kind: "advance", ms: 2000 }],
    ["crash leader", { kind: "crash", peers: ["leader"], tear: false }],
    ["crash 7001 , old torn", { kind: "crash", peers: ["7001", "old"], tear: true }],
    ["recover all", { kind: "recover", peers: "all" }],
    ["pause all but old,7001", { kind: "pause", peers: { allBut: ["old", "7001"] } }],
    ["resume 7001..7003", { kind: "resume", peers: ["7001", "7002", "7003"] }],
    ["leave follower", { kind: "leave", peers: ["follower"] }],
    ["let new = leader", { kind: "let", name: "new", peer: "leader" }],
    ["cut 7001->7002", { kind: "link", ways: there, change: { cut: true } }],
    ["cut old", { kind: "link", ways: { from: ["old"], to: "all", both: true }, change: { cut: true } }],
    ["loss all 10%", { kind: "link", ways: all, change: { lossPercent: 10 } }],
    ["resend all 10%", { kind: "link", ways: all, change: { resendPercent: 10 } }],
    ["duplicate 7001 <-> 7002 2.5%", { kind: "link", ways: back, change: { duplicatePercent: 2.5 } }],
    ["reorder all 100%", { kind: "link", ways: all, change: { reorderPercent: 100 } }],
    ["corrupt all 1%", { kind: "link", ways: all, change: { corruptPercent: 1 } }],
    ["latency 7001 -> 7002 1s", { kind: "link", ways: there, change: { latencyMs: 1000, jitterMs: 0 } }],
    ["latency 7001 -> 7002 1s jitter 5ms", { kind: "link", ways: there, change: { latencyMs: 1000, jitterMs: 5 } }],
    ["bandwidth 7001<->7002 10KB/s", { kind: "link", ways: back, change: { bytesPerSecond: 10_000 } }],
    [
      "capacity 7001 -> 7002 5 per 100ms",
      { kind: "link", ways: there, change: { capacity: { things: 5, stepMs: 100 } } },
    ],
    ["mend 7001 <-> 7002", { kind: "mend", ways: back }],
    ["partition 7001,7002|7003", { kind: "partition", groups: [["7001", "7002"], ["7003"]] }],
    ["partition old | all but old", { kind: "partition", groups: [["old"], { allBut: ["old"] }] }],
    ["heal", { kind: "heal" }],
    ["disk 7001 slow 20ms..50ms", { kind: "disk", peers: ["7001"], change: { kind: "slow", ms: [20, 50] } }],
    ["disk 7001 slow 20ms", { kind: "disk", peers: ["7001"], change: { kind: "slow", ms: [20, 20] } }],
    ["disk all full", { kind: "disk", peers: "all", change: { kind: "full" } }],
    ["disk 7001 flip", { kind: "disk", peers: ["7001"], change: { kind: "flip" } }],
    ["disk 7001 well", { kind: "disk", peers: ["7001"], change: { kind: "well" } }],
    ["clock 7001 rate 1.5x", { kind: "clock", peers: ["7001"], change: { kind: "rate", rate: 1.5 } }],
    ["clock 7001 jump 10s", { kind: "clock", peers: ["7001"], change: { kind: "jump", aheadMs: 10_000 } }],
    ["7001: transfer 7003 # and why", { kind: "entry", peer: "7001", text: "transfer 7003" }],
    ["leader : remove #4", { kind: "entry", peer: "leader", text: "remove #4" }],
    ["7001: cut old,follower for 5s", { kind: "entry", peer: "7001", text: "cut old,follower for 5s" }],
    [
      "7001: announce 1337 leader:  old, 7003 | #4  # why",
      { kind: "entry", peer: "7001", text: "announce 1337 leader:  old, 7003 | #4" },
    ],
    ["mark", { kind: "mark" }],
    ["say It is # 1: the leader. ", { kind: "say", text: "It is # 1: the leader." }],
    ["expect leader", { kind: "expect", condition: { kind: "leader", leader: null, among: "all" }, ...now }],
    [
      "expect leader 7003 among 7002..7003 within 1s",
      {
        kind: "expect",
        condition: { kind: "leader", leader: "7003", among: ["7002", "7003"] },
        withinMs: 1000,
        lastingMs: null,
      },
    ],
    [
      "expect no leader among old,7003 within 2s for 1m",
      {
        kind: "expect",
        condition: { kind: "no-leader", among: ["old", "7003"] },
        withinMs: 2000,
        lastingMs: 60_000,
      },
    ],
    [
      "expect converged for 10s",
      { kind: "expect", condition: { kind: "converged", among: "all" }, withinMs: null, lastingMs: 10_000 },
    ],
    [
      "expect leader sees follower at-risk",
      { kind: "expect", condition: { kind: "sees", by: ["leader"], peer: "follower", status: "at-risk" }, ...now },
    ],
    [
      "expect 7001,old see 7003 left",
      { kind: "expect", condition: { kind: "sees", by: ["7001", "old"], peer: "7003", status: "left" }, ...now },
    ],
    [
      "expect all but 7003 see 7003 healthy",
      {
        kind: "expect",
        condition: { kind: "sees", by: { allBut: ["7003"] }, peer: "7003", status: "healthy" },
        ...now,
      },
    ],
    [
      "expect leader is pre-candidate",
      { kind: "expect", condition: { kind: "role", peer: "leader", role: "pre-candidate" }, ...now },
    ],
    [
      "expect 7002 is observer",
      { kind: "expect", condition: { kind: "role", peer: "7002", role: "observer" }, ...now },
    ],
    [
      "expect epoch of 7001 = 2",
      { kind: "expect", condition: { kind: "epoch", peer: "7001", compare: "=", term: 2 }, ...now },
    ],
    [
      "expect two leaders among 7001,old",
      { kind: "expect", condition: { kind: "two-leaders", among: ["7001", "old"] }, ...now },
    ],
    [
      "expect leader holds door",
      { kind: "expect", condition: { kind: "lock", peer: "leader", state: "held", lock: "door" }, ...now },
    ],
    [
      "expect 7001 waits for door within 1s",
      {
        kind: "expect",
        condition: { kind: "lock", peer: "7001", state: "waiting", lock: "door" },
        withinMs: 1000,
        lastingMs: null,
      },
    ],
    [
      "expect nobody holds door",
      { kind: "expect", condition: { kind: "lock", peer: null, state: "held", lock: "door" }, ...now },
    ],
    [
      "expect term of 7001>1",
      { kind: "expect", condition: { kind: "term", peer: "7001", compare: ">", term: 1 }, ...now },
    ],
    [
      "expect event leader-elected at 7003 about old",
      {
        kind: "expect",
        condition: { kind: "event", event: "leader-elected", at: "7003", about: "old", times: "some" },
        ...now,
      },
    ],
    [
      "expect no event member-unhealthy about 7001",
      {
        kind: "expect",
        condition: { kind: "event", event: "member-unhealthy", at: null, about: "7001", times: "none" },
        ...now,
      },
    ],
  ])("%s", (line, statement) => {
    expect(parsed(KNOWN + line).slice(2)).toEqual([{ ...statement, line: 3, column: 1 }]);
  });
});

describe("a file is understood", () => {
  test("the first peer founds, whether or not that is said", () => {
    expect(unplaced(parsed("start 7001"))).toEqual(unplaced(parsed("start 7001 found")));
  });

  test("a cluster is a founder, those who join it, and what is expected of them", () => {
    const spelt = "start 7001\nstart 7002..7005 join 7001\nexpect converged among 7001..7005 within 20s";
    expect(unplaced(parsed("cluster 7001..7005"))).toEqual(unplaced(parsed(spelt)));
  });

  test("comments, empty lines, indentation and the marks of other systems do not matter", () => {
    const text = "\ufeff# Purpose: none.\r\n\r\n  seed 7 # lucky\r\n\tstart 7001\t#found\n";
    expect(parsed(text)).toEqual([
      { kind: "seed", seed: 7, line: 3, column: 3 },
      { kind: "start", peers: ["7001"], coming: { kind: "found" }, line: 4, column: 2 },
    ]);
  });

  test("the example of the reference is one", () => {
    const [, example = ""] = /```\n(.*?)```/s.exec(readFileSync("src/sim/script/README.md", "utf8")) ?? [];
    expect(parsed(example)).toHaveLength(12);
  });

  test.each([
    ["tune snapshots 2000", "tune reads lease"],
    ["tune election fixed", "tune leader 7001", "tune broadcast zab", "tune ensemble 7001..7003"],
    ["tune election bully", "tune broadcast none", "tune mutex raymond"],
    ["tune election raft", "tune broadcast raft", "tune mutex lease", "tune lease 1500ms"],
    ["tune vip 127.0.0.77:7100", "tune turns 50", "tune marks 10s"],
  ])("what is tuned is said before the first peer, and printed as it was said: %s", (...lines) => {
    const text = `${[...lines, "start 7001 found"].join("\n")}\n`;
    const script = parsed(text);
    expect(script.filter(({ kind }) => kind === "tune")).toHaveLength(lines.length);
    expect(printScript(script as Script<never>)).toBe(text);
  });

  test("nothing at all is a script", () => {
    expect(parsed("")).toEqual([]);
  });

  test("what is printed is understood as it was", () => {
    fc.assert(
      fc.property(scripts, (script) => {
        expect(unplaced(parsed(printScript(script)))).toEqual(script);
      }),
    );
  });

  test("closures are printed as comments", () => {
    const script = [protocolSpecificEntry("a stray\n vote", () => []), expectThat(holds("all well", () => true))];
    expect(printScript(script)).toBe("# a stray vote\n# expect all well\n");
  });
});

describe("what is wrong is told with its place and what would be right", () => {
  const peer = "a peer that was started before (7001, 7002, 7003, leader, follower, old)";
  const verbs = expect.stringMatching(/^x\.script:3:\d+: no command is called /);

  test.each<[string, number, string]>([
    ["strat 7004", 1, 'expected a statement such as start, found "strat"'],
    ["?", 1, 'expected a statement such as start, crash or expect, found "?"'],
    ["constructor", 1, 'expected a statement such as start, crash or expect, found "constructor"'],
    ["advance 2", 9, 'expected a time such as 500ms or 2s, at most 24h, found "2"'],
    ["advance 25h", 9, 'expected a time such as 500ms or 2s, at most 24h, found "25h"'],
    ["advance", 8, "expected a time such as 500ms or 2s, at most 24h, found the end of the line"],
    ["advance  # soon", 8, "expected a time such as 500ms or 2s, at most 24h, found the end of the line"],
    ["advance 2s 3s", 12, 'expected the end of the line, found "3s"'],
    ["seed 7", 1, "expected seed before everything else, once"],
    ["start", 6, "expected a port from 1 to 65535, found the end of the line"],
    ["start 0", 7, 'expected a port from 1 to 65535, found "0"'],
    ["start 7004,70000 look", 12, 'expected a port from 1 to 65535, found "70000"'],
    ["start leader look", 7, 'expected a port from 1 to 65535, found "leader"'],
    [
      "start 7004",
      11,
      "expected how it comes: found, look, liar, critic of a peer, client of peers, life, or join and a peer, found the end of the line",
    ],
    [
      "start 7004 at 7001",
      12,
      'expected how it comes: found, look, liar, critic of a peer, client of peers, life, or join and a peer, found "at"',
    ],
    ["start 7004 join 7004", 17, "expected peers to join, found 7004, which is started here"],
    ["start 7004..7003 look", 13, 'expected a port above 7004 behind "..", found "7003"'],
    ["start 7004.. look", 14, 'expected a port above 7004 behind "..", found "look"'],
    ["start a..b look", 7, 'expected a port before "..", found "a"'],
    ["start 7004..7104 look", 13, 'expected no more than 100 ports, found "7104"'],
    ["start 7004,,7005 look", 12, 'expected a port from 1 to 65535, found ","'],
    ["crash 7009", 7, `expected ${peer}, found "7009"`],
    ["crash 7001,olt", 12, `expected ${peer}, found "olt"`],
    ["crash 7001..7004", 7, `expected ${peer}, found "7004"`],
    ["crash all,7001", 10, 'expected the end of the line, found ","'],
    ["crash all but", 14, `expected ${peer}, found the end of the line`],
    ["crash 7001,7001", 12, "7001 is named twice"],
    ["let leader = 7001", 5, 'expected a new name in small letters such as old, found "leader"'],
    ["let Old = 7001", 5, 'expected a new name in small letters such as old, found "Old"'],
    ["let new 7001", 9, 'expected "=", found "7001"'],
    ["let new = new", 11, `expected ${peer}, found "new"`],
    ["cut 7001 7002", 10, 'expected "->" or "<->", found "7002"'],
    ["cut 7001 -> ->", 13, `expected ${peer}, found "->"`],
    ["loss 7001 -> all 30", 18, 'expected a percentage such as 30%, found "30"'],
    ["loss all 0%", 10, 'expected a percentage such as 30%, found "0%"'],
    ["latency all 5ms jitter", 23, "expected a time such as 500ms or 2s, at most 24h, found the end of the line"],
    ["bandwidth all 10", 15, 'expected a rate such as 10KB/s or 1MB/s, found "10"'],
    ["capacity all none per 1s", 14, 'expected how many from 1 to 1000000, found "none"'],
    ["capacity all 5 1s", 16, 'expected "per", found "1s"'],
    ["partition 7001,7002", 20, 'expected "|" and another group, found the end of the line'],
    ["partition 7001 |", 17, `expected ${peer}, found the end of the line`],
    ["disk 7001 broken", 11, 'expected slow, full, flip or well, found "broken"'],
    ["disk 7001 slow 50ms..20ms", 22, "expected the shorter time first"],
    ["worker 7001 20x", 13, 'expected slow or well, found "20x"'],
    ["worker 7001 slow 0.5x", 18, 'expected a factor from 1 to 1000000 such as 20x, found "0.5x"'],
    ["start 8001 life fish size 64 turns 1 at vip", 17, 'expected blinker, glider, r-pentomino or soup, found "fish"'],
    ["start 8001 life soup size 8 turns 1 at vip", 27, 'expected cells from 16 to 16384, found "8"'],
    ["start 8001 life soup size 64 turns 0 at vip", 36, 'expected how many from 1 to 1000000, found "0"'],
    ["expect job of 7001 done", 20, 'expected running, paused, finished or killed, found "done"'],
    ["expect vip of 7001", 12, 'expected "at", found "of"'],
    ["clock 7001 1.5x", 12, 'expected rate or jump, found "1.5x"'],
    ["clock 7001 rate 1000x", 17, 'expected a factor from 0.01 to 100 such as 1.5x, found "1000x"'],
    ["say", 4, "expected what to say, found the end of the line"],
    ["7009: heal", 1, `expected ${peer}, found "7009"`],
    ["  7001:  drop all", 10, "drop needs 30%: drop PEER,...|all 30% [in|out|both] [for 30s]"],
    ["7001: test 7001", 7, "test: 7001 is this peer: say another, or all"],
    [
      "expect luck",
      8,
      `expected what is so: leader, no leader, converged, united, notices, event, no event, term, epoch, file, value, stores, nobody, two leaders, linearizable, job, turn, alive, vip, or ${peer}, found "luck"`,
    ],
    ["expect no luck", 11, 'expected leader, event, file or value, found "luck"'],
    ["expect leader within", 21, "expected a time such as 500ms or 2s, at most 24h, found the end of the line"],
    ["expect leader for 2s within 1s", 22, 'expected the end of the line, found "within"'],
    ["expect all is leader", 8, "expected one peer before is, found more"],
    ["expect 7001 received 2 of 70000", 27, 'expected a data type from 0 to 65535, found "70000"'],
    ["expect 7001 received many of 7", 22, 'expected how many from 0 to 1000000, found "many"'],
    ["expect notices fly", 16, 'expected "spread", found "fly"'],
    [
      "expect 7001 is king",
      16,
      'expected a role: leader, follower, candidate, pre-candidate, learner or observer, found "king"',
    ],
    ["expect 7001 likes 7002", 13, 'expected sees, received, served, holds, waits or is, found "likes"'],
    ["expect 7001 sees 7002 ill", 23, 'expected a status: healthy, at-risk, unhealthy or left, found "ill"'],
    ["expect 7001,7002 holds door", 8, "expected one peer before holds, found more"],
    ["expect 7001 holds", 18, "expected the name of a lock, found the end of the line"],
    ["expect nobody leads", 15, 'expected holds or waits, found "leads"'],
    ["expect 7001 waits door", 19, 'expected "for", found "door"'],
    ["expect term of 7001 is 2", 21, 'expected =, > or <, found "is"'],
    ["expect term of 7001 > -1", 23, 'expected a term from 0 to 9007199254740991, found "-1"'],
    ["expect event leader-electd", 14, 'expected a kind of event such as leader-elected, found "leader-electd"'],
    ["expect event member-unhealty", 14, 'expected a kind of event such as member-unhealthy, found "member-unhealty"'],
    ["expect no event", 16, "expected a kind of event such as leader-elected, found the end of the line"],
  ])("%s", (line, column, text) => {
    expect(errorsOf(KNOWN + line)).toEqual([`x.script:3:${column}: ${text}`]);
  });

  test.each([
    ["tune election anarchy", 'x.script:1:15: expected raft, bully or fixed, found "anarchy"'],
    ["tune ensemble 7001..", 'x.script:1:21: expected a port above 7001 behind "..", found the end of the line'],
    ["tune mutex bakery", 'x.script:1:12: expected lamport, ricart-agrawala, raymond or lease, found "bakery"'],
    [
      "tune broadcast zab\nstart 7001",
      "x.script:1:1: expected settings that go together: --broadcast zab needs --ensemble HOST:PORT,...: all the peers whose majority decides",
    ],
    ["tune vip here", 'x.script:1:10: expected an address such as 127.0.0.77:7100, found "here"'],
    ["tune turns 0", 'x.script:1:12: expected turns a second from 1 to 1000000, found "0"'],
    ["tune lease 2h", "x.script:1:12: expected a lease of at most 1h"],
    ["start 7001\ntune election bully", "x.script:2:1: expected tune before the first peer is started"],
  ])("%s", (text, error) => {
    expect(errorsOf(text)).toEqual([error]);
  });

  test("a line of the palette is looked at before anything is played", () => {
    expect(errorsOf(`${KNOWN}old: tranfer 7003`)).toEqual([verbs]);
  });

  test("a line that announces is looked at too", () => {
    const text = "announce: news is no data type: say a number from 0 to 65535";
    expect(errorsOf(`${KNOWN}7001: announce news leader`)).toEqual([`x.script:3:7: ${text}`]);
  });

  test("before anybody is started, nobody can be named", () => {
    const text = 'expected a peer that was started before (none was), found "leader"';
    expect(errorsOf("crash leader")).toEqual([`x.script:1:7: ${text}`]);
  });

  test("columns count UTF-16 units", () => {
    expect(errorsOf(`${KNOWN}crash \u{1f600}\u{1f600},7001`)).toEqual([
      `x.script:3:7: expected ${peer}, found "\u{1f600}\u{1f600}"`,
    ]);
  });

  test("several wrong lines are all told, and do not spoil those that name their peers", () => {
    const text = "start 7001 fund\nstart 7002 join 7001 now\ncrash 7002\nlet x = 7009\npause x\nresume";
    expect(errorsOf(text).map((line) => line.split(":").slice(1, 3).join(":"))).toEqual(["1:12", "2:22", "4:9", "6:7"]);
  });

  test("no more than 20 are told", () => {
    expect(errorsOf("what\n".repeat(100))).toHaveLength(20);
  });
});

describe("what is read has limits", () => {
  test.each([
    ["bytes", `#${"\u00e4".repeat(1024 * 1024)}`, "x.script:1:1: expected at most 1048576 bytes, found 2097153"],
    ["lines", "mark\n".repeat(10_001), "x.script:10001:1: expected at most 10000 lines, found 10002"],
    ["length", `#${"x".repeat(1000)}`, "x.script:1:1001: expected a line of at most 1000 characters, found 1001"],
    ["peers", "start 1..99 look\nstart 100,101 look", 'x.script:2:11: expected no more than 100 peers, found "101"'],
    ["names", `start 1 look\n${numberedLets(101)}`, 'x.script:102:5: expected no more than 100 names, found "n100"'],
    [
      "word",
      "x".repeat(900),
      `x.script:1:1: expected a statement such as start, crash or expect, found "${"x".repeat(40)}"`,
    ],
  ])("%s", (_name, text, error) => {
    expect(errorsOf(text)).toEqual([error]);
  });

  test("at the limit it is read", () => {
    expect(parsed("mark\n".repeat(10_000))).toHaveLength(10_000);
    expect(parsed(`say ${"x".repeat(996)}`)).toHaveLength(1);
    expect(parsed("start 1..100 look")).toHaveLength(1);
    expect(parsed(`start 1 look\n${numberedLets(100)}let n0 = 1`)).toHaveLength(102);
  });

  test("any text is understood or refused, a line an error", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "start",
        "7001",
        "7002",
        "..",
        ",",
        "->",
        "<->",
        "expect",
        "leader",
        "all",
        "but",
        "say",
        ":",
        "#",
      ),
      fc.constantFrom("no", "event", "within", "2s", "cut", "disk", "slow", "|", "\n", "let", "=", "old", "term", "of"),
      fc.string({ unit: "binary", maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.constantFrom("", " "), (words, gap) => {
        const read = parseScript(`start 7001\n${words.join(gap)}`, "x.script");
        expect(read.ok || read.errors.every((error) => !/[\r\n]/.test(error))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
