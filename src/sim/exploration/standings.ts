import { assert } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { Input, Protocol, Speech } from "../../core/protocol.ts";
import { seededRandom } from "../../core/random.ts";
import { inWords } from "../script/told.ts";
import { CarriedOut } from "./carried-out.ts";
import type { Lived, Resident, Setting } from "./setting.ts";
import type { Passage, Send, Standing } from "./standing.ts";
import { canReadMachines, digestOf } from "./state-text.ts";
import type { Parcel, Ways } from "./ways.ts";

/** Virtual ms at which every clock begins. */
const BEGINNING = 1000;

/** What happens to a peer: all that is not said of it is as it was. */
interface Happening<S extends Speech> {
  /** Tells it from all else that can happen to the same peer at the same moment. */
  readonly key: string;
  /** In words; worked out for the few that stand on a path. */
  readonly text: () => string;
  readonly given: readonly Input<S>[];
  readonly change?: Partial<Pick<Standing<S, unknown>, "now" | "timeouts" | "crashes" | "told">>;
  readonly life?: "begins" | "ends";
  readonly isSave?: true;
}

/** A standing as it was worked out, before it is known whether it is a new one. */
type Draft<S extends Speech, Facts> = Omit<Standing<S, Facts>, "id">;

/**
 * How residents can stand, and how each comes from one moment to the next. As a machine is determined by its inputs,
 * each passage is worked out once and remembered; how a machine got there is played again from the start of its life,
 * for machines cannot be copied.
 */
export class Standings<S extends Speech, Facts> {
  /** How many there are. */
  size = 0;
  readonly #setting: Setting<S, Facts>;
  readonly #ways: Ways<S>;
  readonly #passages = new Map<string, Passage<S, Facts>>();
  readonly #known = new Map<string, Standing<S, Facts>>();

  constructor(setting: Setting<S, Facts>, ways: Ways<S>) {
    this.#setting = setting;
    this.#ways = ways;
  }

