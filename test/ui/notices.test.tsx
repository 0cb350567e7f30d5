import { describe, expect, test } from "vitest";
import { subjectUnderCursor } from "../../src/ui/content.ts";
import { frame, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { FLOOD, id, NOTICES, NOTIFICATIONS, noticeRow } from "./pictures.ts";
import { simulation } from "./simulations.ts";

const SOME: ModelSaid = { view: { notifications: NOTIFICATIONS } };
const LOW = { columns: 60, lines: 15 } as const;
const USUAL = { columns: 80, lines: 24 } as const;

/** The frame after these keys. */
function shown(said: ModelSaid, ...keys: string[]): string[] {
  return frame({ ...said, state: screen(said).press(...keys).state });
}

/** The lines of a frame from one that begins so, as many as are wanted. */
function from(start: string, lines: readonly string[], count: number): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith(start));
  return lines.slice(at, at + count);
}

describe("the Notices panel", () => {
  test("at 59x11 has who subscribes, who was told, and the newest notices", () => {
    expect(shown({ ...SMALL, ...SOME }, "6")).toEqual([
      " 7001 * LEADER T4  q5/5  L182",
      " .. 5 Fau [6 Notices] 7 File 8 Val ..       worst gap 90 ms",
      "-- [Notices] announced 1, received 14, delivered 23 -------",
      " types      7: 1 here, 1 peer   1337: 3 here, 3 peers   +1",
      " delivered  program 6: 2, 3 queued   you: 9   program 4: 12",
      "   AGE  TYPE NOTICE  STATE    KNOWN DATA",
      "> <1 s  1337 7003#7  pending  >=2/4 reading 7",
      " 1.4 s  1337 7001#1  accepted >=3/4 hello, world",
      "  54 s  1337 7003#6  accepted   4/4 \u{6771}\u{4eac}\u{90fd}\u{5e81}\u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e} has~",
      " a announce  f fault  : cmd  ? keys        u undo  q leave",
    ]);
  });

  test("at 60x15 has them all, text as text and the rest as hex", () => {
    const lines = shown({ ...LOW, ...SOME }, "6");
    expect(lines).toHaveLength(14);
    expect(from("  55 s", lines, 4)).toEqual([
      "  55 s  1337 7003#5  accepted >=3/4 a text that goes on and~",
      "  56 s  1337 7003#4  rejected >=1/4 hex 0000000000000000000~",
      "  57 s     7 7003#3  accepted >=3/4 \\u{202e}txt.exe",
      "  58 s  1337 7003#2  accepted >=3/4 hex 1b5b324a1b5d303b6f7~",
    ]);
  });

  test("at 80x24 says from whom, over how many links and when it was said, above the timeline", () => {
    const lines = shown({ ...USUAL, ...SOME }, "6");
    expect(from("   AGE", lines, 3)).toEqual([
      "   AGE  TYPE NOTICE  STATE    KNOWN FROM    HOPS LAMPORT DATA",
      "> <1 s  1337 7003#7  pending  >=2/4 7002       2     182 reading 7",
      " 1.4 s  1337 7001#1  accepted >=3/4 you        0     181 hello, world",
    ]);
    expect(lines).toContain("  59 s  1337 #3f2a#7 accepted >=3/4 foreign    2     161 from far away");
    expect(lines.join("\n")).toContain("-- Timeline follow");
  });

  test("at 120x40 has every column, beside all other panels", () => {
    const lines = shown(SOME, "6");
    expect(from("-- [Notices]", lines, 1)[0]).toMatch(/received 14, delivered 23, duplicates 2, held 15, 66 KB -+$/);
    expect(from("   AGE", lines, 2)).toEqual([
      "   AGE  TYPE NOTICE  STATE    KNOWN FROM    HOPS LAMPORT SENT DUP   SIZE DATA",
      "> <1 s  1337 7003#7  pending  >=2/4 7002       2     182    0   0    9 B reading 7",
    ]);
    expect(lines.find((line) => line.includes("7003#4"))).toContain("  65 KB hex 0000");
    for (const title of ["PEER", "-- Raft", "-- Timeline"]) expect(lines.join("\n")).toContain(title);
  });

  test("stands there unasked where there is room and something to see", () => {
    expect(frame(SOME).join("\n")).toContain("-- Notices announced 1");
    expect(frame({}).join("\n")).not.toContain("-- Notices");
    expect(frame({ ...USUAL, ...SOME }).join("\n")).not.toContain("-- Notices");
  });

  test("zoomed, has a line for each type and each subscriber", () => {
    const lines = shown(SOME, "6", "z");
    expect(from(" type 7 ", lines, 6)).toEqual([
      " type 7      here 1 program  peers 7003",
      " type 1337   here you, 2 programs  peers 7002 7003 7004",
      " type 4711   here -  peers 7005",
      " you         type 1337  9 delivered",
      " program 4   types 1337 7  12 delivered",
      " program 6   type 1337  3 queued, 1.2 KB, 2 delivered",
    ]);
    const full = shown({ view: { notifications: FLOOD } }, "6", "z");
    expect(full).toContain(" and 59 more types: Enter lists them");
    expect(full).toContain(" and 59 more subscribers: Enter lists them");
  });

  test("says what to do where there is nothing", () => {
    expect(shown(SMALL, "6").slice(3, 5)).toEqual([
      " nothing announced yet: a announces, s subscribes a type,",
      " or p2p-node announce 7001 --type 1337 hello",
    ]);
    const simulated = shown({ ...USUAL, simulation: simulation() }, "6").join("\n");
    expect(simulated).toContain(" nothing announced yet: a announces, s subscribes a type\n");
    expect(simulated).not.toContain("p2p-node announce");
  });

  test("names are cut before columns go, and the numbers of notices are whole", () => {
    const notices = [noticeRow(2 ** 32 - 1, { origin: id(1) })];
    const self = { name: "a-name-that-goes-on-and-on" };
    const at = (columns: number) =>
      shown({ columns, lines: 40, self, view: { notifications: { ...NOTIFICATIONS, notices } } }, "6")
        .find((line) => line.includes("#4294967295"))
        ?.trimEnd();
    expect(at(59)).toMatch(/ a-na~#4294967295 accepted >=3\/4 /);
    expect(at(120)).toMatch(/ a-name-that-goe~#4294967295 accepted .* reading 4294967295$/);
  });

  test("a filter keeps the headings and what fits", () => {
    const lines = shown({ ...SMALL, ...SOME }, "6", "/", "h", "e", "x", "enter");
    expect(lines[2]).toContain("/hex");
    expect(lines.slice(3, 6)).toEqual([
      "   AGE  TYPE NOTICE  STATE    KNOWN DATA",
      "> 56 s  1337 7003#4  rejected >=1/4 hex 000000000000000000~",
      "  58 s  1337 7003#2  accepted >=3/4 hex 1b5b324a1b5d303b6f~",
    ]);
  });
});

describe("the cursor among notices", () => {
  const on = (s: ReturnType<typeof screen>) => subjectUnderCursor(s.model);

  test("stands on the newest and follows it, until it is moved: then it stays with its row", () => {
    const newer = [...NOTICES, noticeRow(8), noticeRow(9)];
    const later = { view: { notifications: { ...NOTIFICATIONS, notices: newer } } };
    const s = screen(SOME).press("6");
    expect(on(s)).toEqual({ kind: "notice", origin: id(3), id: "0001053900000007" });
    expect(on(s.see(later))).toMatchObject({ id: "0001053900000009" });
    s.see(SOME).press("j");
    expect(on(s)).toEqual({ kind: "notice", origin: id(1), id: "0001053900000001" });
    expect(on(s.see(later))).toEqual({ kind: "notice", origin: id(1), id: "0001053900000001" });
    expect(on(s.press("escape"))).toMatchObject({ id: "0001053900000009" });
    expect(on(s.press("j").see({ view: { notifications: FLOOD } }))).toMatchObject({ id: "00010539ffffffff" });
  });

  test("passes over the headings and goes no farther than to the ends", () => {
    const s = screen({ ...SMALL, ...SOME }).press("6", "k");
    expect(on(s)).toMatchObject({ kind: "subscriptions", row: "delivered" });
    expect(on(s.press("k", "k", "k"))).toMatchObject({ kind: "subscriptions", row: "types" });
    expect(on(s.press("G", "j"))).toMatchObject({ kind: "notice", origin: "3f2ae1d200000000" });
    expect(on(s.press("g"))).toMatchObject({ row: "types" });
    expect(on(screen(SMALL).press("6", "j"))).toBeNull();
  });

  test("the headings stay above the rows that have scrolled up", () => {
    const lines = shown({ ...SMALL, ...SOME }, "6", "G");
    expect(lines[3]).toBe("   AGE  TYPE NOTICE  STATE    KNOWN DATA");
    expect(lines[8]).toBe("> 59 s  1337 #3f2a#7 accepted >=3/4 from far away");
  });
});

describe("the keys of the Notices panel", () => {
  test("a opens a line that announces the type under the cursor, or any", () => {
    const s = screen(SOME).press("6", "a");
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "announce 1337 ", after: "" });
    expect(shown(SOME, "6", "a").at(-2)).toMatch(/^ announce TYPE \[ttl 4\] DATA\.\.\.\|hex 6e6f7465: announce data/);
    expect(s.write("hello,  you").press("enter").asks).toEqual([{ kind: "run", line: "announce 1337 hello,  you" }]);
    expect(screen().press("6", "a").state.mode).toMatchObject({ kind: "palette", text: "announce " });
  });

  test("s subscribes the type under the cursor, and ends that where it is subscribed", () => {
    const run = (line: string) => [{ kind: "run", line }];
    expect(screen(SOME).press("6", "s").asks).toEqual(run("unsubscribe 1337"));
    expect(screen(SOME).press("6", "z", "g", "s").asks).toEqual(run("subscribe 7"));
    expect(screen(SOME).press("6", "z", "g", "j", "j", "j", "s").asks).toEqual(run("unsubscribe 1337"));
    expect(screen(SOME).press("6", "g", "s").state.mode).toMatchObject({ kind: "palette", text: "subscribe " });
    expect(screen().press("6", "s").state.mode).toMatchObject({ kind: "palette", text: "subscribe " });
  });

  test("work in a simulation as well, and mean nothing elsewhere", () => {
    const simulated = screen({ ...SOME, simulation: simulation() }).press("6", "s");
    expect(simulated.asks).toEqual([{ kind: "run", line: "unsubscribe 1337" }]);
    expect(screen(SOME).press("3", "a", "s").asks).toEqual([]);
    const help = frame({ lines: 200, state: screen().press("?").state }).join("\n");
    expect(help).toMatch(/Notices\n +a +announce data of a type/);
    expect(help).toContain("announce TYPE [ttl 4] DATA...|hex 6e6f7465");
  });
});

