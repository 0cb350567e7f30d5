import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import type { OfficeSpeech } from "./message.ts";

export class Office implements Protocol<OfficeSpeech> {
  readonly #options: OfficeSpeech["options"];

  constructor(options: OfficeSpeech["options"]) {
    this.#options = options;
  }

  get deadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  step(_input: Input<OfficeSpeech>, _now: number): readonly Effect<OfficeSpeech>[] {
    return NO_EFFECTS;
  }

  checkpoint(): readonly never[] {
    return [];
  }

  view(): OfficeSpeech["view"] {
    const { address, driver, leaseMs } = this.#options;
    return {
      phase: "idle",
      address,
      driver,
      holdsAddress: false,
      holder: null,
      term: 0,
      waitUntil: null,
      leaseUntil: null,
      leaseMs,
      since: null,
      renewals: 0,
      expiries: 0,
    };
  }
}
