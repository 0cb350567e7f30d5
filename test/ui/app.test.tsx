import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/core/address.ts";
import { USUAL_MODES } from "../../src/core/modes.ts";
import type { PeerView } from "../../src/peer/peer-view.ts";
import { FAULT_BINDINGS } from "../../src/ui/fault-keys.ts";
import { PANELS } from "../../src/ui/layout.ts";
import { INITIAL, type Mode, SORTS } from "../../src/ui/model.ts";
import { themeOf } from "../../src/ui/theme.ts";
import {
  BULLY,
  BULLY_ALONE,
  BULLY_ZAB,
  FIXED,
  FIXED_ZAB,
  HELD_DOWN,
  HOSTILE_ELECTION,
  LOCK_FLOOD,
  LOCKS,
  NO_ORDER,
  SYNCHRONIZING,
  ZAB,
} from "./agreements.ts";
import { frame, hostile, lineWith, SMALL } from "./frames.tsx";
import { type ModelSaid, modelOf } from "./models.ts";
import {
  at,
  FILES,
  FLOOD,
  fault,
  id,
  NOTICES,
  NOTIFICATIONS,
  picture,
  row,
  STORE,
  STORE_FLOOD,
  told,
  VALUES,
} from "./pictures.ts";
import { job, lifeOf, POOL, STUCK_POOL, VIP, VIP_HELD, VIP_WAITED } from "./pools.ts";

const PALETTE = { kind: "palette", text: "", after: "", replaces: null, recalled: 0, draft: "", wrong: null } as const;
const troubled = [
  row(2, { role: "standby" }),
  row(3, { status: "at-risk", livesRemaining: 2, heartbeatAgeMs: 1400, worstGapMs: 1400, rttHistory: [0.3, 9, null] }),
  row(4, { status: "unhealthy", livesRemaining: 0, linked: false, heartbeatAgeMs: 62_000 }),
  row(5, { status: "left", livesRemaining: 0, linked: false, role: "none" }),
];

describe("the quarter of a screen", () => {
  test("answers who I am, who leads in which term, the quorum, the time, and who is in trouble", () => {
    const raft = {
      role: "follower",
      leader: id(3),
      standby: id(2),
      quorum: { needed: 3, up: 4, missing: [id(4)] },
    } as const;
    const lines = frame({
      ...SMALL,
      rows: [row(2), row(3, { role: "leader" }), row(4, { status: "unhealthy", linked: false }), row(5)],
      raft,
    });
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(" 7001 follower T4 leader 7003  q4/5  L182");
    expect(lines[1]).toMatch(/^ \[1 Peers\] 2 Gos 3 Raft 4 Time 5 Fau \.\. +worst gap 90 ms$/);
    expect(lines.slice(2).find((line) => line.includes("7003"))).toMatch(
      /7003 +healthy 3\/3 +<1 s +0\.3 \* leader +177 -5 +ok/,
    );
    expect(lines.find((line) => line.includes("7004"))).toMatch(/7004 +unhealthy .* down/);
    expect(lines.at(-1)).toMatch(/: cmd {2}\? keys .*q leave/);
  });

  test("shows the latest event and its cause", () => {
    expect(lineWith("L180", SMALL)).toMatch(/^ L180 {2}! 7003 at risk 2\/3 because probes missed: ours, via~$/);
  });
});

describe("the header", () => {
  test("of a leader on a wide screen", () => {
    expect(frame()[0]).toBe(" 7001 * LEADER  term 4 for 12 s | quorum 5/5, 3 needed | lamport 182 | up 3 min");
    expect(frame({ columns: 140 })[1]).toMatch(/ \[1 Peers\] 2 Gossip 3 Raft 4 Timeline .* cluster 3f2a91bc$/);
  });

  test("says that there is no quorum", () => {
    const raft = {
      role: "follower",
      leader: null,
      leaderAgeMs: null,
      quorum: { needed: 2, up: 1, missing: [id(2), id(3)] },
    } as const;
    expect(frame({ ...SMALL, peers: 3, raft })[0]).toBe(" 7001 follower T4 leader none  NO QUORUM 1/3  L182");
  });
});

