import { describe, expect, test } from "vitest";
import { subjectUnderCursor } from "../../src/ui/content.ts";
import { PANELS } from "../../src/ui/layout.ts";
import { passTime, reported } from "../../src/ui/state.ts";
import { targets } from "../../src/ui/target.ts";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { fault, id, row, STORY, told } from "./pictures.ts";

describe("panels", () => {
  test("number keys, letters and Tab move the focus round", () => {
    const s = screen().press("3");
    expect(s.state.focus).toBe("raft");
    const round = PANELS.map(() => s.press("tab").state.focus);
    expect(round).toEqual([...PANELS.slice(3), "peers", "gossip", "raft"]);
    const letters = ["order", "election", "mutex", "broker", "life"];
    expect(["9", "E", "M", "B", "L"].map((key) => s.press(key).state.focus)).toEqual(letters);
    expect(s.press("1", "shift-tab").state.focus).toBe("life");
  });

  test("z zooms and Esc goes back one choice at a time", () => {
    const s = screen().press("space", "z", "/", "7", "enter");
    expect(s.state).toMatchObject({ zoomed: true, filters: { peers: "7" } });
    expect(s.press("escape").state.filters.peers).toBe("");
    expect(s.press("escape").state.marks).toEqual([]);
    expect(s.press("escape").state.zoomed).toBe(false);
  });
});

describe("the cursor and the target", () => {
  test("j, k, g and G move within the rows and no farther", () => {
    const s = screen();
    const cursor = () => subjectUnderCursor(s.model);
    expect(cursor()).toEqual({ kind: "peer", peer: id(1) });
    s.press("j", "j");
    expect(cursor()).toEqual({ kind: "peer", peer: id(3) });
    s.press("G", "j");
    expect(cursor()).toEqual({ kind: "peer", peer: id(5) });
    s.press("g", "k");
    expect(cursor()).toEqual({ kind: "peer", peer: id(1) });
  });

  test("the cursor stays with its peer when the order changes", () => {
    const s = screen().press("j", "j");
    const late = [row(2), row(3, { status: "at-risk" }), row(4), row(5)];
    s.press("s").see({ rows: late });
    expect(subjectUnderCursor(s.model)).toEqual({ kind: "peer", peer: id(3) });
  });

  test("the cursor goes to the first row when its peer is filtered away or gone", () => {
    const s = screen().press("G").see({ peers: 3 });
    expect(subjectUnderCursor(s.model)).toEqual({ kind: "peer", peer: id(1) });
  });

  test("the marked peers are the target, else the one under the cursor", () => {
    const s = screen().press("j", "j");
    expect(targets(s.model)).toEqual([id(3)]);
    s.press("space", "space");
    expect(targets(s.model)).toEqual([id(3), id(4)]);
    s.press("*");
    expect(s.state.marks).toEqual([]);
    s.press("*");
    expect(targets(s.model)).toEqual([id(2), id(3), id(4), id(5)]);
  });

  test("in other panels the peer of the row is the target", () => {
    const s = screen().press("2", "G");
    expect(subjectUnderCursor(s.model)).toMatchObject({ kind: "peer" });
    expect(targets(s.model)).toEqual(
      [subjectUnderCursor(s.model)].map((subject) => (subject?.kind === "peer" ? subject.peer : null)),
    );
  });
});

describe("commands by key", () => {
  test("t tests the peer under the cursor, and everybody from the own row", () => {
    expect(screen().press("j", "t").asks).toEqual([{ kind: "run", line: "test 7002" }]);
    expect(screen().press("t").asks).toEqual([{ kind: "run", line: "test" }]);
    expect(screen().press("*", "t").asks).toEqual([{ kind: "run", line: "test 7002,7003,7004,7005" }]);
  });

  test("T hands leadership to the target, of which there can be only one", () => {
    expect(screen().press("j", "3", "T").asks).toEqual([{ kind: "run", line: "transfer 7002" }]);
    const several = screen().press("*", "3", "T");
    expect(several.asks).toEqual([]);
    expect(several.state.feedback).toMatchObject({ ok: false, text: expect.stringContaining("7002,7003") });
  });

  test("each key echoes the line that it stands for, then what became of it, for a while", () => {
    const s = screen().press("j", "t");
    expect(s.state.feedback).toMatchObject({ line: "test 7002", text: null });
    const { state } = reported(s.state, "test 7002", { ok: true, text: "asked 7002" }, 1000);
    expect(state.feedback).toMatchObject({ line: "test 7002", text: "asked 7002", ok: true });
    expect(passTime(state, 2000).feedback).not.toBeNull();
    expect(passTime(state, 8000).feedback).toBeNull();
  });
});

