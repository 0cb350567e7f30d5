import type { LineRefusal } from "../control/grammar.ts";
import { heldIn } from "../control/held.ts";
import { complete } from "../control/verbs.ts";
import { MAX_LINE_BYTES } from "../wire/control-message.ts";
import type { Action } from "./keys.ts";
import { type Model, type ScreenState, vocabularyOf } from "./model.ts";

/** Longest line that can be written, in UTF-16 units: as much as travels to a peer. */
const LONGEST_LINE = MAX_LINE_BYTES;

/** What an action does to the line that is being written: the palette's, or the filter of the focused panel. */
export function write(model: Model, action: Action): ScreenState {
  const { state } = model;
  const { mode } = state;
  if (mode.kind === "palette") {
    if (action.kind === "back") return { ...state, mode: { kind: "panels" } };
    if (action.kind === "recall") return recalled(state, action.by);
    if (action.kind === "caret")
      return { ...state, mode: { ...mode, ...caretMoved(mode.text, mode.after, action.by) } };
    const text = action.kind === "complete" ? completed(model, mode.text) : edited(mode.text, action);
    if (text === null) return mode.after === "" ? { ...state, mode: { kind: "panels" } } : state;
    const room = Math.max(0, LONGEST_LINE - mode.after.length);
    const kept = text.slice(0, room);
    return { ...state, mode: { ...mode, text: kept, recalled: 0, draft: kept + mode.after, wrong: null } };
  }
  if (mode.kind !== "filter") return state;
  const filtered = (text: string): ScreenState => ({ ...state, filters: { ...state.filters, [state.focus]: text } });
  if (action.kind === "submit") return { ...state, mode: { kind: "panels" } };
  if (action.kind === "back") return { ...filtered(""), mode: { kind: "panels" } };
  const text = edited(state.filters[state.focus], action);
  return text === null ? { ...filtered(""), mode: { kind: "panels" } } : filtered(text);
}

/** The palette with a line to be finished: the caret stands at its end. */
export function prefilled(state: ScreenState, text: string): ScreenState {
  return written(state, text, "", null);
}

/** The palette with the line of a fault: the caret stands behind the number that follows the peers, if one does. */
export function prefilledFault(state: ScreenState, line: string, replaces: number | null): ScreenState {
  const [, text = line, after = ""] = /^(\S+ \S+ \d+(?:\.\d+)?)(\D.*)$/.exec(line) ?? [];
  return written(state, text, after, replaces);
}

function written(state: ScreenState, text: string, after: string, replaces: number | null): ScreenState {
  const mode = { kind: "palette", text, after, replaces, recalled: 0, draft: text + after, wrong: null } as const;
  return { ...state, mode };
}

/** The whole words with which a line may go on here. */
export function offersFor(model: Model, text: string): readonly string[] {
  return complete(text, model.names, vocabularyOf(model).verbs, heldIn(model.view));
}

/** The palette after its line was not understood: the caret stands at the wrong word, as near as it is. */
export function refused(state: ScreenState, { text: wrong, at }: LineRefusal): ScreenState {
  const { mode } = state;
  if (mode.kind !== "palette") return state;
  const line = mode.text + mode.after;
  const [word = ""] = /^[^\s,|]*/.exec(line.slice(at)) ?? [];
  const caret = Math.max(at, Math.min(mode.text.length, at + word.length));
  return { ...state, mode: { ...mode, text: line.slice(0, caret), after: line.slice(caret), wrong } };
}

function caretMoved(text: string, after: string, by: number): { readonly text: string; readonly after: string } {
  const characters = [...text, ...after];
  const at = Math.max(0, Math.min(characters.length, [...text].length + by));
  return { text: characters.slice(0, at).join(""), after: characters.slice(at).join("") };
}

/** The line after an edit; null where an empty one was erased, which closes it. */
function edited(text: string, action: Action): string | null {
  switch (action.kind) {
    case "type":
      return (text + action.text).slice(0, LONGEST_LINE);
    case "erase":
      return text === "" ? null : [...text].slice(0, -1).join("");
    case "erase-word":
      return text.replace(/\S+\s*$/u, "");
    case "erase-line":
      return "";
    default:
      return text;
  }
}

/** The line with its last word finished as far as all offers agree; a blank follows where only one was left. */
function completed(model: Model, text: string): string {
  const offers = offersFor(model, text);
  const [first] = offers;
  if (first === undefined) return text;
  let common = first;
  for (const offer of offers) while (!offer.startsWith(common)) common = common.slice(0, -1);
  const kept = text.replace(/\S*$/u, "");
  return kept + common + (offers.length === 1 ? " " : "");
}

function recalled(state: ScreenState, by: 1 | -1): ScreenState {
  const { mode, history } = state;
  if (mode.kind !== "palette") return state;
  const back = Math.max(0, Math.min(history.length, mode.recalled + by));
  const text = back === 0 ? mode.draft : (history[history.length - back] ?? mode.draft);
  return { ...state, mode: { ...mode, text, after: "", recalled: back, wrong: null } };
}
