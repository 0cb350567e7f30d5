import { describe, expect, test } from "vitest";
import type { PeerId } from "../../../src/core/peer-id.ts";
import { type Random, seededRandom } from "../../../src/core/random.ts";
import type { MutexMessage } from "../../../src/protocols/mutex/message.ts";
import { A, B, C, OnBench, type Outcome } from "./on-bench.ts";

const PEERS = [A, B, C];
const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1);

/** What one peer has said to another on one connection, of which there may be several at a time. */
interface Way {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly connection: number;
  readonly messages: MutexMessage[];
}

/** Three peers whose connections are replaced by others: each side goes over at a time of its own, and the old one is lost. */
class Exchange {
  readonly #benches = new Map<PeerId, OnBench>();
  readonly #random: Random;
  /** On which connection a peer speaks to, and hears, another. */
  readonly #current = new Map<string, number>();
  /** On which one it will: the other side may be there already. */
  readonly #newest = new Map<string, number>();
  #ways: Way[] = [];
  readonly #tokens: number[] = [0];
  inside: PeerId | null = null;

  constructor(kind: "lamport" | "ricart-agrawala" | "raymond", random: Random) {
    this.#random = random;
    for (const peer of PEERS) this.#benches.set(peer, new OnBench(kind, peer, { settleMs: 100 }));
    this.#eachPair((one, other) => {
      this.#current.set(one + other, 1);
      this.#newest.set(pairOf(one, other), 1);
      this.#give(one, (bench) => bench.give({ kind: "link", peer: other, up: true }));
    });
  }

  want(peer: PeerId): void {
    this.#give(peer, (bench) => bench.acquire());
  }

  leave(peer: PeerId): void {
    if (this.inside === peer) this.inside = null;
    this.#give(peer, (bench) => bench.release());
  }

  /** A newer connection stands between two, to which neither has gone over yet. */
  replace(one: PeerId, other: PeerId): void {
    const pair = pairOf(one, other);
    this.#newest.set(pair, (this.#newest.get(pair) ?? 0) + 1);
  }

  /** One side speaks and hears on the newest connection from now on. */
  goOver(peer: PeerId, other: PeerId): void {
    const newest = this.#newest.get(pairOf(peer, other)) ?? 0;
    if (this.#current.get(peer + other) === newest) return;
    this.#current.set(peer + other, newest);
    this.#give(peer, (bench) => bench.command({ kind: "relinked", peer: other }));
  }

  /** Something arrives, if anything is on its way; what comes on a connection that is not the one spoken on is not heard. */
  deliver(): boolean {
    this.#ways = this.#ways.filter(({ messages }) => messages.length > 0);
    const way = this.#ways[this.#random.below(Math.max(1, this.#ways.length))];
    const message = way?.messages.shift();
    if (way === undefined || message === undefined) return false;
    const { from, to, connection } = way;
    if (this.#current.get(to + from) === connection) this.#give(to, (bench) => bench.receive(from, message));
    return true;
  }

  wait(ms: number): void {
    for (const peer of PEERS) this.#give(peer, (bench) => bench.wait(ms));
  }

  /** All go over, and all that was said arrives. */
  calm(): void {
    this.#eachPair((one, other) => this.goOver(one, other));
    for (let round = 0; round < 20; round++) {
      while (this.deliver());
      this.wait(1000);
    }
  }

  #eachPair(act: (one: PeerId, other: PeerId) => void): void {
    for (const one of PEERS) for (const other of PEERS) if (one !== other) act(one, other);
  }

  #give(peer: PeerId, act: (bench: OnBench) => Outcome): void {
    const bench = this.#benches.get(peer);
    if (bench === undefined) return;
    const { sent, events } = act(bench);
    for (const { to, message } of sent) this.#send(peer, to, message);
    for (const event of events) {
      // Nothing is lost on a connection that both speak on.
      expect(event.kind).not.toBe("link-disordered");
      if (event.kind === "granted") this.#enter(peer, event.token);
    }
  }

  #send(from: PeerId, to: PeerId, message: MutexMessage): void {
    const connection = this.#current.get(from + to) ?? 0;
    const known = this.#ways.find((way) => way.from === from && way.to === to && way.connection === connection);
    if (known === undefined) this.#ways.push({ from, to, connection, messages: [message] });
    else known.messages.push(message);
  }

  #enter(peer: PeerId, token: number): void {
    expect(this.inside).toBeNull();
    expect(token).toBeGreaterThan(this.#tokens.at(-1) ?? 0);
    this.inside = peer;
    this.#tokens.push(token);
  }

  /** How often somebody entered. */
  get entries(): number {
    return this.#tokens.length - 1;
  }
}

function pairOf(one: PeerId, other: PeerId): string {
  return [one, other].sort().join(" ");
}

describe.each(["lamport", "ricart-agrawala", "raymond"] as const)("%s on links that are replaced", (kind) => {
  test.each(SEEDS)("lets one at most in, and all in the end (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const exchange = new Exchange(kind, random);
    const any = (): PeerId => PEERS[random.below(PEERS.length)] ?? A;
    for (let step = 0; step < 400; step++) {
      const [one, other] = [any(), any()];
      const chance = random.below(20);
      if (chance < 2) exchange.want(one);
      else if (chance < 4 && exchange.inside !== null) exchange.leave(exchange.inside);
      else if (chance < 5 && one !== other) exchange.replace(one, other);
      else if (chance < 8 && one !== other) exchange.goOver(one, other);
      else if (chance < 9) exchange.wait(random.below(500));
      else exchange.deliver();
    }
    for (const peer of PEERS) exchange.leave(peer);
    exchange.calm();
    const before = exchange.entries;
    for (const peer of PEERS) exchange.want(peer);
    for (const _ of PEERS) {
      exchange.calm();
      expect(exchange.inside).not.toBeNull();
      exchange.leave(exchange.inside ?? A);
    }
    expect(exchange.entries).toBe(before + PEERS.length);
  });
});