describe("leaving", () => {
  const shaky: ModelSaid = { peers: 3, raft: { quorum: { needed: 2, up: 2, missing: [id(3)] } } };

  test("q leaves at once where nothing is lost, and the screen quits once that is done", () => {
    const s = screen().press("q");
    expect(s.asks).toEqual([{ kind: "run", line: "leave" }]);
    expect(reported(s.state, "leave", { ok: true, text: "left" }, 1000).asks).toEqual([{ kind: "quit" }]);
    expect(reported(s.state, "leave", { ok: false, text: "no" }, 1000).asks).toEqual([]);
  });

  test("where the others lose their quorum it names the loss and asks; only y leaves", () => {
    const asked = screen(shaky).press("q");
    expect(asked.asks).toEqual([]);
    expect(asked.state.mode).toMatchObject({ kind: "confirm", question: expect.stringContaining("lose their quorum") });
    for (const no of ["q", "enter", "n", "escape"]) {
      const s = screen(shaky).press("q", no);
      expect(s.asks).toEqual([]);
      expect(s.state.mode.kind).toBe("panels");
    }
    expect(asked.press("y").asks).toEqual([{ kind: "run", line: "leave" }]);
  });

  test("the palette asks the same question", () => {
    const s = screen(shaky).press(":").write("quit").press("enter");
    expect(s.state.mode.kind).toBe("confirm");
    expect(s.press("y").asks).toEqual([{ kind: "run", line: "leave" }]);
  });

  test("a question that nobody answers for 5 s is a no", () => {
    const s = screen(shaky).press("q").wait(4900);
    expect(s.state.mode.kind).toBe("confirm");
    expect(s.wait(200).state.mode.kind).toBe("panels");
    expect(s.press("y").asks).toEqual([]);
  });

  test("Ctrl-C stops without a goodbye", () => {
    expect(screen(shaky).press("ctrl-c").asks).toEqual([{ kind: "stop" }]);
  });
});

describe("the palette", () => {
  test("runs what is written", () => {
    const s = screen().press(":").write("test 7003").press("enter");
    expect(s.asks).toEqual([{ kind: "run", line: "test 7003" }]);
    expect(s.state.mode.kind).toBe("panels");
  });

  test("stays open on a mistake and says what would be right", () => {
    const s = screen().press(":").write("tets").press("enter");
    expect(s.asks).toEqual([]);
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "tets", wrong: expect.stringContaining("tets") });
    expect(s.press("backspace").state.mode).toMatchObject({ text: "tet", wrong: null });
  });

  test.each([
    ["drop 7009 30%", [], "drop 7009", " 30%"],
    ["test 7002,7009,7003", [], "test 7002,7009", ",7003"],
    [" tets 7002", [], " tets", " 7002"],
    ["test 7002 now", ["home"], "test 7002 ", "now"],
    ["drop 7002 30 both", ["ctrl-a", ...new Array(11).fill("right")], "drop 7002 3", "0 both"],
    ["drop 7002", ["home"], "drop 7002", ""],
  ])("on a mistake in %j, then %j, the caret goes no farther than to the wrong word", (line, keys, text, after) => {
    const s = screen()
      .press(":")
      .write(line)
      .press(...keys, "enter");
    expect(s.state.mode).toMatchObject({ kind: "palette", text, after, wrong: expect.any(String) });
  });

  test("a wrong word is changed where the caret stands after a mistake", () => {
    const s = screen().press(":").write("drop 7009 30%").press("enter", "backspace").write("2").press("enter");
    expect(s.asks).toEqual([{ kind: "run", line: "drop 7002 30%" }]);
    const value = screen().press("j", "f", "d", "backspace", "backspace", "enter").write("50").press("enter");
    expect(value.asks).toEqual([{ kind: "run", line: "drop 7002 50% both" }]);
  });

  test("Tab finishes a word as far as all that may stand there agree", () => {
    const s = screen().press(":").write("tr").press("tab");
    expect(s.state.mode).toMatchObject({ text: "transfer " });
    expect(s.press("tab").state.mode).toMatchObject({ text: "transfer 700" });
  });

  test("up and down go through what was run, and come back to what was being written", () => {
    const s = screen().press(":").write("exchange").press("enter", ":").write("test").press("enter", ":").write("he");
    expect(s.press("up").state.mode).toMatchObject({ text: "test" });
    expect(s.press("up", "up", "up").state.mode).toMatchObject({ text: "exchange" });
    expect(s.press("down", "down").state.mode).toMatchObject({ text: "he" });
  });

  test("the caret moves within the line, and what is written stands before it", () => {
    const s = screen().press(":").write("test 703").press("left").write("0");
    expect(s.state.mode).toMatchObject({ text: "test 700", after: "3" });
    expect(s.press("home").state.mode).toMatchObject({ text: "", after: "test 7003" });
    expect(s.press("backspace", "left").state.mode).toMatchObject({ text: "", after: "test 7003" });
    expect(s.press("ctrl-e", "right", "enter").asks).toEqual([{ kind: "run", line: "test 7003" }]);
  });

  test("erasing: a character, a word, the line, and past its beginning the palette", () => {
    const s = screen().press(":").write("test 7003");
    expect(s.press("backspace").state.mode).toMatchObject({ text: "test 700" });
    expect(s.press("ctrl-w").state.mode).toMatchObject({ text: "test " });
    expect(s.press("ctrl-u").state.mode).toMatchObject({ text: "" });
    expect(s.press("backspace").state.mode.kind).toBe("panels");
  });

  test("what only the screen shows is not run", () => {
    expect(screen().press(":").write("table").press("enter").state.mode.kind).toBe("table");
    expect(screen().press(":").write("help test").press("enter").state.mode).toMatchObject({
      kind: "help",
      about: "test",
    });
  });
});

