import { isEnded } from "../core/job.ts";
import { jobLookedAt, type Look, lookOf, stateOf } from "./board-look.ts";
import { isWithin, middleOf, zoomedBy } from "./board-window.ts";
import { pieceOf } from "./content.ts";
import type { Action } from "./keys.ts";
import type { BoardState, Cell, Model, ScreenState } from "./model.ts";

/** Of what is in view, the part by which one key moves it. */
const PAN_PART = 8;

/** What a key does to how a board is looked at, and the lines that are to be carried out for it. */
export interface BoardStep {
  readonly state: ScreenState;
  readonly lines: readonly string[];
  /** Whether the key means something else besides, such as going to another panel. */
  readonly goesOn: boolean;
}

/** What an action does in the panel Life; null where it means there what it means elsewhere. */
export function boardStep(model: Model, action: Action): BoardStep | null {
  const { pen, braille } = model.state.board;
  switch (action.kind) {
    case "focus":
    case "focus-next":
      return pen === null ? null : { ...penLifted(model), goesOn: true };
    case "back":
      return pen === null ? null : penLifted(model);
    case "verb":
      return pen !== null && action.verb === "pause-job"
        ? done(withBoard(model, { pen: { ...pen, turned: !pen.turned } }))
        : null;
    case "move":
      return panned(model, 0, action.by);
    case "move-page":
      return panned(model, 0, action.by * PAN_PART);
    case "move-to":
      return panned(model, 0, action.end === "first" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
    case "pan":
      return panned(model, action.x, action.y);
    case "zoom-in":
      return zoomed(model, 1);
    case "zoom-out":
      return zoomed(model, -1);
    case "fit":
      return done(withBoard(model, { zoom: "whole", centre: null, follows: false }));
    case "follow":
      return followedOrNot(model);
    case "braille":
      return braille === null ? done(model.state) : done(withBoard(model, { braille: !braille }));
    case "next-job":
      return nextJob(model);
    case "pen":
      return pen === null ? penTaken(model) : penLifted(model);
    default:
      return null;
  }
}

/** The panel Life looks at this job from now on. */
export function lookingAt(state: ScreenState, job: number): ScreenState {
  return { ...state, board: { ...state.board, job, zoom: null, centre: null, follows: false, pen: null } };
}

function lookIn(model: Model): Look | undefined {
  const piece = pieceOf(model, "life");
  return piece === undefined ? undefined : lookOf(model, piece);
}

/** Moves what is in view by parts of it, or the pen by cells. */
function panned(model: Model, across: number, down: number): BoardStep {
  const look = lookIn(model);
  const { pen } = model.state.board;
  if (look === undefined) return done(model.state);
  if (pen !== null) return penMoved(model, look, pen, { x: pen.x + across, y: pen.y + down });
  const { window, job } = look;
  const step = (dots: number, by: number): number => by * Math.max(1, Math.floor(dots / PAN_PART)) * window.scale;
  const middle = middleOf(window);
  const centre = {
    x: clamped(middle.x + step(window.width, across), job.size),
    y: clamped(middle.y + step(window.height, down), job.size),
  };
  return done(withBoard(model, { centre, follows: false }));
}

function zoomed(model: Model, by: 1 | -1): BoardStep {
  const look = lookIn(model);
  if (look === undefined) return done(model.state);
  const { window, zoom, job, room } = look;
  const { pen, centre } = model.state.board;
  const next = zoomedBy(zoom, by, job.size, room);
  return done(withBoard(model, { zoom: next, centre: pen ?? centre ?? middleOf(window) }));
}

/** Whoever follows no more stays where that has led to. */
function followedOrNot(model: Model): BoardStep {
  const { follows, centre } = model.state.board;
  const look = lookIn(model);
  const stays = follows && look !== undefined ? middleOf(look.window) : centre;
  return done(withBoard(model, { follows: !follows, centre: stays }));
}

function nextJob(model: Model): BoardStep {
  const { jobs } = model.view.broker;
  const at = jobs.findIndex(({ id }) => id === jobLookedAt(model)?.id);
  const next = jobs[(at + 1) % Math.max(1, jobs.length)];
  return next === undefined ? done(model.state) : { ...penLifted(model, lookingAt(model.state, next.id)) };
}

/** Cells are drawn on a board that stands still. */
function penTaken(model: Model): BoardStep {
  const look = lookIn(model);
  if (look === undefined || isEnded(look.job)) return done(model.state);
  const { job, window, life } = look;
  const at = middleOf(window);
  const isRunning = stateOf(job, life) === "running";
  return {
    ...done(withBoard(model, { pen: { ...at, turned: false }, centre: at, follows: false })),
    lines: isRunning ? [`pause-job ${job.id}`] : [],
  };
}

/** A cell that was turned over is told when the pen leaves it. */
function penMoved(model: Model, { job, window }: Look, pen: NonNullable<BoardState["pen"]>, to: Cell): BoardStep {
  const at = { x: clamped(to.x, job.size), y: clamped(to.y, job.size) };
  if (at.x === pen.x && at.y === pen.y) return done(model.state);
  const centre = isWithin(window, at) ? model.state.board.centre : at;
  return { ...done(withBoard(model, { pen: { ...at, turned: false }, centre })), lines: flipLines(model) };
}

function penLifted(model: Model, state = model.state): BoardStep {
  return { ...done({ ...state, board: { ...state.board, pen: null } }), lines: flipLines(model) };
}

/** The line that turns the cell under the pen over, if it is to be. */
function flipLines(model: Model): readonly string[] {
  const { pen } = model.state.board;
  const job = jobLookedAt(model);
  return pen?.turned === true && job !== undefined ? [`flip ${pen.x} ${pen.y} job ${job.id}`] : [];
}

function withBoard({ state }: Model, changed: Partial<BoardState>): ScreenState {
  return { ...state, board: { ...state.board, ...changed } };
}

function done(state: ScreenState): BoardStep {
  return { state, lines: [], goesOn: false };
}

function clamped(at: number, size: number): number {
  return Math.max(0, Math.min(size - 1, at));
}
