import { assert } from "../../core/assert.ts";
import type { Effect, Speech } from "../../core/protocol.ts";
import type { Belongings, Save, Send } from "./standing.ts";

/** The effects of what happens to one peer at one moment, carried out. */
export class CarriedOut<S extends Speech> implements Belongings<S> {
  disk: readonly S["record"][];
  readonly saves: Save<S>[];
  held: Send<S>[];
  savedUpTo: number;
  /** What leaves, in its order. */
  readonly sent: Send<S>[] = [];
  readonly events: S["event"][] = [];

  constructor({ disk, saves, held, savedUpTo }: Belongings<S>) {
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

  /** Takes what a machine asks for. */
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
