import type { Outcome } from "../control/desk/desk.ts";
import { OF_PEERS, type SaidCommand, type Vocabulary } from "../control/vocabulary.ts";
import type { PeerId } from "../core/peer-id.ts";
import { type BoardStep, boardStep, lookingAt } from "./board-moves.ts";
import { overlayOf, pieceOf, subjectUnderCursor } from "./content.ts";
import { faultBindingOf, faultLineOf, stoppedAfter } from "./fault-keys.ts";
import { settingLine } from "./fault-words.ts";
import { type Action, verbMeant } from "./keys.ts";
import { PANELS, type PanelName } from "./layout.ts";
import { INITIAL, type Model, type ScreenState, vocabularyOf } from "./model.ts";
import { marked, moved, sortedOn } from "./moves.ts";
import { prefilled, prefilledFault, refused, write } from "./palette.ts";
import { headRows } from "./panels/head.ts";
import { shownMembers } from "./panels/peer-grid.ts";
import { isLandmark, shownEntries } from "./panels/timeline.ts";
import { targets } from "./target.ts";
import { lineUnderCursor } from "./under-cursor.ts";

/** What the screen asks of whoever runs it. */
export type Ask =
  /** Carry this line out and report its outcome. */
  | { readonly kind: "run"; readonly line: string }
  /** The peer has left, or a simulation is to end: take the screen down. */
  | { readonly kind: "quit" }
  /** Stop at once. */
  | { readonly kind: "stop" }
  | { readonly kind: "redraw" };

/** The state after an action, and what is asked for. */
export interface Step {
  readonly state: ScreenState;
  readonly asks: readonly Ask[];
}

const FEEDBACK_MS = 6_000;
const CONFIRM_MS = 5_000;

/** The line that takes this peer out of its cluster. */
const LEAVE = "leave";

/** What an action does. Pure: the same model and action give the same step. */
export function act(model: Model, action: Action): Step {
  const { state } = model;
  const { mode } = state;
  if (action.kind === "stop") return { state, asks: [{ kind: "stop" }] };
  if (action.kind === "redraw") return { state, asks: [{ kind: "redraw" }] };
  if (mode.kind === "confirm") return answered(model, mode.line, action.kind === "answer" && action.yes);
  if (mode.kind === "palette" && action.kind === "submit") return submitted(model, mode.text + mode.after);
  if (mode.kind === "palette" || mode.kind === "filter") return only(write(model, action));
  if (mode.kind === "fault") return broken(model, mode.targets, action);
  if (state.focus === "life" && mode.kind === "panels") {
    const step = boardStep(model, action);
    if (step !== null) return carriedOut(model, step, action);
  }
  if (action.kind === "remove") return removed(model);
  if (action.kind === "verb") return pressed(model, action.verb);
  if (mode.kind !== "panels") return only(scrolled(model, action));
  return only(chosen(model, action));
}

/** What the passing of time does: feedback fades, a question that nobody answers is a no. */
export function passTime(state: ScreenState, now: number): ScreenState {
  const { mode, feedback } = state;
  if (mode.kind === "confirm" && now >= mode.until)
    return said(panels(state), mode.line, "not done: nobody said y", false, now);
  return feedback !== null && feedback.text !== null && now >= feedback.until ? { ...state, feedback: null } : state;
}

/** What the outcome of a line does. */
export function reported(
  state: ScreenState,
  line: string,
  outcome: Outcome,
  now: number,
  vocabulary: Vocabulary = OF_PEERS,
): Step {
  const { feedback } = state;
  // Of two lines that one key stood for, the later one is told, and of both what went wrong.
  const earlier = outcome.ok && feedback !== null && feedback.text === null && feedback.line !== line;
  const next = earlier ? state : said(state, line, outcome.text, outcome.ok, now, feedback?.faultsBefore);
  // A simulation goes on without the peer that has left.
  const isOver = vocabulary.of === "peer" && line === LEAVE && outcome.ok;
  return { state: next, asks: isOver ? [{ kind: "quit" }] : [] };
}

/** What it means that another peer of a simulation is watched: what belongs to the timeline of the last one ends. */
export function turnedTo(state: ScreenState, peer: PeerId): ScreenState {
  const { mode, feedback } = state;
  const isOfEvent = mode.kind === "details" && mode.subject.kind === "event";
  return {
    ...state,
    mode: isOfEvent ? { kind: "panels" } : mode,
    peerCursor: peer,
    eventCursor: null,
    namedCursor: INITIAL.namedCursor,
    board: { ...state.board, pen: null },
    pausedAt: null,
    feedback: feedback && { ...feedback, faultsBefore: Number.POSITIVE_INFINITY },
  };
}

/** A key of the panel Life: its lines are carried out one after the other, and then what else it means. */
function carriedOut(model: Model, { state, lines, goesOn }: BoardStep, action: Action): Step {
  let step = only(state);
  for (const line of lines) {
    const next = commanded({ ...model, state: step.state }, line);
    step = { state: next.state, asks: [...step.asks, ...next.asks] };
  }
  return goesOn ? { ...step, state: chosen({ ...model, state: step.state }, action) } : step;
}

