import { DeadlineQueue } from "../../core/deadline-queue.ts";
import type { JobAnswer, JobRequest } from "../../wire/job-message.ts";

/** Who asked. Programs may be told nothing once an office has expired; a link between peers carries no long answers. */
export type Asker = "program" | "peer" | "person";

/** A request, until it is answered. */
export class Call {
  readonly asker: Asker;
  readonly request: JobRequest;
  /** When it is answered that it took too long, monotonic ms. */
  readonly deadline: number;
  /** Whether something is done about it, so that it may happen. */
  hasBegun = false;
  readonly #reply: (answer: JobAnswer) => void;
  #isDone = false;
  readonly #whenDone: (() => void)[] = [];

  /** @param reply is called once at most */
  constructor(asker: Asker, request: JobRequest, deadline: number, reply: (answer: JobAnswer) => void) {
    this.asker = asker;
    this.request = request;
    this.deadline = deadline;
    this.#reply = reply;
  }

  /** Whether it is answered, or nobody waits for that any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Answers it; what was answered before stays so. */
  answer(answer: JobAnswer): void {
    if (this.#isDone) return;
    this.drop();
    this.#reply(answer);
  }

  /** Nobody waits for it any more. */
  drop(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const released of this.#whenDone) released();
  }

  /** What happens as soon as it is done. */
  onDone(released: () => void): void {
    this.#whenDone.push(released);
  }
}

/** Calls without an answer, each with its deadline. One that is answered is here no more. */
export class OpenCalls {
  readonly #calls = new Set<Call>();
  readonly #due = new DeadlineQueue<Call>();
  #boardBytes = 0;

  get size(): number {
    return this.#calls.size;
  }

  /** What the boards in them take. */
  get boardBytes(): number {
    return this.#boardBytes;
  }

  /** When the next one takes too long, monotonic ms. */
  get deadline(): number {
    return this.#due.earliest;
  }

  add(call: Call): void {
    this.#calls.add(call);
    this.#boardBytes += boardBytesOf(call.request);
    this.#due.set(call, call.deadline);
    call.onDone(() => this.#delete(call));
  }

  /** All of them, in the order in which they were asked. */
  all(): readonly Call[] {
    return [...this.#calls];
  }

  /** Those that have taken too long, which wait still. */
  expire(now: number): readonly Call[] {
    const expired: Call[] = [];
    for (let call = this.#due.takeDue(now); call !== undefined; call = this.#due.takeDue(now)) expired.push(call);
    return expired;
  }

  #delete(call: Call): void {
    if (!this.#calls.delete(call)) return;
    this.#due.delete(call);
    this.#boardBytes -= boardBytesOf(call.request);
  }
}

/** What the board in a request takes, in memory. */
export function boardBytesOf(request: JobRequest): number {
  if ("board" in request) return request.board.words.byteLength;
  return "band" in request ? request.band.words.byteLength : 0;
}
