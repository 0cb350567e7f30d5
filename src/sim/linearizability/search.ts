import { assert } from "../../core/assert.ts";
import { Course } from "./course.ts";
import { Groups } from "./groups.ts";
import { type Call, changesNothing } from "./history.ts";
import type { Model } from "./model.ts";

/** How many steps searches may still try. */
export interface Budget {
  steps: number;
}

/** How far a search came. */
export interface Stuck {
  /** The longest order that it came upon. */
  readonly order: readonly Call[];
  /** The state behind it. */
  readonly state: number;
  /** Of the calls that are left the one that returned first: it has to come next, or soon. */
  readonly misfit: Call;
  /** Others of known outcome that could come before it. */
  readonly others: readonly Call[];
}

/** What a search came to: an order of all calls, the knowledge that there is none, or nothing, as the budget ran out. */
export type Found =
  | { readonly kind: "order"; readonly order: readonly Call[] }
  | { readonly kind: "none"; readonly stuck: Stuck }
  | { readonly kind: "gave-up" };

/** A call that may be next, and the state behind it. */
interface Choice {
  readonly call: Call;
  readonly state: number;
}

/** A place of the order, and what can be chosen there. */
interface Fork {
  /** Goes on only while the course is as it was before the first choice. */
  readonly choices: Iterator<Choice, void>;
  /** The course then. */
  readonly key: string;
  isTried: boolean;
}

/**
 * Looks for an order of calls in which one after the other explains all answers, and in which every call that returned
 * before another began is before that (Herlihy and Wing 1990, "Linearizability: A Correctness Condition for Concurrent
 * Objects"). A call of unknown outcome has any place behind its beginning, or none.
 *
 * The algorithm is that of Wing and Gong 1993, "Testing and Verifying Concurrent Objects": place one call after the other, of
 * those that began before any that is left returned; where none fits, go back. Lowe 2017, "Testing for Linearizability", adds
 * the list of events in which that is cheap, and never to go on twice from the same calls placed and the same state.
 *
 * Rules that spare choices, and with which an order is still found if there is one:
 * - What fits and never changes anything has its place at once: the others do not notice.
 * - Before the call that returned first come only such as have to do with it, be it by way of others: the rest can as well
 *   come behind it. Lowe's just-in-time linearization waits in the same way.
 * - A call of unknown outcome has no place where nothing gets better by it, and none before an equal one that began earlier.
 * - Where several objects are in question, no call has a place behind which one of them, alone, could not be explained.
 */
export class Search {
  readonly #course: Course;
  readonly #model: Model;
  readonly #budget: Budget;
  readonly #parts: readonly Search[];
  /** Courses from which on all calls find a place, and such from which they do not. */
  readonly #good = new Set<string>();
  readonly #bad = new Set<string>();
  #stuck: (Stuck & { readonly left: number }) | undefined;

  /**
   * @param calls in the order in which they began
   * @param parts where there are several objects, a search for each, of the calls that touch it
   */
  constructor(calls: readonly Call[], model: Model, budget: Budget, parts: readonly Search[] = []) {
    this.#course = new Course(calls, model.initial);
    this.#model = model;
    this.#budget = budget;
    this.#parts = parts;
  }

