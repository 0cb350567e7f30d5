import { assert } from "../../core/assert.ts";
import type { World } from "../world/world.ts";
import { acknowledgedInvariants } from "./acknowledged.ts";
import { bullyInvariants } from "./bully.ts";
import { discoveryInvariants } from "./discovery.ts";
import { electionInvariants } from "./election.ts";
import { gossipInvariants } from "./gossip.ts";
import { healthInvariants } from "./health.ts";
import type { Invariant } from "./invariant.ts";
import { keptBoardInvariants } from "./kept-boards.ts";
import { lamportInvariants } from "./lamport.ts";
import { linkInvariants } from "./link.ts";
import { logInvariants } from "./log.ts";
import { membershipInvariants } from "./membership.ts";
import { mutexInvariants } from "./mutex.ts";
import { notificationInvariants } from "./notification.ts";
import { officeInvariants } from "./office.ts";
import { poolInvariants } from "./pool.ts";
import { preVoteInvariants } from "./pre-votes.ts";
import { Spectator } from "./spectator.ts";
import { storeInvariants } from "./store.ts";
import { zabEpochInvariants } from "./zab-epochs.ts";
import { zabHistoryInvariants } from "./zab-histories.ts";

/** All that must hold in every world: a line a protocol. */
export const invariants: readonly Invariant[] = [
  ...linkInvariants,
  ...lamportInvariants,
  ...discoveryInvariants,
  ...healthInvariants,
  ...membershipInvariants,
  ...gossipInvariants,
  ...notificationInvariants,
  ...electionInvariants,
  ...preVoteInvariants,
  ...bullyInvariants,
  ...logInvariants,
  ...zabEpochInvariants,
  ...zabHistoryInvariants,
  ...mutexInvariants,
  ...officeInvariants,
  ...poolInvariants,
  ...keptBoardInvariants,
  ...storeInvariants,
  ...acknowledgedInvariants,
];

/**
 * Sees to some invariants in a world in which nobody was started yet.
 *
 * @throws InvariantViolation out of whatever lets time pass, as soon as one is broken
 */
export function watchInvariants(world: World, some: readonly Invariant[] = invariants): void {
  assert(world.peers.length === 0, "invariants are watched from the beginning of a world");
  world.observers.push(new Spectator(some.flatMap((invariant) => invariant.watch(world))));
}
