import { type Band, countAlive, flipAll } from "../../core/board.ts";
import { isEnded, type JobRow, type JobState } from "../../core/job.ts";
import type { JobAnswer } from "../../wire/job-message.ts";
import type { Call } from "./call.ts";
import type { Ground } from "./ground.ts";
import type { Handing } from "./handing.ts";
import type { Keeping } from "./keeping.ts";
import { Marking } from "./marking.ts";
import type { BrokerSpeech, JobView } from "./message.ts";
import { Pace } from "./pace.ts";
import type { Pool } from "./pool.ts";
import { Round, type ShownBand } from "./round.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** A call that waits for something of a job. */
interface Waiting {
  readonly call: Call;
  readonly isMet: () => boolean;
  readonly answer: () => JobAnswer;
}

/** A board as it is looked at. */
export interface Sight {
  readonly row: JobRow;
  readonly board: Band;
  readonly turn: number;
  readonly alive: number;
  readonly edits: number;
  readonly turnsPerSecond: () => number;
  readonly bands: readonly ShownBand[];
}

/**
 * A job in the hands of whoever is in office: it goes on round by round, and is marked in the order now and then.
 *
 * What it does is told only when the order has it: it runs, is paused or has ended as its row says. So what somebody was
 * answered holds for every leader that follows. Its turn alone is ahead of its row; a later leader computes the same again.
 */
export class Job {
  readonly #ground: Ground;
  readonly #term: number;
  readonly #keeping: Keeping;
  readonly #handing: Handing;
  readonly #pool: Pool;
  readonly #marking: Marking;
  readonly #pace: Pace;
  #row: JobRow;
  /** Null before it is here. */
  #board: Band | null = null;
  #bands: readonly ShownBand[] = [];
  #turn: number;
  #alive: number;
  #edits = 0;
  #round: Round | null = null;
  /** How it is to stand. */
  #intent: JobState;
  /** Turns that a paused job is still to go. */
  #steps = 0;
  #version = 0;
  #waiting: Waiting[] = [];
  /** Whether something has changed that one of them may wait for: they may be many, and are not asked at every step. */
  #hasChanged = false;
  #stuck: JobView["stuck"] = null;
  /** Whether it was begun by another, or in another term, and does not go on yet. */
  #isInherited: boolean;

  constructor(
    ground: Ground,
    term: number,
    row: JobRow,
    isInherited: boolean,
    parts: { readonly keeping: Keeping; readonly handing: Handing; readonly pool: Pool },
  ) {
    this.#ground = ground;
    this.#term = term;
    this.#row = row;
    this.#turn = row.mark.turn;
    this.#alive = row.mark.alive;
    this.#intent = row.state;
    this.#isInherited = isInherited;
    this.#keeping = parts.keeping;
    this.#handing = parts.handing;
    this.#pool = parts.pool;
    this.#marking = new Marking(ground, parts.keeping, term);
    this.#pace = new Pace(row.pace, ground.options.maxTurnsPerSecond);
  }

  get row(): JobRow {
    return this.#row;
  }

  get turn(): number {
    return this.#turn;
  }

