/** Stands before the first event and behind the last. */
const EDGE = 0;

/**
 * The calls of a history and their returns, in their order: a list from which a call is lifted with its return, and put back,
 * in constant time. What is lifted last is put back first. Calls go by their places in the history.
 */
export class EventList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  /** @param calls where each began and ended among all events */
  constructor(calls: readonly { readonly began: number; readonly ended: number }[]) {
    const events = calls.flatMap(({ began, ended }, call) => [
      { event: callOf(call), at: began },
      { event: returnOf(call), at: ended },
    ]);
    events.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
    this.#next = new Int32Array(events.length + 1);
    this.#previous = new Int32Array(events.length + 1);
    let last = EDGE;
    for (const { event } of events) {
      this.#next[last] = event;
      this.#previous[event] = last;
      last = event;
    }
    this.#next[last] = EDGE;
    this.#previous[EDGE] = last;
  }

  /** The calls that are left before the first return that is: any of them may be next. */
  front(): number[] {
    const calls: number[] = [];
    let event = this.#after(EDGE);
    for (; isCall(event); event = this.#after(event)) calls.push((event - 1) >> 1);
    return calls;
  }

  /** Whose return is the first that is left, so that no call behind it can be next; undefined where none is left. */
  firstToReturn(): number | undefined {
    let event = this.#after(EDGE);
    while (isCall(event)) event = this.#after(event);
    return event === EDGE ? undefined : (event - 2) >> 1;
  }

  lift(call: number): void {
    this.#unlink(callOf(call));
    this.#unlink(returnOf(call));
  }

  putBack(call: number): void {
    this.#link(returnOf(call));
    this.#link(callOf(call));
  }

  #after(event: number): number {
    return this.#next[event] ?? EDGE;
  }

  #unlink(event: number): void {
    const [previous, next] = [this.#previous[event] ?? EDGE, this.#next[event] ?? EDGE];
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #link(event: number): void {
    const [previous, next] = [this.#previous[event] ?? EDGE, this.#next[event] ?? EDGE];
    this.#next[previous] = event;
    this.#previous[next] = event;
  }
}

function callOf(call: number): number {
  return 2 * call + 1;
}

function returnOf(call: number): number {
  return 2 * call + 2;
}

function isCall(event: number): boolean {
  return event % 2 === 1;
}
