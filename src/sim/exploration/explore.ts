/**
 * Visits every state that a few peers of one protocol can come into, over all orders in which things can happen: the
 * oldest parcel of a way arrives, the oldest save is done, a timeout fires, a command is given, a peer crashes or starts
 * again. Breadth first, so that the path to a flaw is one of the shortest.
 *
 * A state is how each peer stands and what is on its way. A peer stands as all that it has lived through has left it: a
 * machine is determined by its inputs and the instants at which it got them, and each peer has a clock of its own, which
 * only its own timeouts move. So things that happen to different peers give one state in whatever order they come. In a
 * build that has opened the private fields of machines, two pasts of a peer also come to one standing where all fields of
 * the machine are equal, and clock, disk, saves under way, budgets and facts: nothing that happens later can tell them
 * apart. Nothing else is left out: every state is visited, and every step from it is taken.
 */
import { assert, InvariantViolation } from "../../core/assert.ts";
import type { Speech } from "../../core/protocol.ts";
import { Possible, type State } from "./possible.ts";
import type { Setting } from "./setting.ts";
import type { Passage } from "./standing.ts";
import { nameOf } from "./standings.ts";

/** What came of an exploration. */
export interface Survey {
  /** Distinct states. */
  readonly states: number;
  /** Ways from one of them to the next. */
  readonly steps: number;
  /** Steps to the farthest one. */
  readonly depth: number;
  /** States in which nothing can happen any more. */
  readonly ends: number;
  /** Distinct standings of single peers. */
  readonly standings: number;
  /** In how many states each landmark stands. */
  readonly landmarks: Readonly<Record<string, number>>;
  /** The first flaw that was met, and the path to it, a line a step; null where there is none. */
  readonly flaw: { readonly text: string; readonly path: readonly string[] } | null;
}

/**
 * Explores a setting to its end, or to the first flaw.
 *
 * @throws InvariantViolation where it has more states than its limit
 */
export function explore<S extends Speech, Facts>(setting: Setting<S, Facts>): Survey {
  return new Exploration(setting).run();
}

class Exploration<S extends Speech, Facts> {
  readonly #setting: Setting<S, Facts>;
  readonly #possible: Possible<S, Facts>;
  readonly #known = new Set<string>();
  /** For each state, by its number: the one that it was met from, and what happened then. */
  readonly #cameFrom: number[] = [];
  readonly #cameBy: (Passage<S, Facts> | null)[] = [];
  readonly #landmarks: readonly { readonly name: string; readonly stands: (facts: readonly Facts[]) => boolean }[];
  readonly #seen = new Map<string, number>();
  #steps = 0;
  #ends = 0;
  #depth = 0;
  #flaw: Survey["flaw"] = null;
  /** States that were met and not gone on from, in the order of their numbers. */
  #met: State<S, Facts>[] = [];

  constructor(setting: Setting<S, Facts>) {
    this.#setting = setting;
    this.#possible = new Possible(setting);
    this.#landmarks = Object.entries(setting.landmarks).map(([name, stands]) => ({ name, stands }));
  }

  run(): Survey {
    this.#meet(this.#possible.first(), -1, null);
    for (let first = 0; this.#met.length > 0 && this.#flaw === null; ) {
      const ring = this.#met;
      this.#met = [];
      for (const [i, state] of ring.entries()) if (this.#flaw === null) this.#goOn(first + i, state);
      first += ring.length;
      if (this.#met.length > 0) this.#depth += 1;
    }
    const landmarks = Object.fromEntries(this.#landmarks.map(({ name }) => [name, this.#seen.get(name) ?? 0]));
    return {
      states: this.#known.size,
      steps: this.#steps,
      depth: this.#depth,
      ends: this.#ends,
      standings: this.#possible.standings,
      landmarks,
      flaw: this.#flaw,
    };
  }

  /** Takes every step from a state. */
  #goOn(number: number, state: State<S, Facts>): void {
    const steps = this.#steps;
    for (const { passage, state: next } of this.#stepsFrom(number, state)) {
      this.#steps += 1;
      this.#meet(next, number, passage);
    }
    if (this.#steps === steps) this.#ends += 1;
  }

  /** A machine whose own invariants do not hold is a flaw like any other. */
  *#stepsFrom(number: number, state: State<S, Facts>) {
    try {
      yield* this.#possible.from(state);
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      this.#flaw = { text: error.message, path: this.#pathTo(number) };
    }
  }

  #meet(state: State<S, Facts>, from: number, by: Passage<S, Facts> | null): void {
    const key = keyOf(state);
    if (this.#known.has(key) || this.#flaw !== null) return;
    const { limit } = this.#setting;
    const number = this.#known.size;
    assert(number < limit, `there are more than ${limit} states: to have seen only these proves nothing`);
    this.#known.add(key);
    this.#cameFrom.push(from);
    this.#cameBy.push(by);
    this.#met.push(state);
    const facts = state.peers.map(({ facts }) => facts);
    const text = this.#setting.flaw(facts);
    if (text !== null) this.#flaw = { text, path: this.#pathTo(number) };
    for (const { name, stands } of this.#landmarks)
      if (stands(facts)) this.#seen.set(name, (this.#seen.get(name) ?? 0) + 1);
  }

  #pathTo(number: number): readonly string[] {
    const path: string[] = [];
    for (let at = number; at >= 0; at = this.#cameFrom[at] ?? -1) {
      const passage = this.#cameBy[at];
      if (passage != null) path.push(`${this.#name(passage.to.place)} ${passage.text()}`);
    }
    return path.reverse();
  }

  #name(place: number): string {
    const resident = this.#setting.residents[place];
    return resident === undefined ? "nobody" : nameOf(resident.peer);
  }
}

/** What is equal has one key. */
function keyOf<S extends Speech, Facts>({ peers, ways }: State<S, Facts>): string {
  let key = "";
  for (const { id } of peers) key += `${id} `;
  for (const { id } of ways) key += `${id} `;
  return key;
}
