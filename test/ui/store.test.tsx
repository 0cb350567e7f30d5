import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { subjectUnderCursor } from "../../src/ui/content.ts";
import { INITIAL } from "../../src/ui/model.ts";
import { frame, SMALL } from "./frames.tsx";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { FILES, fileRow, STORE, STORE_FLOOD, VALUES, valueRow } from "./pictures.ts";
import { simulation } from "./simulations.ts";

const HELD: ModelSaid = { view: { files: FILES, values: VALUES, store: STORE } };
const USUAL = { columns: 80, lines: 24 } as const;
const LARGE = { columns: 120, lines: 40 } as const;

/** The frame after these keys. */
function shown(said: ModelSaid, ...keys: string[]): string[] {
  return frame({ ...said, state: screen(said).press(...keys).state });
}

/** So many lines of a frame from the first that begins so. */
function from(start: string, lines: readonly string[], count: number): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith(start));
  return lines.slice(at, at + count).map((line) => line.trimEnd());
}

describe("the Files panel", () => {
  test("at 59x11 has names, sizes, when they were written, and how they begin, all of it harmless", () => {
    expect(shown({ ...SMALL, ...HELD }, "7").slice(2)).toEqual([
      "-- [Files] 9 files, 66 KB, store 70 KB of 67 MB -----------",
      " NAME               SIZE   LOG LAMPORT CONTENT",
      ">notes              13 B    48     148 one two three",
      " my notes          64 KB    47     147 a text that goes on~",
      " \\u{1b}[2J\\u{1b}~   11 B    46     146 \\u{1b}[31mred\\u{1b}~",
      " \\u{202e}txt.exe    11 B    45     145 \\u{2066}\\u{202e}gno~",
      " \u{6771}\u{4eac}\u{90fd}\u{5e81}          135 B    44     144 \u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e}\u{7b2c}\u{4e00}\u{672c}\u{5e81}~",
      " n create  r read  f fault  : cmd  ? keys  u undo  q leave",
    ]);
  });

  test("at 80x24 has the sessions too, longer names, and how many more files there are, above the timeline", () => {
    const lines = shown({ ...USUAL, ...HELD }, "7");
    expect(lines[2]).toMatch(/^-- \[Files\] 9 files, 66 KB, store 70 KB of 67 MB, 2 sessions -+$/);
    expect(from(" \\u{1b}[2J", lines, 6)).toEqual([
      " \\u{1b}[2J\\u{1b}]0;owned\\u{7}       11 B    46     146 \\u{1b}[31mred\\u{1b}[0m",
      " \\u{202e}txt.exe                    11 B    45     145 \\u{2066}\\u{202e}gnol\\u{2~",
      " \u{6771}\u{4eac}\u{90fd}\u{5e81}                          135 B    44     144 \u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e}\u{7b2c}\u{4e00}\u{672c}\u{5e81}\u{820e}\u{7b2c}\u{4e00}~",
      " empty                               0 B    43     143",
      " nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn~   61 B    42     142 z\\u{301}\\u{301}\\u{301}\\u~",
      " and 2 files that were written before",
    ]);
    expect(lines.join("\n")).toContain("-- Timeline follow");
    expect(lines.at(-1)).toMatch(/^ n create {2}a append {2}x delete {2}r read /);
  });

  test("at 120x40 stands beside Values, as soon as there is anything in one of them", () => {
    const lines = frame({ ...LARGE, ...HELD });
    expect(from("-- Files", lines, 3)).toEqual([
      "-- Files 9 files, 66 KB, store 70 KB of 67 MB -------------  -- Values 4 values, 9 versions, clock 184 -----------------",
      " NAME               SIZE   LOG LAMPORT CONTENT                KEY                 AT KEPT   LOG LAMPORT VALUE",
      " notes              13 B    48     148 one two three          colour             184    4    64     164 blue",
    ]);
    for (const title of ["PEER", "-- Raft", "-- Gossip", "-- Timeline"]) expect(lines.join("\n")).toContain(title);
    expect(frame({ view: { values: VALUES } }).join("\n")).toContain("-- Files");
    expect(frame({}).join("\n")).not.toContain("-- Files");
    expect(frame({ ...USUAL, ...HELD }).join("\n")).not.toContain("-- Files");
  });

  test.each([SMALL, USUAL, LARGE])("keeps its columns whatever the names are, at $columns columns", (size) => {
    const lines = shown({ ...size, ...HELD }, "7", "z").filter((line) => / 14\d /.test(line));
    const columns = lines.map((line) => stringWidth(line.slice(0, line.search(/ 14\d /))));
    expect(lines.length).toBeGreaterThanOrEqual(5);
    expect(new Set(columns).size).toBe(1);
  });

  test("says what to do where there is nothing", () => {
    expect(shown(SMALL, "7").slice(2, 5)).toEqual([
      "-- [Files] store 0 B of 67 MB, 0 sessions -----------------",
      " no file yet: n or :create notes makes one, or p2p-node",
      " client 7001",
    ]);
    const simulated = shown({ ...USUAL, simulation: simulation() }, "7").join("\n");
    expect(simulated).toContain(" no file yet: n or :create notes makes one\n");
    expect(simulated).not.toContain("p2p-node client");
  });

  test("is sorted by name and by size as well, and comes round", () => {
    const order = (...keys: string[]) =>
      from(" NAME", shown({ ...USUAL, ...HELD }, "7", "z", ...keys), 8).map((line) => line.slice(1, 9).trim());
    expect(order().slice(0, 3)).toEqual(["NAME", "notes", "my notes"]);
    expect(order("s")[0]).toBe("NAME v");
    expect(order("s")).toEqual([
      "NAME v",
      "\\u{1b}[2",
      "empty",
      "my notes",
      "nnnnnnnn",
      "notes",
      "\\u{202e}",
      "\u{6771}\u{4eac}\u{90fd}\u{5e81}",
    ]);
    expect(order("s", "s").slice(1, 3)).toEqual(["my notes", "\u{6771}\u{4eac}\u{90fd}\u{5e81}"]);
    expect(order("s", "s", "s")).toEqual(order());
  });

  test("a filter keeps the headings and what fits", () => {
    const lines = shown({ ...SMALL, ...HELD }, "7", "/", "n", "o", "t", "e", "s", "enter");
    expect(lines[2]).toContain("/notes");
    expect(lines.slice(3, 7).map((line) => line.slice(0, 10).trim())).toEqual(["NAME", ">notes", "my notes", ""]);
  });

  test("holds as many as the peer shows, whatever the size of their numbers", () => {
    const lines = shown({ ...USUAL, view: STORE_FLOOD }, "7", "z", "G");
    expect(lines.find((line) => line.startsWith(">"))).toMatch(/^>file-63 +629 KB +103 +203 hello world~$/);
    expect(shown({ ...USUAL, view: STORE_FLOOD }, "8", "z").join("\n")).toContain("4503599627370496");
  });
});