describe("the timeline", () => {
  test("follows until the cursor moves up, and again from the end", () => {
    const s = screen().press("4");
    expect(s.state.eventCursor).toBeNull();
    expect(s.press("k").state.eventCursor).not.toBeNull();
    expect(s.press("j", "j").state.eventCursor).toBeNull();
    expect(s.press("g").state.eventCursor).toBe(1);
    expect(s.press("G").state.eventCursor).toBeNull();
  });

  test("paused, it does not move when more happens", () => {
    const s = screen().press("4", "p");
    const before = subjectUnderCursor(s.model);
    s.model.timeline.add(told(300, { kind: "member-left", peer: id(2), address: row(2).address }));
    expect(subjectUnderCursor(s.model)).toEqual(before);
    s.press("p");
    expect(subjectUnderCursor(s.model)).not.toEqual(before);
  });

  test("n and N jump from one change of leader to the next", () => {
    const s = screen().press("4");
    const kinds = () => s.model.timeline.find(s.state.eventCursor ?? 0)?.told.event.kind;
    expect([s.press("N") && kinds(), s.press("N") && kinds(), s.press("N") && kinds()]).toEqual([
      "leader-elected",
      "leader-lost",
      "leader-elected",
    ]);
    expect(s.press("N").state.feedback?.text).toBe("no earlier fault or change of leader");
    s.press("n");
    expect(kinds()).toBe("leader-lost");
  });

  test("n and N jump to faults too", () => {
    const s = screen({ story: [...STORY, told(181, { kind: "fault-set", ...fault(3) }), told(182, { kind: "left" })] });
    s.press("4", "N");
    expect(s.model.timeline.find(s.state.eventCursor ?? 0)?.told.event.kind).toBe("fault-set");
  });

  test("what happens all the time is hidden until asked for", () => {
    const s = screen({ story: [...STORY, told(200, { kind: "probe-answered", peer: id(2), rttMs: 1 }, true)] }).press(
      "4",
    );
    const kind = () => {
      const subject = subjectUnderCursor(s.model);
      return subject?.kind === "event" ? s.model.timeline.find(subject.sequence)?.told.event.kind : null;
    };
    expect(kind()).toBe("member-at-risk");
    s.press("r");
    expect(kind()).toBe("probe-answered");
  });
});

describe("cards", () => {
  test("Enter opens what the cursor stands on and Esc closes it", () => {
    const s = screen().press("j", "enter");
    expect(s.state.mode).toMatchObject({ kind: "details", subject: { kind: "peer", peer: id(2) } });
    expect(s.press("escape").state.mode.kind).toBe("panels");
    expect(s.press("4", "enter").state.mode).toMatchObject({ subject: { kind: "event" } });
  });

  test("e opens the last election", () => {
    expect(screen().press("3", "e").state.mode).toMatchObject({ subject: { kind: "election" } });
  });

  test("the help scrolls to its end and no farther", () => {
    const s = screen({ columns: 59, lines: 11 }).press("?", "G");
    const end = s.state.mode;
    expect(end).toMatchObject({ kind: "help" });
    expect(s.press("j", "pagedown").state.mode).toEqual(end);
    expect(s.press("g").state.mode).toMatchObject({ scroll: 0 });
  });
});
