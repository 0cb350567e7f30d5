import type { Random } from "../../core/random.ts";
import type { ReadMode } from "../../core/total-order.ts";
import type { ClientManner, Name, Statement } from "../script/script.ts";
import type { Agreement } from "./draw-agreement.ts";

/** Clients of the store stand on ports from here up. */
const FIRST_CLIENT = 8101;

/** Clients of one run, at most. */
const MAX_CLIENTS = 6;

/** Behind one of so many troubles a client comes, so that there are some to ask at any time. */
const COMES_EVERY = 4;

/** What clients do; whoever only reads is never held up by a change, and so sees what leaders of old know. */
const MANNERS: readonly ClientManner[] = ["in-session", "in-session", "without-session", "reading", "reading"];

/** Of so many bytes of the log a snapshot is made: so few that it happens all the time. */
const SNAPSHOT_BYTES = [600, 6000] as const;

/**
 * Who asks the store while other things go wrong, and how peers keep it. It draws from chances of its own, so that what
 * goes wrong is the same without it.
 */
export class StoreByChance {
  /** How reads are made in this run. A lease forbids clocks that go wrong by more than its bound. */
  readonly reads: ReadMode;
  readonly #random: Random;
  #toCome: number;
  #started = 0;

  constructor(random: Random, { ensemble, hasOrder }: Agreement) {
    this.#random = random;
    const isLeased = random.below(4) === 0;
    // ZAB knows no leases of leaders.
    this.reads = isLeased && ensemble.length === 0 ? "lease" : "read-index";
    const toCome = random.between(0, MAX_CLIENTS);
    this.#toCome = hasOrder ? toCome : 0;
  }

  /** What is said before the first peer is started. */
  tune(): readonly Statement[] {
    const snapshots: Statement = { kind: "tune", setting: { snapshotBytes: this.#random.between(...SNAPSHOT_BYTES) } };
    return this.reads === "lease" ? [{ kind: "tune", setting: { reads: this.reads } }, snapshots] : [snapshots];
  }

  /** Who comes between two troubles; often nobody. */
  draw(peers: readonly Name[]): readonly Statement[] {
    if (this.#toCome === 0 || peers.length === 0 || this.#random.below(COMES_EVERY) > 0) return [];
    this.#toCome -= 1;
    this.#started += 1;
    const manner = MANNERS[this.#random.below(MANNERS.length)] ?? "in-session";
    const name = String(FIRST_CLIENT + this.#started - 1);
    return [{ kind: "start", peers: [name], coming: { kind: "client", of: [...peers], manner } }];
  }
}
