import { assert } from "../../core/assert.ts";
import { CallSet } from "./call-set.ts";
import { EventList } from "./event-list.ts";
import type { Call } from "./history.ts";

/** A call that has its place. */
interface Place {
  readonly call: Call;
  /** The state before it. */
  readonly before: number;
}

/**
 * An order that some calls are put into, one after the other, and the state behind it. The last one can be taken back.
 * Calls of unknown outcome, _open_ ones, need no place in it.
 */
export class Course {
  readonly #completed: readonly Call[];
  readonly #open: readonly Call[];
  /** The place of each in its list. */
  readonly #indexes: ReadonlyMap<Call, number>;
  /** For an open call the latest before it that asks for the same. */
  readonly #twins: ReadonlyMap<Call, Call>;
  readonly #events: EventList;
  readonly #placed: CallSet;
  /** Apart, for open calls leave gaps for good. */
  readonly #placedOpen: CallSet;
  readonly #places: Place[] = [];
  #state: number;
  #left: number;

  /** @param calls in the order in which they began */
  constructor(calls: readonly Call[], initial: number) {
    this.#completed = calls.filter(({ answer }) => answer !== null);
    this.#open = calls.filter(({ answer }) => answer === null);
    this.#indexes = new Map([...this.#completed.entries(), ...this.#open.entries()].map(([at, call]) => [call, at]));
    this.#twins = twinsAmong(this.#open);
    this.#events = new EventList(this.#completed);
    this.#placed = new CallSet(this.#completed.length);
    this.#placedOpen = new CallSet(this.#open.length);
    this.#state = initial;
    this.#left = this.#completed.length;
  }

  /** Behind all that has a place. */
  get state(): number {
    return this.#state;
  }

  /** How many calls have a place. */
  get length(): number {
    return this.#places.length;
  }

  /** How many calls have none, but for open ones. */
  get left(): number {
    return this.#left;
  }

  has(call: Call): boolean {
    return this.#indexes.has(call);
  }

  /** The calls that have a place, in their order. */
  order(): readonly Call[] {
    return this.#places.map(({ call }) => call);
  }

  /** The call that is left and returned first; undefined where none is left. */
  firstToReturn(): Call | undefined {
    return this.#completed[this.#events.firstToReturn() ?? -1];
  }

  /** The calls that may be next: those that began before any that is left returned. */
  front(): readonly Call[] {
    return this.#events.front().flatMap((at) => this.#completed[at] ?? []);
  }

  /** The open calls that may be next; of such as ask for the same the earliest, which can stand wherever others can. */
  openFront(): readonly Call[] {
    const end = this.firstToReturn()?.ended ?? Number.POSITIVE_INFINITY;
    return this.#open.filter((call, at) => {
      if (call.began > end || this.#placedOpen.has(at)) return false;
      const twin = this.#twins.get(call);
      return twin === undefined || this.#placedOpen.has(this.#indexOf(twin));
    });
  }

  place(call: Call, state: number): void {
    const at = this.#indexOf(call);
    this.#places.push({ call, before: this.#state });
    this.#state = state;
    if (call.answer === null) return this.#placedOpen.add(at);
    this.#events.lift(at);
    this.#placed.add(at);
    this.#left -= 1;
  }

  /** Takes the last one back. */
  takeBack(): Call {
    const last = this.#places.pop();
    assert(last !== undefined, "a course without a call to take back");
    const at = this.#indexOf(last.call);
    this.#state = last.before;
    if (last.call.answer === null) {
      this.#placedOpen.delete(at);
    } else {
      this.#events.putBack(at);
      this.#placed.delete(at);
      this.#left += 1;
    }
    return last.call;
  }

  /** The same at two times if and only if the same calls had a place and the state was the same. */
  key(): string {
    return this.#placed.key() + this.#placedOpen.key() + this.#state;
  }

  #indexOf(call: Call): number {
    const at = this.#indexes.get(call);
    assert(at !== undefined, "a call of another course");
    return at;
  }
}

/** To each call the latest before it that asks for the same. */
function twinsAmong(calls: readonly Call[]): ReadonlyMap<Call, Call> {
  const twins = new Map<Call, Call>();
  const latest = new Map<string, Call>();
  for (const call of calls) {
    const request = JSON.stringify(call.request);
    const twin = latest.get(request);
    if (twin !== undefined) twins.set(call, twin);
    latest.set(request, call);
  }
  return twins;
}
