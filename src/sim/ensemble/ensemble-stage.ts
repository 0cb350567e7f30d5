import { type Address, portOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { type PeerId, parsePeerId } from "../../core/peer-id.ts";
import type { Input, Speech } from "../../core/protocol.ts";
import type { ProtocolEvent } from "../../peer/peer-event.ts";
import { type Definition, isTold } from "../../protocols/definition.ts";
import type { Conditions } from "../network/conditions.ts";
import type { Coming, Delivery, Name, Scene, SceneEvent, Statement } from "../script/script.ts";
import type { Stage, Told } from "../script/stage.ts";
import { Ensemble, type EnsembleOptions } from "./ensemble.ts";

/** What a machine is started with, in whatever way a script lets its peer come. */
export type OptionsOf<S extends Speech> = (peer: PeerId, coming: Coming) => S["options"];

/** The longest name. */
const ID_DIGITS = 16;

/**
 * Machines of one protocol in virtual time as the stage of a script, without the rest of a peer. A name is a number of at
 * most 16 hex digits, such as a port, and the ID of its peer that number with zeros before it. To start is to add a
 * machine, however its peer comes; what the protocol is told then, closures say: inputs of its machine.
 */
export class EnsembleStage<S extends Speech> implements Stage<S["view"]> {
  /** What is played on, for whoever watches its steps. */
  readonly ensemble: Ensemble<S>;
  readonly #definition: Definition<S>;
  readonly #optionsOf: OptionsOf<S>;
  readonly #names = new Map<PeerId, Name>();
  readonly #events: SceneEvent[] = [];

  constructor(definition: Definition<S>, optionsOf: OptionsOf<S>, options: Omit<EnsembleOptions, "keepEvents">) {
    this.#definition = definition;
    this.#optionsOf = optionsOf;
    this.ensemble = new Ensemble(definition, { ...options, keepEvents: false });
    this.ensemble.onEvent = (peer, event) => this.#note(peer, event);
  }

  refuses(statement: Statement<S["view"]>): string | null {
    switch (statement.kind) {
      case "start":
        if (["critic", "client", "life"].includes(statement.coming.kind)) return NO_PROGRAMS;
        return statement.coming.kind === "liar" ? NO_LIARS : flawOf(statement.peers);
      case "tune":
        return NO_TUNING;
      case "crash":
        return statement.tear ? NO_TORN_WRITES : null;
      case "leave":
        return NO_LEAVING;
      case "disk":
        return NO_DISKS;
      case "clock":
        return NO_CLOCKS;
      case "worker":
        return NO_WORKERS;
      case "entry":
        return NO_PALETTE;
      case "expect":
        return statement.condition.kind === "event" || statement.condition.kind === "holds" ? null : NO_PICTURES;
      default:
        return null;
    }
  }

  picture(): null {
    return null;
  }

  scene(): Scene<S["view"]> {
    const { ensemble } = this;
    return {
      now: ensemble.now,
      names: [...this.#names.values()],
      view: (name) => (ensemble.runs(idOf(name)) ? ensemble.machine(idOf(name)).view() : null),
      nameOf: (id: PeerId) => this.#names.get(id),
      nameAt: (address: Address) => this.#names.get(idOf(String(portOf(address)))),
      events: this.#events,
      history: () => [],
      followed: () => null,
    };
  }

  start(peer: Name, coming: Coming): void {
    const id = idOf(peer);
    this.#names.set(id, peer);
    this.ensemble.add(id, this.#optionsOf(id, coming));
  }

  /** @throws InvariantViolation: it is refused */
  leave(): void {
    assert(false, NO_LEAVING);
  }

  crash(peer: Name): void {
    this.ensemble.crash(idOf(peer));
  }

  recover(peer: Name): void {
    this.ensemble.restart(idOf(peer));
  }

  pause(peer: Name): void {
    this.ensemble.pause(idOf(peer));
  }

  resume(peer: Name): void {
    this.ensemble.resume(idOf(peer));
  }

  link(from: Name, to: Name, change: Partial<Conditions>): void {
    this.ensemble.link(idOf(from), idOf(to), change);
  }

  mend(from: Name, to: Name): void {
    this.ensemble.mend(idOf(from), idOf(to));
  }

  heal(): void {
    this.ensemble.heal();
  }

  /** @throws InvariantViolation: it is refused */
  disk(): void {
    assert(false, NO_DISKS);
  }

  /** @throws InvariantViolation: it is refused */
  clock(): void {
    assert(false, NO_CLOCKS);
  }

  /** @throws InvariantViolation: it is refused */
  slow(): void {
    assert(false, NO_WORKERS);
  }

  async enter(): Promise<Told> {
    return { ok: false, text: NO_PALETTE };
  }

  /** @throws InvariantViolation where the message is no input of a machine: only a closure of a test can hand one over */
  deliver({ peer, message }: Delivery): void {
    assert(typeof message === "object" && message !== null && "kind" in message, "an input of a machine has a kind");
    this.ensemble.input(idOf(peer), message as Input<S>);
  }

  async runUntil(holds: () => boolean, limitMs: number): Promise<boolean> {
    return this.ensemble.runUntil(holds, limitMs);
  }

  #note(peer: PeerId, event: S["event"]): void {
    const name = this.#names.get(peer);
    assert(name !== undefined, `${peer} was started`);
    if (!isTold(this.#definition, event)) return;
    const routine = this.#definition.routine.has(event.kind);
    // Of a protocol that no peer holds, too: what reads events goes by their fields.
    this.#events.push({ at: this.ensemble.now, peer: name, event: event as ProtocolEvent, routine });
  }
}

const NO_LIARS = "machines of one protocol take what they are sent for what their own kind says: there are no liars";
const NO_PROGRAMS = "machines of one protocol have no local programs";
const NO_TUNING = "machines of one protocol are given their options by whoever made the stage";
const NO_TORN_WRITES = "machines of one protocol save whole records: no write is torn";
const NO_LEAVING = "machines of one protocol know no way to leave: let a closure give the command";
const NO_DISKS = "machines of one protocol have disks that are always well";
const NO_CLOCKS = "machines of one protocol have one clock, and it is right";
const NO_WORKERS = "nobody computes for machines of one protocol";
const NO_PALETTE = "machines of one protocol have no palette: let a closure give the command";
const NO_PICTURES = "machines of one protocol have views of their own: expect an event, or a closure that holds";

/** The ID of the peer that is called so. */
export function idOf(name: Name): PeerId {
  const id = parsePeerId(name.padStart(ID_DIGITS, "0"));
  assert(id !== undefined, `${name} is a number of at most ${ID_DIGITS} hex digits`);
  return id;
}

/** Why some names are none here, in one line; null where all are. */
function flawOf(names: readonly Name[]): string | null {
  const wrong = names.find((name) => parsePeerId(name.padStart(ID_DIGITS, "0")) === undefined);
  return wrong === undefined ? null : `${wrong} is no number of at most ${ID_DIGITS} hex digits, which names are here`;
}
