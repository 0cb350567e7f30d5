import { type Random, seededRandom } from "../../../src/core/random.ts";

interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** What has a deadline and may be told that it has come. */
interface Timed {
  readonly deadline: number;
  fire(): void;
}

/** A clock that jumps: what is due happens in order of time, at equal times in the order in which it was asked for. */
export class VirtualTime {
  now = 0;
  readonly random: Random;
  #due: Due[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  after(ms: number, run: () => void): void {
    this.#due.push({ at: this.now + ms, run });
  }

  /** Lets everything happen that is due up to `until`, and what follows from it. */
  run(until: number, timed: () => Iterable<Timed>): void {
    for (let steps = 0; ; steps++) {
      if (steps > 200_000) throw new Error("it never comes to rest");
      const next = this.#earliest();
      const timers = [...timed()];
      const timerAt = Math.min(...timers.map(({ deadline }) => deadline));
      const at = Math.max(this.now, Math.min(next?.at ?? Number.POSITIVE_INFINITY, timerAt));
      if (at > until) break;
      this.now = at;
      if (next !== undefined && next.at <= timerAt) {
        this.#due.splice(this.#due.indexOf(next), 1);
        next.run();
      } else timers.find(({ deadline }) => deadline <= at)?.fire();
    }
    this.now = until;
  }

  #earliest(): Due | undefined {
    let earliest: Due | undefined;
    for (const due of this.#due) if (earliest === undefined || due.at < earliest.at) earliest = due;
    return earliest;
  }
}
