import type { Key } from "ink";
import { describe, expect, test } from "vitest";
import type { Verb } from "../../src/control/grammar.ts";
import { verbs } from "../../src/control/verbs.ts";
import { OF_PEERS, OF_SIMULATIONS } from "../../src/control/vocabulary.ts";
import { bindingsOf, keysOf, keyToAction } from "../../src/ui/keys.ts";
import { PANELS } from "../../src/ui/layout.ts";

const NONE: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe("input as keys", () => {
  test("characters that arrive at once are taken one by one, line ends included", () => {
    expect(keysOf(":test 7002\rj", NONE)).toEqual([":", "t", "e", "s", "t", "space", "7", "0", "0", "2", "enter", "j"]);
  });

  test("control characters among others keep their meaning", () => {
    expect(keysOf("\x15ta\x0c", NONE)).toEqual(["ctrl-u", "t", "a", "ctrl-l"]);
  });

  test("a key that arrives together with Escape comes after it", () => {
    expect(keysOf("1", { ...NONE, meta: true })).toEqual(["escape", "1"]);
  });

  test.each([
    ["", { return: true }, "enter"],
    ["", { escape: true }, "escape"],
    ["", { backspace: true }, "backspace"],
    ["", { delete: true }, "backspace"],
    ["", { upArrow: true }, "up"],
    ["", { pageDown: true }, "pagedown"],
    ["", { tab: true }, "tab"],
    ["", { tab: true, shift: true }, "shift-tab"],
    ["c", { ctrl: true }, "ctrl-c"],
    ["\x03", {}, "ctrl-c"],
    ["G", { shift: true }, "G"],
  ])("%j with %j is %s", (input, key, name) => {
    expect(keysOf(input, { ...NONE, ...key })).toEqual([name]);
  });
});

describe("keys as actions", () => {
  test.each([OF_PEERS, OF_SIMULATIONS])(
    "no key means two things in one panel, but for arrows on a board",
    (vocabulary) => {
      for (const panel of PANELS) {
        const bindings = bindingsOf(vocabulary).filter(({ scope }) => scope === "global" || scope === panel);
        const keys = bindings.flatMap(({ keys }) => keys);
        const twice = keys.filter((key, index) => keys.indexOf(key) !== index).sort();
        expect(twice).toEqual(panel === "life" ? ["left", "right"] : []);
      }
      expect(keyToAction("left", "panels", "life", vocabulary)).toEqual({ kind: "pan", x: -1, y: 0 });
      expect(keyToAction("left", "panels", "broker", vocabulary)).toEqual({ kind: "focus-next", by: -1 });
    },
  );

  test("the keys of a simulation's time mean the same in every panel, those of boards what is left", () => {
    expect(keyToAction(".", "panels", "life")).toEqual({ kind: "verb", verb: "step-job" });
    expect(keyToAction(".", "panels", "life", OF_SIMULATIONS)).toEqual({ kind: "verb", verb: "step" });
    expect(keyToAction("+", "panels", "life")).toEqual({ kind: "zoom-in" });
    expect(keyToAction("+", "panels", "life", OF_SIMULATIONS)).toEqual({ kind: "verb", verb: "faster" });
    expect(keyToAction("=", "panels", "life", OF_SIMULATIONS)).toEqual({ kind: "zoom-in" });
  });

  test("every key of a verb runs that verb where it works", () => {
    for (const [name, { key }] of Object.entries<Verb>(verbs)) {
      if (key === null) continue;
      const panel = key.scope === "global" ? "timeline" : key.scope;
      expect(keyToAction(key.key, "panels", panel)).toEqual({ kind: "verb", verb: name });
    }
  });

  test("a key of one panel means nothing in another", () => {
    expect(keyToAction("x", "panels", "gossip")).toEqual({ kind: "verb", verb: "exchange" });
    expect(keyToAction("x", "panels", "raft")).toBeNull();
    expect(keyToAction("p", "panels", "timeline")).toEqual({ kind: "pause" });
    expect(keyToAction("p", "panels", "peers")).toBeNull();
  });

  test("every key after f runs what the table of verbs says, and no other does", () => {
    const letters = Object.values<Verb>(verbs).flatMap((verb) => verb.faultKeys.map(({ key }) => key));
    expect([...new Set(letters)].sort().join("")).toBe("2<>Hbcdhiklprtx");
    for (const key of letters) expect(keyToAction(key, "fault", "peers")).toEqual({ kind: "fault", key });
    for (const key of ["f", "enter", "y", "escape", "q", "u"])
      expect(keyToAction(key, "fault", "peers")).toEqual({ kind: "back" });
  });

  test("f opens the line of faults and u undoes the last one, in every panel", () => {
    for (const panel of PANELS) {
      expect(keyToAction("f", "panels", panel)).toEqual({ kind: "fault-keys" });
      expect(keyToAction("u", "panels", panel)).toEqual({ kind: "verb", verb: "undo" });
    }
  });

  test("the key that the next command needs is free", () => {
    for (const panel of PANELS.filter((name) => name !== "values"))
      expect(keyToAction("w", "panels", panel)).toBeNull();
  });

  test("while text is written, characters are text and nothing else", () => {
    for (const mode of ["palette", "filter"] as const) {
      expect(keyToAction("q", mode, "peers")).toEqual({ kind: "type", text: "q" });
      expect(keyToAction("space", mode, "peers")).toEqual({ kind: "type", text: " " });
      expect(keyToAction("enter", mode, "peers")).toEqual({ kind: "submit" });
      expect(keyToAction("\x1b", mode, "peers")).toBeNull();
      expect(keyToAction("pagedown", mode, "peers")).toBeNull();
    }
  });

  test("only y says yes: never Enter, never the key that opened the question", () => {
    expect(keyToAction("y", "confirm", "peers")).toEqual({ kind: "answer", yes: true });
    for (const key of ["enter", "q", "Y", "n", "space", "escape"])
      expect(keyToAction(key, "confirm", "peers")).toEqual({ kind: "answer", yes: false });
  });

  test("over a card the panels cannot be steered, but it scrolls and closes", () => {
    expect(keyToAction("t", "details", "peers")).toBeNull();
    expect(keyToAction("2", "help", "peers")).toBeNull();
    expect(keyToAction("j", "help", "peers")).toEqual({ kind: "move", by: 1 });
    for (const key of ["escape", "enter", "q"]) expect(keyToAction(key, "table", "peers")).toEqual({ kind: "back" });
  });

  test("Ctrl-C stops from everywhere", () => {
    for (const mode of ["panels", "filter", "palette", "help", "details", "table", "confirm", "fault"] as const)
      expect(keyToAction("ctrl-c", mode, "peers")).toEqual({ kind: "stop" });
  });
});