describe("the Values panel", () => {
  test("at 59x11 has keys, times, versions, and how the latest ones begin", () => {
    expect(shown({ ...SMALL, ...HELD }, "8").slice(2)).toEqual([
      "-- [Values] 4 values, 9 versions, clock 184 ---------------",
      " KEY                 AT KEPT   LOG LAMPORT VALUE",
      ">colour             184    4    64     164 blue",
      " \\u{1b}[2J\\u{202~   183    3    63     163 \\u{7}\\u{1b}]0;o~",
      " \u{6771}\u{4eac}               182    1    62     162 \u{1f468}\\u{200d}\u{1f469}\\u{~",
      ` ${"k".repeat(15)}~   181    1    61     161 ${"v".repeat(15)}~`,
      "",
      " w write  r get  f fault  : cmd  ? keys    u undo  q leave",
    ]);
  });

  test("at 120x40, zoomed, has whole keys of usual length", () => {
    const lines = shown({ ...LARGE, ...HELD }, "8", "z");
    expect(from(" \\u{1b}", lines, 1)).toEqual([
      " \\u{1b}[2J\\u{202e}evil              183    3    63     163 \\u{7}\\u{1b}]0;owned\\u{7}",
    ]);
  });

  test("is sorted by key and by versions as well", () => {
    const order = (...keys: string[]) =>
      from(" KEY", shown({ ...USUAL, ...HELD }, "8", ...keys), 5).map((line) => line.slice(1, 7).trim());
    expect(order()).toEqual(["KEY", "colour", "\\u{1b}", "\u{6771}\u{4eac}", "kkkkkk"]);
    expect(order("s").slice(1, 4)).toEqual(["\\u{1b}", "colour", "kkkkkk"]);
    expect(shown({ ...USUAL, ...HELD }, "8", "s", "s").join("\n")).toContain("KEPT v");
  });

  test("says what to do where there is nothing", () => {
    expect(shown(SMALL, "8").slice(2, 5)).toEqual([
      "-- [Values] clock 0 ---------------------------------------",
      " no value yet: w or :write colour blue writes one, or",
      " p2p-node client 7001",
    ]);
  });
});

