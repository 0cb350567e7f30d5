import type { Random } from "../../core/random.ts";
import type { ReadMode } from "../../core/total-order.ts";
import type { Name, Statement } from "../script/script.ts";

/** Clients of the store stand on ports from here up. */
const FIRST_CLIENT = 8101;

/** Clients of one run, at most. */
const MAX_CLIENTS = 3;

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

  constructor(random: Random) {
    this.#random = random;
    this.reads = random.below(4) === 0 ? "lease" : "read-index";
    this.#toCome = random.between(0, MAX_CLIENTS);
  }

  /** What is said before the first peer is started. */
  tune(): readonly Statement[] {
    const snapshots: Statement = { kind: "tune", setting: { snapshotBytes: this.#random.between(...SNAPSHOT_BYTES) } };
    return this.reads === "lease" ? [{ kind: "tune", setting: { reads: this.reads } }, snapshots] : [snapshots];
  }

  /** Who comes between two troubles; often nobody. */
  draw(peers: readonly Name[]): readonly Statement[] {
    if (this.#toCome === 0 || peers.length === 0 || this.#random.below(3) === 0) return [];
    this.#toCome -= 1;
    this.#started += 1;
    const inSession = this.#random.below(3) > 0;
    const name = String(FIRST_CLIENT + this.#started - 1);
    return [{ kind: "start", peers: [name], coming: { kind: "client", of: peers, inSession } }];
  }
}
