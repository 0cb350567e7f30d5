import { safeText } from "./safe-text.ts";

// Without automatic wrapping a terminal that finds a character wider than we do cuts the line instead of breaking it.
const ENTER = "\x1b[22;2t\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[2J\x1b[H";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[23;2t";
const LONGEST_TITLE = 60;

/** The part of a terminal that the screen needs. */
export interface Output {
  write(text: string): unknown;
}

/** The alternate screen: what stood on the terminal before comes back when it is left. */
export class Screen {
  readonly #output: Output;
  readonly #titled: boolean;
  #entered = false;
  #title = "";

  /** @param titled whether the title of the terminal's pane may be changed */
  constructor(output: Output, titled: boolean) {
    this.#output = output;
    this.#titled = titled;
  }

  /** Takes the terminal over. Should the process end in any way from now on, the terminal is given back first. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    process.on("exit", this.leave);
    process.on("uncaughtExceptionMonitor", this.leave);
    this.#output.write(ENTER);
  }

  /** Gives the terminal back; doing it again does nothing. */
  readonly leave = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    process.off("exit", this.leave);
    process.off("uncaughtExceptionMonitor", this.leave);
    this.#output.write(LEAVE);
  };

  /** Sets the title of the terminal's pane. */
  setTitle(title: string): void {
    const safe = safeText(title, LONGEST_TITLE);
    if (!this.#titled || safe === this.#title) return;
    this.#title = safe;
    this.#output.write(`\x1b]2;${safe}\x07`);
  }
}
