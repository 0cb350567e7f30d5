import type { BoardWindow } from "../control/desk/desk.ts";
import { isEnded } from "../core/job.ts";
import type { BrokerPicture, LifePicture } from "../peer/peer-view.ts";
import { followed, type Room, roomOf, wholeZoom, windowAt, zoomOf } from "./board-window.ts";
import type { Piece } from "./layout.ts";
import type { Cell, Model, Zoom } from "./model.ts";

/** From so many lines on, one below the board says who computed what. */
const LEGEND_FROM = 8;

/** A job as the picture of a peer has it. */
export type Job = BrokerPicture["jobs"][number];

/** How a board is looked at in the present frame. */
export interface Look {
  readonly job: Job;
  readonly zoom: Zoom;
  readonly window: BoardWindow;
  readonly room: Room;
  readonly braille: boolean;
  /** The picture of it, if one has come; it may be of the window before. */
  readonly life: LifePicture | null;
}

/** The job whose board is looked at: the one that was chosen, else the latest, one that has not ended before one that has. */
export function jobLookedAt({ view, state }: Pick<Model, "view" | "state">): Job | undefined {
  const { jobs } = view.broker;
  const chosen = jobs.find(({ id }) => id === state.board.job);
  return chosen ?? jobs.findLast((job) => !isEnded(job)) ?? jobs.at(-1);
}

/** What a job does, by its picture where there is one, which is newer. */
export function stateOf(job: Job, life: LifePicture | null): Job["state"] {
  return life?.job === job.id ? life.state : job.state;
}

/** Whether the board that is looked at stands still. */
export function isBoardPaused(model: Pick<Model, "view" | "state">): boolean {
  const job = model.state.focus === "life" ? jobLookedAt(model) : undefined;
  return job !== undefined && stateOf(job, model.view.life) === "paused";
}

/** Whether Braille is drawn: nobody can draw by hand in it, and there is none in ASCII. */
export function isBraille({ state }: Pick<Model, "state">): boolean {
  return state.board.braille === true && state.board.pen === null;
}

/** How the board is looked at in a panel; undefined where there is no job. */
export function lookOf(model: Model, piece: Piece): Look | undefined {
  const job = jobLookedAt(model);
  if (job === undefined) return undefined;
  const { board } = model.state;
  const braille = isBraille(model);
  const room = roomOf(piece.width, boardLines(piece), braille);
  const zoom = zoomOf(board, job.size, room);
  const life = model.view.life?.job === job.id ? model.view.life : null;
  const common = { job, room, braille, life };
  const at = (centre: Cell | null, by = zoom): Look => ({
    ...common,
    zoom: by,
    window: windowAt(job.size, by, centre, room),
  });
  const usual = at(board.centre);
  if (!board.follows || life === null || life.alive === 0) return usual;
  const centre = followed(life, usual.window);
  // What is followed is nowhere in view: all of the board is looked at until it is found.
  return centre === null ? at(null, wholeZoom(job.size, room)) : at(centre);
}

/** Lines of a panel for the board itself. */
export function boardLines(piece: Piece): number {
  return piece.height - (piece.titled ? 1 : 0) - (hasLegend(piece) ? 1 : 0);
}

/** Whether a line below the board says who computed what. */
export function hasLegend({ height }: Piece): boolean {
  return height >= LEGEND_FROM;
}
