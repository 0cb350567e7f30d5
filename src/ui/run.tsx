/**
 * The terminal of one peer, or of one peer at a time of a simulation. React must find `NODE_ENV=production` when it is
 * first imported, or it keeps a record of every frame for ever: whoever imports this file sets it before, and does so
 * with a dynamic `import()`.
 */
import { type Instance, type Key, render, useInput } from "ink";
import { type ReactElement, useCallback } from "react";
import type { BoardFiles, Desk, Outcome } from "../control/desk/desk.ts";
import { isOfSimulation, namesIn } from "../control/desk/simulation-desk.ts";
import type { Address } from "../core/address.ts";
import type { PeerEvent } from "../peer/peer-event.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { App, type AppProps } from "./app.tsx";
import { boardOverlay } from "./board-overlay.ts";
import { BoardWatch, boardSign, boardWanted } from "./board-watch.ts";
import { FrameStream } from "./frame.ts";
import { keysOf, keyToAction } from "./keys.ts";
import { INITIAL, type Model, type ScreenState, vocabularyOf } from "./model.ts";
import { paneTitle } from "./panels/header.ts";
import { Screen } from "./screen.ts";
import { type Ask, act, passTime, reported, type Step, turnedTo } from "./state.ts";
import { themeOf } from "./theme.ts";
import { TimelineStore } from "./timeline-store.ts";

/** How the terminal is used. */
export interface TerminalOptions {
  /** Draw nothing beyond ASCII. */
  readonly ascii: boolean;
  readonly color: boolean;
  /** Set the title of the pane; true unless said otherwise. */
  readonly title?: boolean;
  /** Where the lines that are said here read patterns and save boards; without them they do neither. */
  readonly files?: BoardFiles;
  /** Aborting it takes the screen down; the answer is then `stopped`. */
  readonly signal?: AbortSignal;
}

/** How it ended: the peer has left its cluster, or it is to stop without a goodbye. */
export type Ending = "quit" | "stopped";

const IDLE_MS = 1_000;

/** The time of a simulation is watched as it goes. */
const SIMULATION_IDLE_MS = 200;

/** Events repaint at once, but no more often than this: a frame keeps the process from its heartbeats. */
const LEAST_BETWEEN_MS = 200;

/** A board that is looked at moves on as often as that. */
const BOARD_MS = 125;

/** Keys are answered sooner. */
const LEAST_BETWEEN_KEYS_MS = 30;

/**
 * Shows a peer, or a simulation of several, on the terminal of this process until the person at it quits or stops, or
 * the signal is aborted. The terminal is given back in every case, an error included, which rejects.
 */
export function runTerminal(desk: Desk, options: TerminalOptions): Promise<Ending> {
  return new Session(desk, options).run();
}