  /** A resident starts, with links to all others. */
  first(place: number): Passage<S, Facts> {
    const { saved } = this.#resident(place);
    const unborn: Standing<S, Facts> = {
      ...{ id: -place, place, now: BEGINNING, deadline: Number.POSITIVE_INFINITY, view: null },
      ...{ disk: saved, saves: [], held: [], savedUpTo: 0 },
      ...{ timeouts: 0, crashes: 0, told: [], facts: this.#setting.nothing },
      ...{ before: null, given: [], isBirth: false },
    };
    const up = this.#setting.residents
      .filter((_, other) => other !== place)
      .map(({ peer }): Input<S> => ({ kind: "link", peer, up: true }));
    return this.#pass(unborn, { key: "start", text: () => "starts", given: up, life: "begins" });
  }

  /** The oldest parcel of a way has arrived. */
  takes(peer: Standing<S, Facts>, { id, input }: Parcel<S>): Passage<S, Facts> {
    return this.#pass(peer, { key: `takes ${id}`, text: () => wordsFor(input), given: [input] });
  }

  /** The oldest save is on disk. */
  saves(peer: Standing<S, Facts>): Passage<S, Facts> {
    const upTo = peer.saves[0]?.token;
    assert(upTo !== undefined, "a save is under way");
    return this.#pass(peer, {
      key: "saves",
      text: () => `saved ${upTo}`,
      given: [{ kind: "saved", upTo }],
      isSave: true,
    });
  }

  /** Its clock moves to its deadline. What was due already costs none of its timeouts. */
  timesOut(peer: Standing<S, Facts>): Passage<S, Facts> {
    const now = Math.max(peer.now, peer.deadline);
    const timeouts = peer.timeouts + (peer.deadline > peer.now ? 1 : 0);
    const text = () => `timeout at ${now}`;
    return this.#pass(peer, { key: "times out", text, given: [{ kind: "timeout" }], change: { now, timeouts } });
  }

  /** It is given a command. */
  obeys(peer: Standing<S, Facts>, text: string, command: S["command"]): Passage<S, Facts> {
    const change = { told: [...peer.told, text] };
    return this.#pass(peer, { key: `obeys ${text}`, text: () => text, given: [{ kind: "command", command }], change });
  }

  /** Its life ends, and what was not on disk is gone. */
  crashes(peer: Standing<S, Facts>): Passage<S, Facts> {
    const change = { crashes: peer.crashes + 1 };
    return this.#pass(peer, { key: "crashes", text: () => "crashes", given: [], life: "ends", change });
  }

  /** Another life begins on its disk. */
  restarts(peer: Standing<S, Facts>): Passage<S, Facts> {
    return this.#pass(peer, { key: "restarts", text: () => "starts again", given: [], life: "begins" });
  }

  #pass(before: Standing<S, Facts>, happening: Happening<S>): Passage<S, Facts> {
    const key = `${before.id} ${happening.key}`;
    const known = this.#passages.get(key);
    if (known !== undefined) return known;
    const passage = happening.life === "ends" ? this.#dies(before, happening) : this.#lives(before, happening);
    this.#passages.set(key, passage);
    return passage;
  }

  #dies(before: Standing<S, Facts>, { text, given, change }: Happening<S>): Passage<S, Facts> {
    const { disk } = before;
    const facts = this.#remember(before, { disk, underWay: [], view: null, events: [] });
    const to = this.#oneOf(null, {
      ...before,
      ...{ deadline: Number.POSITIVE_INFINITY, view: null, saves: [], held: [], savedUpTo: 0 },
      ...change,
      ...{ facts, before, given, isBirth: false },
    });
    return { text, to, sent: [] };
  }

  #lives(before: Standing<S, Facts>, happening: Happening<S>): Passage<S, Facts> {
    const { text, change, isSave } = happening;
    const isBirth = happening.life === "begins";
    const now = change?.now ?? before.now;
    const machine = isBirth ? this.#start(before) : this.#again(before);
    const done = new CarriedOut<S>(before);
    const [save] = before.saves;
    if (isSave && save !== undefined) done.save(save);
    // What is due as soon as it starts is done before anything can come.
    const isDue = isBirth && machine.deadline <= now;
    const given: Input<S>[] = isDue ? [{ kind: "timeout" }, ...happening.given] : happening.given.slice();
    for (const input of given) done.take(machine.step(input, now));
    if (this.#resident(before.place).disk === "instant") given.push(...doAllSaves(machine, done, now));
    const { disk, saves, held, savedUpTo, sent, events } = done;
    const { deadline } = machine;
    const view = machine.view();
    const underWay = saves.flatMap(({ records }) => records);
    const facts = this.#remember(before, { disk, underWay, view, events });
    const to = this.#oneOf(machine, {
      ...before,
      ...{ now, deadline, view, disk, saves, held, savedUpTo },
      ...change,
      ...{ facts, before, given, isBirth },
    });
    return { text, to, sent: sent.map((send) => this.#sent(before.place, send)) };
  }

  /** The machine of a peer at that moment. */
  #again(peer: Standing<S, Facts>): Protocol<S> {
    const path: Standing<S, Facts>[] = [];
    let birth = peer;
    for (; !birth.isBirth && birth.before !== null; birth = birth.before) path.push(birth);
    assert(birth.before !== null, "whoever lives was born");
    const machine = this.#start(birth.before);
    for (const { given, now } of [birth, ...path.reverse()]) for (const input of given) machine.step(input, now);
    return machine;
  }

  #start({ place, crashes, disk, now }: Standing<S, Facts>): Protocol<S> {
    const { definition, residents } = this.#setting;
    const random = seededRandom(place + residents.length * crashes);
    return definition.start(this.#resident(place).options, disk.slice(), random, now);
  }

  /** The one standing that is equal to this one in all but the way to it, where machines can be compared. */
  #oneOf(machine: Protocol<S> | null, draft: Draft<S, Facts>): Standing<S, Facts> {
    this.size += 1;
    if (!canReadMachines) return { ...draft, id: this.size };
    const { place, now, timeouts, crashes, told, facts, disk, saves, held, savedUpTo } = draft;
    const key = digestOf(machine, [place, now, timeouts, crashes, told, facts], disk, saves, held, savedUpTo);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.size -= 1;
      return known;
    }
    const standing = { ...draft, id: this.size };
    this.#known.set(key, standing);
    return standing;
  }

  #remember({ place, facts }: Standing<S, Facts>, lived: Omit<Lived<S>, "peer">): Facts {
    return this.#setting.remember(facts, { peer: this.#resident(place).peer, ...lived });
  }

  #sent(place: number, { to, message }: Send<S>): Passage<S, Facts>["sent"][number] {
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
}

/** Does all saves, and those that follow from that; what the machine was given for it. */
function doAllSaves<S extends Speech>(machine: Protocol<S>, done: CarriedOut<S>, now: number): readonly Input<S>[] {
  const given: Input<S>[] = [];
  for (let save = done.saves[0]; save !== undefined; save = done.saves[0]) {
    const input: Input<S> = { kind: "saved", upTo: save.token };
    given.push(input);
    done.save(save);
    done.take(machine.step(input, now));
  }
  return given;
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
