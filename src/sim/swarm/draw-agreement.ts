import { addressOf } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { ELECTIONS } from "../../core/election.ts";
import { MUTEX_KINDS, type MutexKind } from "../../core/lock.ts";
import type { Random } from "../../core/random.ts";
import type { Name, Setting } from "../script/script.ts";

/** What a scenario is about: the usual; ZAB over some election; many who want locks; the same with leases; or a pool. */
export const TOPICS = ["usual", "zab", "locks", "leases", "pool"] as const;

/** One of those. */
export type Topic = (typeof TOPICS)[number];

/** Every how many scenarios are not as usual; of these, how many are about ZAB, and of the others, how many about a pool. */
const OTHERWISE_EVERY = 2;
const ZAB_OF_THREE = 2;
const POOL_OF_TWO = 1;

/** Where a pool is reached. */
const VIP = addressOf("127.0.0.77", 7100);

/** Turns of a job in a second, at most: so few that jobs last while other things go wrong. */
const TURNS_PER_SECOND = [5, 40] as const;

/** A board is kept so often, ms. */
const MARKS_MS = [50, 1000] as const;

/** Leases, ms: so short that they are renewed and end all the time. */
const LEASES_MS = [300, 1500] as const;

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
  /** Whether something is promised only while clocks go right. */
  readonly hasLeases: boolean;
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
  if (drawn === "leases")
    return { ...USUAL, topic: drawn, settings: ofMutex(random, "lease"), mutex: "lease", hasLeases: true };
  if (drawn === "pool") return aboutPool(random, names);
  return drawn === "locks" ? aboutLocks(random) : USUAL;
}

const USUAL: Agreement = {
  topic: "usual",
  settings: [],
  mutex: "lamport",
  hasOrder: true,
  hasLeases: false,
  ensemble: [],
};

function drawTopic(random: Random): Topic {
  if (random.below(OTHERWISE_EVERY) > 0) return "usual";
  if (random.below(3) < ZAB_OF_THREE) return "zab";
  return random.below(2) < POOL_OF_TWO ? "pool" : "locks";
}

/** Three or five decide, the others observe. */
function overZab(random: Random, names: readonly Name[]): Agreement {
  const ensemble = names.slice(0, names.length >= 5 && random.below(2) === 0 ? 5 : 3);
  const election = oneOf(random, ELECTIONS);
  const mutex = oneOf(random, MUTEX_KINDS);
  const leader = election === "fixed" ? [{ leader: oneOf(random, ensemble) }] : [];
  const settings = [{ election }, ...leader, { broadcast: "zab" as const }, { ensemble }, ...ofMutex(random, mutex)];
  return { topic: "zab", settings, mutex, hasOrder: true, hasLeases: mutex === "lease", ensemble };
}

/** Over Raft's log, or without any order where none is needed. */
function aboutLocks(random: Random): Agreement {
  const hasOrder = random.below(2) === 0;
  const mutex = oneOf(random, hasOrder ? MUTEX_KINDS : BASE_KINDS);
  const settings: readonly Setting[] = hasOrder
    ? ofMutex(random, mutex)
    : [{ election: "bully" }, { broadcast: "none" }, { mutex }];
  return { topic: "locks", settings, mutex, hasOrder, hasLeases: mutex === "lease", ensemble: [] };
}

/** Over Raft's log, or over ZAB's: then nobody knows when others last heard of a leader. */
function aboutPool(random: Random, names: readonly Name[]): Agreement {
  assert(VIP !== undefined, "an address is well formed");
  const overZabOf = names.length >= 3 && random.below(4) === 0 ? names.slice(0, 3) : [];
  const ordered: readonly Setting[] = overZabOf.length > 0 ? [{ broadcast: "zab" }, { ensemble: overZabOf }] : [];
  const maxTurnsPerSecond = random.between(...TURNS_PER_SECOND);
  const markIntervalMs = random.between(...MARKS_MS);
  const settings = [...ordered, { vip: VIP }, { maxTurnsPerSecond }, { markIntervalMs }];
  return { ...USUAL, topic: "pool", settings, hasLeases: true, ensemble: overZabOf };
}

function ofMutex(random: Random, mutex: MutexKind): readonly Setting[] {
  return mutex === "lease" ? [{ mutex }, { leaseMs: random.between(...LEASES_MS) }] : [{ mutex }];
}

function oneOf<T>(random: Random, items: readonly [T, ...T[]] | readonly T[]): T {
  const item = items[random.below(items.length)];
  assert(item !== undefined, "a choice of nothing");
  return item;
}
