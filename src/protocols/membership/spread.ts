import type { Effects } from "../../core/effects.ts";
import type { PeerId } from "../../core/peer-id.ts";
import { type Random, sample } from "../../core/random.ts";
import { MAX_RUMOURS, type MembershipSpeech, type Rumour } from "./message.ts";

/** With this many links or fewer, all are told. */
const TELL_ALL = 8;

interface Item {
  readonly rumour: Rumour;
  /** Who told us. */
  readonly from: PeerId;
}

/**
 * How what is known gets to others: news to some of the linked peers, tables and answers to one.
 *
 * News goes to everybody linked where these are few, else at random to `fanout` of them or log2 of the number of
 * members, whichever is more. Each peer passes a rumour on once, when it first takes it, so a rumour costs at most that
 * many messages a peer and reaches all but a few of n peers in O(log n) hops (SWIM section 4.1); tables reach the rest.
 */
export class Spread {
  /** The save that our own incarnation waits for; nothing that may carry it leaves before. */
  after = 0;
  readonly #effects: Effects<MembershipSpeech>;
  readonly #random: Random;
  readonly #fanout: number;
  readonly #linked = new Set<PeerId>();
  /** What has changed in the step in hand, the last word on each peer. */
  readonly #news = new Map<PeerId, Item>();

  constructor(effects: Effects<MembershipSpeech>, random: Random, fanout: number) {
    this.#effects = effects;
    this.#random = random;
    this.#fanout = fanout;
  }

  get linked(): ReadonlySet<PeerId> {
    return this.#linked;
  }

  /** A link to `peer` stands, or is gone. */
  link(peer: PeerId, up: boolean): void {
    if (up) this.#linked.add(peer);
    else this.#linked.delete(peer);
  }

  /** One of the linked peers, by chance. */
  partner(): PeerId | undefined {
    return [...this.#linked][this.#random.below(Math.max(1, this.#linked.size))];
  }

  /** Notes a change that `from` told of; `tellNews` passes it on. */
  addNews(rumour: Rumour, from: PeerId): void {
    this.#news.set(rumour.peer, { rumour, from });
  }

  /** Passes on what was noted. `members`: how many there are, ourselves included. */
  tellNews(members: number): void {
    if (this.#news.size === 0) return;
    for (const peer of this.#audience(members)) this.send(peer, "rumours", this.#newTo(peer));
    this.#news.clear();
  }

  /** Sends rumours in as many messages as they need. */
  send(peer: PeerId, kind: "rumours" | "table", rumours: readonly Rumour[]): void {
    for (let at = 0; at < rumours.length; at += MAX_RUMOURS) {
      this.#effects.send({ peer }, { kind, rumours: rumours.slice(at, at + MAX_RUMOURS) }, this.after);
    }
  }

  #audience(members: number): readonly PeerId[] {
    const linked = [...this.#linked];
    if (linked.length <= TELL_ALL) return linked;
    return sample(this.#random, linked, Math.max(this.#fanout, log2Ceiling(members)));
  }

  /** Not what it told us itself, and not what is said of it: a doubted peer is told that by itself. */
  #newTo(peer: PeerId): Rumour[] {
    const items = [...this.#news.values()].filter(({ rumour, from }) => from !== peer && rumour.peer !== peer);
    return items.map(({ rumour }) => rumour);
  }
}

/** The least k with 2^k >= n. */
function log2Ceiling(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}
