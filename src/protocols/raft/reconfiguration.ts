import type { PeerId } from "../../core/peer-id.ts";
import { majority } from "../../core/quorum.ts";
import { withLearner, without, withVoter } from "./configuration.ts";
import type { MemberHealth } from "./member-health.ts";
import { type Configuration, MAX_LEARNERS, MAX_VOTERS } from "./message.ts";

/** What a leader knows when it thinks about the next change of configuration. */
export interface Situation {
  readonly self: PeerId;
  readonly configuration: Configuration;
  readonly standby: PeerId | null;
  readonly health: MemberHealth;
  readonly now: number;
  /** How long a member is unhealthy before it is removed. */
  readonly removalMs: number;
  /** Heard within an election timeout. */
  readonly isUp: (peer: PeerId) => boolean;
  /** Up, and its disk holds all that is committed. */
  readonly isCaughtUp: (peer: PeerId) => boolean;
  readonly lastHeardAt: (peer: PeerId) => number;
  readonly responseMs: (peer: PeerId) => number | null;
}

/**
 * The next configuration, one member away from the present one; null where it is as it should be. The order is
 * that of urgency: who is gone goes first, newcomers become learners, learners become voters, and voters beyond an
 * odd number become learners.
 */
export function nextConfiguration(situation: Situation): Configuration | null {
  return (
    voterRemoved(situation) ??
    learnerRemoved(situation) ??
    learnerAdded(situation) ??
    learnerPromoted(situation) ??
    voterDemoted(situation)
  );
}

/** A voter that is gone, but only while those who would remain have a quorum up to carry on without it. */
function voterRemoved(situation: Situation): Configuration | null {
  const { configuration } = situation;
  const gone = configuration.voters.find((voter) => isGone(situation, voter) && isSpare(situation, voter));
  return gone === undefined ? null : without(configuration, gone);
}

function learnerRemoved(situation: Situation): Configuration | null {
  const gone = situation.configuration.learners.find((learner) => isGone(situation, learner));
  return gone === undefined ? null : without(situation.configuration, gone);
}

function learnerAdded({ self, configuration, health }: Situation): Configuration | null {
  const { voters, learners } = configuration;
  if (learners.length >= MAX_LEARNERS) return null;
  const stranger = health.healthy().find((peer) => peer !== self && !voters.includes(peer) && !learners.includes(peer));
  return stranger === undefined ? null : withLearner(configuration, stranger);
}

/** An even number of voters is only passed through: the first of two waits until the second is ready as well. */
function learnerPromoted(situation: Situation): Configuration | null {
  const { configuration, health } = situation;
  const { voters, learners } = configuration;
  if (voters.length >= targetOf(situation)) return null;
  const ready = learners.filter((learner) => health.isHealthy(learner) && situation.isCaughtUp(learner));
  const [first] = ready;
  const enough = ready.length >= (voters.length % 2 === 1 ? 2 : 1);
  return first !== undefined && enough ? withVoter(configuration, first) : null;
}

/**
 * The slowest to answer among those that are neither the leader nor, if there is a choice, its standby; only when
 * nobody is about to be removed.
 */
function voterDemoted(situation: Situation): Configuration | null {
  const { self, configuration, standby, health } = situation;
  const healthy = configuration.voters.filter((voter) => voter === self || health.isHealthy(voter));
  const isPending = configuration.voters.some((voter) => isGone(situation, voter));
  if (isPending || healthy.length <= targetOf(situation)) return null;
  const others = healthy.filter((voter) => voter !== self && isSpare(situation, voter));
  const spare = others.filter((voter) => voter !== standby);
  const slowest = (spare.length > 0 ? spare : others).toSorted(
    (a, b) => slowness(situation, b) - slowness(situation, a),
  )[0];
  return slowest === undefined ? null : withLearner(configuration, slowest);
}

/** The largest odd number of members that can vote, up to MAX_VOTERS. A voter counts until it is removed. */
function targetOf({ configuration, health }: Situation): number {
  const voters = configuration.voters.filter((voter) => health.of(voter)?.status !== "left");
  const learners = configuration.learners.filter((learner) => health.isHealthy(learner));
  const count = voters.length + learners.length;
  return Math.min(MAX_VOTERS, count % 2 === 1 ? count : count - 1);
}

/** Whether the other voters have a quorum up to carry on without this one. */
function isSpare({ configuration, isUp }: Situation, voter: PeerId): boolean {
  const rest = configuration.voters.filter((other) => other !== voter);
  return rest.length > 0 && rest.filter(isUp).length >= majority(rest.length);
}

/** Whether a member left, or was unhealthy for so long that it counts as gone. */
function isGone(situation: Situation, peer: PeerId): boolean {
  const { self, health, now, removalMs } = situation;
  const known = health.of(peer);
  if (known?.status === "left") return true;
  if (peer === self) return false;
  // Whoever membership does not speak of is judged by its answers alone.
  if (known === undefined) return now - situation.lastHeardAt(peer) >= removalMs;
  return known.status === "unhealthy" && now - known.since >= removalMs;
}

function slowness(situation: Situation, peer: PeerId): number {
  return situation.responseMs(peer) ?? Number.MAX_VALUE;
}
