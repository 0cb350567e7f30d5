import { describe, expect, test } from "vitest";
import type { PeerView } from "../../src/peer/peer-view.ts";
import {
  BULLY,
  BULLY_ALONE,
  BULLY_ZAB,
  FIXED,
  FIXED_ZAB,
  HELD_DOWN,
  HOSTILE_ELECTION,
  LOCKS,
  lock,
  NO_ORDER,
  SYNCHRONIZING,
  ZAB,
} from "./agreements.ts";
import { frame, hostile, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { id, row } from "./pictures.ts";

const USUAL = { columns: 80, lines: 24 } as const;
const LITTLE = { columns: 60, lines: 15 } as const;
const VIEW = { modes: BULLY_ZAB, election: BULLY, order: ZAB, mutex: LOCKS };

/** The third peer and both observers are out of reach. */
const PARTED = [
  row(2),
  row(3, { linked: false, status: "unhealthy" }),
  row(4, { linked: false }),
  row(5, { linked: false }),
];

function shown(said: ModelSaid, ...keys: string[]): string[] {
  return frame({ ...said, state: screen(said).press(...keys).state }).map((line) => line.trimEnd());
}

function text(said: ModelSaid, ...keys: string[]): string {
  return shown(said, ...keys)
    .join(" ")
    .replaceAll(/\s+/g, " ");
}

const zab = (changed: Partial<PeerView> = {}): ModelSaid => ({ view: { ...VIEW, ...changed } });

describe("the Order panel", () => {
  test("at 59x11 has how far the order is, how far the members are, empty slots, and the newest entries", () => {
    expect(shown({ ...SMALL, ...zab() }, "9").slice(2, 9)).toEqual([
      "-- [Order] ------------------------------------------------",
      ">committed 4:3  applied 22  last 4:5  from 8, snap 1.2 KB",
      " members  127.0.0.1:7003 empty slot   7002 [#####=] 23",
      " observers 7004 [s.....] 0 synchronization",
      "           7005 [###===] 18",
      "  4:5 appended  L145 append notes 5 characters",
      "  4:4 appended  L144 append notes 4 characters",
    ]);
  });

  test("at 80x24 has the role, the phases of ZAB, the quorum, and a bar for each follower", () => {
    expect(shown({ ...USUAL, ...zab() }, "9").slice(2, 15)).toEqual([
      "-- [Order] ---------------------------------------------------------------------",
      ">ZAB leader  epoch 4  leader 7001",
      " election > discovery > synchronization > [broadcast]",
      " quorum    2 of 3 members up, 2 needed",
      " member  127.0.0.1:7003 empty slot",
      " 7002 [#####################===] broadcast       acked 23 sent 25  0.4 ms",
      " 7004 [sssssss.................] synchronization acked 0 sent 0  observer  0.4 ~",
      " 7005 [##############==========] broadcast       acked 18 sent 25  observer  0.~",
      " committed 4:3  applied 22  last 4:5  from 8, snapshot of 7, 1.2 KB",
      "  4:5 appended  L145 append notes 5 characters",
      "  4:4 appended  L144 append notes 4 characters",
      "  4:3 committed L143 append notes 3 characters",
      "  4:2 applied   L142 append notes 2 characters",
    ]);
  });

  test("of a follower that takes over a history shows the phase, and the epoch that it has accepted", () => {
    const lines = shown({ ...LITTLE, ...zab({ election: HELD_DOWN, order: SYNCHRONIZING }) }, "9");
    expect(lines).toContain(">ZAB follower  epoch 4, accepted 5  leader none");
    expect(lines).toContain(" election > discovery > [synchronization] > broadcast");
    expect(lines).toContain(" members  127.0.0.1:7003 empty slot   7001 you   7002");
    const small = shown({ ...SMALL, ...zab({ election: HELD_DOWN, order: SYNCHRONIZING }) }, "9");
    expect(small).toContain(" election > discovery > [synchronization] > broadcast");
  });

  test("of a lost quorum says that nothing is committed", () => {
    const members = ZAB.members.map((member) => ({ ...member, isUp: member.peer === id(1) }));
    const order = { ...ZAB, members, progress: [], quorum: { needed: 2, up: 1 } };
    const lines = text({ ...zab({ order }) }, "9", "z");
    expect(lines).toContain("quorum 1 of 3 members up, 2 needed: nothing is committed");
    expect(lines).toMatch(/member 7002 missing/);
    expect(text({ ...SMALL, ...zab({ order }) })).toContain(
      "no quorum: 1 of 3 members up; missing 7002 127.0.0.1:7003. Start them",
    );
    expect(text({ ...SMALL, ...zab({ order }) })).not.toContain("--fresh");
  });

  test("of Raft's log names entries by term and index", () => {
    const lines = shown({ ...USUAL }, "9");
    expect(lines).toContain(">Raft leader  term 4  leader 7001");
    expect(lines).toContain(" quorum    5 of 5 voters up, 3 needed");
    expect(lines).toContain(" committed (4,9)  applied 9  last (4,9)");
    expect(lines).toContain(" (4,9) applied   - no-op");
  });

  test("where there is no order says so", () => {
    const view = { ...VIEW, modes: BULLY_ALONE, order: NO_ORDER };
    expect(shown({ ...SMALL, view }, "9")[3]).toBe(">no order: the peers agree on a leader only");
  });

  test("has details of the order and of an entry", () => {
    const order = text({ ...USUAL, ...zab() }, "9", "G", "g", "z", "j", "j", "j", "j", "j", "j", "j", "enter");
    expect(order).toContain("committed 4:3, number 23, as far as is known here");
    expect(order).toContain("members 127.0.0.1:7001 7001 127.0.0.1:7002 7002 127.0.0.1:7003 empty slot");
    const entry = text({ ...USUAL, ...zab() }, "9", "G", "enter");
    expect(entry).toMatch(/Entry 3:9 .* zxid 3:9 number 20 of the order lamport none/);
  });

  test("escapes what entries say", () => {
    const tail = ZAB.tail.map((entry) => ({ ...entry, text: "append \x1b[2J\u{202e}evil" }));
    expect(text(zab({ order: { ...ZAB, tail } }), "9")).toContain("append \\u{1b}[2J\\u{202e}evil");
  });
});

describe("the Election panel", () => {
  test("at 59x11 begins with who leads, who may, and what began the election", () => {
    expect(shown({ ...SMALL, ...zab() }, "E").slice(2, 9)).toEqual([
      "-- [Election] ---------------------------------------------",
      ">Bully leader for 12 s  priority 9",
      " may lead 7001 priority 9 you   7002 priority 2",
      "          7003 priority ?",
      " 5 messages in 100 ms, the latest 12 s ago",
      "           7001  7002  7003",
      "  +0.0 ms    |-----+---->|   election     priority 9",
    ]);
  });

  test("at 80x24 shows the election as arrows between the peers", () => {
    expect(shown({ ...USUAL, ...zab() }, "E").slice(5, 12)).toEqual([
      " 5 messages in 100 ms, the latest 12 s ago",
      "           7001  7002  7003",
      "  +0.0 ms    |-----+---->|   election     priority 9",
      "  +0.4 ms    |<----|     |   election     priority 2",
      "  +0.9 ms    |---->|     |   answer       priority 9, objects",
      "  +100 ms    |---->|     |   coordinator  priority 9",
      "  +100 ms    |-----+---->|   coordinator  priority 9",
    ]);
  });

  test("shows it as a list where there is no room for a column for each", () => {
    const messages = [2, 3, 4, 5, 6, 7].map((n) => ({
      ageMs: 3000 - n,
      from: id(1),
      to: id(n),
      kind: "election",
      text: "",
    }));
    const lines = shown({ ...SMALL, peers: 7, ...zab({ election: { ...BULLY, messages } }) }, "E");
    expect(lines).toContain("  +0.0 ms  7001 -> 7002  election");
  });

  test("never hides that two lead, on any screen", () => {
    const rivals = zab({ election: { ...BULLY, rivals: [id(3)] } });
    const both = "two lead: 7001 (you) and 7003 (Bully lets each part have one; only a quorum of ZAB commits)";
    for (const size of [SMALL, LITTLE, USUAL, {}]) {
      expect(text({ ...size, ...rivals, rows: PARTED })).toContain(both);
      expect(text({ ...size, ...rivals, rows: PARTED }, "E")).toContain(both);
    }
    const alone = { modes: BULLY_ALONE, election: { ...HELD_DOWN, rivals: [id(3), id(4)] }, order: NO_ORDER };
    expect(text({ ...zab(alone) })).toContain("three lead: 7002 and 7003 and 7004 (Bully lets each part have one)");
    const unled = { ...BULLY, leader: null, leaderAgeMs: null, rivals: [id(3)] };
    expect(text({ ...zab({ election: unled }) })).toContain("7003 claims to lead (Bully lets each part have one;");
  });

  test("says while the cluster is parted that another part may have a leader of its own", () => {
    const words = "leads 2 of 5: another part may have a leader of its own";
    expect(text({ ...SMALL, rows: PARTED, ...zab() })).toContain(` ${words}`);
    expect(text({ rows: PARTED, ...zab() }, "E")).toContain(words);
    expect(text({ rows: PARTED, ...zab({ election: HELD_DOWN }) }, "E")).toContain(`7002 ${words}`);
    expect(text({ rows: PARTED }, "E")).not.toContain("another part");
    // None of those that are out of reach may lead.
    expect(text({ rows: [row(2), row(3), ...PARTED.slice(2)], ...zab() }, "E")).not.toContain("another part");
  });

  test("says why one that ranks higher lets a lower one lead", () => {
    expect(text({ ...LITTLE, ...zab({ election: HELD_DOWN }) }, "E")).toContain(
      "lets a lower one lead for another 18 s: it came and went too often itself",
    );
  });

  test("of a leader that is named beforehand says who that is, and what follows where it is not here", () => {
    const fixed = { modes: FIXED_ZAB, election: FIXED };
    expect(text({ ...LITTLE, ...zab(fixed) }, "E")).toContain(
      "fixed follower of 7003 for 12 s named beforehand: 127.0.0.1:7003 (7003); nobody else ever leads",
    );
    const gone = { ...fixed, election: { ...FIXED, leader: null, leaderAgeMs: null } };
    expect(text({ ...LITTLE, ...zab(gone) }, "E")).toContain("which is not here: nobody leads before it is");
    expect(text({ ...SMALL, ...zab(gone) })).toContain(
      "no leader: 127.0.0.1:7003 is named as the leader and is not here: start it",
    );
  });

  test("of Raft has the card of the last election too", () => {
    const lines = shown(USUAL, "E");
    expect(lines).toContain(">Raft leader for 12 s");
    expect(lines).toContain("   why   7001 lost its link to leader 7005");
    expect(lines).toContain(" no message of an election was seen here yet");
  });

  test("has details of a message", () => {
    expect(text({ ...USUAL, ...zab() }, "E", "G", "enter")).toMatch(
      /Message coordinator .* from 7001 to 7003 election bully says priority 9 seen 12 s ago by this peer/,
    );
  });

  test("keeps its arrows apart beside hostile names and words", () => {
    const lines = shown({ rows: hostile, ...zab({ election: HOSTILE_ELECTION }) }, "E", "z");
    expect(lines.join("\n")).not.toMatch(/[\x07\x1b\u202e]/);
    expect(lines.filter((line) => /\+\d.* ms .*\|/.test(line)).length).toBeGreaterThan(20);
  });
});

describe("the Mutex panel", () => {
  test("at 59x11 has who holds what, who waits for whom, and in full what stands in the way", () => {
    const rows = [row(2), row(3, { status: "unhealthy", linked: false })];
    expect(shown({ ...SMALL, rows, ...zab() }, "M", "j").slice(2, -1)).toEqual([
      " leads 2 of 3: another part may have a leader of its own",
      "-- [Mutex] ricart-agrawala, 5 participants ----------------",
      " printer  held by 7001 (you) for 12 s  token 7  1 here wait",
      "   queue 7001@120  7003@123  7002@125",
      ">scanner  waiting  holder not known  1 here wait",
      "   blocked: 7003 holds or may hold it and is unhealthy;",
      "   lease would go on, see --mutex lease",
    ]);
  });

  test("at 120x40 stands above the timeline where anybody wants a lock", () => {
    const lines = shown(zab());
    expect(lines.some((line) => line.startsWith("-- Mutex ricart-agrawala, 5 participants, requests 4"))).toBe(true);
    expect(lines.join("\n")).toContain("blocked: 7003 holds or may hold it and is not linked; lease would go on");
    expect(shown({}).join("\n")).not.toContain("-- Mutex");
  });

  test("of Raymond's tree says where the token is, of a lease how long it lasts", () => {
    const locks = [
      lock("printer", { tokenAt: id(2), state: "waiting", waitingHere: 1 }),
      lock("scanner", { tokenAt: id(1), state: "held", holder: id(1), heldMs: 10 }),
    ];
    const lines = text({ ...USUAL, ...zab({ mutex: { ...LOCKS, kind: "raymond", locks } }) }, "M");
    expect(lines).toContain("printer waiting holder not known 1 here wait token is towards 7002");
    expect(lines).toContain("token is here");
    const leased = [lock("printer", { holder: id(2), token: 9, leaseMs: 8100, blockedBy: [id(3)] })];
    const lease = text({ ...USUAL, ...zab({ mutex: { ...LOCKS, kind: "lease", locks: leased } }) }, "M");
    expect(lease).toContain("printer held by 7002 token 9 lease ends in 8.1 s");
    expect(lease).toMatch(/blocked: 7003 is not linked (?!;)/);
  });

  test("says how to begin", () => {
    expect(text(SMALL, "M")).toContain("nobody wants a lock: l or :lock printer asks for one");
  });

  test("its keys stand for lines about the lock under the cursor", () => {
    const s = screen(zab()).press("M", "j", "l");
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "lock scanner " });
    expect(screen(zab()).press("M", "x").asks).toEqual([{ kind: "run", line: "unlock printer" }]);
    expect(screen({}).press("M", "l").state.mode).toMatchObject({ kind: "palette", text: "lock " });
    const evil = screen(zab()).press("M", "G", "x");
    expect(evil.asks).toEqual([{ kind: "run", line: 'unlock "\\u202eevil lock"' }]);
  });

  test("completion offers the locks that there are", () => {
    const s = screen(zab()).press(":").write("unlock sc").press("tab");
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "unlock scanner " });
  });

  test("has details of a lock", () => {
    expect(text({ ...USUAL, ...zab() }, "M", "enter")).toMatch(
      /Lock printer .* holder 7001 token 7: grows from holder to holder queue 7001@120 7003@123 7002@125/,
    );
  });
});

