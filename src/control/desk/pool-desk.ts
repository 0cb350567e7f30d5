import { unreachable } from "../../core/assert.ts";
import { type Band, blankBand, flip } from "../../core/board.ts";
import { isEnded, LATEST_JOB } from "../../core/job.ts";
import type { PeerEvent } from "../../peer/peer-event.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import type { AnyCommand } from "../../peer/registry.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";
import { boardOf, randomBoard } from "../boards.ts";
import { type Reading, wrong } from "../grammar.ts";
import { toldOfJob } from "../job-requests.ts";
import { PATTERN_NAMES, patternNamed, RANDOM } from "../patterns.ts";
import { quoted } from "../quoted.ts";
import { toldLine } from "../told-answer.ts";
import type { PoolLine } from "../verbs.ts";
import type { AwaitedEvents } from "./awaited-events.ts";
import type { BoardFiles, BoardWindow, Outcome } from "./desk.ts";

/** Whoever is in office answers before that, be it with why not, unless nobody is. */
const ANSWER_TIMEOUT_MS = 8000;

/** Whoever begins a board here wants to see it go on: so many turns a second are followed by eye. */
const WATCHED_PACE = 20;

/** A board that nobody minds keeping among events: its cells are left out. */
const NO_CELLS = new Uint32Array(0);

type LineOf<V extends PoolLine["verb"]> = Extract<PoolLine, { readonly verb: V }>;

/** The part of a desk that asks the pool of workers for something, and looks at its boards. */
export class PoolDesk {
  readonly #give: (command: AnyCommand) => void;
  readonly #awaited: AwaitedEvents;

  constructor(give: (command: AnyCommand) => void, awaited: AwaitedEvents) {
    this.#give = give;
    this.#awaited = awaited;
  }

  /**
   * Carries out a line; never rejects.
   *
   * @param files those of whoever says it; null where that is somebody whose files are out of reach
   */
  perform(command: PoolLine, view: PeerView, files: BoardFiles | null): Outcome | Promise<Outcome> {
    switch (command.verb) {
      case "life":
        return this.#begin(command, view, files);
      case "pause-job":
        return this.#pause(command.job, "pause", 0);
      case "resume-job":
        return this.#pause(command.job, "resume", 0);
      case "step-job":
        return this.#pause(command.job, "step", command.turns ?? 1);
      case "flip":
        return this.#flip(command, view);
      case "screenshot":
        return this.#save(command.job ?? LATEST_JOB, files);
      case "kill":
        return this.#ask({ kind: "kill", job: command.job ?? LATEST_JOB });
      case "work":
        return this.#work(command.on ?? !view.broker.isWorker, view);
      default:
        return unreachable(command);
    }
  }

  /** Looks at a part of a job's board, or at none. */
  watch(job: number, window: BoardWindow | null): void {
    this.#give({ protocol: "broker", command: { kind: "watch", job, window } });
  }

  async #begin(
    { pattern, size, turns, pace, topology }: LineOf<"life">,
    view: PeerView,
    files: BoardFiles | null,
  ): Promise<Outcome> {
    const board = await boardFor(pattern ?? "", size, view.at, files);
    if (!board.ok) return { ok: false, text: `life: ${board.text}` };
    return this.#ask({
      kind: "process-gol",
      board: board.value,
      turns,
      pace: pace ?? WATCHED_PACE,
      topology: topology ?? "torus",
    });
  }

  #pause(job: number | null, action: "pause" | "resume" | "step", turns: number): Promise<Outcome> {
    return this.#ask({ kind: "pause", job: job ?? LATEST_JOB, action, turns });
  }

  #flip({ x, y, job }: LineOf<"flip">, { broker }: PeerView): Outcome | Promise<Outcome> {
    const row = broker.jobs.findLast((each) => (job === null ? !isEnded(each) : each.id === job));
    if (row === undefined) return { ok: false, text: job === null ? "no job is under way" : `no job ${job} is known` };
    const [column = 0, line = 0] = [x ?? 0, y ?? 0];
    if (column >= row.size || line >= row.size)
      return { ok: false, text: `job ${row.id} has columns and rows 0 to ${row.size - 1}` };
    const board = blankBand(row.size);
    flip(board, column, line);
    return this.#ask({ kind: "flip", job: row.id, board });
  }

  async #save(job: number, files: BoardFiles | null): Promise<Outcome> {
    if (files === null) return { ok: false, text: "a board is saved at the terminal of a peer, or by p2p-node life" };
    const request: JobRequest = { kind: "screenshot", job, rows: null };
    const answer = await this.#answerTo(request);
    if (answer?.kind !== "screenshot") return outcomeOf(request, answer);
    const { band, turn } = answer;
    try {
      const saved = await files.saveBoard(`life-${answer.job}-${turn}`, band);
      return { ok: true, text: `saved job ${answer.job} at turn ${turn} as ${saved}` };
    } catch (error) {
      return { ok: false, text: messageOf(error) };
    }
  }

  #work(on: boolean, { broker }: PeerView): Outcome {
    if (on === broker.isWorker) return { ok: true, text: on ? "works for the pool already" : "does not work as it is" };
    this.#give({ protocol: "broker", command: { kind: "work", on } });
    return { ok: true, text: on ? "works for the pool from now on" : "works for the pool no more" };
  }

  async #ask(request: JobRequest): Promise<Outcome> {
    return outcomeOf(request, await this.#answerTo(request));
  }

  /** Undefined where there is none in time. */
  #answerTo(request: JobRequest): Promise<JobAnswer | undefined> {
    const answer = this.#awaited.next(
      // Others may ask for the same at the same time.
      ({ event }) => (event.kind === "job-answered" && event.request === request ? event.answer : undefined),
      ANSWER_TIMEOUT_MS,
    );
    this.#give({ protocol: "broker", command: { kind: "ask", request } });
    return answer;
  }
}

/** An event that may be kept: a board of millions of cells is left out of it. */
export function withoutCells(told: PeerEvent): PeerEvent {
  const { event } = told;
  if (event.kind !== "job-answered") return told;
  const { request, answer } = event;
  return { ...told, event: { ...event, request: lightened(request), answer: lightened(answer) } };
}

function lightened<T extends JobRequest | JobAnswer>(said: T): T {
  if ("board" in said) return { ...said, board: { ...said.board, words: NO_CELLS } };
  return "band" in said ? { ...said, band: { ...said.band, words: NO_CELLS } } : said;
}

/** A board with a pattern that has a name, or with that of a file. */
async function boardFor(
  pattern: string,
  size: number | null,
  seed: number,
  files: BoardFiles | null,
): Promise<Reading<Band>> {
  if (pattern === RANDOM) return { ok: true, value: randomBoard(size, seed) };
  const known = patternNamed(pattern);
  if (known !== undefined) return boardOf(known, size);
  const names = `patterns with a name are ${PATTERN_NAMES.join(", ")}`;
  if (files === null)
    return wrong(`${quoted(pattern)} is no pattern, and files are read at the terminal of a peer only; ${names}`);
  try {
    const reading = boardOf(await files.readPattern(pattern), size);
    return reading.ok ? reading : wrong(`${quoted(pattern)}: ${reading.text}`);
  } catch (error) {
    return wrong(`${messageOf(error)}; ${names}`);
  }
}

function outcomeOf(request: JobRequest, answer: JobAnswer | undefined): Outcome {
  if (answer === undefined) return { ok: false, text: "no answer yet: the timeline will tell it" };
  const told = toldOfJob(request, answer);
  return { ok: told.ok, text: toldLine(told) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
