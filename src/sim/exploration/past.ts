import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Effect, Input, Protocol, Speech } from "../../core/protocol.ts";
import { seededRandom } from "../../core/random.ts";
import { inWords } from "../script/told.ts";
import type { Resident, Setting } from "./setting.ts";
import type { Parcel, Ways } from "./ways.ts";

/** Virtual ms at which every clock begins. */
const BEGINNING = 1000;

type Send<S extends Speech> = Extract<Effect<S>, { readonly kind: "send" }>;

/** A save that the disk has not done. */
interface Save<S extends Speech> {
  readonly records: readonly S["record"][];
  readonly token: number;
}

/** What a life has asked of its surroundings. */
interface Standing<S extends Speech> {
  readonly disk: readonly S["record"][];
  /** Oldest first. */
  readonly saves: readonly Save<S>[];
  /** Sends that wait for a save. */
  readonly held: readonly Send<S>[];
  readonly savedUpTo: number;
}

/** One peer up to one moment: all that it has lived through. Two peers with one past are one and the same. */
export interface Past<S extends Speech, Facts> extends Standing<S> {
  readonly id: number;
  /** Which of the residents. */
  readonly place: number;
  /** Null before anything happened. */
  readonly before: Past<S, Facts> | null;
  /** What happened last. */
  readonly text: string;
  /** What its machine was given then. */
  readonly given: readonly Input<S>[];
  readonly isBirth: boolean;
  /** Its own clock. */
  readonly now: number;
  /** When a timeout is due; Infinity for never and for nobody. */
  readonly deadline: number;
  /** Null while it does not run. */
  readonly view: S["view"] | null;
  /** What left it when this happened, and to which resident. */
  readonly sent: readonly { readonly to: number; readonly parcel: Parcel<S> }[];
  /** Timeouts that its surroundings chose to let fire. */
  readonly timeouts: number;
  readonly crashes: number;
  readonly told: readonly string[];
  readonly facts: Facts;
}

/** What happens to a peer: all that is not said is as it was. */
interface Happening<S extends Speech> {
  /** Tells it from all else that can happen to the same peer at the same moment. */
  readonly key: string;
  readonly text: string;
  readonly given: readonly Input<S>[];
  readonly change?: Partial<Pick<Past<S, unknown>, "now" | "timeouts" | "crashes" | "told">>;
  readonly life?: "begins" | "ends";
  readonly save?: Save<S>;
}

/**
 * The pasts of all residents as trees: a past, and something that happens, give the next one. As a machine is determined
 * by its inputs, each step is worked out once and remembered; how a machine got there is played again from the start of
 * its life, for machines cannot be copied.
 */
export class Pasts<S extends Speech, Facts> {
  /** How many there are. */
  size = 0;
  readonly #setting: Setting<S, Facts>;
  readonly #ways: Ways<S>;
  readonly #next = new Map<string, Past<S, Facts>>();

  constructor(setting: Setting<S, Facts>, ways: Ways<S>) {
    this.#setting = setting;
    this.#ways = ways;
  }