describe("stuck and empty states say what to do", () => {
  const text = (said: ModelSaid) =>
    frame({ ...SMALL, ...said })
      .join("")
      .replaceAll(/\s+/g, " ");
  const nobody = {
    role: "follower",
    leader: null,
    leaderAgeMs: null,
    voters: [],
    quorum: { needed: 0, up: 0, missing: [] },
  } as const;
  const seeking = {
    phase: "seeking",
    clusterId: null,
    trying: Array.from({ length: 16 }, (_, i) => at(i + 1)),
  } as const;

  test("looking for peers", () => {
    expect(text({ peers: 1, self: seeking, raft: nobody, story: [] })).toContain(
      "looking for peers on 127.0.0.1:7001-7016 ...",
    );
  });

  test("a join that nobody answers", () => {
    const story = [told(1, { kind: "join-unanswered", addresses: [at(1)], attempts: 3 })];
    expect(text({ peers: 1, self: seeking, raft: nobody, story })).toContain(
      "no answer from 127.0.0.1:7001 yet; retrying",
    );
  });

  test("alone", () => {
    expect(text({ peers: 1 })).toContain("alone: start another with npx p2p-node");
    const far = { address: "10.0.0.7:7001" as Address };
    expect(text({ peers: 1, self: far })).toContain("start another with npx p2p-node --join 10.0.0.7:7001");
  });

  test("no quorum", () => {
    const raft = { quorum: { needed: 2, up: 1, missing: [id(2), id(3)] } };
    expect(text({ peers: 3, raft })).toContain(
      "no quorum: 1 of 3 voters up; missing 7002 7003. Start them, or run p2p-node --fresh",
    );
  });

  test("no leader", () => {
    expect(text({ raft: { role: "follower", leader: null, leaderAgeMs: null } })).toContain("no leader in term 4");
  });

  test("an election without a winner elected nobody", () => {
    const { election } = modelOf(SMALL).view.raft;
    if (election === null) throw new Error("the picture has an election");
    expect(text({})).toContain("elected 12 s ago: lost 7005");
    expect(text({ raft: { election: { ...election, outcome: "lost" } } })).toContain("no winner 12 s ago: lost 7005");
  });

  test("what was odd at the start, for a minute", () => {
    const notices = ["the earlier state is kept in old"];
    expect(text({ view: { notices, upMs: 5000 } })).toContain("the earlier state is kept in old");
    expect(text({ view: { notices, upMs: 70_000 } })).not.toContain("the earlier state");
  });
});

