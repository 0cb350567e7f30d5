import type { Key as InkKey } from "ink";
import type { Verb, VerbTable } from "../control/grammar.ts";
import { simulationVerbs } from "../control/simulation-verbs.ts";
import { OF_PEERS, OF_SIMULATIONS, type Vocabulary } from "../control/vocabulary.ts";
import { FAULT_BINDINGS } from "./fault-keys.ts";
import { keyOfPanel, PANELS, type PanelName } from "./layout.ts";
import type { Mode, Model } from "./model.ts";

/** What a key asks the screen to do. */
export type Action =
  | { readonly kind: "focus"; readonly panel: PanelName }
  | { readonly kind: "focus-next"; readonly by: 1 | -1 }
  | { readonly kind: "move"; readonly by: number }
  | { readonly kind: "move-page"; readonly by: 1 | -1 }
  | { readonly kind: "move-to"; readonly end: "first" | "last" }
  | { readonly kind: "verb"; readonly verb: string }
  | { readonly kind: "jump"; readonly by: 1 | -1 }
  | { readonly kind: "fault"; readonly key: string }
  | { readonly kind: "type"; readonly text: string }
  | { readonly kind: "caret"; readonly by: number }
  | { readonly kind: "recall"; readonly by: 1 | -1 }
  | { readonly kind: "answer"; readonly yes: boolean }
  | { readonly kind: "pan"; readonly x: number; readonly y: number }
  | { readonly kind: Simple };

type Simple =
  | "zoom"
  | "mark"
  | "mark-all"
  | "open"
  | "back"
  | "filter"
  | "palette"
  | "help"
  | "sort"
  | "election"
  | "pause"
  | "fault-keys"
  | "remove"
  | "routine"
  | "zoom-in"
  | "zoom-out"
  | "fit"
  | "follow"
  | "braille"
  | "pen"
  | "next-job"
  | "redraw"
  | "stop"
  | "erase"
  | "erase-word"
  | "erase-line"
  | "complete"
  | "submit";

/** Where a key works: everywhere, or in one panel. */
export type Scope = "global" | PanelName;

/** One line of the table of keys, from which both the keys and their help are made. */
export interface Binding {
  readonly scope: Scope;
  readonly keys: readonly string[];
  /** How help and footer write the keys. */
  readonly shown: string;
  readonly help: string;
  /** A word or two for the footer; null where it is not worth the room. */
  readonly hint: string | null;
  readonly action: Action;
}

