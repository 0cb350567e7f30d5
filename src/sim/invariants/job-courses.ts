import { type Band, countAlive, hashOf, type Topology } from "../../core/board.ts";
import { type JobId, LATEST_JOB } from "../../core/job.ts";
import type { ClusterId } from "../../core/peer-id.ts";
import type { AnyCommand } from "../../peer/registry.ts";
import type { JobRequest } from "../../wire/job-message.ts";
import { Course } from "../life/plain-life.ts";
import type { CallsAsked, Watch } from "./invariant.ts";
import type { Life } from "./life.ts";

/** A board of a job, as far as it is compared. */
export interface Facts {
  readonly alive: number;
  /** The name of its cells. */
  readonly hash: string;
}

/** Somebody has asked for a job of this board. */
interface Wish {
  readonly size: number;
  readonly turns: number | null;
  readonly alive: number;
  readonly course: KnownCourse;
}

/** What a board becomes, turn by turn, as far as somebody wanted to know. */
class KnownCourse {
  readonly #course: Course;
  readonly #facts: Facts[];

  constructor(board: Band, topology: Topology) {
    this.#course = new Course(board, topology);
    this.#facts = [{ alive: countAlive(board), hash: hashOf(board) }];
  }

  at(turn: number): Facts {
    for (let next = this.#facts.length; next <= turn; next++) {
      const { board, alive } = this.#course.at(next);
      this.#facts.push({ alive, hash: hashOf(board) });
    }
    return this.#facts[turn] as Facts;
  }
}

/**
 * What the boards of jobs must become, by what was asked for. A job is known by its size, its turns and how many cells lived
 * at its beginning; of several that fit, those that come otherwise are dropped. Of a job of which cells were turned over
 * nothing is known any more. A watch to put before those that ask it.
 */
export class JobCourses implements Watch {
  readonly #wishes = new Map<ClusterId, Wish[]>();
  readonly #jobs = new Map<ClusterId, Map<JobId, readonly Wish[]>>();

  callsAsked(life: Life, { calls }: CallsAsked): void {
    for (const { request } of calls) this.#ask(life.cluster, request);
  }

  commanded(life: Life, { protocol, command }: AnyCommand): void {
    if (protocol === "broker" && command.kind === "ask") this.#ask(life.cluster, command.request);
  }

  told({ cluster }: Life, { event }: Parameters<NonNullable<Watch["told"]>>[1]): void {
    if (event.kind !== "job-begun") return;
    const { job, size, turns, alive } = event;
    const fits = (wish: Wish): boolean => wish.size === size && wish.turns === turns && wish.alive === alive;
    const jobs = this.#jobs.get(cluster) ?? new Map<JobId, readonly Wish[]>();
    this.#jobs.set(cluster, jobs);
    if (!jobs.has(job)) jobs.set(job, (this.#wishes.get(cluster) ?? []).filter(fits));
  }

  /** What the board of a job is at a turn, if not as `seen`; undefined where it may be that, or nothing is known of it. */
  contradiction(cluster: ClusterId, job: JobId, turn: number, seen: Partial<Facts>): Facts | undefined {
    const jobs = this.#jobs.get(cluster);
    const wishes = jobs?.get(job) ?? [];
    const agrees = ({ course }: Wish): boolean => {
      const { alive, hash } = course.at(turn);
      return alive === (seen.alive ?? alive) && hash === (seen.hash ?? hash);
    };
    const left = wishes.filter(agrees);
    if (left.length === 0) return wishes[0]?.course.at(turn);
    jobs?.set(job, left);
    return undefined;
  }

  #ask(cluster: ClusterId, request: JobRequest): void {
    if (request.kind === "flip") return this.#forget(cluster, request.job);
    if (request.kind !== "process-gol") return;
    const { board, turns, topology } = request;
    const wishes = this.#wishes.get(cluster) ?? [];
    this.#wishes.set(cluster, wishes);
    const course = new KnownCourse(board, topology);
    wishes.push({ size: board.size, turns, alive: countAlive(board), course });
  }

  /** Which one is the latest is not known here. */
  #forget(cluster: ClusterId, job: JobId): void {
    const jobs = this.#jobs.get(cluster);
    for (const each of jobs?.keys() ?? []) if (job === LATEST_JOB || each === job) jobs?.set(each, []);
  }
}