describe("the cursor among files and values", () => {
  test("follows what was written last until it is moved: then it stays with its row", () => {
    const more = { view: { ...HELD.view, files: { ...FILES, recent: [fileRow(9), ...FILES.recent] } } };
    const s = screen(HELD).press("7");
    const on = () => subjectUnderCursor(s.model);
    expect(on()).toEqual({ kind: "file", name: "notes" });
    s.see(more);
    expect(on()).toEqual({ kind: "file", name: "file-9" });
    s.press("j", "j");
    expect(on()).toEqual({ kind: "file", name: "my notes" });
    s.see(HELD);
    expect(on()).toEqual({ kind: "file", name: "my notes" });
    expect(s.press("escape").model.state.namedCursor).toEqual(INITIAL.namedCursor);
    expect(on()).toEqual({ kind: "file", name: "notes" });
  });

  test("goes to the first row where its file is deleted, and is of each panel alone", () => {
    const s = screen(HELD).press("7", "j", "8", "G", "k");
    expect(subjectUnderCursor(s.model)).toEqual({ kind: "value", key: "\u{6771}\u{4eac}" });
    expect(subjectUnderCursor(s.press("7").model)).toEqual({ kind: "file", name: "my notes" });
    s.see({ view: { ...HELD.view, files: { ...FILES, recent: [fileRow(1)] } } });
    expect(subjectUnderCursor(s.model)).toEqual({ kind: "file", name: "file-1" });
  });
});

describe("the keys of the Files panel", () => {
  const written = (said: ModelSaid, ...keys: string[]) => screen(said).press(...keys).state.mode;

  test("n opens a line that makes one, a one that adds to the file under the cursor", () => {
    expect(written(HELD, "7", "n")).toMatchObject({ kind: "palette", text: "create ", after: "" });
    expect(written(HELD, "7", "a")).toMatchObject({ kind: "palette", text: "append notes ", after: "" });
    const s = screen(HELD).press("7", "j", "a").write("one,  two").press("enter");
    expect(s.asks).toEqual([{ kind: "run", line: 'append "my notes" one,  two' }]);
    expect(written({}, "7", "a")).toMatchObject({ kind: "palette", text: "append " });
  });

  test("names that are no words stand in quotes, with everything invisible in escapes", () => {
    expect(written(HELD, "7", "j", "j", "a")).toMatchObject({ text: 'append "\\u001b[2J\\u001b]0;owned\\u0007" ' });
    expect(written(HELD, "7", "j", "j", "j", "a")).toMatchObject({ text: 'append "\\u202etxt.exe" ' });
    const long = screen(HELD).press("7", "G", "a").write("x").press("enter");
    expect(long.asks).toEqual([{ kind: "run", line: `append ${"n".repeat(255)} x` }]);
  });

  test("x names what is lost and asks; only y deletes", () => {
    const asked = screen(HELD).press("7", "x");
    expect(asked.asks).toEqual([]);
    expect(asked.state.mode).toMatchObject({ kind: "confirm", question: "delete notes: 13 bytes, gone on every peer" });
    for (const no of ["x", "enter", "n", "escape"]) expect(screen(HELD).press("7", "x", no).asks).toEqual([]);
    expect(asked.press("y").asks).toEqual([{ kind: "run", line: "delete notes" }]);
    expect(screen(HELD).press("7", "x").wait(5001).press("y").asks).toEqual([]);
    const typed = screen(HELD).press(":").write("delete elsewhere").press("enter");
    expect(typed.state.mode).toMatchObject({ question: "delete elsewhere: what it holds, gone on every peer" });
    expect(written({}, "7", "x")).toMatchObject({ kind: "palette", text: "delete " });
  });

  test("r reads at once", () => {
    expect(screen(HELD).press("7", "r").asks).toEqual([{ kind: "run", line: "read notes" }]);
  });

  test("mean nothing elsewhere, and work in a simulation as well", () => {
    expect(screen(HELD).press("3", "n", "a", "x", "r").asks).toEqual([]);
    expect(screen({ ...HELD, simulation: simulation() }).press("7", "r").asks).toEqual([
      { kind: "run", line: "read notes" },
    ]);
    const help = frame({ lines: 250, state: screen().press("?").state }).join("\n");
    expect(help).toMatch(/Files\n +n +make an empty file[\s\S]*Values\n +w +write a value/);
    for (const sign of ["appended", "committed", "applied", "[###==..]", "LOG", "AT"]) expect(help).toContain(sign);
  });
});

