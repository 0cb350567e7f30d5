import type { BoardWindow, Desk } from "../control/desk/desk.ts";
import type { LifePicture } from "../peer/peer-view.ts";
import { lookOf } from "./board-look.ts";
import { overlayOf, pieceOf } from "./content.ts";
import { isLargeEnough } from "./layout.ts";
import type { Model } from "./model.ts";

/** A peer that has shown nothing of what it was asked for by then is asked again: it may have started anew. */
const ASK_AGAIN_MS = 1_000;

/** A part of a job's board. */
interface Looked {
  readonly job: number;
  readonly window: BoardWindow;
}

/** What is to be looked at for a frame; null where no board is shown. */
export function boardWanted(model: Model): Looked | null {
  const { state, columns, rows } = model;
  if (state.focus !== "life" || !isLargeEnough(columns, rows) || overlayOf(model) !== null) return null;
  const piece = pieceOf(model, "life");
  const look = piece === undefined ? undefined : lookOf(model, piece);
  return look === undefined ? null : { job: look.job.id, window: look.window };
}

/** Tells a desk which part of which board is looked at, and when nobody looks any more: then it does no work for it. */
export class BoardWatch {
  readonly #desk: Desk;
  #asked: Looked | null = null;
  #askedAt = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Whether something is looked at. */
  get isOn(): boolean {
    return this.#asked !== null;
  }

  /** This is wanted now, and that is what was shown last. `now`: monotonic ms. */
  want(wanted: Looked | null, shown: LifePicture | null, now: number): void {
    if (wanted === null) {
      if (this.#asked !== null) this.#desk.watchBoard(this.#asked.job, null);
      this.#asked = null;
      return;
    }
    const isAsked = isSame(wanted, this.#asked);
    const isShown = shown !== null && isSame(wanted, shown);
    if (isAsked && (isShown || now < this.#askedAt + ASK_AGAIN_MS)) return;
    this.#desk.watchBoard(wanted.job, wanted.window);
    this.#asked = wanted;
    this.#askedAt = now;
  }

  /** Another peer is looked at than the one that was asked. */
  forget(): void {
    this.#asked = null;
  }
}

/** What changes in a picture of a board when there is something new to see. */
export function boardSign(life: LifePicture | null): string {
  if (life === null) return "";
  const { job, turn, state, alive, window } = life;
  return [job, turn, state, alive, window.x, window.y, window.width, window.height, window.scale].join(" ");
}

function isSame(one: Looked, other: Looked | null): boolean {
  return (
    other !== null &&
    one.job === other.job &&
    one.window.x === other.window.x &&
    one.window.y === other.window.y &&
    one.window.width === other.window.width &&
    one.window.height === other.window.height &&
    one.window.scale === other.window.scale
  );
}
