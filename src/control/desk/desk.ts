import type { Band } from "../../core/board.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { LifePicture, PeerView } from "../../peer/peer-view.ts";
import { MAX_PICTURE_SIDE } from "../../protocols/broker/message.ts";

/** What became of a command: what was done, or which word is wrong and what would be right. One line. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

/** Dots of a picture of a board each way, at most. */
export const MAX_WINDOW_SIDE = MAX_PICTURE_SIDE;

/** The part of a board that is looked at. */
export type BoardWindow = LifePicture["window"];

/**
 * The files of whoever says a line: of them patterns are read, and into them boards are saved. Each rejects with an error
 * whose message is one line that says what could not be done and why.
 */
export interface BoardFiles {
  /** The text of a pattern's file. */
  readPattern(path: string): Promise<string>;
  /** Saves a board as `NAME.rle` and `NAME.pbm`; answers in a few words as what: `life-25-120.rle and .pbm`. */
  saveBoard(name: string, board: Band): Promise<string>;
}

/** What whoever watches and steers a peer holds: the terminal, the HTTP routes, a simulation's viewer. */
export interface Desk {
  /** The picture as of now. */
  view(): PeerView;
  /** The latest events, oldest first, routine ones included; bounded. */
  events(): readonly PeerEvent[];
  /** Calls `listener` for every event from now on; the answer ends it. */
  subscribe(listener: (event: PeerEvent) => void): () => void;
  /**
   * Carries out a line of the palette, such as `test 7002`. Never rejects.
   *
   * @param files those that the line may read and write; without them it is somebody's whose files are out of reach
   */
  run(line: string, files?: BoardFiles): Promise<Outcome>;
  /** Looks at this part of a job's board from now on, which is then in the picture, or at none any more. */
  watchBoard(job: number, window: BoardWindow | null): void;
}