describe("the keys of the Values panel", () => {
  test("w opens a line that writes the key under the cursor, r reads it", () => {
    const s = screen(HELD).press("8", "w");
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "write colour " });
    expect(s.write("green").press("enter").asks).toEqual([{ kind: "run", line: "write colour green" }]);
    expect(screen(HELD).press("8", "r").asks).toEqual([{ kind: "run", line: "get colour" }]);
    expect(screen().press("8", "w").state.mode).toMatchObject({ text: "write " });
  });

  test("the palette completes what the store holds", () => {
    const s = screen(HELD).press(":").write("append n");
    expect(frame({ ...HELD, state: s.state }).at(-2)).toBe(` Tab: notes  ${"n".repeat(255)}`.slice(0, 119).concat("~"));
    expect(s.write("o").press("tab").state.mode).toMatchObject({ text: "append notes " });
    expect(screen(HELD).press(":").write("get co").press("tab").state.mode).toMatchObject({ text: "get colour " });
    expect(screen(HELD).press(":").write('read "my').press("tab").state.mode).toMatchObject({
      text: 'read "my notes" ',
    });
  });

  test("a line that is wider than the screen shows its end, with the caret", () => {
    const s = screen({ ...SMALL, ...HELD })
      .press("8", "w")
      .write(`${"x".repeat(100)} the end`);
    const [line = ""] = frame({ ...SMALL, ...HELD, state: s.state }).slice(-1);
    expect(line).toMatch(/^:~x+ the end_$/);
    expect(line).toHaveLength(59);
    const back = screen({ ...SMALL, ...HELD })
      .press("8", "w")
      .write("x".repeat(100))
      .press("home");
    expect(frame({ ...SMALL, ...HELD, state: back.state }).at(-1)).toMatch(/^:_write colour x+~$/);
  });
});

describe("the details", () => {
  const card = (said: ModelSaid, ...keys: string[]) => shown(said, ...keys, "enter").map((line) => line.trimEnd());

  test("of a file have its content as it stands, and who wrote it when", () => {
    expect(card({ ...SMALL, ...HELD }, "7").slice(2, 10)).toEqual([
      "-- File notes ---------------------------------------------",
      " name          notes",
      " size          13 bytes",
      " created       log 28, Lamport time 108",
      " written       log 48, Lamport time 148",
      " content       one",
      "               two three",
      " j k scroll   Esc back",
    ]);
  });

  test("of a file say that there is more, or nothing", () => {
    expect(card({ ...USUAL, ...HELD }, "7", "j").join("\n")).toContain("... and more, which r in the panel reads");
    expect(card({ ...USUAL, ...HELD }, "7", "j", "j", "j", "j", "j").join("\n")).toContain("content       none");
  });

  test("of a hostile file and value are harmless", () => {
    const file = card({ ...USUAL, ...HELD }, "7", "j", "j").join("\n");
    expect(file).toContain("File \\u{1b}[2J\\u{1b}]0;owned\\u{7} --");
    expect(file).toContain("content       \\u{1b}[31mred\\u{1b}[0m");
    const value = card({ ...USUAL, ...HELD }, "8", "j").join("\n");
    expect(value).toContain("key           \\u{1b}[2J\\u{202e}evil");
    expect(value).toContain("value         \\u{7}\\u{1b}]0;owned\\u{7}");
  });

  test("of a value have the times of its versions, and the log entry", () => {
    expect(card({ ...SMALL, ...HELD }, "8").slice(2, 9)).toEqual([
      "-- Value colour -------------------------------------------",
      " key           colour",
      " written at    184 (the store's clock is 184)",
      " by            log 64, Lamport time 164",
      " versions      4 kept, the latest included",
      " older         182 181 17",
      " value         blue",
    ]);
  });

  test("of what is gone say so, and stay with their file while others come", () => {
    const s = screen({ ...USUAL, ...HELD }).press("7", "enter");
    const view = { ...HELD.view, files: { ...FILES, recent: [fileRow(9), ...FILES.recent] } };
    expect(frame({ ...USUAL, view, state: s.state }).join("\n")).toContain("File notes");
    expect(frame({ ...USUAL, state: s.state }).join("\n")).toContain("It is deleted, or no longer among");
    const value = screen({ ...USUAL, ...HELD }).press("8", "enter");
    const values = { ...VALUES, recent: [valueRow(9)] };
    expect(frame({ ...USUAL, view: { values }, state: value.state }).join("\n")).toContain("It is no longer among");
  });
});
