import type { NotificationCounts } from "./message.ts";

/** What is counted since the start, for whoever counts. */
export type Tally = { -readonly [K in keyof NotificationCounts]: number };

/** A tally of nothing yet. */
export function emptyTally(): Tally {
  return {
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
  };
}
