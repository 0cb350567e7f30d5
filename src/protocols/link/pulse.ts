const LAST_REQUEST_ID = 0xffff;
const SILENT_AFTER = 2;

/** The PINGs of one link: one an interval, whatever else is said; two in a row without an answer mean silence. */
export class Pulse {
  readonly #intervalMs: number;
  #deadline: number;
  #lastId = 0;
  #unanswered: number[] = [];

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs;
    this.#deadline = now + intervalMs;
  }

  /** When the next PING is due, or the silence is complete. */
  get deadline(): number {
    return this.#deadline;
  }

  /** The request ID of the PING to send now; undefined when the link has been silent for too long. */
  beat(now: number): number | undefined {
    if (this.#unanswered.length >= SILENT_AFTER) return undefined;
    this.#deadline = now + this.#intervalMs;
    this.#lastId = (this.#lastId % LAST_REQUEST_ID) + 1;
    this.#unanswered.push(this.#lastId);
    return this.#lastId;
  }

  /** A PONG came; one that answers nothing proves nothing. */
  answered(requestId: number): void {
    if (this.#unanswered.includes(requestId)) this.#unanswered = [];
  }

  /** We stood still ourselves: the silence was perhaps our own. */
  restart(now: number): void {
    this.#unanswered = [];
    this.#deadline = now + this.#intervalMs;
  }
}