/** The key of a verb: its line is carried out, or opened where something must still be said. */
function pressed(model: Model, name: string): Step {
  const verb = vocabularyOf(model).verbs[name];
  const under = verb?.takesUnder ?? null;
  const onWhat = under === null ? null : lineUnderCursor(model, name, under);
  const isOpened = verb?.key?.opens === true || (under !== null && onWhat === null);
  const line = onWhat ?? lineOf(model, name);
  return isOpened ? only(prefilled(model.state, `${line} `)) : commanded(model, line);
}

/** The line that the key of a verb stands for. */
function lineOf(model: Model, name: string): string {
  const said = verbMeant(name, model.simulation);
  if (vocabularyOf(model).verbs[said]?.takesTarget !== true) return said;
  const others = targets(model).filter((peer) => peer !== model.view.self.id);
  return others.length === 0 ? said : `${said} ${others.map((peer) => model.names.label(peer)).join(",")}`;
}

function submitted(model: Model, text: string): Step {
  const line = text.trim();
  if (line === "") return only(panels(model.state));
  const { mode } = model.state;
  const reading = vocabularyOf(model).parse(text, model.names);
  if (!reading.ok) return only(refused(model.state, reading));
  const history = [...model.state.history.filter((earlier) => earlier !== line), line].slice(-50);
  const replaces = mode.kind === "palette" ? mode.replaces : null;
  const step = commanded({ ...model, state: { ...panels(model.state), history } }, line);
  const runs = step.asks.some((ask) => ask.kind === "run");
  return replaces === null || !runs
    ? step
    : { ...step, asks: [{ kind: "run", line: removal(replaces) }, ...step.asks] };
}

/** Carries out a line: shows what only the screen shows, asks first where something would be lost, else runs it. */
function commanded(model: Model, line: string): Step {
  const { state, names, view, now } = model;
  const { verbs, parse } = vocabularyOf(model);
  const reading = parse(line, names);
  if (!reading.ok) return only(said(state, line, reading.text, false, now));
  const command = reading.value;
  if (command.verb === "help") return only({ ...state, mode: { kind: "help", about: command.about, scroll: 0 } });
  if (command.verb === "table") return only({ ...state, mode: { kind: "table", scroll: 0 } });
  if (command.verb === "quit") return { state, asks: [{ kind: "quit" }] };
  const question = verbs[command.verb]?.loss(view, names, command) ?? null;
  const plainLine = command.verb === LEAVE ? LEAVE : line;
  if (question === null) return ran(model, plainLine, command);
  return only({ ...state, mode: { kind: "confirm", line: plainLine, question, until: now + CONFIRM_MS } });
}

function answered(model: Model, line: string, yes: boolean): Step {
  const reading = vocabularyOf(model).parse(line, model.names);
  if (yes && reading.ok) return ran(model, line, reading.value);
  return only(said(panels(model.state), line, reading.ok ? "not done" : reading.text, false, model.now));
}

function ran(model: Model, line: string, command: SaidCommand): Step {
  const faultsBefore = Math.max(0, ...model.view.faults.map(({ id }) => id));
  const feedback = { line, text: null, ok: true, faultsBefore, until: Number.POSITIVE_INFINITY };
  const stopped = stoppedAfter(model, command.verb, peersOf(model, command));
  return { state: { ...panels(model.state), feedback, stopped }, asks: [{ kind: "run", line }] };
}

/** The peers that a command names, `all` being everybody. */
function peersOf({ view }: Model, command: SaidCommand): readonly PeerId[] {
  if (!("peers" in command)) return [];
  const { peers } = command;
  return peers === null || peers === "all" ? [view.self.id, ...view.peers.map(({ id }) => id)] : peers;
}

/** The key after `f`: its line is carried out, or opened to be changed. */
function broken(model: Model, on: readonly PeerId[], action: Action): Step {
  const state = panels(model.state);
  const binding = action.kind === "fault" ? faultBindingOf(model, action.key, on) : undefined;
  if (binding === undefined) return only(state);
  const line = faultLineOf(binding, on, model.names);
  return binding.opens ? only(prefilledFault(state, line, null)) : commanded({ ...model, state }, line);
}

/** Ends the fault under the cursor. */
function removed(model: Model): Step {
  const subject = subjectUnderCursor(model);
  if (subject?.kind === "fault") return commanded(model, removal(subject.id));
  return only(said(model.state, "", "the cursor is on no fault", false, model.now));
}

function removal(id: number): string {
  return `remove ${id}`;
}

