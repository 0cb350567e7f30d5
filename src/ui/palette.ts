import { complete } from "../control/verbs.ts";
import type { Action } from "./keys.ts";
import type { Model, ScreenState } from "./model.ts";

/** Longest line that can be written. */
const LONGEST_LINE = 200;

/** What an action does to the line that is being written: the palette's, or the filter of the focused panel. */
export function write(model: Model, action: Action): ScreenState {
  const { state } = model;
  const { mode } = state;
  if (mode.kind === "palette") {
    if (action.kind === "back") return { ...state, mode: { kind: "panels" } };
    if (action.kind === "recall") return recalled(state, action.by);
    const text = action.kind === "complete" ? completed(model, mode.text) : edited(mode.text, action);
    if (text === null) return { ...state, mode: { kind: "panels" } };
    return { ...state, mode: { kind: "palette", text, recalled: 0, draft: text, wrong: null } };
  }
  if (mode.kind !== "filter") return state;
  const filtered = (text: string): ScreenState => ({ ...state, filters: { ...state.filters, [state.focus]: text } });
  if (action.kind === "submit") return { ...state, mode: { kind: "panels" } };
  if (action.kind === "back") return { ...filtered(""), mode: { kind: "panels" } };
  const text = edited(state.filters[state.focus], action);
  return text === null ? { ...filtered(""), mode: { kind: "panels" } } : filtered(text);
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
function completed({ names }: Model, text: string): string {
  const offers = complete(text, names);
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
  return { ...state, mode: { ...mode, text, recalled: back, wrong: null } };
}
