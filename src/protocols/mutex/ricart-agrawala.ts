import { LAMPORT_LIMIT } from "../../core/lamport-clock.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { Claims, isBefore } from "./claims.ts";
import type { MutexMessage } from "./message.ts";
import type { Ground, Sight, Want, Way } from "./way.ts";

/** What this peer wants or holds. */
interface Own {
  readonly timestamp: number;
  holds: boolean;
  /** Who has agreed, on the link that stands. */
  readonly agreed: Set<PeerId>;
}

/**
 * Ricart and Agrawala's algorithm ("An Optimal Algorithm for Mutual Exclusion in Computer Networks", CACM 24(1), 1981,
 * section 2): who wants a lock asks all others and enters when all have replied; who is asked replies at once, unless it is
 * inside or wants it since earlier: then it replies when it leaves. 2(n-1) messages.
 *
 * | message | sender         | effect at the receiver                                                  |
 * | ------- | -------------- | ----------------------------------------------------------------------- |
 * | request | who wants it   | is replied to, or put off                                               |
 * | reply   | who was asked  | agrees to that request                                                  |
 * | state   | either, linked | all requests of the sender, in the place of those that were put off     |
 *
 * Safety: of two that are inside at once, each has agreed to the request of the other; but who wants a lock agrees only to
 * an earlier request, and who agreed asks with a later timestamp. What was agreed to counts on the link on which it was said;
 * a new one begins with all that both want, and who is inside agrees to nothing.
 *
 * Departure: peers come and go. Whoever asks is asked as well from then on, and who is inside does not agree, whatever the
 * timestamp of a newcomer.
 */
export class RicartAgrawala implements Way {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly #ground: Ground;
  readonly #own = new Map<string, Own>();
  /** Requests that were put off. */
  readonly #deferred = new Claims();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  want(name: string): number {
    const timestamp = this.#ground.tick();
    this.#own.set(name, { timestamp, holds: false, agreed: new Set() });
    for (const peer of this.#ground.others) this.#ground.send(peer, { kind: "request", name, timestamp });
    return timestamp;
  }

  leave(name: string): void {
    this.#own.delete(name);
    for (const peer of this.#deferred.claimants(name)) this.#consider(peer, name);
  }

  wants(): readonly Want[] {
    return [...this.#own].map(([name, { timestamp, holds }]) => ({ name, timestamp, holds }));
  }

  hear(from: PeerId, message: MutexMessage): void {
    switch (message.kind) {
      case "state": {
        const waiting = message.wants.filter(({ holds }) => !holds);
        this.#deferred.replace(from, waiting);
        for (const { name } of waiting) this.#consider(from, name);
        return;
      }
      case "request":
        this.#deferred.set(from, message.name, { timestamp: message.timestamp, holds: false });
        return this.#consider(from, message.name);
      case "reply": {
        const own = this.#own.get(message.name);
        if (own?.timestamp === message.timestamp) own.agreed.add(from);
        return;
      }
      default:
        return;
    }
  }

  unlinked(peer: PeerId): void {
    for (const { agreed } of this.#own.values()) agreed.delete(peer);
  }

  othersChanged(): void {
    this.#deferred.keepOnly(this.#ground.others);
  }

  forget(): void {
    // What others want is forgotten with them.
  }

  settle(): void {
    if (!this.#ground.hasSettled) return;
    for (const [name, own] of this.#own) {
      if (own.holds || this.awaits(name).length > 0) continue;
      own.holds = true;
      this.#ground.enter(name);
    }
  }

  awaits(name: string): readonly PeerId[] {
    const own = this.#own.get(name);
    if (own === undefined || own.holds) return [];
    return this.#ground.others.filter((peer) => !own.agreed.has(peer));
  }

  debtors(): readonly PeerId[] {
    const debtors = new Set<PeerId>();
    for (const name of this.#own.keys()) for (const peer of this.awaits(name)) debtors.add(peer);
    return [...debtors];
  }

  names(): Iterable<string> {
    return this.#deferred.names();
  }

  see(name: string): Sight {
    const own = this.#own.get(name);
    return {
      holder: own?.holds === true ? this.#ground.peer : null,
      token: null,
      queue: this.#deferred.queue(name, this.#ground.peer, own),
      repliesOutstanding: this.awaits(name),
      tokenAt: null,
      leaseUntil: null,
    };
  }

  /** Agrees to a request that was put off, unless it is to be put off still. */
  #consider(peer: PeerId, name: string): void {
    const claim = this.#deferred.of(peer, name);
    // Where somebody has driven the clocks to their last time, nobody asks later than that: two could agree to each other.
    if (claim === undefined || claim.timestamp >= LAMPORT_LIMIT - 1) return;
    const own = this.#own.get(name);
    const { timestamp } = claim;
    if (own !== undefined && (own.holds || isBefore(own.timestamp, this.#ground.peer, timestamp, peer))) return;
    this.#deferred.delete(peer, name);
    this.#ground.send(peer, { kind: "reply", name, timestamp });
  }
}
