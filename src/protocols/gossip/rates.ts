import { TokenBucket } from "../../core/token-bucket.ts";

/** Whoever sends is remembered by these, at most; the one who began longest ago is forgotten first. */
const MAX_SENDERS = 4096;

/** Pushes of which an only neighbour's are used at once; among n neighbours it is one n-th of that. */
const SHARE_BURST = 512;

interface Sender {
  readonly messages: TokenBucket;
  readonly push: TokenBucket;
  readonly pull: TokenBucket;
}

/**
 * How much of what others send is used. Messages of any kind are limited by a plain rate. What introduces somebody, a
 * push or the address in a pull, has to be within its sender's share too: an honest peer pushes to a random one of its n
 * neighbours in every second round, so to us in one of 2n, and it pulls as often. Each costs n tokens of its own kind, of
 * which a round brings one: twice the honest rate, and some more at once. So however much a few push, they are at most
 * twice as much of all that is pushed as they are of the peers.
 */
export class Rates {
  readonly #rate: { readonly perSecond: number; readonly burst: number };
  readonly #roundMs: number;
  readonly #senders = new Map<string, Sender>();

  constructor(rate: { readonly perSecond: number; readonly burst: number }, roundMs: number) {
    this.#rate = rate;
    this.#roundMs = roundMs;
  }

  /** Whether one more message of a sender is within its rate; a link, a program's connection. */
  allowsMessage(from: string, now: number): boolean {
    return this.#of(from, now).messages.take(now);
  }

  /** Whether one more introduction is within its sender's share among so many neighbours. */
  allowsShare(from: string, kind: "push" | "pull", neighbours: number, now: number): boolean {
    const cost = Math.min(SHARE_BURST, Math.max(1, neighbours));
    return this.#of(from, now)[kind].take(now, cost);
  }

  /** Forgets a sender that is gone. */
  forget(from: string): void {
    this.#senders.delete(from);
  }

  #of(from: string, now: number): Sender {
    const known = this.#senders.get(from);
    if (known !== undefined) return known;
    const share = { perSecond: 1000 / this.#roundMs, burst: SHARE_BURST };
    const sender = {
      messages: new TokenBucket(this.#rate, now),
      push: new TokenBucket(share, now),
      pull: new TokenBucket(share, now),
    };
    for (const oldest of this.#senders.keys()) {
      if (this.#senders.size < MAX_SENDERS) break;
      this.#senders.delete(oldest);
    }
    this.#senders.set(from, sender);
    return sender;
  }
}
