import type { PeerId } from "../../core/peer-id.ts";
import { type Claim, Claims, isBefore } from "./claims.ts";
import type { MutexMessage } from "./message.ts";
import type { Ground, Sight, Want, Way } from "./way.ts";

/**
 * Lamport's algorithm ("Time, Clocks, and the Ordering of Events in a Distributed System", CACM 21(7), 1978, the five rules
 * on page 561): who wants a lock tells all others, who put it into their queues and acknowledge it; it enters when its request
 * is the first of its queue and a later message of every other has come; and tells all when it leaves. 3(n-1) messages.
 *
 * | message | sender           | effect at the receiver                                               |
 * | ------- | ---------------- | -------------------------------------------------------------------- |
 * | request | who wants it     | is put into the queue, and acknowledged by a reply                   |
 * | reply   | who was told     | says by its time that no earlier request of its sender is on its way |
 * | release | who leaves       | is taken out of the queue                                            |
 * | state   | either, linked   | all requests of the sender, in the place of those that were known    |
 *
 * Safety: of two that are inside at once, each has heard a later message of the other, on a link that keeps the order, so each
 * knew the request of the other; and one of the requests is the earlier. What was heard counts on the link on which it came:
 * a new one begins with the whole state, so nobody enters without having heard of all that the other wants or holds.
 *
 * Departures: there are many locks, and any later message acknowledges the requests for all of them. Peers come and go:
 * who holds a lock while a newcomer asks with a lower timestamp says in its state that it is inside, and is the first
 * whatever the timestamps say.
 */
export class Lamport implements Way {
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly #ground: Ground;
  readonly #own = new Map<string, Claim>();
  readonly #claims = new Claims();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  want(name: string): number {
    const timestamp = this.#ground.tick();
    this.#own.set(name, { timestamp, holds: false });
    for (const peer of this.#ground.others) this.#ground.send(peer, { kind: "request", name, timestamp });
    return timestamp;
  }

  leave(name: string): void {
    const own = this.#own.get(name);
    if (own === undefined) return;
    this.#own.delete(name);
    const { timestamp } = own;
    for (const peer of this.#ground.others) this.#ground.send(peer, { kind: "release", name, timestamp });
  }

  wants(): readonly Want[] {
    return [...this.#own].map(([name, claim]) => ({ name, ...claim }));
  }

  hear(from: PeerId, message: MutexMessage): void {
    switch (message.kind) {
      case "state":
        this.#claims.replace(from, message.wants);
        for (const { name, timestamp, holds } of message.wants) {
          if (!holds) this.#ground.send(from, { kind: "reply", name, timestamp });
        }
        return;
      case "request": {
        const { name, timestamp } = message;
        if (!this.#claims.set(from, name, { timestamp, holds: false })) return;
        return this.#ground.send(from, { kind: "reply", name, timestamp });
      }
      case "release":
        return this.#claims.delete(from, message.name);
      default:
        // Of any other, its time alone counts.
        return;
    }
  }

  unlinked(): void {
    // What was heard on a link counts on that alone: the ground keeps the times.
  }

  othersChanged(): void {
    this.#claims.keepOnly(this.#ground.others);
  }

  forget(): void {
    // What others want is forgotten with them.
  }

  settle(): void {
    if (!this.#ground.hasSettled) return;
    for (const [name, { timestamp, holds }] of this.#own) {
      if (holds || this.awaits(name).length > 0) continue;
      this.#own.set(name, { timestamp, holds: true });
      this.#ground.enter(name);
    }
  }

  awaits(name: string): readonly PeerId[] {
    const own = this.#own.get(name);
    if (own === undefined || own.holds) return [];
    return this.#ground.others.filter((peer) => !this.#hasReplied(peer, own) || this.#precedes(peer, name, own));
  }

  debtors(): readonly PeerId[] {
    const debtors = new Set<PeerId>();
    for (const name of this.#own.keys()) for (const peer of this.awaits(name)) debtors.add(peer);
    return [...debtors];
  }

  names(): Iterable<string> {
    return this.#claims.names();
  }

  see(name: string): Sight {
    const { peer, others } = this.#ground;
    const own = this.#own.get(name);
    const queue = this.#claims.queue(name, peer, own);
    const inside = others.find((other) => this.#claims.of(other, name)?.holds === true);
    const first = queue[0]?.peer ?? null;
    // Another that is the first is inside, or about to be.
    const holder = own?.holds === true ? peer : (inside ?? (first === peer ? null : first));
    const repliesOutstanding =
      own === undefined || own.holds ? [] : others.filter((other) => !this.#hasReplied(other, own));
    return { holder, token: null, queue, repliesOutstanding, tokenAt: null, leaseUntil: null };
  }

  #hasReplied(peer: PeerId, own: Claim): boolean {
    return this.#ground.heardTime(peer) > own.timestamp;
  }

  #precedes(peer: PeerId, name: string, own: Claim): boolean {
    const claim = this.#claims.of(peer, name);
    if (claim === undefined) return false;
    return claim.holds || isBefore(claim.timestamp, peer, own.timestamp, this.#ground.peer);
  }
}
