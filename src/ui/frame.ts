import { Writable } from "node:stream";
import { textWidth } from "./safe-text.ts";

const SYNCHRONIZED = { begin: "\x1b[?2026h", end: "\x1b[?2026l" };
const ERASE_REST_OF_LINE = "\x1b[K";
const ERASE_SCREEN = "\x1b[2J";

/** What begins and ends styles. */
const STYLES = /\x1b\[[\d;]*m/g;

/**
 * What turns the lines on a terminal into the next ones: only lines that differ are written, each over the old one and
 * erased behind its end, so that nothing is ever blank in between. Empty where nothing differs.
 */
export function frameUpdate(previous: readonly string[], next: readonly string[], columns: number): string {
  let update = "";
  for (let row = 0; row < Math.max(previous.length, next.length); row++) {
    const line = next[row] ?? "";
    if (line === previous[row]) continue;
    // Behind a full line the cursor still stands on its last character, which erasing would take.
    update += `\x1b[${row + 1};1H${line}${textWidth(line.replaceAll(STYLES, "")) < columns ? ERASE_REST_OF_LINE : ""}`;
  }
  return update === "" ? "" : SYNCHRONIZED.begin + update + SYNCHRONIZED.end;
}

/** Lines as the terminal gets them, in place of those of a frame from a row on, which is counted from 0. */
export interface Overlay {
  readonly row: number;
  readonly lines: readonly string[];
}

/** A frame with what is laid over it. */
export function overlaid(frame: readonly string[], overlay: Overlay | null): readonly string[] {
  return overlay === null ? frame : frame.map((line, row) => overlay.lines[row - overlay.row] ?? line);
}

/** Where frames end up. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/**
 * The stream that ink writes whole frames to (which it does in its debug mode, without any escapes for erasing); the
 * terminal gets the difference. Ink's own ways erase every line before each frame, or leave ghosts after a resize.
 */
export class FrameStream extends Writable {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];
  #overlay: Overlay | null = null;
  #open = true;

  constructor(terminal: Terminal) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  /** Ink lays frames out for this width. */
  get columns(): number {
    return this.#terminal.columns;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** Forgets what is shown: the next frame is written whole on an empty screen. */
  reset(): void {
    if (this.#open) this.#terminal.write(ERASE_SCREEN);
    this.#shown = [];
  }

  /**
   * Lays lines over the frames from the next one on. For what changes in every cell: ink takes microseconds for each
   * character that goes through it.
   */
  lay(overlay: Overlay | null): void {
    this.#overlay = overlay;
  }

  /** From now on nothing reaches the terminal. */
  close(): void {
    this.#open = false;
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const frame = String(chunk);
    if (this.#open && frame !== "") {
      const lines = overlaid(frame.split("\n"), this.#overlay).slice(0, this.#terminal.rows);
      const update = frameUpdate(this.#shown, lines, this.#terminal.columns);
      if (update !== "") this.#terminal.write(update);
      this.#shown = lines;
    }
    done();
  }
}
