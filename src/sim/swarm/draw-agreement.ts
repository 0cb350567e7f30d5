import { assert } from "../../core/assert.ts";
import { ELECTIONS } from "../../core/election.ts";
import { MUTEX_KINDS, type MutexKind } from "../../core/lock.ts";
import type { Random } from "../../core/random.ts";
import type { Name, Setting } from "../script/script.ts";

/** What the peers of a scenario agree by: as usual; by ZAB over some election; or with many who want locks. */
export const TOPICS = ["usual", "zab", "locks"] as const;

/** One of those. */
export type Topic = (typeof TOPICS)[number];

/** Every how many scenarios are not as usual, and of these, how many are about ZAB. */
const OTHERWISE_EVERY = 2;
const ZAB_OF_THREE = 2;

/** Leases, ms: so short that they are renewed and end all the time. */
const LEASES_MS = [500, 3000] as const;

/** Kinds of mutual exclusion that need no order. */
const BASE_KINDS = MUTEX_KINDS.filter((kind) => kind !== "lease");

/** How the peers of one scenario agree. */
export interface Agreement {
  readonly topic: Topic;
  /** What is tuned for it. */
  readonly settings: readonly Setting[];
  readonly mutex: MutexKind;
  /** Whether there is an order that drives a store. */
  readonly hasOrder: boolean;
  /** Whose disks must not be lost, since nobody takes their place. */
  readonly ensemble: readonly Name[];
}

/**
 * Draws how peers agree. It draws from chances of its own, so that what is usual is the same as without it.
 *
 * @param names the peers of the start; of fewer than three no ensemble is made
 * @param topic what the scenario is to be about; null for chance
 */
export function drawAgreement(random: Random, names: readonly Name[], topic: Topic | null): Agreement {
  const drawn = topic ?? drawTopic(random);
  if (drawn === "zab" && names.length >= 3) return overZab(random, names);
  return drawn === "locks" ? aboutLocks(random) : USUAL;
}

const USUAL: Agreement = { topic: "usual", settings: [], mutex: "lamport", hasOrder: true, ensemble: [] };

function drawTopic(random: Random): Topic {
  if (random.below(OTHERWISE_EVERY) > 0) return "usual";
  return random.below(3) < ZAB_OF_THREE ? "zab" : "locks";
}

/** Three or five decide, the others observe. */
function overZab(random: Random, names: readonly Name[]): Agreement {
  const ensemble = names.slice(0, names.length >= 5 && random.below(2) === 0 ? 5 : 3);
  const election = oneOf(random, ELECTIONS);
  const mutex = oneOf(random, MUTEX_KINDS);
  const leader = election === "fixed" ? [{ leader: oneOf(random, ensemble) }] : [];
  const settings = [{ election }, ...leader, { broadcast: "zab" as const }, { ensemble }, ...ofMutex(random, mutex)];
  return { topic: "zab", settings, mutex, hasOrder: true, ensemble };
}

/** Over Raft's log, or without any order where none is needed. */
function aboutLocks(random: Random): Agreement {
  const hasOrder = random.below(2) === 0;
  const mutex = oneOf(random, hasOrder ? MUTEX_KINDS : BASE_KINDS);
  const settings: readonly Setting[] = hasOrder
    ? ofMutex(random, mutex)
    : [{ election: "bully" }, { broadcast: "none" }, { mutex }];
  return { topic: "locks", settings, mutex, hasOrder, ensemble: [] };
}

function ofMutex(random: Random, mutex: MutexKind): readonly Setting[] {
  return mutex === "lease" ? [{ mutex }, { leaseMs: random.between(...LEASES_MS) }] : [{ mutex }];
}

function oneOf<T>(random: Random, items: readonly [T, ...T[]] | readonly T[]): T {
  const item = items[random.below(items.length)];
  assert(item !== undefined, "a choice of nothing");
  return item;
}