describe("the details of a notice", () => {
  const card = (said: ModelSaid, downBy: number) => shown(said, "6", ...new Array<string>(downBy).fill("j"), "enter");

  test("have all that is known, the text first", () => {
    const lines = card({ ...USUAL, ...SOME }, 2).map((line) => line.trimEnd());
    expect(lines[2]).toMatch(/^-- Notice 7003#6 -+$/);
    expect(lines.slice(3, 21)).toEqual([
      " text          \u{6771}\u{4eac}\u{90fd}\u{5e81}\u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e} has two lines",
      "               of text",
      " data          50 bytes",
      " state         accepted: valid here, so it spreads on",
      " known at      4 of 4 peers, counting this one",
      " sent to       2 peers",
      " from          7002",
      " first seen    54 s ago",
      " duplicates    none",
      " hops          2 crossed, 3 more allowed",
      " lamport       166 (ours 182)",
      " type          1337",
      " origin        7003, abc0000000000003",
      " notice ID     0001053900000006, life 1, number 6",
      " hex           e6 9d b1 e4 ba ac e9 83  bd e5 ba 81 e7 ac ac e4",
      "               b8 80 e6 9c ac e5 ba 81  e8 88 8e 20 68 61 73 20",
      "               74 77 6f 20 6c 69 6e 65  73 0a 09 6f 66 20 74 65",
      "               78 74",
    ]);
  });

  test("say what is no text, what is cut short, and what came from another network", () => {
    const nul = card({ ...SMALL, ...SOME }, 4);
    expect(nul.slice(3, 7)).toEqual([
      " text          none: it is no clean UTF-8 text",
      " data          65527 bytes, of which the first 64 are shown",
      " state         rejected: it spreads no further from here",
      " known at      at least 1 of 4 peers, counting this one",
    ]);
    const foreign = card({ ...USUAL, ...SOME }, 7).join("\n");
    expect(foreign).toContain("from          another network");
    expect(foreign).toContain("hops          2 crossed, without limit");
    expect(foreign).toContain("0000053900000007, of another network, number 7");
    expect(card({ ...USUAL, ...SOME }, 1).join("\n")).toContain("from          announced here");
  });

  test("of all subscriptions are a key away from the rows that have no room for them", () => {
    const lines = shown({ ...USUAL, ...SOME }, "6", "g", "enter");
    expect(lines[2]).toMatch(/^-- Subscriptions/);
    expect(lines.slice(3, 13)).toEqual([
      " announced     1 notice",
      " received      14 notices, and 2 copies of known ones",
      " delivered     23",
      " held          15 notices, 66 KB",
      " type 7        1 here, peers 7003",
      " type 1337     3 here, peers 7002 7003 7004",
      " type 4711     0 here, peers 7005",
      " you           9 delivered; types 1337",
      " program 4     12 delivered; types 1337 7",
      " program 6     3 queued, 1.2 KB, 2 delivered; types 1337",
    ]);
  });

  test("stay with their notice while others come", () => {
    const s = screen({ ...USUAL, ...SOME }).press("6", "enter");
    const notices = [...NOTICES, noticeRow(8)];
    const said = { ...USUAL, view: { notifications: { ...NOTIFICATIONS, notices } } };
    expect(frame({ ...said, state: s.state }).join("\n")).toContain("Notice 7003#7");
  });
});
