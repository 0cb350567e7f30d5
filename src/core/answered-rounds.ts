/** Rounds whose instants are kept until they are answered; of more on their way these tell enough. */
export const MAX_ROUNDS = 64;

/** Answers whose round trips are kept. */
const MAX_RESPONSES = 16;

/** The rounds that one peer was sent, numbered from 1, and how it answers: when it was heard, and how quickly. */
export class AnsweredRounds {
  #heardAt: number | null = null;
  #answeredRound = 0;
  #answeredSentAt = Number.NEGATIVE_INFINITY;
  #lastRound = 0;
  #rounds: { readonly round: number; readonly sentAt: number }[] = [];
  readonly #responses: number[] = [];
  #responseMs: number | null = null;
  #isResponseStale = false;

  /** Monotonic ms of its latest answer; null before the first. */
  get heardAt(): number | null {
    return this.#heardAt;
  }

  /** The latest round that it has answered. */
  get answeredRound(): number {
    return this.#answeredRound;
  }

  /** Monotonic ms at which the latest round that it has answered was sent, or before. */
  get answeredSentAt(): number {
    return this.#answeredSentAt;
  }

  /** Whether it owes many answers. */
  get owesMany(): boolean {
    return this.#rounds.length >= MAX_ROUNDS;
  }

  /** Median round trip of its latest answers, ms; null before the first. */
  get responseMs(): number | null {
    if (this.#isResponseStale) {
      this.#isResponseStale = false;
      this.#responseMs = this.#responses.toSorted((a, b) => a - b)[this.#responses.length >> 1] ?? null;
    }
    return this.#responseMs;
  }

  /** A round was sent, which is later than all before. */
  sent(round: number, now: number): void {
    this.#lastRound = round;
    // Whoever answers a round that is not kept answers those before it as well.
    if (this.#rounds.length < MAX_ROUNDS) this.#rounds.push({ round, sentAt: now });
  }

  /** It answered a round; an answer to what was never sent is none. */
  heard(round: number, now: number): void {
    if (round > this.#lastRound) return;
    this.#heardAt = now;
    this.#answeredRound = Math.max(this.#answeredRound, round);
    let sent: { readonly round: number; readonly sentAt: number } | undefined;
    while (this.#rounds[0] !== undefined && this.#rounds[0].round <= round) sent = this.#rounds.shift();
    if (sent === undefined) return;
    this.#answeredSentAt = sent.sentAt;
    if (sent.round !== round) return;
    if (this.#responses.length === MAX_RESPONSES) this.#responses.shift();
    this.#responses.push(now - sent.sentAt);
    this.#isResponseStale = true;
  }
}
