import type { JobId, JobRow, JobState } from "../../core/job.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Ground, rowOf, termOf } from "./ground.ts";
import type { Look, PictureMessage } from "./looks.ts";
import type { JobView, Picture, Window } from "./message.ts";

/** A look that is not answered for so long may be lost: the next one takes its place, ms. */
const REPEAT_MS = 1000;

const NEVER = Number.POSITIVE_INFINITY;

/** What this peer has heard of a job that is in the hands of another. */
interface Heard {
  readonly turn: number;
  readonly alive: number;
}

/**
 * What a person at this peer looks at. Whoever is in office is asked for the next picture when the one before has come.
 *
 * Safety: what is shown never goes back in turns: a new leader that goes on from an earlier mark is not looked at before it is
 * as far again. Life is deterministic, so what it comes to then is the same.
 */
export class Watching {
  readonly #ground: Ground;
  /** What is looked at, 0 for the latest job; null for nothing. */
  #wanted: { readonly job: JobId; readonly window: Window } | null = null;
  #picture: Picture | null = null;
  /** What tells the picture from another of the same turn; null where any other will do. */
  #shown: { readonly edits: number; readonly state: JobState } | null = null;
  #asked: PeerId | null = null;
  #askAgainAt = NEVER;
  readonly #heard = new Map<JobId, Heard>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** When a picture is asked for again, monotonic ms. */
  get deadline(): number {
    return this.#askAgainAt;
  }

  get picture(): Picture | null {
    return this.#picture;
  }

  /** A job that is in the hands of another: as the order has it, or further where this peer has seen that. */
  viewOf({ id, size, topology, turns, state, mark }: JobRow): JobView {
    const heard = this.#heard.get(id);
    const { turn, alive } = heard !== undefined && heard.turn > mark.turn ? heard : mark;
    return { id, size, topology, turns, state, turn, alive, markedTurn: mark.turn, turnsPerSecond: null, stuck: null };
  }

  watch(job: JobId, window: Window | null): void {
    this.#wanted = window === null ? null : { job, window };
    if (window === null) this.#picture = null;
    this.askAnew();
  }

  /** Another is to be asked, or the same in another way. */
  askAnew(): void {
    this.#shown = null;
    this.#askAgain();
  }

  /** The order holds something else. */
  update(): void {
    for (const id of this.#heard.keys()) if (rowOf(this.#ground.table, id) === undefined) this.#heard.delete(id);
    // Another job may be the latest by now.
    const job = this.#job();
    if (job !== undefined && this.#picture !== null && this.#picture.job !== job) this.askAnew();
  }

  /** The link to a peer stands, or is gone. */
  relink(peer: PeerId): void {
    if (peer === this.#asked) this.#askAgain();
  }

  /** Asks for the next picture: of another, or of this peer itself. */
  settle(ask: (holder: PeerId, look: Look) => void): void {
    const { table, now, linked, options } = this.#ground;
    if (this.#askAgainAt <= now) this.#askAgain();
    const { office } = table;
    const job = this.#job();
    if (this.#wanted === null || job === undefined || office === null) return;
    if (this.#asked === office.holder) return;
    if (office.holder !== options.peer && !linked.has(office.holder)) return;
    this.#asked = office.holder;
    // What this peer asks of itself is not lost.
    this.#askAgainAt = office.holder === options.peer ? NEVER : now + REPEAT_MS;
    const since = this.#picture?.job === job ? this.#picture.turn : 0;
    ask(office.holder, { kind: "look", job, window: this.#wanted.window, since, shown: this.#shown });
  }

  /** A picture comes; one of an earlier term or turn, or of what is not looked at any more, is passed over. */
  show(from: PeerId, message: PictureMessage): void {
    const { kind: _kind, term, edits, ...picture } = message;
    if (term < termOf(this.#ground.table)) return;
    const { job, turn, alive, state } = picture;
    const heard = this.#heard.get(job);
    if (rowOf(this.#ground.table, job) !== undefined && (heard === undefined || heard.turn <= turn))
      this.#heard.set(job, { turn, alive });
    if (from !== this.#asked || job !== this.#job() || !isSame(this.#wanted?.window, picture.window)) return;
    this.#askAgain();
    if (this.#picture?.job === job && this.#picture.turn > turn) return;
    this.#picture = picture;
    this.#shown = { edits, state };
  }

  /** The cluster was given up. */
  forget(): void {
    this.#heard.clear();
    this.#picture = null;
    this.askAnew();
  }

  #askAgain(): void {
    this.#asked = null;
    this.#askAgainAt = NEVER;
  }

  #job(): JobId | undefined {
    return this.#wanted === null ? undefined : rowOf(this.#ground.table, this.#wanted.job)?.id;
  }
}

function isSame(one: Window | undefined, other: Window): boolean {
  return (
    one !== undefined &&
    one.x === other.x &&
    one.y === other.y &&
    one.width === other.width &&
    one.height === other.height &&
    one.scale === other.scale
  );
}
