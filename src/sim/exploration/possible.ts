import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Speech } from "../../core/protocol.ts";
import type { Offer, Opening, Setting } from "./setting.ts";
import type { Passage, Standing } from "./standing.ts";
import { Standings } from "./standings.ts";
import { type Parcel, type Way, Ways } from "./ways.ts";

/** How all peers stand, and what is on its way: from `a` to `b` of `n` at `a * n + b`. */
export interface State<S extends Speech, Facts> {
  readonly peers: readonly Standing<S, Facts>[];
  readonly ways: readonly Way<S>[];
}

/** A step from one state to the next: something that happened to one peer. */
export interface Step<S extends Speech, Facts> {
  readonly passage: Passage<S, Facts>;
  readonly state: State<S, Facts>;
}

/** What can happen in each state of a small world. */
export class Possible<S extends Speech, Facts> {
  readonly #setting: Setting<S, Facts>;
  readonly #ways: Ways<S>;
  readonly #standings: Standings<S, Facts>;

  constructor(setting: Setting<S, Facts>) {
    this.#setting = setting;
    this.#ways = new Ways(setting.definition.framing);
    this.#standings = new Standings(setting, this.#ways);
  }

  /** Distinct standings of single peers so far. */
  get standings(): number {
    return this.#standings.size;
  }

  /** Where the exploration begins. */
  first(): State<S, Facts> {
    return this.#setting.opening.reduce((state, opening) => this.#open(state, opening), this.#started());
  }

  /** Everybody has just started. */
  #started(): State<S, Facts> {
    const { residents } = this.#setting;
    const starts = residents.map((_, place) => this.#standings.first(place));
    const peers = starts.map(({ to }) => to);
    let ways: readonly Way<S>[] = residents.flatMap(() => residents.map(() => this.#ways.empty));
    for (const start of starts) ways = this.#sending(start, { peers, ways });
    return { peers, ways };
  }

  #open(state: State<S, Facts>, opening: Opening<S>): State<S, Facts> {
    if (opening.kind === "command") return this.#obey(opening.offer, state).state;
    if (opening.kind === "timeout")
      return this.#step(this.#standings.timesOut(this.#of(opening.peer, state)), state).state;
    let quiet = state;
    for (let step = this.#oldest(quiet); step !== undefined; step = this.#oldest(quiet)) quiet = step.state;
    return quiet;
  }

  /** The first of all that only takes its course. */
  #oldest(state: State<S, Facts>): Step<S, Facts> | undefined {
    for (const peer of state.peers) {
      for (const step of this.#arrivals(peer, state)) return step;
      if (peer.saves.length > 0) return this.#step(this.#standings.saves(peer), state);
    }
    return undefined;
  }

  /** Every step that can be taken from a state, in an order that is always the same. */
  *from(state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    for (const peer of state.peers) {
      if (peer.view === null) yield this.#restart(peer, state);
      else yield* this.#happeningsTo(peer, state);
    }
    yield* this.#commands(state);
  }

  /** All that can happen to a peer that runs, but for commands. */
  *#happeningsTo(peer: Standing<S, Facts>, state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    const { residents, crashes } = this.#setting;
    yield* this.#arrivals(peer, state);
    if (peer.saves.length > 0) yield this.#step(this.#standings.saves(peer), state);
    const isDue = peer.deadline <= peer.now;
    const mayWait = peer.deadline !== Number.POSITIVE_INFINITY;
    if (isDue || (mayWait && peer.timeouts < (residents[peer.place]?.timeouts ?? 0)))
      yield this.#step(this.#standings.timesOut(peer), state);
    if (state.peers.reduce((sum, each) => sum + each.crashes, 0) < crashes) yield this.#crash(peer, state);
  }

  *#arrivals(peer: Standing<S, Facts>, { peers, ways }: State<S, Facts>): Generator<Step<S, Facts>, void> {
    for (const from of peers.keys()) {
      const at = from * peers.length + peer.place;
      const way = ways[at];
      const parcel = way?.parcels[0];
      if (way === undefined || parcel === undefined) continue;
      yield this.#step(this.#standings.takes(peer, parcel), { peers, ways: ways.with(at, this.#ways.rest(way)) });
    }
  }

  *#commands(state: State<S, Facts>): Generator<Step<S, Facts>, void> {
    const seen = state.peers.map(({ view, told, place }) => ({ peer: this.#peer(place), view, told }));
    for (const offer of this.#setting.offers(seen)) yield this.#obey(offer, state);
  }

  #obey({ to, text, command }: Offer<S>, state: State<S, Facts>): Step<S, Facts> {
    return this.#step(this.#standings.obeys(this.#of(to, state), text, command), state);
  }

  /** A peer that runs. */
  #of(peer: PeerId, { peers }: State<S, Facts>): Standing<S, Facts> {
    const standing = peers[this.#setting.residents.findIndex((resident) => resident.peer === peer)];
    assert(standing !== undefined && standing.view !== null, `${peer} runs, so that something can be asked of it`);
    return standing;
  }

  /** What is on its way to it is lost; the others see their links to it break, after what it said before. */
  #crash(peer: Standing<S, Facts>, { peers, ways }: State<S, Facts>): Step<S, Facts> {
    const left = ways.map((way, at) => (at % peers.length === peer.place ? this.#ways.empty : way));
    return this.#step(this.#standings.crashes(peer), {
      peers,
      ways: this.#telling(peer, false, { peers, ways: left }),
    });
  }

  /** Its links to all that run come up at both ends. */
  #restart(peer: Standing<S, Facts>, { peers, ways }: State<S, Facts>): Step<S, Facts> {
    let linked = this.#telling(peer, true, { peers, ways });
    for (const { place, view } of peers)
      if (view !== null) linked = this.#with(linked, place, peer.place, this.#ways.link(this.#peer(place), true));
    return this.#step(this.#standings.restarts(peer), { peers, ways: linked });
  }

  /** All others that run are to see the link to a peer come up or break. */
  #telling({ place }: Standing<S, Facts>, up: boolean, { peers, ways }: State<S, Facts>): readonly Way<S>[] {
    let told = ways;
    for (const other of peers)
      if (other.place !== place && other.view !== null)
        told = this.#with(told, place, other.place, this.#ways.link(this.#peer(place), up));
    return told;
  }

  /** One peer goes on to its next moment. */
  #step(passage: Passage<S, Facts>, { peers, ways }: State<S, Facts>): Step<S, Facts> {
    const now = peers.with(passage.to.place, passage.to);
    return { passage, state: { peers: now, ways: this.#sending(passage, { peers: now, ways }) } };
  }

  /** What a peer just sent is on its way; to whom does not run it is lost. */
  #sending({ to: { place }, sent }: Passage<S, Facts>, { peers, ways }: State<S, Facts>): readonly Way<S>[] {
    let sending = ways;
    for (const { to, parcel } of sent) if (peers[to]?.view !== null) sending = this.#with(sending, place, to, parcel);
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
