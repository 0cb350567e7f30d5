import { Worker } from "node:worker_threads";
import type { BrokerSpeech, Work, WorkAct } from "../protocols/broker/message.ts";

/** What became of a piece of work. */
export type Outcome = Extract<BrokerSpeech["command"], { kind: "worked" | "work-failed" }>;

/** Where the threads find their program, and what is more than enough. */
export interface LabourLimits {
  /** The file that each thread runs. */
  readonly program: URL;
  /** Pieces of work that wait for a thread; more are refused. */
  readonly maxWaiting: number;
  /** So long after the last piece of work the threads end. */
  readonly idleMs: number;
}

const LIMITS: LabourLimits = {
  // Beside this one once both are built.
  program: new URL("labour-worker.js", import.meta.url),
  maxWaiting: 1024,
  idleMs: 60_000,
};

/** A thread, and what it has in hand. */
interface Thread {
  readonly worker: Worker;
  /** The ticket; null while it waits for work. */
  ticket: number | null;
}

/**
 * The threads of this machine that compute rows of boards. They begin with the first work that finds none free, keep no
 * process alive, and have one piece in hand each, so that what is dropped before its turn is never begun.
 */
export class Labour {
  readonly #most: number;
  readonly #give: (outcome: Outcome) => void;
  readonly #limits: LabourLimits;
  readonly #threads = new Set<Thread>();
  /** By ticket, in the order in which it came. */
  readonly #waiting = new Map<number, Work>();
  /** Whose outcome nobody waits for. */
  readonly #dropped = new Set<number>();
  #idleTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param most threads at a time
   * @param give hears what became of each piece of work that was not dropped, never from inside `act`
   */
  constructor(most: number, give: (outcome: Outcome) => void, limits: Partial<LabourLimits> = {}) {
    this.#most = most;
    this.#give = give;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Takes work, or drops some. */
  act(act: WorkAct): void {
    if (this.#isClosed) return;
    if (act.kind === "work-dropped") this.#drop(act.ticket);
    else if (this.#waiting.size >= this.#limits.maxWaiting) this.#refuse(act.work.ticket);
    else {
      this.#waiting.set(act.work.ticket, act.work);
      this.#handOut();
    }
  }

  /** Ends all threads; nothing is given any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    await this.#endThreads();
  }

  #drop(ticket: number): void {
    if (this.#waiting.delete(ticket)) return;
    for (const thread of this.#threads) if (thread.ticket === ticket) this.#dropped.add(ticket);
  }

  #refuse(ticket: number): void {
    const because = `${this.#limits.maxWaiting} pieces of work wait already`;
    queueMicrotask(() => this.#tell({ kind: "work-failed", ticket, because }));
  }

  /** Gives work to whoever is free, for as long as there are both. */
  #handOut(): void {
    clearTimeout(this.#idleTimer);
    for (const [ticket, work] of this.#waiting) {
      const thread = this.#freeThread();
      if (thread === undefined) return;
      this.#waiting.delete(ticket);
      thread.ticket = ticket;
      // The rows may be seen by others here, so the thread gets a copy; that one it is handed as it is.
      const band = { ...work.band, words: work.band.words.slice() };
      thread.worker.postMessage({ ...work, band }, [band.words.buffer]);
    }
    if ([...this.#threads].some(({ ticket }) => ticket !== null)) return;
    this.#idleTimer = setTimeout(() => void this.#endThreads(), this.#limits.idleMs);
    this.#idleTimer.unref();
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.ticket === null) return thread;
    return this.#threads.size < this.#most ? this.#startThread() : undefined;
  }

  #startThread(): Thread {
    const worker = new Worker(this.#limits.program);
    const thread: Thread = { worker, ticket: null };
    this.#threads.add(thread);
    worker.unref();
    let because = "it ended";
    worker.on("error", (error: unknown) => {
      because = firstLine(error);
    });
    worker.on("exit", () => {
      this.#threads.delete(thread);
      const { ticket } = thread;
      if (ticket !== null) this.#done({ kind: "work-failed", ticket, because: `a thread failed: ${because}` });
    });
    worker.on("message", (outcome: Outcome) => {
      thread.ticket = null;
      this.#done(outcome);
    });
    return thread;
  }

  #done(outcome: Outcome): void {
    if (!this.#dropped.delete(outcome.ticket)) this.#tell(outcome);
    if (!this.#isClosed) this.#handOut();
  }

  #tell(outcome: Outcome): void {
    if (!this.#isClosed) this.#give(outcome);
  }

  async #endThreads(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const threads = [...this.#threads];
    // No longer theirs to be given work.
    this.#threads.clear();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1).join("");
}