describe("the rest of the screen where the peers agree in other ways", () => {
  test("the header names them, and the epoch in place of the term", () => {
    expect(shown(zab())[0]).toBe(
      " 7001 * LEADER  epoch 4 for 12 s | bully + zab, ricart-agrawala locks | quorum 2/3, 2 needed | lamport 182 | up 3 min",
    );
    expect(shown({ ...SMALL, ...zab() })[0]).toBe(" 7001 * LEADER E4  q2/3  L182");
    const plain = { ...BULLY_ZAB, mutex: "lamport" as const };
    expect(shown({ ...SMALL, ...zab({ modes: plain, election: HELD_DOWN }) })[0]).toBe(
      " 7001 follower E4 leader 7002  q2/3  L182  bully + zab",
    );
    expect(shown(zab({ modes: { ...BULLY_ALONE, mutex: "lamport" }, order: NO_ORDER }))[0]).toBe(
      " 7001 * LEADER for 12 s | bully, no order | lamport 182 | up 3 min",
    );
  });

  test("the usual ways are not named", () => {
    expect(shown({})[0]).toBe(" 7001 * LEADER  term 4 for 12 s | quorum 5/5, 3 needed | lamport 182 | up 3 min");
  });

  test("an observer is called one", () => {
    const order = { ...SYNCHRONIZING, role: "observer" as const };
    const lines = shown(zab({ election: HELD_DOWN, order }));
    expect(lines[0]).toMatch(/^ 7001 observer {2}epoch 4, leader 7002/);
    expect(lines.find((line) => line.startsWith("> 7001"))).toMatch(/ observer /);
  });

  test("Election and Order stand where Raft and Gossip stood, and Raft says in one line that it is not in use", () => {
    const titles = (said: ModelSaid, ...keys: string[]) =>
      shown(said, ...keys).flatMap((line) =>
        line.startsWith("-- ") ? [line.replaceAll(/[^A-Za-z ]/g, "").trim()] : [],
      );
    expect(titles(zab())[0]).toMatch(/^Election +Order$/);
    expect(titles(zab({ modes: BULLY_ALONE, order: NO_ORDER }))[0]).toMatch(/^Election +Gossip$/);
    expect(titles({})[0]).toMatch(/^Raft +Gossip$/);
    expect(shown({ ...SMALL, ...zab() }, "3")[3]).toBe(">Raft is not in use: see Election (E) and Order (9)");
  });

  test("the line that sums up says since when somebody leads and how far the order is", () => {
    expect(text({ ...SMALL, ...zab() })).toContain("elected 12 s ago committed 4:3");
    expect(text({ ...SMALL, ...zab({ modes: FIXED_ZAB, election: FIXED }) })).toContain("leader here for 12 s");
  });

  test("a leader without an epoch is waited for", () => {
    expect(text({ ...SMALL, ...zab({ election: HELD_DOWN, order: SYNCHRONIZING }) })).toContain(
      "nothing can be committed yet: ZAB is in synchronization",
    );
  });
});
