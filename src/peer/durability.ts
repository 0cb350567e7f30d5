import type { AnyRecord, ProtocolName } from "./registry.ts";

/**
 * One journal for all protocols of a peer. Each protocol numbers its own saves; here they become one sequence of
 * tokens for the whole peer, with one save for all that a step asked for.
 */
export class Durability {
  #lastToken = 0;
  #savedUpTo = 0;
  #batch: AnyRecord[] = [];
  /** Saves on their way to the disk: each protocol's token, and the peer's token that covers it. */
  readonly #underWay = new Map<ProtocolName, { own: number; token: number }[]>();

  /** The token that covers everything asked for so far, this step's saves included; 0 if all of it is on disk. */
  get everything(): number {
    const latest = this.#batch.length > 0 ? this.#lastToken + 1 : this.#lastToken;
    return latest > this.#savedUpTo ? latest : 0;
  }

  /** Adds records of the peer itself. */
  saveOwn(record: AnyRecord): void {
    this.#batch.push(record);
  }

  /** Adds a protocol's save; `own` is its own token. */
  save(protocol: ProtocolName, own: number, records: readonly AnyRecord[]): void {
    for (const record of records) this.#batch.push(record);
    const queue = this.#underWay.get(protocol) ?? [];
    queue.push({ own, token: this.#lastToken + 1 });
    this.#underWay.set(protocol, queue);
  }

  /** The peer's token that a protocol's `after` waits for; 0 if it waits for nothing. */
  tokenFor(protocol: ProtocolName, after: number): number {
    if (after === 0) return 0;
    return this.#underWay.get(protocol)?.find(({ own }) => own >= after)?.token ?? 0;
  }

  /** Whether what this token covers is on disk. */
  isSaved(token: number): boolean {
    return token <= this.#savedUpTo;
  }

  /** Takes what the step in hand wants saved, as one save; undefined if nothing. */
  takeBatch(): { readonly records: readonly AnyRecord[]; readonly token: number } | undefined {
    // A protocol may save no records and still wait for a token, so the queue decides and not the batch alone.
    const next = this.#lastToken + 1;
    const waited = [...this.#underWay.values()].some((queue) => queue.at(-1)?.token === next);
    if (this.#batch.length === 0 && !waited) return undefined;
    this.#lastToken = next;
    const records = this.#batch;
    this.#batch = [];
    return { records, token: next };
  }

  /** All up to `token` is on disk: for each protocol whose saves are among it, its own token. */
  saved(token: number): readonly { readonly protocol: ProtocolName; readonly upTo: number }[] {
    this.#savedUpTo = Math.max(this.#savedUpTo, token);
    const told: { protocol: ProtocolName; upTo: number }[] = [];
    for (const [protocol, queue] of this.#underWay) {
      let upTo = 0;
      while (queue[0] !== undefined && queue[0].token <= token) upTo = queue.shift()?.own ?? upTo;
      if (upTo > 0) told.push({ protocol, upTo });
    }
    return told;
  }
}