/** All keys of the panels. Verbs bring theirs from their table. */
const bindingsWith = (verbs: VerbTable): readonly Binding[] => [
  ...PANELS.map((panel) => bind("global", keyOfPanel(panel), `go to ${panel}`, { kind: "focus", panel })),
  bind("global", "tab right", "next panel", { kind: "focus-next", by: 1 }, { shown: "Tab" }),
  bind("global", "shift-tab left", "previous panel", { kind: "focus-next", by: -1 }, { shown: "S-Tab" }),
  bind("global", "z", "zoom the panel, or back", { kind: "zoom" }),
  bind("global", "j down", "down", { kind: "move", by: 1 }),
  bind("global", "k up", "up", { kind: "move", by: -1 }),
  bind("global", "pagedown ctrl-d ctrl-f", "page down", { kind: "move-page", by: 1 }, { shown: "PgDn ^D" }),
  bind("global", "pageup ctrl-u ctrl-b", "page up", { kind: "move-page", by: -1 }, { shown: "PgUp ^U" }),
  bind("global", "g home", "first row", { kind: "move-to", end: "first" }, { shown: "g" }),
  bind("global", "G end", "last row; in the timeline follow", { kind: "move-to", end: "last" }, { shown: "G" }),
  bind("peers", "space", "mark or unmark the peer", { kind: "mark" }, { shown: "Space", hint: "mark" }),
  bind("peers", "*", "mark all, or none", { kind: "mark-all" }),
  bind("peers", "s", "sort by the next column", { kind: "sort" }, { hint: "sort" }),
  ...verbBindings(verbs, "gossip"),
  bind("raft", "e", "the last election", { kind: "election" }, { hint: "election" }),
  ...verbBindings(verbs, "raft"),
  ...verbBindings(verbs, "mutex"),
  ...verbBindings(verbs, "broker"),
  // What is done to a job is done to the one under the cursor as well.
  ...verbBindings(verbs, "life").map((binding): Binding => ({ ...binding, scope: "broker" })),
  ...verbBindings(verbs, "life"),
  bind(
    "life",
    "d",
    "draw cells: arrows move the pen, Space turns a cell over, d ends",
    { kind: "pen" },
    { hint: "draw" },
  ),
  bind("life", "+ =", "zoom in", { kind: "zoom-in" }, { shown: "+ -", hint: "zoom" }),
  bind("life", "- _", "zoom out", { kind: "zoom-out" }, { shown: "-" }),
  bind("life", "0", "all of the board at once", { kind: "fit" }, { hint: "all" }),
  bind("life", "F", "follow the live cells, or no more", { kind: "follow" }, { hint: "follow" }),
  bind("life", "b", "dots of Braille, or half blocks", { kind: "braille" }, { hint: "braille" }),
  bind("life", "J", "the next job's board", { kind: "next-job" }),
  bind("life", "h left", "look further left", { kind: "pan", x: -1, y: 0 }, { shown: "h left" }),
  bind("life", "l right", "look further right", { kind: "pan", x: 1, y: 0 }, { shown: "l right" }),
  bind("timeline", "p", "pause, or follow again", { kind: "pause" }, { hint: "pause" }),
  bind("timeline", "n", "next fault or change of leader", { kind: "jump", by: 1 }, { hint: "next" }),
  bind("timeline", "N", "previous fault or change of leader", { kind: "jump", by: -1 }),
  bind("timeline", "r", "show or hide what happens all the time", { kind: "routine" }, { hint: "routine" }),
  bind("faults", "d", "end the fault", { kind: "remove" }, { hint: "end it" }),
  ...verbBindings(verbs, "notices"),
  ...verbBindings(verbs, "files"),
  bind("files", "s", "sort by the next column", { kind: "sort" }, { hint: "sort" }),
  ...verbBindings(verbs, "values"),
  bind("values", "s", "sort by the next column", { kind: "sort" }, { hint: "sort" }),
  bind("global", "f", "break something: lists what can follow", { kind: "fault-keys" }, { hint: "fault" }),
  ...verbBindings(verbs, "global"),
  bind("global", "escape", "back: close, unfilter, unmark, unzoom", { kind: "back" }, { shown: "Esc" }),
  bind("global", ":", "command", { kind: "palette" }, { hint: "cmd" }),
  bind("global", "?", "keys and commands", { kind: "help" }, { hint: "keys" }),
  bind("global", "/", "filter the panel", { kind: "filter" }, { hint: "filter" }),
  bind(
    "global",
    "enter",
    "details; of a fault, its line to change",
    { kind: "open" },
    { shown: "Enter", hint: "details" },
  ),
  bind("global", "ctrl-l", "draw the screen anew", { kind: "redraw" }, { shown: "^L" }),
  bind("global", "ctrl-c", "stop at once, without a goodbye", { kind: "stop" }, { shown: "^C" }),
];

const BINDINGS = {
  peer: bindingsWith(OF_PEERS.verbs),
  simulation: withTime(bindingsWith(OF_SIMULATIONS.verbs)),
};

/** All keys of the panels where this is what can be said. */
export function bindingsOf(vocabulary: Vocabulary): readonly Binding[] {
  return BINDINGS[vocabulary.of];
}

/** The verb that the key of one stands for: the key that halts time lets it go on where it stands still. */
export function verbMeant(verb: string, simulation: Model["simulation"]): string {
  return verb === "halt" && simulation?.isHalted === true ? "go" : verb;
}

/** The keys that work while text is written. */
const WRITING: Readonly<Record<string, Action>> = {
  enter: { kind: "submit" },
  escape: { kind: "back" },
  backspace: { kind: "erase" },
  "ctrl-h": { kind: "erase" },
  "ctrl-w": { kind: "erase-word" },
  "ctrl-u": { kind: "erase-line" },
  tab: { kind: "complete" },
  left: { kind: "caret", by: -1 },
  right: { kind: "caret", by: 1 },
  home: { kind: "caret", by: Number.NEGATIVE_INFINITY },
  end: { kind: "caret", by: Number.POSITIVE_INFINITY },
  "ctrl-a": { kind: "caret", by: Number.NEGATIVE_INFINITY },
  "ctrl-e": { kind: "caret", by: Number.POSITIVE_INFINITY },
  up: { kind: "recall", by: 1 },
  down: { kind: "recall", by: -1 },
  "ctrl-p": { kind: "recall", by: 1 },
  "ctrl-n": { kind: "recall", by: -1 },
  "ctrl-c": { kind: "stop" },
  "ctrl-l": { kind: "redraw" },
};

