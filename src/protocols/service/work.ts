import { type Answer, isLockOperation, isQuery, type OrderedOperation, type Query } from "../../core/request.ts";
import type { Once } from "../../core/total-order.ts";

/** Where a request came from: its changes are seen by the reads that it sends behind them. */
export interface Origin {
  /** The change that it asked for last; null where that is done. */
  latest: Work | null;
  /** Whether it can take the answer to another query: one that has no room is asked later. */
  readonly hasRoom: boolean;
  /** Nobody there hears an answer any more. */
  readonly isGone: boolean;
}

/** One request that has no answer yet. */
export interface Work {
  readonly request: OrderedOperation | Query;
  readonly once: Once | null;
  readonly origin: Origin;
  /**
   * Of a query, the change that its origin asked for before, where that was not done when the query set out: it is done
   * in the same place, and what it does is seen. Null where there is none.
   */
  behind: Work | null;
  /** Monotonic ms at which it is answered that there was no outcome. */
  readonly deadline: number;
  /** Attempts of which nobody can say that they came to nothing: with any, it may have happened. */
  risks: number;
  /** Where it is being done: in the order here, or at another peer; null while it waits. */
  place: object | null;
  isDone: boolean;
  /** Gives the answer to whoever waits for it. */
  readonly answer: (answer: Answer) => void;
}

/**
 * Whether another attempt does no harm, whatever became of those before: a session more is soon forgotten, and what is asked
 * of locks is so made that it may be asked twice.
 */
export function isRepeatable({ request, once, risks }: Work): boolean {
  return risks === 0 || once !== null || isHarmlessTwice(request);
}

function isHarmlessTwice(request: OrderedOperation | Query): boolean {
  return isQuery(request) || request.kind === "open-session" || isLockOperation(request);
}

/** Works are looked through for those that are done when there are so many, and then twice as many as were left. */
const LEAST_ROOM = 64;

/** Works in the order in which they came. Those that are done are dropped as others come, for they hold their requests. */
export class OpenWorks {
  #works: Work[] = [];
  #first = 0;
  #room = LEAST_ROOM;

  /** The first that is not done; undefined where all are. */
  get first(): Work | undefined {
    while (this.#works[this.#first]?.isDone) this.#first += 1;
    return this.#works[this.#first];
  }

  /** How many are not done. */
  get size(): number {
    return this.#open().length;
  }

  /** Adds one behind the others. */
  add(work: Work): void {
    if (this.#works.length >= this.#room) {
      this.#works = this.#open();
      this.#first = 0;
      this.#room = Math.max(LEAST_ROOM, 2 * this.#works.length);
    }
    this.#works.push(work);
  }

  /** Takes all that are not done. */
  takeAll(): readonly Work[] {
    const open = this.#open();
    this.#works = [];
    this.#first = 0;
    return open;
  }

  #open(): Work[] {
    return this.#works.filter((work, at) => at >= this.#first && !work.isDone);
  }
}
