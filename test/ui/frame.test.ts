import { describe, expect, test } from "vitest";
import { FrameStream, frameUpdate } from "../../src/ui/frame.ts";
import { Screen } from "../../src/ui/screen.ts";

/** A terminal that notes what it is sent. */
class Notes {
  columns = 10;
  rows = 4;
  readonly sent: string[] = [];
  write(text: string): void {
    this.sent.push(text);
  }
}

describe("the difference between two frames", () => {
  test("is nothing where nothing differs", () => {
    expect(frameUpdate(["a", "b"], ["a", "b"], 10)).toBe("");
  });

  test("is the lines that differ, each put over the old one and erased behind its end", () => {
    expect(frameUpdate(["a", "b", "c"], ["a", "B", "c"], 10)).toBe("\x1b[?2026h\x1b[2;1HB\x1b[K\x1b[?2026l");
  });

  test("empties lines that are gone", () => {
    expect(frameUpdate(["a", "b"], ["a"], 10)).toContain("\x1b[2;1H\x1b[K");
  });

  test("erases nothing behind a full line, where the cursor still stands on the last character", () => {
    expect(frameUpdate([], ["0123456789"], 10)).toBe("\x1b[?2026h\x1b[1;1H0123456789\x1b[?2026l");
    expect(frameUpdate([], ["\x1b[1m01234東京\x1b[0m"], 10)).toContain("\x1b[K");
    expect(frameUpdate([], ["\x1b[1m012345東京\x1b[0m"], 10)).not.toContain("\x1b[K");
  });
});

describe("the stream of frames", () => {
  test("has lines laid over it, from one frame to the next", () => {
    const terminal = new Notes();
    const frames = new FrameStream(terminal);
    frames.lay({ row: 1, lines: ["B", "C"] });
    frames.write("a\n\n\nd");
    expect(terminal.sent.splice(0).join("")).toContain("\x1b[1;1Ha\x1b[K\x1b[2;1HB\x1b[K\x1b[3;1HC\x1b[K\x1b[4;1Hd");
    frames.lay({ row: 1, lines: ["B", "c"] });
    frames.write("a\n\n\nd");
    expect(terminal.sent.splice(0)).toEqual(["\x1b[?2026h\x1b[3;1Hc\x1b[K\x1b[?2026l"]);
    frames.lay(null);
    frames.write("a\nb\n\nd");
    expect(terminal.sent).toEqual(["\x1b[?2026h\x1b[2;1Hb\x1b[K\x1b[3;1H\x1b[K\x1b[?2026l"]);
  });

  test("is drawn whole again after a reset, and never beyond the last row", () => {
    const terminal = new Notes();
    const frames = new FrameStream(terminal);
    frames.write("a\nb\nc\nd\ne\nf");
    expect(terminal.sent.join("")).toContain("\x1b[4;1Hd");
    expect(terminal.sent.join("")).not.toContain("\x1b[5;1H");
    frames.write("a\nb\nc\nd");
    expect(terminal.sent).toHaveLength(1);
    frames.reset();
    frames.write("a\nb");
    expect(terminal.sent.slice(1).join("")).toBe("\x1b[2J\x1b[?2026h\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K\x1b[?2026l");
  });

  test("reaches nothing once it is closed", () => {
    const terminal = new Notes();
    const frames = new FrameStream(terminal);
    frames.close();
    frames.write("late");
    frames.reset();
    expect(terminal.sent).toEqual([]);
  });
});

describe("the alternate screen", () => {
  test("is left as it was entered: once, with the cursor, the wrapping and the title given back", () => {
    const terminal = new Notes();
    const screen = new Screen(terminal, true);
    screen.enter();
    screen.enter();
    screen.leave();
    screen.leave();
    expect(terminal.sent).toEqual([
      "\x1b[22;2t\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[2J\x1b[H",
      "\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[23;2t",
    ]);
  });

  test("is left when the process ends by itself or by an uncaught error, and not twice", () => {
    for (const event of ["exit", "uncaughtExceptionMonitor"] as const) {
      const terminal = new Notes();
      const before = process.listeners(event as "exit").length;
      const screen = new Screen(terminal, false);
      screen.enter();
      expect(process.listeners(event as "exit").length).toBe(before + 1);
      // Neither listener looks at what it is told, so one call fits both.
      const [listener] = (process.listeners(event as "exit") as (() => void)[]).slice(-1);
      listener?.();
      expect(terminal.sent.at(-1)).toContain("\x1b[?1049l");
      expect(process.listeners(event as "exit").length).toBe(before);
      screen.leave();
      expect(terminal.sent).toHaveLength(2);
    }
  });

  test("sets a title that cannot end itself early, and only when it changes", () => {
    const terminal = new Notes();
    const screen = new Screen(terminal, true);
    screen.setTitle("7001 LEADER T4\x07\x1b]0;owned");
    screen.setTitle("7001 LEADER T4\x07\x1b]0;owned");
    expect(terminal.sent).toEqual(["\x1b]2;7001 LEADER T4\\u{7}\\u{1b}]0;owned\x07"]);
    new Screen(terminal, false).setTitle("other");
    expect(terminal.sent).toHaveLength(1);
  });
});
