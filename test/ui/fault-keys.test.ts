import { describe, expect, test } from "vitest";
import { FAULT_BINDINGS } from "../../src/ui/fault-keys.ts";
import { reported } from "../../src/ui/state.ts";
import { screen } from "./keyboard.ts";
import type { ModelSaid } from "./models.ts";
import { fault, id, row } from "./pictures.ts";

describe("faults by key", () => {
  const run = (line: string) => [{ kind: "run", line }];

  test("f opens the line of what may follow, and any other key closes it", () => {
    const s = screen().press("j", "f");
    expect(s.state.mode).toEqual({ kind: "fault", targets: [id(2)] });
    expect(s.press("z").state.mode.kind).toBe("panels");
    expect(s.state.zoomed).toBe(false);
    expect(s.asks).toEqual([]);
  });

  test.each([
    ["c", "cut 7002 both"],
    [">", "cut 7002 out"],
    ["<", "cut 7002 in"],
    ["i", "isolate 7002"],
    ["p", "pause 7002"],
    ["h", "heal 7002"],
    ["H", "heal all"],
  ])("f %s runs and echoes %j", (key, line) => {
    const s = screen().press("j", "f", key);
    expect(s.asks).toEqual(run(line));
    expect(s.state.feedback).toMatchObject({ line, text: null });
  });

  test.each([
    ["d", "drop 7002 30", "% both"],
    ["l", "latency 7002 100", "ms jitter 20ms both"],
    ["2", "duplicate 7002 20", "% both"],
    ["r", "reorder 7002 20", "% both"],
    ["x", "corrupt 7002 5", "% both"],
    ["b", "bandwidth 7002 10", "KB/s both"],
    ["t", "skew 7002 1.5", "x"],
  ])("f %s opens a line with the caret behind its value", (key, text, after) => {
    const s = screen().press("j", "f", key);
    expect(s.state.mode).toMatchObject({ kind: "palette", text, after, wrong: null });
    expect(s.press("enter").asks).toEqual(run(text + after));
  });

  test("a value can be changed before the line is run", () => {
    const s = screen().press("j", "f", "d", "backspace", "backspace").write("50").press("end").write(" for 30s");
    expect(s.press("enter").asks).toEqual(run("drop 7002 50% both for 30s"));
  });

  test("the marked peers are meant; among them this one counts for link faults only where it is alone", () => {
    expect(screen().press("*", "f", "c").asks).toEqual(run("cut 7002,7003,7004,7005 both"));
    expect(screen().press("space", "space", "f", "c").asks).toEqual(run("cut 7002 both"));
    expect(screen().press("space", "space", "f", "p").asks).toEqual(run("pause 7001,7002"));
  });

  test("on the own row link faults mean everybody, all others this peer", () => {
    expect(screen().press("f", "c").asks).toEqual(run("cut all both"));
    expect(screen().press("f", "i").asks).toEqual(run("isolate 7001"));
  });

  test("every line that a key stands for is understood", () => {
    for (const { key, line } of FAULT_BINDINGS) {
      const s = screen().press("j", "f", key);
      const { mode, feedback } = s.state;
      const understood = mode.kind === "confirm" || mode.kind === "palette" || feedback?.ok === true;
      expect([line, understood]).toEqual([line, true]);
    }
  });

  test("p and k take back what this peer is known to be in", () => {
    const paused: ModelSaid = { view: { condition: { kind: "paused", skew: 1, pace: 1 } } };
    const crashed: ModelSaid = { view: { condition: { kind: "crashed", skew: 1, pace: 1 } } };
    expect(screen(paused).press("f", "p").asks).toEqual(run("resume 7001"));
    expect(screen(crashed).press("f", "k").asks).toEqual(run("recover 7001"));
    expect(screen(paused).press("j", "f", "p").asks).toEqual(run("pause 7002"));
  });

  test("another peer counts as paused from when it was asked to until it is heard again", () => {
    const silent: ModelSaid = { rows: [row(2, { heartbeatAgeMs: 9000 }), row(3)] };
    const s = screen().press("j", "f", "p").wait(100).press("f", "p");
    expect(s.asks).toEqual([...run("pause 7002"), ...run("resume 7002")]);
    const late = screen(silent).press("j", "f", "p").wait(8000).press("f", "p");
    expect(late.asks.at(-1)).toEqual({ kind: "run", line: "resume 7002" });
    const back = screen().press("j", "f", "p").wait(8000).press("f", "p");
    expect(back.asks.at(-1)).toEqual({ kind: "run", line: "pause 7002" });
    const healed = screen(silent).press("j", "f", "p", "f", "h", "f", "p");
    expect(healed.asks.at(-1)).toEqual({ kind: "run", line: "pause 7002" });
  });

  test("a crash names what it costs and asks; only y says yes, and nobody's answer is no", () => {
    const asked = screen().press("j", "f", "k");
    expect(asked.asks).toEqual([]);
    expect(asked.state.mode).toMatchObject({ kind: "confirm", question: expect.stringContaining("crash 7002") });
    for (const no of ["k", "enter", "escape", "f"]) expect(screen().press("j", "f", "k", no).asks).toEqual([]);
    expect(screen().press("j", "f", "k", "y").asks).toEqual(run("crash 7002"));
    expect(screen().press("j", "f", "k").wait(5100).press("y").asks).toEqual([]);
  });

  test("u takes the last fault back, without asking", () => {
    expect(screen().press("u").asks).toEqual(run("undo"));
  });

  test("in the Faults panel d ends the fault under the cursor", () => {
    const faults = [fault(3), fault(4)];
    expect(screen({ view: { faults } }).press("5", "j", "d").asks).toEqual(run("remove 4"));
    expect(screen().press("5", "d").state.feedback).toMatchObject({ ok: false, text: "the cursor is on no fault" });
  });

  test("in the Faults panel Enter opens the line that sets the fault, and what is said instead replaces it", () => {
    const faults = [fault(3, { fault: { kind: "drop", percent: 30 }, direction: "in" })];
    const s = screen({ view: { faults } }).press("5", "enter");
    expect(s.state.mode).toMatchObject({ kind: "palette", text: "drop 7003 30", after: "% in", replaces: 3 });
    const changed = s.press("backspace", "backspace").write("50").press("enter");
    expect(changed.asks).toEqual([...run("remove 3"), ...run("drop 7003 50% in")]);
    const { state } = reported(changed.state, "remove 3", { ok: true, text: "ended" }, 1000);
    expect(state.feedback).toMatchObject({ line: "drop 7003 50% in", text: null });
  });

  test("a line that is not understood replaces nothing", () => {
    const s = screen({ view: { faults: [fault(3)] } })
      .press("5", "enter")
      .write("ways")
      .press("enter");
    expect(s.asks).toEqual([]);
    expect(s.state.mode).toMatchObject({ kind: "palette", replaces: 3, wrong: expect.stringContaining("bothways") });
  });

  test("in the Faults panel the target is the one of the fault", () => {
    const faults = [fault(3), fault(4, { target: "everybody" })];
    expect(screen({ view: { faults } }).press("5", "f", "h").asks).toEqual(run("heal 7003"));
    expect(screen({ view: { faults } }).press("5", "j", "f", "h").asks).toEqual(run("heal 7001"));
  });
});
