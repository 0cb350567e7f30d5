import { type ClusterId, NO_CLUSTER, parseClusterId } from "../../core/peer-id.ts";
import type { Random } from "../../core/random.ts";
import type { DiscoverySpeech } from "./message.ts";

type Saved = DiscoverySpeech["record"];

/** A cluster that was met. */
export interface OtherCluster {
  readonly cluster: ClusterId;
  /** Whether its peer would rather join another. */
  readonly yielding: boolean;
  /** Whether that peer belonged to our cluster until now. */
  readonly wasKin: boolean;
}

/**
 * Which cluster this peer belongs to, and whether it would give it up for another.
 *
 * Every change of cluster by yielding either ends the readiness to yield or goes to a smaller cluster ID, so peers that
 * yield to each other come to rest.
 */
export class Allegiance {
  /** Zero while it seeks one. */
  cluster: ClusterId = NO_CLUSTER;
  /** The cluster that was given up, until that is complete on disk; else null. */
  abandoned: ClusterId | null = null;
  readonly #insists: boolean;
  #founded = false;
  #mayYield = false;
  /** Whether the log holds something; after a restart it counts as such until the log tells. */
  #bound = true;
  #wasBound = false;

  /** `insists`: found at once and never yield. */
  constructor(insists: boolean) {
    this.#insists = insists;
  }

  get yielding(): boolean {
    return this.#mayYield && !this.#bound && !this.#insists;
  }

  /** Takes up what an earlier life saved, record by record. */
  restore(record: Saved): void {
    if (record.kind === "remembered") return;
    const before = this.cluster;
    if (record.kind === "founded") this.#settle(record.cluster, true, record.yields);
    else this.#settle(record.kind === "joined" ? record.cluster : record.to, false, true);
    if (record.kind === "yielded") this.abandoned = before;
    this.#bound = true;
  }

  /** Founds a cluster. */
  found(cluster: ClusterId): void {
    this.#settle(cluster, true, !this.#insists);
  }

  /** Joins a cluster; one that insists on itself is joined for good. */
  join(cluster: ClusterId, mayYield: boolean): void {
    this.#settle(cluster, false, mayYield);
  }

  /** Gives the present cluster up; `complete` follows when that is on disk. */
  yieldTo(other: OtherCluster): void {
    const before = this.abandoned ?? this.cluster;
    this.#settle(other.cluster, false, other.yielding);
    this.abandoned = before;
  }

  /** The cluster that was given up is forgotten on disk. */
  complete(): void {
    this.abandoned = null;
  }

  /** Takes what the log tells. Once bound is bound for ever. */
  bind(bound: boolean): void {
    this.#wasBound ||= bound;
    this.#bound = this.#wasBound;
  }

  /**
   * Of two that would both yield, the one with the larger cluster ID does: its founder, and then those who follow it.
   * Whoever has joined may be about to be taken in, so it does not go of its own accord where nothing is settled.
   */
  shouldYieldTo(other: OtherCluster): boolean {
    if (!this.yielding || !other.yielding) return this.yielding;
    return (this.#founded || other.wasKin) && other.cluster < this.cluster;
  }

  /** The records from which a later life takes it up. */
  records(): Saved[] {
    const { cluster, abandoned } = this;
    if (cluster === NO_CLUSTER) return [];
    if (abandoned !== null) {
      return [
        { kind: "joined", cluster: abandoned },
        { kind: "yielded", to: cluster },
      ];
    }
    return [this.#founded ? { kind: "founded", cluster, yields: this.#mayYield } : { kind: "joined", cluster }];
  }

  #settle(cluster: ClusterId, founded: boolean, mayYield: boolean): void {
    this.cluster = cluster;
    this.abandoned = null;
    this.#founded = founded;
    this.#mayYield = mayYield;
    this.#bound = this.#wasBound;
  }
}

/** A cluster ID by chance, never zero. */
export function drawClusterId(random: Random): ClusterId {
  for (;;) {
    const words = [random.below(2 ** 32), random.below(2 ** 32)];
    const id = parseClusterId(words.map((word) => word.toString(16).padStart(8, "0")).join(""));
    if (id !== undefined && id !== NO_CLUSTER) return id;
  }
}
