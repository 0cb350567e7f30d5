import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, sample, seededRandom } from "../../../src/core/random.ts";
import { Guild, memberId } from "./guild.ts";

const KINDS = ["lamport", "ricart-agrawala", "raymond"] as const;
const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);
const NAMES = ["one", "two"];
const STEPS = 120;

interface Open {
  readonly peer: PeerId;
  readonly name: string;
  readonly ticket: number;
}

/** What people at the peers of a guild want: each asks, holds for a while, and lets go. */
class Crowd {
  readonly #guild: Guild;
  readonly #random: Random;
  /** Those who wait or hold. */
  readonly #open = new Map<number, Open>();
  #lastTicket = 0;
  granted = 0;

  constructor(guild: Guild, random: Random) {
    this.#guild = guild;
    this.#random = random;
    guild.onEvent = (peer, event) => {
      if (event.kind === "granted") this.#granted(peer, event.name, event.ticket);
    };
  }

  get waiting(): number {
    return this.#open.size;
  }

  ask(peer: PeerId): void {
    const [name = ""] = sample(this.#random, NAMES, 1);
    this.#lastTicket += 1;
    const ticket = this.#lastTicket;
    this.#open.set(ticket, { peer, name, ticket });
    this.#guild.acquire(peer, name, ticket);
  }

  /** Somebody does not want any more. */
  giveUp(): void {
    const [open] = sample(this.#random, [...this.#open.values()], 1);
    if (open !== undefined) this.#letGo(open);
  }

  crashed(peer: PeerId): void {
    for (const { peer: owner, ticket } of this.#open.values()) if (owner === peer) this.#open.delete(ticket);
  }

  #granted(peer: PeerId, name: string, ticket: number): void {
    this.granted += 1;
    this.#guild.later(this.#random.between(1, 40), () => {
      if (this.#open.has(ticket)) this.#letGo({ peer, name, ticket });
    });
  }

  #letGo({ peer, name, ticket }: Open): void {
    this.#open.delete(ticket);
    this.#guild.release(peer, name, ticket);
  }
}

describe.each(KINDS)("%s: whatever is late, lost, cut, stopped or crashed, one at most is inside", (kind) => {
  test.each(SEEDS)("and when it is over all get their turn (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const guild = new Guild(random.between(1, 5), { kind, seed, latencyMs: random.between(1, 20), jitterMs: 10 });
    const crowd = new Crowd(guild, random);
    for (let step = 0; step < STEPS; step++) {
      disturb(guild, crowd, random);
      guild.run(random.between(0, 60));
    }
    for (const peer of guild.peers) {
      guild.ensemble.resume(peer);
      if (!guild.ensemble.runs(peer)) guild.restart(peer);
    }
    guild.ensemble.heal();
    guild.run(30_000);
    expect(crowd.waiting).toBe(0);
    const before = crowd.granted;
    for (const peer of guild.peers) crowd.ask(peer);
    guild.run(10_000);
    expect(crowd.waiting).toBe(0);
    expect(crowd.granted - before).toBe(guild.peers.length);
  });
});

function disturb(guild: Guild, crowd: Crowd, random: Random): void {
  const { ensemble } = guild;
  const [peer = memberId(1), other = peer] = sample(random, guild.peers, 2);
  switch (random.below(16)) {
    case 0:
      ensemble.crash(peer);
      guild.crash(peer);
      crowd.crashed(peer);
      return;
    case 1:
    case 2:
      for (const each of guild.peers) if (!ensemble.runs(each)) guild.restart(each);
      return;
    case 3:
      return ensemble.pause(peer);
    case 4:
      for (const each of guild.peers) ensemble.resume(each);
      return;
    case 5:
      if (peer !== other && ensemble.runs(peer) && ensemble.runs(other)) guild.flap(peer, other);
      return;
    case 6:
      if (peer !== other) ensemble.cut(peer, other);
      return;
    case 7:
      return ensemble.heal();
    case 8:
      if (guild.peers.length < 7) guild.join(memberId(guild.peers.length + 1), () => random.below(2) === 0);
      return;
    case 9:
      return crowd.giveUp();
    default:
      if (ensemble.runs(peer)) crowd.ask(peer);
  }
}
