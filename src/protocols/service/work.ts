import type { Answer, Operation, Query } from "../../core/request.ts";
import type { Once } from "./message.ts";

/** Where a request came from: its changes are seen by the reads that it sends behind them. */
export interface Origin {
  /** The index of its latest change in the order, as far as this peer has put it there. */
  lastIndex: number;
}

/** One request that has no answer yet. */
export interface Work {
  readonly request: Operation | Query;
  readonly once: Once | null;
  readonly origin: Origin;
  /** Monotonic ms at which it is answered that there was no outcome. */
  readonly deadline: number;
  /** Attempts of which nobody can say that they came to nothing: with any, it may have happened. */
  risks: number;
  isDone: boolean;
  /** Gives the answer to whoever waits for it. */
  readonly answer: (answer: Answer) => void;
}

/** Works by their deadlines, which come in the order in which the works do. */
export class Deadlines {
  #works: Work[] = [];
  #first = 0;

  /** Monotonic ms of the earliest that is not done; Infinity where all are. */
  get next(): number {
    while (this.#works[this.#first]?.isDone) this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#works.length) {
      this.#works = this.#works.slice(this.#first);
      this.#first = 0;
    }
    return this.#works[this.#first]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** Adds a work whose deadline is not before those of the others. */
  add(work: Work): void {
    this.#works.push(work);
  }

  /** Takes those that are due and not done. */
  take(now: number): readonly Work[] {
    const due: Work[] = [];
    while (this.next <= now) {
      const work = this.#works[this.#first];
      if (work === undefined) break;
      due.push(work);
      this.#first += 1;
    }
    return due;
  }
}