  /** A resident that has just started, with links to all others. */
  first(place: number): Past<S, Facts> {
    const { saved } = this.#resident(place);
    const unborn: Past<S, Facts> = {
      ...{ id: this.#number(), place, before: null, text: "", given: [], isBirth: false },
      ...{ now: BEGINNING, deadline: Number.POSITIVE_INFINITY, view: null, sent: [] },
      ...{ disk: saved, saves: [], held: [], savedUpTo: 0 },
      ...{ timeouts: 0, crashes: 0, told: [], facts: this.#setting.nothing },
    };
    const up = this.#setting.residents
      .filter((_, other) => other !== place)
      .map(({ peer }): Input<S> => ({ kind: "link", peer, up: true }));
    return this.#after(unborn, { key: "start", text: "starts", given: up, life: "begins" });
  }

  /** The oldest parcel of a way has arrived. */
  takes(past: Past<S, Facts>, { id, input }: Parcel<S>): Past<S, Facts> {
    return this.#after(past, { key: `takes ${id}`, text: wordsFor(input), given: [input] });
  }

  /** The oldest save is on disk. */
  saves(past: Past<S, Facts>): Past<S, Facts> {
    const [save] = past.saves;
    assert(save !== undefined, "a save is under way");
    const { token } = save;
    return this.#after(past, { key: "saves", text: `saved ${token}`, given: [{ kind: "saved", upTo: token }], save });
  }

  /** Its clock moves to its deadline. What was due already costs none of its timeouts. */
  timesOut(past: Past<S, Facts>): Past<S, Facts> {
    const now = Math.max(past.now, past.deadline);
    const timeouts = past.timeouts + (past.deadline > past.now ? 1 : 0);
    const change = { now, timeouts };
    return this.#after(past, { key: "times out", text: `timeout at ${now}`, given: [{ kind: "timeout" }], change });
  }

  /** It is given a command. */
  obeys(past: Past<S, Facts>, text: string, command: S["command"]): Past<S, Facts> {
    const change = { told: [...past.told, text] };
    return this.#after(past, { key: `obeys ${text}`, text, given: [{ kind: "command", command }], change });
  }

  /** Its life ends, and what was not on disk is gone. */
  crashes(past: Past<S, Facts>): Past<S, Facts> {
    const change = { crashes: past.crashes + 1 };
    return this.#after(past, { key: "crashes", text: "crashes", given: [], life: "ends", change });
  }

  /** Another life begins on its disk. */
  restarts(past: Past<S, Facts>): Past<S, Facts> {
    return this.#after(past, { key: "restarts", text: "starts again", given: [], life: "begins" });
  }

  #after(before: Past<S, Facts>, happening: Happening<S>): Past<S, Facts> {
    const key = `${before.id} ${happening.key}`;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    const past = happening.life === "ends" ? this.#ended(before, happening) : this.#lived(before, happening);
    this.#next.set(key, past);
    return past;
  }

  #ended(before: Past<S, Facts>, { text, given, change }: Happening<S>): Past<S, Facts> {
    const { place, disk } = before;
    return {
      ...before,
      ...{ id: this.#number(), before, text, given, isBirth: false },
      ...{ deadline: Number.POSITIVE_INFINITY, view: null, sent: [], saves: [], held: [], savedUpTo: 0 },
      ...change,
      facts: this.#remember(before, { place, disk, saves: [], view: null, events: [] }),
    };
  }

  #lived(before: Past<S, Facts>, happening: Happening<S>): Past<S, Facts> {
    const { place } = before;
    const { text, given, change } = happening;
    const isBirth = happening.life === "begins";
    const now = change?.now ?? before.now;
    const machine = isBirth ? this.#start(before) : this.#again(before);
    const steps = new Steps<S>(before);
    if (happening.save !== undefined) steps.save(happening.save);
    // What is due as soon as it starts is done before anything can come.
    const inputs: readonly Input<S>[] = isBirth && machine.deadline <= now ? [{ kind: "timeout" }, ...given] : given;
    for (const input of inputs) steps.take(machine.step(input, now));
    const { disk, saves, held, savedUpTo, events } = steps;
    const view = machine.view();
    return {
      ...before,
      ...{ id: this.#number(), before, text, given: inputs, isBirth, now, deadline: machine.deadline, view },
      ...{ disk, saves, held, savedUpTo, sent: steps.sent.map((send) => this.#sent(place, send)) },
      ...change,
      facts: this.#remember(before, { place, disk, saves, view, events }),
    };
  }

  /** The machine of a peer at that moment. */
  #again(past: Past<S, Facts>): Protocol<S> {
    const path: Past<S, Facts>[] = [];
    let birth = past;
    for (; !birth.isBirth && birth.before !== null; birth = birth.before) path.push(birth);
    assert(birth.before !== null, "whoever lives was born");
    const machine = this.#start(birth.before);
    for (const { given, now } of [birth, ...path.reverse()]) for (const input of given) machine.step(input, now);
    return machine;
  }

  #start({ place, crashes, disk, now }: Past<S, Facts>): Protocol<S> {
    const { definition } = this.#setting;
    const random = seededRandom(place + this.#setting.residents.length * crashes);
    return definition.start(this.#resident(place).options, disk.slice(), random, now);
  }

  #remember(
    { facts }: Past<S, Facts>,
    lived: Pick<Past<S, Facts>, "place" | "disk" | "saves" | "view"> & { readonly events: readonly S["event"][] },
  ): Facts {
    const { place, disk, saves, view, events } = lived;
    const underWay = saves.flatMap(({ records }) => records);
    return this.#setting.remember(facts, { peer: this.#resident(place).peer, events, view, disk, underWay });
  }

  #sent(place: number, { to, message }: Send<S>): Past<S, Facts>["sent"][number] {
    assert("peer" in to, "machines that are explored speak to peers alone");
    const receiver = this.#setting.residents.findIndex(({ peer }) => peer === to.peer);
    assert(receiver >= 0, `nobody is ${to.peer}`);
    return { to: receiver, parcel: this.#ways.message(this.#resident(place).peer, message) };
  }

  #resident(place: number): Resident<S> {
    const resident = this.#setting.residents[place];
    assert(resident !== undefined, `there is a resident ${place}`);
    return resident;
  }

  #number(): number {
    this.size += 1;
    return this.size;
  }
}

/** The effects of the steps that follow from one happening, carried out. */
class Steps<S extends Speech> {
  disk: readonly S["record"][];
  readonly saves: Save<S>[];
  held: Send<S>[];
  savedUpTo: number;
  readonly sent: Send<S>[] = [];
  readonly events: S["event"][] = [];

  constructor({ disk, saves, held, savedUpTo }: Standing<S>) {
    this.disk = disk;
    this.saves = saves.slice();
    this.held = held.slice();
    this.savedUpTo = savedUpTo;
  }

  /** The oldest save is done: what waited for it leaves before its machine hears of it. */
  save({ records, token }: Save<S>): void {
    this.saves.shift();
    this.disk = [...this.disk, ...records];
    this.savedUpTo = token;
    this.sent.push(...this.held.filter(({ after }) => after <= token));
    this.held = this.held.filter(({ after }) => after > token);
  }

  take(effects: readonly Effect<S>[]): void {
    for (const effect of effects) {
      if (effect.kind === "event") this.events.push(effect.event);
      else if (effect.kind === "save") this.saves.push(effect);
      else {
        assert(effect.kind === "send", "machines that are explored have no connections");
        (effect.after > this.savedUpTo ? this.held : this.sent).push(effect);
      }
    }
  }
}

function wordsFor<S extends Speech>(input: Input<S>): string {
  if (input.kind === "message" && "peer" in input.from)
    return `hears ${nameOf(input.from.peer)}: ${inWords(input.message, { nameOf, nameAt: () => undefined })}`;
  if (input.kind === "link") return `sees the link to ${nameOf(input.peer)} ${input.up ? "come up" : "break"}`;
  return input.kind;
}

/** What a path calls a peer: its ID without the zeros before it. */
export function nameOf(peer: PeerId): string {
  return peer.replace(/^0+/, "");
}