  find(): Found {
    const isPossible = this.#explore();
    const order = this.#course.order();
    this.#goBack(0, isPossible === true);
    if (isPossible === undefined) return { kind: "gave-up" };
    if (isPossible) return { kind: "order", order };
    assert(this.#stuck !== undefined, "a search that found nothing and was never stuck");
    return { kind: "none", stuck: this.#stuck };
  }

  /** Goes on from where the course is: to its end, or to where it is known to lead there. Undefined: the budget ran out. */
  #explore(): boolean | undefined {
    const forks: Fork[] = [];
    while (this.#course.left > 0) {
      if (this.#budget.steps <= 0) return undefined;
      const key = this.#course.key();
      if (this.#good.has(key)) return true;
      forks.push({ choices: this.#bad.has(key) ? [].values() : this.#choices(), key, isTried: false });
      if (!this.#goOn(forks)) return false;
    }
    return true;
  }

  /** Takes back all but the first calls of the course. */
  #goBack(length: number, isGood: boolean): void {
    while (this.#course.length > length) {
      this.#takeBack();
      if (isGood) this.#good.add(this.#course.key());
    }
  }

  /** Places the next choice of the latest fork that has one. Whether one has. */
  #goOn(forks: Fork[]): boolean {
    for (let fork = forks.at(-1); fork !== undefined; fork = forks.at(-1)) {
      if (fork.isTried) this.#takeBack();
      const choice = fork.choices.next();
      fork.isTried = true;
      if (choice.done !== true) {
        this.#place(choice.value);
        return true;
      }
      this.#bad.add(fork.key);
      forks.pop();
    }
    return false;
  }

  /**
   * What can be next, the most promising first: what returned first, as most stores do one thing after the other. Whoever asks
   * for the next one has put the course back to where it was.
   */
  *#choices(): Generator<Choice, void> {
    const misfit = this.#course.firstToReturn();
    if (misfit === undefined) return;
    const front = this.#course.front();
    for (const call of front) {
      const state = changesNothing(call) ? this.#step(call) : undefined;
      if (state !== undefined) return yield { call, state };
    }
    const isRelated = this.#relation(misfit, [...front, ...this.#course.openFront()]);
    const completed = front.filter((call) => !changesNothing(call)).sort((a, b) => a.ended - b.ended);
    let isStuck = true;
    for (const call of completed) {
      const state = isRelated(call) ? this.#fit(call) : undefined;
      if (state === undefined) continue;
      isStuck = false;
      yield { call, state };
    }
    if (isStuck) this.#noteStuck(misfit, front);
    for (const call of this.#course.openFront()) {
      const state = isRelated(call) ? this.#fit(call) : undefined;
      if (state !== undefined) yield { call, state };
    }
  }

  /** The state behind a call, if it can be next as far as can be told. */
  #fit(call: Call): number | undefined {
    const before = this.#course.state;
    const state = this.#step(call);
    if (state === undefined || (call.answer === null && this.#model.isNoBetter(before, state))) return undefined;
    return this.#parts.every((part) => part.#allows(call)) ? state : undefined;
  }

  /** Which calls touch what another does, or what a call touches that does, and so on. */
  #relation(to: Call, calls: readonly Call[]): (call: Call) => boolean {
    const groups = new Groups();
    for (const call of calls) groups.join(this.#model.touches(call));
    const groupOf = (call: Call): string => groups.of(this.#model.touches(call)[0] ?? "");
    const group = groupOf(to);
    return (call) => groupOf(call) === group;
  }

  /** Whether all others can have a place behind this call, as far as the object of this search is concerned. */
  #allows(call: Call): boolean {
    if (!this.#course.has(call)) return true;
    const state = this.#step(call);
    if (state === undefined) return false;
    this.#course.place(call, state);
    const { length } = this.#course;
    const isPossible = this.#explore();
    this.#goBack(length, isPossible === true);
    this.#course.takeBack();
    return isPossible !== false;
  }

  #step(call: Call): number | undefined {
    this.#budget.steps -= 1;
    return this.#model.step(this.#course.state, call);
  }

  #place({ call, state }: Choice): void {
    this.#course.place(call, state);
    for (const part of this.#parts) part.#follow(call);
  }

  #takeBack(): void {
    const call = this.#course.takeBack();
    for (const part of this.#parts) if (part.#course.has(call)) part.#course.takeBack();
  }

  /** Places what the search that this is a part of has placed. */
  #follow(call: Call): void {
    if (!this.#course.has(call)) return;
    const state = this.#step(call);
    assert(state !== undefined, "a call that fits where one of its objects forbids it");
    this.#course.place(call, state);
  }

  #noteStuck(misfit: Call, front: readonly Call[]): void {
    const { left, state } = this.#course;
    if (this.#stuck !== undefined && this.#stuck.left <= left) return;
    this.#stuck = { order: this.#course.order(), state, misfit, others: front.filter((call) => call !== misfit), left };
  }
}