/** Cards and help scroll, close, and give way to the palette. */
function scrolled(model: Model, action: Action): ScreenState {
  const { state } = model;
  const { mode } = state;
  if (!("scroll" in mode)) return state;
  const last = Math.max(0, (overlayOf(model)?.lines.length ?? 0) - bodyHeight(model) + 1);
  const to = (scroll: number): ScreenState => ({
    ...state,
    mode: { ...mode, scroll: Math.min(last, Math.max(0, scroll)) },
  });
  const from = Math.min(mode.scroll, last);
  switch (action.kind) {
    case "move":
      return to(from + action.by);
    case "move-page":
      return to(from + action.by * (bodyHeight(model) - 2));
    case "move-to":
      return to(action.end === "first" ? 0 : last);
    case "palette":
      return opened(state);
    case "help":
      return mode.kind === "help" ? panels(state) : { ...state, mode: { kind: "help", about: null, scroll: 0 } };
    case "back":
      return panels(state);
    default:
      return state;
  }
}

function chosen(model: Model, action: Action): ScreenState {
  const { state } = model;
  switch (action.kind) {
    case "focus":
      return focusedOn(model, action.panel);
    case "focus-next": {
      const index = PANELS.indexOf(state.focus) + action.by + PANELS.length;
      return { ...state, focus: PANELS[index % PANELS.length] ?? state.focus };
    }
    case "zoom":
      return { ...state, zoomed: !state.zoomed };
    case "move":
      return moved(model, action.by);
    case "move-page":
      return moved(model, action.by * Math.max(1, (pieceOf(model, state.focus)?.height ?? 2) - 2));
    case "move-to":
      return moved(model, action.end === "first" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    case "jump":
      return jumped(model, action.by);
    case "mark":
      return marked(model);
    case "mark-all": {
      const others = shownMembers(model.view, model.names, state).filter((member) => member.row !== null);
      return { ...state, marks: state.marks.length > 0 ? [] : others.map((member) => member.id) };
    }
    case "sort":
      return sortedOn(state);
    case "open": {
      const subject = subjectUnderCursor(model);
      if (subject?.kind === "fault") return edited(model, subject.id);
      return subject === null ? state : { ...state, mode: { kind: "details", subject, scroll: 0 } };
    }
    case "election":
      return { ...state, mode: { kind: "details", subject: { kind: "election" }, scroll: 0 } };
    case "fault-keys":
      return { ...state, mode: { kind: "fault", targets: targets(model) } };
    case "filter":
      return { ...state, mode: { kind: "filter" } };
    case "palette":
      return opened(state);
    case "help":
      return { ...state, mode: { kind: "help", about: null, scroll: 0 } };
    case "pause":
      return paused(model);
    case "routine":
      return { ...state, routine: !state.routine, eventCursor: null, pausedAt: null };
    case "back":
      return steppedBack(state);
    default:
      return state;
  }
}

/** Whoever goes from a job to the boards looks at that one. */
function focusedOn(model: Model, panel: PanelName): ScreenState {
  const { state } = model;
  const subject = state.focus === "broker" && panel === "life" ? subjectUnderCursor(model) : null;
  const next = { ...state, focus: panel };
  return subject?.kind === "job" ? lookingAt(next, subject.id) : next;
}

/** Esc undoes one choice at a time: the filter, the marks, the zoom, the cursors that no longer follow what is new. */
function steppedBack(state: ScreenState): ScreenState {
  if (state.filters[state.focus] !== "") return { ...state, filters: { ...state.filters, [state.focus]: "" } };
  if (state.marks.length > 0) return { ...state, marks: [] };
  if (state.zoomed) return { ...state, zoomed: false };
  return { ...state, eventCursor: null, namedCursor: INITIAL.namedCursor, pausedAt: null, feedback: null };
}

function jumped(model: Model, by: 1 | -1): ScreenState {
  const { state } = model;
  const entries = shownEntries(model);
  const from = state.eventCursor ?? Number.POSITIVE_INFINITY;
  const next =
    by === 1
      ? entries.find((entry) => entry.sequence > from && isLandmark(entry))
      : entries.findLast((entry) => entry.sequence < from && isLandmark(entry));
  if (next !== undefined) return { ...state, eventCursor: next.sequence };
  return said(state, "", `no ${by === 1 ? "later" : "earlier"} fault or change of leader`, false, model.now);
}

function paused({ state, timeline }: Model): ScreenState {
  if (state.pausedAt !== null) return { ...state, pausedAt: null, eventCursor: null };
  return { ...state, pausedAt: timeline.entries(true).at(-1)?.sequence ?? 0 };
}

function bodyHeight(model: Model): number {
  return model.rows - 2 - headRows(model);
}

function opened(state: ScreenState): ScreenState {
  return prefilled(state, "");
}

/** The palette with the line that sets a fault; what is said instead takes its place. */
function edited({ state, view, names }: Model, id: number): ScreenState {
  const fault = view.faults.find((row) => row.id === id);
  return fault === undefined ? state : prefilledFault(state, settingLine(fault, names), id);
}

function panels(state: ScreenState): ScreenState {
  return { ...state, mode: { kind: "panels" } };
}

function said(
  state: ScreenState,
  line: string,
  text: string,
  ok: boolean,
  now: number,
  faultsBefore = Number.POSITIVE_INFINITY,
): ScreenState {
  return { ...state, feedback: { line, text, ok, faultsBefore, until: now + FEEDBACK_MS } };
}

function only(state: ScreenState): Step {
  return { state, asks: [] };
}