/** Keys that still mean the same while a card or the help stands over the panels. */
const OVER_PANELS: readonly Action["kind"][] = ["move", "move-page", "move-to", "palette", "help", "redraw", "stop"];

/** What a key means where the screen stands; null for nothing. */
export function keyToAction(
  key: string,
  mode: Mode["kind"],
  focus: PanelName,
  vocabulary: Vocabulary = OF_PEERS,
): Action | null {
  switch (mode) {
    case "filter":
    case "palette":
      return WRITING[key] ?? (isCharacter(key) ? { kind: "type", text: key === "space" ? " " : key } : null);
    case "fault":
      if (key === "ctrl-c") return { kind: "stop" };
      return FAULT_BINDINGS.some((binding) => binding.key === key) ? { kind: "fault", key } : { kind: "back" };
    case "confirm":
      return key === "ctrl-c" ? { kind: "stop" } : { kind: "answer", yes: key === "y" };
    case "help":
    case "details":
    case "table": {
      if (key === "escape" || key === "enter" || key === "q") return { kind: "back" };
      const action = bound(key, focus, vocabulary);
      return action !== null && OVER_PANELS.includes(action.kind) ? action : null;
    }
    case "panels":
      return bound(key, focus, vocabulary);
  }
}

/**
 * The keys of one chunk of input as ink hands it over. Fast typing arrives several characters at once, line ends
 * included.
 */
export function keysOf(input: string, key: InkKey): readonly string[] {
  if (key.tab) return [key.shift ? "shift-tab" : "tab"];
  const named = NAMED.find(([flag]) => key[flag]);
  if (named !== undefined) return [named[1]];
  if (key.ctrl && input.length === 1) return [`ctrl-${input}`];
  const keys = [...input].map(keyOf);
  // A key that comes right behind Escape is taken for one that was pressed with Alt, which means nothing here.
  return key.meta ? ["escape", ...keys] : keys;
}

function keyOf(character: string): string {
  const letter = /^[\x01-\x1a]$/.test(character) ? String.fromCharCode(character.charCodeAt(0) + 0x60) : null;
  return CHARACTERS[character] ?? (letter === null ? character : `ctrl-${letter}`);
}

// Backspace reaches us as "delete" from terminals that send 0x7f for it, which is nearly all of them.
const NAMED = [
  ["return", "enter"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  ["delete", "backspace"],
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
] as const satisfies readonly (readonly [keyof InkKey, string])[];

const CHARACTERS: Readonly<Record<string, string>> = {
  " ": "space",
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
};

function isCharacter(key: string): boolean {
  return key === "space" || ([...key].length === 1 && !/\p{C}/u.test(key));
}

function bound(key: string, focus: PanelName, vocabulary: Vocabulary): Action | null {
  const bindings = bindingsOf(vocabulary).filter(({ keys }) => keys.includes(key));
  // Where a panel has a use of its own for a key, that is what it means there.
  const binding = bindings.find(({ scope }) => scope === focus) ?? bindings.find(({ scope }) => scope === "global");
  return binding?.action ?? null;
}

function bind(
  scope: Scope,
  keys: string,
  help: string,
  action: Action,
  extra: { shown?: string; hint?: string } = {},
): Binding {
  const list = keys.split(" ");
  return { scope, keys: list, shown: extra.shown ?? list[0] ?? "", help, hint: extra.hint ?? null, action };
}

/** In a simulation the keys of its time mean the same in every panel, whatever else they mean there elsewhere. */
function withTime(bindings: readonly Binding[]): readonly Binding[] {
  const ofTime = Object.values<Verb>(simulationVerbs).flatMap(({ key }) => key?.key ?? []);
  return bindings.flatMap((binding) => {
    const keys = binding.scope === "global" ? binding.keys : binding.keys.filter((key) => !ofTime.includes(key));
    const [first] = keys;
    if (first === undefined) return [];
    return keys.length === binding.keys.length ? [binding] : [{ ...binding, keys, shown: first }];
  });
}

function verbBindings(verbs: VerbTable, scope: string): Binding[] {
  return Object.entries(verbs).flatMap(([name, { key, help }]) => {
    if (key?.scope !== scope) return [];
    const shown = key.key === "space" ? "Space" : key.key;
    return [bind(key.scope, key.key, help, { kind: "verb", verb: name }, { shown, hint: key.hint ?? name })];
  });
}
