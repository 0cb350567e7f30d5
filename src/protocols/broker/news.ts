import type { PeerId } from "../../core/peer-id.ts";
import { type Ground, termOf } from "./ground.ts";
import type { BrokerMessage, WorkerView } from "./message.ts";
import { type Pool, workersOf } from "./pool.ts";

/** News of the pool have so much time between them, ms. */
const NEWS_INTERVAL_MS = 1000;

const NEVER = Number.POSITIVE_INFINITY;

type PoolNews = Extract<BrokerMessage, { readonly kind: "pool-news" }>;

/** How the pool does, told to those who work for it or look at it once a second while something happens; and heard. */
export class News {
  readonly #ground: Ground;
  readonly #pool: Pool;
  /** What was last told was of so many slices and workers. */
  #told = "";
  #notBefore = 0;
  #heard: readonly WorkerView[] = [];

  constructor(ground: Ground, pool: Pool) {
    this.#ground = ground;
    this.#pool = pool;
  }

  /** When there is something to tell, monotonic ms. */
  get deadline(): number {
    return this.#isDue() && this.#notBefore > this.#ground.now ? this.#notBefore : NEVER;
  }

  /** What another has told. */
  get heard(): readonly WorkerView[] {
    return this.#heard;
  }

  /** Tells those. */
  settle(listeners: Iterable<PeerId>): void {
    const { now, table, linked, effects, options } = this.#ground;
    if (this.#notBefore > now || !this.#isDue()) return;
    this.#told = this.#state();
    this.#notBefore = now + NEWS_INTERVAL_MS;
    const message: PoolNews = { kind: "pool-news", term: termOf(table), workers: this.#pool.news() };
    for (const peer of new Set([...this.#pool.peers, ...listeners]))
      if (peer !== options.peer && linked.has(peer)) effects.send({ peer }, message);
  }

  /** Another tells; only whoever is in office knows. */
  hear(from: PeerId, { term, workers }: PoolNews): void {
    const { office } = this.#ground.table;
    if (office?.holder === from && office.term === term) this.#heard = workersOf(workers);
  }

  /** Nobody knows any more. */
  clear(): void {
    this.#heard = [];
  }

  #isDue(): boolean {
    return this.#pool.size > 0 && this.#told !== this.#state();
  }

  #state(): string {
    return `${this.#pool.size} ${this.#ground.counts.slices} ${this.#ground.counts.hedged} ${this.#ground.counts.moved}`;
  }
}
