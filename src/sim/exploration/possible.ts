import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Speech } from "../../core/protocol.ts";
import { type Past, Pasts } from "./past.ts";
import type { Setting } from "./setting.ts";
import { type Parcel, type Way, Ways } from "./ways.ts";

/** What all peers have lived through, and what is on its way: from `a` to `b` of `n` at `a * n + b`. */
export interface State<S extends Speech, Facts> {
  readonly pasts: readonly Past<S, Facts>[];
  readonly ways: readonly Way<S>[];
}

/** A step from one state to the next: something that happened to one peer. */
export interface Step<S extends Speech, Facts> {
  readonly past: Past<S, Facts>;
  readonly state: State<S, Facts>;
}

/** What can happen in each state of a small world. */
export class Possible<S extends Speech, Facts> {
  readonly #setting: Setting<S, Facts>;
  readonly #ways: Ways<S>;
  readonly #pasts: Pasts<S, Facts>;

  constructor(setting: Setting<S, Facts>) {
    this.#setting = setting;
    this.#ways = new Ways(setting.definition.framing);
    this.#pasts = new Pasts(setting, this.#ways);
  }

  /** Distinct pasts of single peers so far. */
  get pasts(): number {
    return this.#pasts.size;
  }

  /** Everybody has just started. */
  first(): State<S, Facts> {
    const { residents } = this.#setting;
    const pasts = residents.map((_, place) => this.#pasts.first(place));
    let ways: readonly Way<S>[] = residents.flatMap(() => residents.map(() => this.#ways.empty));
    for (const past of pasts) ways = this.#sending(past, { pasts, ways });
    return { pasts, ways };
  }

  /** Every step that can be taken from a state, in an order that is always the same. */
  *from(state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    for (const past of state.pasts) {
      if (past.view === null) yield this.#restart(past, state);
      else yield* this.#happeningsTo(past, state);
    }
    yield* this.#commands(state);
  }

  /** All that can happen to a peer that runs, but for commands. */
  *#happeningsTo(past: Past<S, Facts>, state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    const { residents, crashes } = this.#setting;
    yield* this.#arrivals(past, state);
    if (past.saves.length > 0) yield this.#step(this.#pasts.saves(past), state);
    const isDue = past.deadline <= past.now;
    const mayWait = past.deadline !== Number.POSITIVE_INFINITY;
    if (isDue || (mayWait && past.timeouts < (residents[past.place]?.timeouts ?? 0)))
      yield this.#step(this.#pasts.timesOut(past), state);
    if (state.pasts.reduce((sum, each) => sum + each.crashes, 0) < crashes) yield this.#crash(past, state);
  }

  *#arrivals(past: Past<S, Facts>, { pasts, ways }: State<S, Facts>): Generator<Step<S, Facts>, void> {
    for (const from of pasts.keys()) {
      const at = from * pasts.length + past.place;
      const way = ways[at];
      const parcel = way?.parcels[0];
      if (way === undefined || parcel === undefined) continue;
      yield this.#step(this.#pasts.takes(past, parcel), { pasts, ways: ways.with(at, this.#ways.rest(way)) });
    }
  }

  *#commands(state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    const { residents, offers } = this.#setting;
    const seen = state.pasts.map(({ view, told, place }) => ({ peer: this.#peer(place), view, told }));
    for (const { to, text, command } of offers(seen)) {
      const past = state.pasts[residents.findIndex(({ peer }) => peer === to)];
      assert(past !== undefined && past.view !== null, `${to} runs, so that it can be told to ${text}`);
      yield this.#step(this.#pasts.obeys(past, text, command), state);
    }
  }

  /** What is on its way to it is lost; the others see their links to it break, after what it said before. */
  #crash(past: Past<S, Facts>, { pasts, ways }: State<S, Facts>): Step<S, Facts> {
    const left = ways.map((way, at) => (at % pasts.length === past.place ? this.#ways.empty : way));
    return this.#step(this.#pasts.crashes(past), { pasts, ways: this.#telling(past, false, { pasts, ways: left }) });
  }

  /** Its links to all that run come up at both ends. */
  #restart(past: Past<S, Facts>, { pasts, ways }: State<S, Facts>): Step<S, Facts> {
    let linked = this.#telling(past, true, { pasts, ways });
    for (const { place, view } of pasts)
      if (view !== null) linked = this.#with(linked, place, past.place, this.#ways.link(this.#peer(place), true));
    return this.#step(this.#pasts.restarts(past), { pasts, ways: linked });
  }

  /** All others that run are to see the link to a peer come up or break. */
  #telling({ place }: Past<S, Facts>, up: boolean, { pasts, ways }: State<S, Facts>): readonly Way<S>[] {
    let told = ways;
    for (const other of pasts)
      if (other.place !== place && other.view !== null)
        told = this.#with(told, place, other.place, this.#ways.link(this.#peer(place), up));
    return told;
  }

  /** One peer has lived through something more. */
  #step(past: Past<S, Facts>, { pasts, ways }: State<S, Facts>): Step<S, Facts> {
    const now = pasts.with(past.place, past);
    return { past, state: { pasts: now, ways: this.#sending(past, { pasts: now, ways }) } };
  }

  /** What a peer sent last is on its way; to whom does not run it is lost. */
  #sending({ place, sent }: Past<S, Facts>, { pasts, ways }: State<S, Facts>): readonly Way<S>[] {
    let sending = ways;
    for (const { to, parcel } of sent) if (pasts[to]?.view !== null) sending = this.#with(sending, place, to, parcel);
    return sending;
  }

  #with(ways: readonly Way<S>[], from: number, to: number, parcel: Parcel<S>): readonly Way<S>[] {
    const at = from * this.#setting.residents.length + to;
    return ways.with(at, this.#ways.with(ways[at] ?? this.#ways.empty, parcel));
  }

  #peer(place: number): PeerId {
    const resident = this.#setting.residents[place];
    assert(resident !== undefined, `there is a resident ${place}`);
    return resident.peer;
  }
}