  /** When something is to be done about it that nothing else brings about, monotonic ms. */
  get deadline(): number {
    if (isEnded(this.#row)) return NEVER;
    const { now } = this.#ground;
    const isDirty = this.#board !== null && this.#turn > this.#row.mark.turn && !this.#marking.isUnderWay;
    const markAt = isDirty ? this.#marking.nextAt : NEVER;
    const roundAt = this.#round === null && this.#mayGoOn() ? this.#pace.notBefore : NEVER;
    // What was due and could not be done waits for something else than time.
    return Math.min(this.#marking.deadline, markAt > now ? markAt : NEVER, roundAt > now ? roundAt : NEVER);
  }

  /** What is answered of it. */
  standing(): {
    readonly term: number;
    readonly job: number;
    readonly turn: number;
    readonly alive: number;
    readonly state: JobState;
  } {
    const { id, state } = this.#row;
    return { term: this.#term, job: id, turn: this.#turn, alive: this.#alive, state };
  }

  /** What is seen of it; null while its board is not here. */
  sight(): Sight | null {
    const board = this.board();
    if (board === null) return null;
    const turnsPerSecond = (): number => this.#pace.turnsPerSecond(this.#ground.now);
    const { row, turn } = this;
    return { row, board, turn, alive: this.#alive, edits: this.#edits, turnsPerSecond, bands: this.#bands };
  }

  view(): JobView {
    const { id, size, topology, turns, state, mark } = this.#row;
    const turnsPerSecond = this.#pace.turnsPerSecond(this.#ground.now);
    const shown = { turn: this.#turn, alive: this.#alive, markedTurn: mark.turn, turnsPerSecond };
    return { id, size, topology, turns, state, ...shown, stuck: state === "running" ? this.#stuck : null };
  }

  /** The order holds something else of it. */
  update(row: JobRow): void {
    const before = this.#row;
    this.#row = row;
    this.change();
    const isReached = this.#marking.reached(row);
    if (isReached) this.#tell({ kind: "job-marked", job: row.id, mark: row.mark });
    if (row.state !== before.state) this.#tellState(row);
    if (isEnded(row)) this.#endRound();
    // A state that was to stand at an earlier mark is to stand at this one.
    else if (!isReached && this.#intent === "killed") this.#marking.beginState(row, "killed", this.#version);
  }

  /** The order refused a mark of it, or nobody knows. */
  refused(request: { readonly mark: JobRow["mark"]; readonly state: JobState }): void {
    this.#marking.refused(request);
  }

  /** It is to run, or not; the call is answered when the order has that. */
  turnTo(intent: JobState, call: Call): void {
    this.#intent = intent;
    this.#steps = 0;
    this.change();
    if (intent === "killed") {
      this.#endRound();
      this.#marking.beginState(this.#row, intent, this.#version + 1);
    }
    this.#answerOnceMarked(call);
  }

  get intent(): JobState {
    return this.#intent;
  }

  /** Whether it goes some turns ahead although it is paused. */
  get isStepping(): boolean {
    return this.#steps > 0;
  }

  /** Goes some turns ahead, paused as it is. */
  step(turns: number, call: Call): void {
    this.#steps = Math.max(1, turns);
    // However far it came: it may be told otherwise meanwhile.
    const isMet = (): boolean => !this.isStepping && this.#row.mark.turn === this.#turn;
    this.#waiting.push({ call, isMet, answer: () => ({ kind: "pause", ...this.standing() }) });
  }

  /** Turns cells of it over, which is paused; false while its board is not here. */
  flip(cells: Band, call: Call): boolean {
    const before = this.board();
    if (before === null) return false;
    // Others may have the one before in hand.
    const after = { ...before, words: before.words.slice() };
    flipAll(after, cells);
    this.#board = after;
    this.#alive = countAlive(after);
    this.#bands = [];
    this.#edits += 1;
    this.#answerOnceMarked(call);
    return true;
  }

  /** Answers a call when something has come about. */
  answerWhen(call: Call, isMet: () => boolean, answer: () => JobAnswer): void {
    this.#waiting.push({ call, isMet, answer });
  }

  /** Something has changed, such as the time, that somebody may wait for. */
  change(): void {
    this.#hasChanged = true;
  }

  /** Its board, once it is here. */
  board(): Band | null {
    if (this.#board === null) this.#findBoard();
    return this.#board;
  }

  /** Does what is to be done by now. */
  settle(): void {
    if (!isEnded(this.#row)) {
      this.#finishRound();
      this.#mark();
      this.#goOn();
    } else if (this.#board === null && this.#waiting.length > 0) this.#findBoard();
    if (this.#hasChanged) this.#answerWaiting();
  }

  /** Another is in office: nothing of it goes on here. */
  close(): void {
    this.#endRound();
    this.#marking.end();
    this.#handing.forget(this.#row.id);
  }

  #answerOnceMarked(call: Call): void {
    this.#version += 1;
    const version = this.#version;
    const kind = call.request.kind === "flip" || call.request.kind === "kill" ? call.request.kind : "pause";
    const isMet = (): boolean => this.#marking.version >= version || isEnded(this.#row);
    this.#waiting.push({ call, isMet, answer: () => ({ kind, ...this.standing() }) });
  }

  #answerWaiting(): void {
    this.#hasChanged = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (each.call.isDone) continue;
      if (each.isMet()) each.call.answer(each.answer());
      else this.#waiting.push(each);
    }
  }

  #findBoard(): void {
    this.#board = this.#keeping.find(this.#row.mark.hash);
    if (this.#board === null) return this.#isStuck("board-missing");
    this.#unstick();
    this.change();
    if (this.#isInherited && !isEnded(this.#row))
      this.#tell({ kind: "job-resumed", job: this.#row.id, turn: this.#turn });
    this.#isInherited = false;
  }

  #finishRound(): void {
    const round = this.#round;
    if (round === null || !round.isWhole) return;
    this.#round = null;
    const { board, alive, bands } = round.result();
    const { id, turns } = this.#row;
    this.#board = board;
    this.#alive = alive;
    this.#bands = bands;
    this.#turn += round.turns;
    this.change();
    if (this.#steps > 0) this.#steps -= round.turns;
    this.#pace.count(round.turns, round.startedAt, this.#ground.now);
    this.#tell({ kind: "round-completed", job: id, turn: this.#turn, slices: round.slices });
    if (turns === null || this.#turn < turns) return;
    this.#intent = "finished";
    this.#steps = 0;
    this.#version += 1;
  }

  #endRound(): void {
    if (this.#round !== null) this.#handing.drop(this.#round);
    this.#round = null;
  }

  /** Begins a mark where one is due, and brings the one that has begun further. */
  #mark(): void {
    if (!this.#marking.isUnderWay && this.#isMarkDue()) {
      const { row } = this;
      const stand = { state: this.#intent, turn: this.#turn, alive: this.#alive, version: this.#version };
      if (this.#board === null) this.#marking.beginState(row, this.#intent, this.#version);
      else this.#marking.begin(row, { ...stand, board: this.#board });
    }
    this.#marking.settle(this.#row);
  }

  #isMarkDue(): boolean {
    // What somebody waits for is due when the board stands still.
    if (this.#marking.version < this.#version) {
      if (this.#intent === "running") return true;
      if (this.#round !== null && !this.#handing.holds(this.#round)) this.#endRound();
      return this.#round === null;
    }
    if (this.#board === null || this.#turn === this.#row.mark.turn) return false;
    const isAtRest = this.#intent === "paused" && this.#steps === 0 && this.#round === null;
    return isAtRest || this.#ground.now >= this.#marking.nextAt;
  }

  /** Whether there are turns to go, as the order has it. */
  #mayGoOn(): boolean {
    const { state } = this.#row;
    if (this.#intent !== state || this.#left() <= 0) return false;
    return state === "running" || (state === "paused" && this.#steps > 0);
  }

  #left(): number {
    const { turns } = this.#row;
    const left = turns === null ? NEVER : turns - this.#turn;
    return this.#intent === "paused" ? Math.min(left, this.#steps) : left;
  }

  /** Begins a round where one is due, and hands out as much as can be. */
  #goOn(): void {
    if (this.#round === null && !this.#beginRound()) return;
    if (this.#round === null) return;
    this.#handing.fill(this.#round);
    if (this.#pool.size === 0) this.#isStuck("no-workers");
    else if (this.#stuck === "no-workers") this.#unstick();
  }

  #beginRound(): boolean {
    if (!this.#mayGoOn()) return false;
    const board = this.board();
    if (board === null) return false;
    const { now, options } = this.#ground;
    if (now < this.#pace.notBefore) return false;
    // Turns that nobody could go on from would be lost with this peer.
    if (now >= this.#marking.since + options.requestTimeoutMs) {
      this.#isStuck("no-majority");
      return false;
    }
    if (this.#stuck === "no-majority") this.#unstick();
    const { id, size, topology } = this.#row;
    const rows = Math.floor(size / Math.max(1, this.#pool.present));
    const turns = this.#pace.next(this.#left(), rows);
    this.#round = new Round({
      ...{ term: this.#term, job: id, topology, board, turns },
      ...{ turn: this.#turn, startedAt: now },
    });
    return true;
  }

  #isStuck(because: Exclude<JobView["stuck"], null>): void {
    if (this.#stuck === because) return;
    this.#stuck = because;
    this.#tell({ kind: "job-stuck", job: this.#row.id, because });
  }

  #unstick(): void {
    this.#stuck = null;
  }

  #tellState({ id: job, state, mark: { turn, alive } }: JobRow): void {
    if (state === "paused") this.#tell({ kind: "job-paused", job, turn });
    else if (state === "running") this.#tell({ kind: "job-continued", job, turn });
    else this.#tell({ kind: "job-ended", job, because: state, turn, alive });
  }

  #tell(event: BrokerSpeech["event"]): void {
    this.#ground.effects.event(event);
  }
}