describe("the peers' table", () => {
  test("has all columns at 120, and says every status as a word", () => {
    const lines = frame({ rows: troubled });
    expect(lines[2]).toMatch(/PEER +STATUS +HEARD +WORST +RTT ms +RECENT +ROLE +LAMPORT +INC +LINK/);
    expect(lines[3]).toMatch(/^> 7001 +you +- +- +- +\* leader +182 +1 -$/);
    expect(lines[5]).toMatch(/7003 +at risk 2\/3 +1\.4 s +1\.4 s +0\.3 _#x +follower +177 -5 +1 ok$/);
    expect(lines[6]).toMatch(/7004 +unhealthy +62 s/);
    expect(lines[7]).toMatch(/7005 +left /);
  });

  test("keeps its columns aligned beside wide and hostile names", () => {
    const lines = frame({ rows: hostile });
    const healthy = lines.filter((line) => line.includes("healthy"));
    const columns = healthy.map((line) => stringWidth(line.slice(0, line.indexOf("healthy"))));
    expect(healthy).toHaveLength(4);
    expect(new Set(columns).size).toBe(1);
  });

  test("shows the page with the cursor when there are more peers than room", () => {
    const lines = frame({ ...SMALL, peers: 30, state: { peerCursor: id(30) } });
    expect(lines[1]).toContain("26-30 of 30");
    expect(lines.find((line) => line.startsWith("> "))).toContain("7030");
  });

  test("says when the filter leaves nothing, and shows the filter", () => {
    const filters = { ...INITIAL.filters, peers: "nobody" };
    const lines = frame({ state: { filters } });
    expect(lines.join("\n")).toContain("no peer matches /nobody");
    expect(lines[1]).toContain("/nobody");
  });

  test("sorts those in trouble to the top", () => {
    const lines = frame({ rows: troubled, state: { sort: { ...INITIAL.sort, peers: "status" } } });
    expect(lines[2]).toContain("STATUS v");
    expect(lines.slice(3, 6).map((line) => line.slice(2, 6))).toEqual(["7004", "7003", "7002"]);
  });
});

describe("the other panels", () => {
  test("Raft: the last election as a card, members, log", () => {
    const lines = frame({ columns: 59, lines: 24, state: { focus: "raft", zoomed: true } });
    const text = lines.join("\n");
    expect(text).toContain("leader for 12 s  term 4  vote 7001  standby 7002");
    expect(text).toContain("Last election 12 s ago, term 4, 61 ms");
    expect(text).toContain("why   7001 lost its link to leader 7005");
    expect(text).toContain("asked 7001  yes 7001 7002 7003  no -  silent 7004 7005");
    expect(text).toContain("heartbeat 50 ms  quorum worst gap 90 ms  timeout 300 ms");
    expect(text).toContain("7002 [############] replicate match 9 next 10  0.4 ms");
    expect(text).toContain("log  commit 9  applied 9  last 9");
    expect(text).toMatch(/9 applied +T4 - no-op *\n +8 applied +T3 - configuration/);
  });

  test("Raft: of an election that was only heard of nothing is made up", () => {
    const election = {
      ...modelOf().view.raft.election,
      because: null,
      yes: [],
      silent: [],
      tookMs: 0,
    } as PeerView["raft"]["election"];
    const text = frame({ raft: { election } }).join("\n");
    expect(text).toContain("Last election: term 4, heard of 12 s ago");
    expect(text).not.toContain("asked");
  });

  test("Raft: silence beyond half the timeout is counted, before that it is not", () => {
    const raft = { role: "follower", leader: id(2), progress: [] } as const;
    const silent = (heartbeatAgeMs: number) => frame({ raft, rows: [row(2, { heartbeatAgeMs }), row(3)] }).join("\n");
    expect(silent(240)).toContain("leader overdue: silent 240 ms of 300 ms");
    expect(silent(90)).not.toContain("overdue");
  });

  test("Gossip: IDs with counter and address, how many are verified, exchanges with direction, rumours", () => {
    const text = frame({
      rows: [row(2), row(3, { status: "unhealthy" })],
      columns: 59,
      lines: 20,
      state: { focus: "gossip", zoomed: true },
    }).join("\n");
    expect(text).toContain("ids 2, verified 1  rounds 120  pushes 30  pulls 44");
    expect(text).toContain("0 127.0.0.1:7002");
    expect(text).toMatch(/5\.0 s ago {2}push {5}-> 7002 {2}4 IDs/);
    expect(text).toMatch(/4\.1 s ago {2}pull {5}<- 7003/);
    expect(text).toContain("7002 says 7003 at-risk incarnation 2");
  });

  test("Timeline: follow or pause in its title", () => {
    expect(lineWith("[Timeline]", { state: { focus: "timeline" } })).toContain("follow");
    expect(lineWith("[Timeline]", { state: { focus: "timeline", pausedAt: 5 } })).toContain("paused, 5 newer");
  });

  test("zoomed, a panel has the body to itself", () => {
    const lines = frame({ state: { focus: "timeline", zoomed: true } });
    expect(lines.join("\n")).not.toContain("STATUS");
    expect(lines[1]).toContain("zoomed");
  });
});

describe("the footer", () => {
  test("shows what the palette offers", () => {
    const mode: Mode = { ...PALETTE, text: "te" };
    expect(frame({ state: { mode } }).slice(-2)).toEqual([" Tab: test", ":te_"]);
  });

  test("names the loss and how to say yes", () => {
    const mode: Mode = {
      kind: "confirm",
      line: "leave",
      question: "leave 7001: the others lose their quorum",
      until: 9e9,
    };
    expect(frame({ state: { mode } }).at(-1)).toBe(
      " leave 7001: the others lose their quorum. y = leave, any other key = no",
    );
  });

  test.each([
    [120, 2],
    [59, 3],
  ])("after f it lists all that may follow, at %i columns on %i lines", (columns, height) => {
    const mode: Mode = { kind: "fault", targets: [id(3), id(1)] };
    const text = frame({ columns, lines: 16, state: { mode } }).slice(-height).join("\n");
    expect(text).toMatch(/^ f 7003,you {2}c cut {2}> cut out/);
    for (const { key, hint, verb } of FAULT_BINDINGS)
      if (verb !== "resume" && verb !== "recover") expect(text).toContain(`${key} ${hint}`);
    expect(text).not.toContain("resume");
    expect(text).toContain("Esc back");
  });

  test("after the outcome of a fault it shows what the fault does, and nothing of older ones", () => {
    const feedback = { line: "cut 7003 out", text: "applied 1/1", ok: true, faultsBefore: 2, until: 9e9 };
    const view = { faults: [fault(2), fault(3), fault(4, { by: "7002" })] };
    expect(frame({ view, state: { feedback } }).at(-1)).toBe(" : cut 7003 out  applied 1/1  41 blocked");
    const long = { ...feedback, line: "isolate 7002,7003,7004", text: "applied 2/3 (7004 refuses remote faults)" };
    expect(frame({ ...SMALL, state: { feedback: { ...long, ok: false } } }).slice(-2)).toEqual([
      " : isolate 7002,7003,7004",
      " applied 2/3 (7004 refuses remote faults)",
    ]);
  });

  test("echoes the line that a key stands for", () => {
    const feedback = { line: "test 7002", text: "asked 7002", ok: true, faultsBefore: 0, until: 9e9 };
    expect(frame({ state: { feedback } }).at(-1)).toBe(" : test 7002  asked 7002");
  });
});

describe("cards", () => {
  test.each([
    [{ kind: "peer", peer: id(2) }, "Peer 7002", "127.0.0.1:7002"],
    [{ kind: "peer", peer: id(1) }, "Peer 7001 (you)", "3f2a91bc00000001"],
    [{ kind: "event", sequence: 11 }, "Event member-at-risk", "7003 at risk 2/3"],
    [{ kind: "log-entry", index: 9 }, "Log entry 9", "no-op"],
    [{ kind: "election" }, "Last election", "silent        7004 7005"],
    [{ kind: "event", sequence: 999 }, "Event", "too old"],
    [{ kind: "peer", peer: id(99) }, "Peer #abc0", "not known any more"],
    [{ kind: "notice", origin: id(9), id: "000105390000002a" }, "Notice #abc0#42", "no longer among the newest"],
    [{ kind: "subscriptions", row: "types", dataType: null }, "Subscriptions", "nobody is known to subscribe any"],
  ] as const)("%j", (subject, title, content) => {
    const text = frame({ state: { mode: { kind: "details", subject, scroll: 0 } } }).join("\n");
    expect(text).toContain(title);
    expect(text).toContain(content);
  });

  test("the network table", () => {
    const text = frame({ ...SMALL, state: { mode: { kind: "table", scroll: 0 } } }).join("\n");
    expect(text).toMatch(/127\.0\.0\.1:7002 +7002 +abc0000000000002 healthy/);
  });
});

describe("every frame", () => {
  const modes: readonly Mode[] = [
    { kind: "panels" },
    { kind: "filter" },
    { ...PALETTE, text: "test 東京", after: " 京" },
    { kind: "help", about: null, scroll: 3 },
    { kind: "table", scroll: 0 },
    { kind: "fault", targets: [id(2), id(3), id(4), id(5)] },
    { kind: "details", subject: { kind: "peer", peer: id(2) }, scroll: 1 },
    { kind: "details", subject: { kind: "election" }, scroll: 0 },
    ...NOTICES.map(({ id, origin }): Mode => ({ kind: "details", subject: { kind: "notice", id, origin }, scroll: 0 })),
    { kind: "details", subject: { kind: "subscriptions", row: "types", dataType: null }, scroll: 0 },
    ...FILES.recent.map(({ name }): Mode => ({ kind: "details", subject: { kind: "file", name }, scroll: 0 })),
    ...VALUES.recent.map(({ key }): Mode => ({ kind: "details", subject: { kind: "value", key }, scroll: 0 })),
    ...[0, 9, 99].map((at): Mode => ({ kind: "details", subject: { kind: "election-message", at }, scroll: 0 })),
    { kind: "details", subject: { kind: "order" }, scroll: 0 },
    { kind: "details", subject: { kind: "order-entry", index: 25 }, scroll: 0 },
    { kind: "details", subject: { kind: "address" }, scroll: 0 },
    { kind: "details", subject: { kind: "worker", peer: id(3) }, scroll: 0 },
    { kind: "details", subject: { kind: "job", id: 25 }, scroll: 0 },
    ...LOCKS.locks.map(({ name }): Mode => ({ kind: "details", subject: { kind: "lock", name }, scroll: 0 })),
    { kind: "confirm", line: "leave", question: "x".repeat(300), until: 0 },
  ];
  const agreements = {
    modes: fc.constantFrom(USUAL_MODES, BULLY_ZAB, BULLY_ALONE, FIXED_ZAB),
    election: fc.constantFrom(picture().election, BULLY, HELD_DOWN, FIXED, HOSTILE_ELECTION),
    order: fc.constantFrom(picture().order, ZAB, SYNCHRONIZING, NO_ORDER),
    mutex: fc.constantFrom(picture().mutex, LOCKS, LOCK_FLOOD),
    vip: fc.constantFrom(picture().vip, VIP, VIP_HELD, VIP_WAITED),
    broker: fc.constantFrom(picture().broker, POOL, STUCK_POOL),
    life: fc.constantFrom(null, lifeOf(job(25), { x: 0, y: 0, width: 64, height: 40, scale: 1 })),
  };
  const said = fc.record({
    columns: fc.oneof(fc.integer({ min: 59, max: 220 }), fc.constantFrom(59, 60, 95, 120, 200)),
    lines: fc.oneof(fc.integer({ min: 11, max: 60 }), fc.constantFrom(11, 15, 16, 40, 50)),
    rows: fc.constantFrom(
      hostile,
      troubled,
      [],
      Array.from({ length: 29 }, (_, i) => row(i + 2)),
    ),
    view: fc.record({
      lamport: fc.constantFrom(1, 182, 2 ** 52),
      faults: fc.constantFrom(
        [],
        [fault(2, { by: "\x1b[2Jevil" }), fault(3, { target: "everybody", direction: "in" })],
        Array.from({ length: 64 }, (_, n) => fault(n)),
      ),
      notifications: fc.constantFrom(picture().notifications, NOTIFICATIONS, FLOOD),
      files: fc.constantFrom(picture().files, FILES, STORE_FLOOD.files),
      values: fc.constantFrom(picture().values, VALUES, STORE_FLOOD.values),
      store: fc.constantFrom(picture().store, STORE),
      ...agreements,
    }),
    state: fc.record({
      focus: fc.constantFrom(...PANELS),
      zoomed: fc.boolean(),
      mode: fc.constantFrom(...modes),
      sort: fc.record({
        peers: fc.constantFrom(...SORTS.peers),
        files: fc.constantFrom(...SORTS.files),
        values: fc.constantFrom(...SORTS.values),
      }),
    }),
  });

  test("is one line lower than the terminal, no line wider than it, and of harmless characters", () => {
    fc.assert(
      fc.property(said, fc.boolean(), (drawn, ascii) => {
        const lines = frame(drawn as ModelSaid, themeOf({ ascii, color: true }));
        expect(lines).toHaveLength(drawn.lines - 1);
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(drawn.columns);
          expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("draws nothing beyond ASCII with --ascii, where the names are ASCII", () => {
    for (const focus of PANELS) expect(frame({ rows: troubled, state: { focus } }).join("")).toMatch(/^[\x20-\x7e]*$/);
    expect(frame({ rows: troubled }, themeOf({ ascii: false, color: false })).join("")).not.toMatch(/^[\x20-\x7e]*$/);
  });

  test("of a terminal that is too small is one line that says the size it needs", () => {
    expect(frame({ columns: 58, lines: 11 })).toEqual(["needs 59x11, this is 58x11"]);
    expect(frame({ columns: 12, lines: 3 })).toEqual(["needs 59x11~"]);
  });
});

describe("the theme", () => {
  test("has no sign that is wider where ambiguous characters are wide", () => {
    for (const ascii of [true, false]) {
      const { rule, bars, missed } = themeOf({ ascii, color: true }).glyphs;
      for (const sign of [rule, missed, ...bars]) expect(stringWidth(sign, { ambiguousIsNarrow: false })).toBe(1);
    }
  });

  test("uses no colour without colours", () => {
    expect(Object.values(themeOf({ ascii: false, color: false }).begin).join("")).not.toMatch(/[34]8;|\[[349]\d/);
  });
});
