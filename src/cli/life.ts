import { boardFrom, parsePattern } from "../apps/life/pattern.ts";
import { connect, type NewJob, type Pool, PoolError, type Standing } from "../client/connect.ts";
import type { Band } from "../core/board.ts";
import { isEnded, LATEST_JOB } from "../core/job.ts";
import { StartError } from "../runtime/start-error.ts";
import { resolveAddress } from "./address.ts";
import { readPattern, saveBoard } from "./board-files.ts";
import { complain } from "./complain.ts";
import { jsonLine } from "./json-line.ts";
import { Progress } from "./progress.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

/** As shells have it of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Side of a board where nothing is said. */
const USUAL_SIZE = 256;

/** The flags of `life`, as the command line gives them. */
export interface LifeFlags {
  readonly pattern?: string;
  /** Side of the board. */
  readonly size?: number;
  readonly turns?: number;
  readonly plane?: true;
  readonly pace?: number;
  readonly job?: number;
  readonly kill?: true;
  readonly out?: string;
  readonly json?: true;
  /** Seconds. */
  readonly timeout: number;
}

/** Lets the pool at an address play, and follows a job until it ends or this command is told to; the exit code. */
export async function life(text: string, flags: LifeFlags): Promise<number> {
  const misuse = misuseOf(flags);
  if (misuse !== null) return complain(`life: ${misuse}`, WRONG_USAGE);
  const stops = new Stops();
  try {
    const board = flags.pattern === undefined ? null : await boardOf(flags.pattern, flags.size ?? USUAL_SIZE);
    const address = await resolveAddress(text, "life");
    const pool = await connect(address, { timeoutMs: flags.timeout * 1000, signal: stops.abandoned });
    try {
      return await play(pool, board, flags, stops);
    } finally {
      pool.close();
    }
  } catch (error) {
    if (stops.abandoned.aborted) return INTERRUPTED;
    if (error instanceof PoolError) return complain(`life: ${error.message}${fateOf(error)}`, FAILED);
    if (error instanceof StartError) return complain(error.message, FAILED);
    throw error;
  }
}

/** The signals to end: before a job is followed there is nothing to end in order, from then on there is. */
class Stops {
  readonly #abandon = new AbortController();
  readonly #stop = new AbortController();
  #isFollowing = false;

  constructor() {
    const stop = (): void => (this.#isFollowing ? this.#stop : this.#abandon).abort();
    // A second one ends the process as usual.
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, stop);
  }

  /** Aborted by a signal that comes before `follow`. */
  get abandoned(): AbortSignal {
    return this.#abandon.signal;
  }

  /** A job is followed from now on; aborted by a signal that comes then. */
  follow(): AbortSignal {
    this.#isFollowing = true;
    return this.#stop.signal;
  }
}

/** What is wrong with the flags together; null where nothing is. */
function misuseOf({ pattern, job, kill, size, turns, plane, pace }: LifeFlags): string | null {
  if (pattern === undefined && job === undefined)
    return "say --pattern FILE to begin a job, or --job N to follow one; 0 is the latest";
  if (pattern !== undefined && job !== undefined) return "a job has its board already: say --pattern or --job";
  if (kill === true && job === undefined) return "--kill needs --job N; 0 is the latest";
  const isOfBoard = size !== undefined || turns !== undefined || plane === true || pace !== undefined;
  return job !== undefined && isOfBoard ? "--size, --turns, --pace and --plane are of a new board" : null;
}

/**
 * A board with the pattern of a file in its middle.
 *
 * @throws StartError with the line and the column of what is wrong in it
 */
async function boardOf(file: string, size: number): Promise<Band> {
  const parsed = parsePattern(await readPattern(file));
  if (parsed.kind === "bad") throw new StartError(`${file}:${parsed.line}:${parsed.column}: ${parsed.reason}`);
  const placed = boardFrom(parsed.pattern, size);
  if (placed.kind === "bad") throw new StartError(`${file}: ${placed.reason}: say a larger --size`);
  return placed.board;
}

async function play(pool: Pool, board: Band | null, flags: LifeFlags, stops: Stops): Promise<number> {
  const { job = LATEST_JOB, kill, out, json } = flags;
  const id = board === null ? (await pool.countAlive({ job })).job : await pool.begin(newJob(board, flags));
  if (kill === true) await pool.kill(id);
  const signal = stops.follow();
  const teller = new Teller(json === true);
  for await (const standing of pool.follow(id, { signal })) teller.tell(standing);
  teller.end();
  if (out !== undefined) await saveBoard(out, (await pool.screenshot({ job: id })).band);
  if (json !== true) process.stdout.write(`${endOf(teller.last ?? (await pool.countAlive({ job: id })))}\n`);
  return 0;
}

function newJob(board: Band, { turns, plane, pace = 0 }: LifeFlags): NewJob {
  return { board, topology: plane === true ? "plane" : "torus", pace, ...(turns !== undefined && { turns }) };
}

/** Tells how a job goes on: a line of JSON each time that it has, or one line in place of the one before. */
class Teller {
  readonly #json: boolean;
  readonly #progress: Progress;
  #last: Standing | null = null;
  #first: { readonly turn: number; readonly at: number } | null = null;

  constructor(json: boolean) {
    this.#json = json;
    this.#progress = new Progress(null, !json);
  }

  /** How it stood last; null before it was heard of. */
  get last(): Standing | null {
    return this.#last;
  }

  tell(standing: Standing): void {
    const { job, turn, alive, state } = standing;
    this.#last = standing;
    this.#first ??= { turn, at: performance.now() };
    if (this.#json) process.stdout.write(`${jsonLine({ job, turn, alive, state })}\n`);
    const seconds = (performance.now() - this.#first.at) / 1000;
    const pace = seconds > 0 ? Math.round((turn - this.#first.turn) / seconds) : 0;
    this.#progress.note(`job ${job} ${state}  turn ${turn}  ${alive} alive  ${pace} turns/s`);
  }

  end(): void {
    this.#progress.clear();
  }
}

function endOf({ job, turn, alive, state }: Standing): string {
  const how = isEnded({ state })
    ? state
    : `goes on; p2p-node life ADDRESS --job ${job} follows it, with --kill ends it`;
  return `job ${job} at turn ${turn}, ${alive} alive: ${how}`;
}

function fateOf({ mayHaveHappened }: PoolError): string {
  return mayHaveHappened ? "; it may have happened: p2p-node life ADDRESS --job 0 shows the latest job" : "";
}
