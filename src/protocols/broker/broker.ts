import { type Effect, type Input, NO_EFFECTS, type Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { BrokerSpeech } from "./message.ts";

export class Broker implements Protocol<BrokerSpeech> {
  readonly #options: BrokerSpeech["options"];

  constructor(options: BrokerSpeech["options"], _saved: Iterable<BrokerSpeech["record"]>, _random: Random) {
    this.#options = options;
  }

  get deadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  step(_input: Input<BrokerSpeech>, _now: number): readonly Effect<BrokerSpeech>[] {
    return NO_EFFECTS;
  }

  checkpoint(): readonly BrokerSpeech["record"][] {
    return [];
  }

  view(): BrokerSpeech["view"] {
    return {
      term: null,
      isWorker: this.#options.isWorker,
      workers: [],
      jobs: [],
      picture: null,
      callers: 0,
      calls: 0,
      working: 0,
      worked: 0,
      counts: {
        slices: 0,
        hedged: 0,
        moved: 0,
        lateAnswers: 0,
        duplicateAnswers: 0,
        unknownAnswers: 0,
        rejectedAnswers: 0,
        refusedCalls: 0,
      },
      boards: { count: 0, bytes: 0 },
    };
  }
}