class Session {
  readonly #desk: Desk;
  readonly #files: BoardFiles | undefined;
  readonly #board: BoardWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #screen: Screen;
  readonly #frames: FrameStream;
  readonly #theme: AppProps["theme"];
  #timeline = new TimelineStore();
  /** Whom the timeline is of. */
  #shown: Address | null = null;
  #state: ScreenState = INITIAL;
  #instance: Instance | undefined;
  #paintTimer: NodeJS.Timeout | undefined;
  /** What was painted of the board. */
  #boardShown = "";
  #paintedAt = Number.NEGATIVE_INFINITY;
  #finish: (ending: Ending) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(desk: Desk, options: TerminalOptions) {
    this.#desk = desk;
    this.#files = options.files;
    this.#board = new BoardWatch(desk);
    this.#signal = options.signal;
    this.#theme = themeOf(options);
    if (options.ascii) this.#state = { ...INITIAL, board: { ...INITIAL.board, braille: null } };
    this.#screen = new Screen(process.stdout, options.title ?? true);
    this.#frames = new FrameStream(process.stdout);
  }

  async run(): Promise<Ending> {
    const ended = new Promise<Ending>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    const { stdout } = process;
    const unsubscribe = this.#desk.subscribe((event) => {
      this.#timeline.add(event);
      // Somebody has just pressed a key for it, perhaps in another window, and looks here.
      if ("by" in event.event) this.#paintSoon(LEAST_BETWEEN_KEYS_MS);
      else if (isShown(event, this.#state)) this.#paintSoon(LEAST_BETWEEN_MS);
    });
    const idle = setInterval(this.#tick, isOfSimulation(this.#desk) ? SIMULATION_IDLE_MS : IDLE_MS);
    const board = setInterval(this.#lookAtBoard, BOARD_MS);
    const stop = () => this.#finish("stopped");
    // Not stdout's "resize": a terminal that shrinks and grows back in a moment has lost lines, yet its size is the same.
    process.on("SIGWINCH", this.#redraw);
    stdout.on("error", stop);
    process.on("SIGCONT", this.#redraw);
    this.#signal?.addEventListener("abort", stop);
    if (this.#signal?.aborted) stop();
    try {
      this.#screen.enter();
      this.#paint();
      return await ended;
    } finally {
      unsubscribe();
      clearInterval(idle);
      clearInterval(board);
      this.#board.want(null, null, 0);
      clearTimeout(this.#paintTimer);
      process.off("SIGWINCH", this.#redraw);
      process.off("SIGCONT", this.#redraw);
      this.#signal?.removeEventListener("abort", stop);
      this.#frames.close();
      this.#instance?.unmount();
      this.#screen.leave();
      stdout.off("error", stop);
    }
  }

  readonly #tick = (): void => {
    this.#state = passTime(this.#state, performance.now());
    this.#paintSoon(0);
  };

  /** Pictures of a board come without an event. */
  readonly #lookAtBoard = (): void => {
    if (this.#board.isOn && boardSign(this.#desk.view().life) !== this.#boardShown) this.#paintSoon(0);
  };

  readonly #redraw = (): void => {
    this.#frames.reset();
    this.#paintSoon(0);
  };

  readonly #press = (keys: readonly string[]): void => {
    for (const key of keys) {
      const model = this.#model();
      const action = keyToAction(key, model.state.mode.kind, model.state.focus, vocabularyOf(model));
      if (action !== null) this.#take(act(model, action));
    }
    this.#paintSoon(LEAST_BETWEEN_KEYS_MS);
  };

  #take({ state, asks }: Step): void {
    this.#state = state;
    for (const ask of asks) this.#answer(ask);
  }

  #answer(ask: Ask): void {
    switch (ask.kind) {
      case "run":
        this.#desk
          .run(ask.line, this.#files)
          .then((outcome) => this.#report(ask.line, outcome))
          .catch(this.#fail);
        return;
      case "quit":
        this.#finish("quit");
        return;
      case "stop":
        this.#finish("stopped");
        return;
      case "redraw":
        this.#redraw();
    }
  }

  #report(line: string, outcome: Outcome): void {
    const model = this.#model();
    this.#take(reported(model.state, line, outcome, model.now, vocabularyOf(model)));
    this.#paintSoon(LEAST_BETWEEN_KEYS_MS);
  }

  #model(): Model {
    const view = this.#desk.view();
    this.#show(view);
    const simulation = isOfSimulation(this.#desk) ? this.#desk.simulation() : null;
    const names = namesIn(view, simulation);
    const { columns, rows } = process.stdout;
    const now = performance.now();
    return { view, names, simulation, timeline: this.#timeline, state: this.#state, columns, rows, now };
  }

  /** Fills the timeline when another peer is watched than before, as the first one is at the beginning. */
  #show({ self }: PeerView): void {
    if (self.address === this.#shown) return;
    if (this.#shown !== null) this.#state = turnedTo(this.#state, self.id);
    this.#shown = self.address;
    this.#board.forget();
    this.#timeline = new TimelineStore();
    for (const event of this.#desk.events()) this.#timeline.add(event);
  }

  /** Paints when `interval` milliseconds have passed since the last frame; all that happens until then is in it. */
  #paintSoon(interval: number): void {
    if (this.#paintTimer !== undefined && interval > LEAST_BETWEEN_KEYS_MS) return;
    clearTimeout(this.#paintTimer);
    const wait = Math.max(0, this.#paintedAt + interval - performance.now());
    this.#paintTimer = setTimeout(() => this.#paint(), wait);
  }

  #paint(): void {
    clearTimeout(this.#paintTimer);
    this.#paintTimer = undefined;
    try {
      const model = this.#model();
      this.#screen.setTitle(paneTitle(model));
      this.#board.want(boardWanted(model), model.view.life, model.now);
      this.#boardShown = boardSign(model.view.life);
      this.#frames.lay(boardOverlay(model, this.#theme));
      const frame = <Root model={model} theme={this.#theme} onKeys={this.#press} />;
      if (this.#instance === undefined) this.#mount(frame);
      else this.#instance.rerender(frame);
    } catch (error) {
      this.#fail(error);
    }
    this.#paintedAt = performance.now();
  }

  #mount(frame: ReactElement): void {
    this.#instance = render(frame, {
      // Ink needs no more of a terminal than this: `columns` and `write`.
      stdout: this.#frames as unknown as NodeJS.WriteStream,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    this.#instance.waitUntilExit().catch(this.#fail);
  }
}

/** Whether an event changes what is shown: what is routine is not in the timeline, but a commit is followed in the log. */
function isShown({ routine, event }: PeerEvent, state: ScreenState): boolean {
  return !routine || state.routine || event.kind === "entry-committed";
}

function Root({ onKeys, ...props }: AppProps & { onKeys: (keys: readonly string[]) => void }): ReactElement {
  const onInput = useCallback((input: string, key: Key) => onKeys(keysOf(input, key)), [onKeys]);
  useInput(onInput, { isActive: process.stdin.isTTY === true });
  return <App {...props} />;
}
