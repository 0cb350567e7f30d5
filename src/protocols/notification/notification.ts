import { Effects } from "../../core/effects.ts";
import type { Effect, Input, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { NotificationSpeech } from "./message.ts";

/** The machine of one peer's notification. */
export class Notification implements Protocol<NotificationSpeech> {
  readonly #options: NotificationSpeech["options"];
  readonly #random: Random;
  readonly #effects = new Effects<NotificationSpeech>();

  constructor(options: NotificationSpeech["options"], random: Random) {
    this.#options = options;
    this.#random = random;
  }

  get deadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  step(_input: Input<NotificationSpeech>, _now: number): readonly Effect<NotificationSpeech>[] {
    void this.#random;
    void this.#options;
    return this.#effects.take();
  }

  view(): NotificationSpeech["view"] {
    return {
      notices: [],
      subscribers: [],
      types: [],
      cached: { notices: 0, bytes: 0 },
      counts: {
        announced: 0,
        received: 0,
        pulled: 0,
        duplicates: 0,
        sent: 0,
        delivered: 0,
        invalid: 0,
        unanswered: 0,
        abandoned: 0,
        refused: 0,
        unwelcome: 0,
        evicted: 0,
      },
    };
  }

  checkpoint(): readonly never[] {
    return [];
  }
}
