import type { Random } from "../../core/random.ts";
import type { Name, Statement } from "../script/script.ts";
import type { Topic } from "./draw-agreement.ts";

/** Clients that want locks stand on ports from here up. */
const FIRST_CLIENT = 8201;

/** Such clients of one run, at least and at most, by what it is about. */
const CLIENTS: Readonly<Record<Topic, readonly [number, number]>> = {
  usual: [0, 0],
  zab: [0, 2],
  locks: [2, 6],
  leases: [2, 6],
  pool: [0, 0],
};

/** Behind one of so many troubles one comes. */
const COMES_EVERY = 4;

/** Who wants locks while other things go wrong. It draws from chances of its own, as the others do. */
export class LocksByChance {
  readonly #random: Random;
  #toCome: number;
  #started = 0;

  constructor(random: Random, topic: Topic) {
    this.#random = random;
    this.#toCome = random.between(...CLIENTS[topic]);
  }

  /** Those who are there from the beginning. */
  begin(peers: readonly Name[]): readonly Statement[] {
    return Array.from({ length: Math.ceil(this.#toCome / 2) }, () => this.#come(peers));
  }

  /** Who comes between two troubles; often nobody. */
  draw(peers: readonly Name[]): readonly Statement[] {
    if (this.#toCome === 0 || peers.length === 0 || this.#random.below(COMES_EVERY) > 0) return [];
    return [this.#come(peers)];
  }

  /** Each asks first at another peer, so that they want the same from several. */
  #come(peers: readonly Name[]): Statement {
    this.#toCome -= 1;
    this.#started += 1;
    const first = this.#random.below(peers.length);
    const of = [...peers.slice(first), ...peers.slice(0, first)];
    const name = String(FIRST_CLIENT + this.#started - 1);
    return { kind: "start", peers: [name], coming: { kind: "client", of, manner: "locking" } };
  }
}
