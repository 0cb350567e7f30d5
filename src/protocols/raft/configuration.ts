import type { PeerId } from "../../core/peer-id.ts";
import type { Configuration } from "./message.ts";

/** The configuration of a log that holds none. */
export const NOBODY: Configuration = { voters: [], learners: [] };

/** Everybody in a configuration. */
export function membersOf(configuration: Configuration): readonly PeerId[] {
  return [...configuration.voters, ...configuration.learners];
}

/** The configuration with `peer` as a learner, whatever it was before. */
export function withLearner(configuration: Configuration, peer: PeerId): Configuration {
  const { voters, learners } = without(configuration, peer);
  return { voters, learners: [...learners, peer].sort() };
}

/** The configuration with `peer` as a voter, whatever it was before. */
export function withVoter(configuration: Configuration, peer: PeerId): Configuration {
  const { voters, learners } = without(configuration, peer);
  return { voters: [...voters, peer].sort(), learners };
}

/** The configuration without `peer`. */
export function without(configuration: Configuration, peer: PeerId): Configuration {
  return {
    voters: configuration.voters.filter((voter) => voter !== peer),
    learners: configuration.learners.filter((learner) => learner !== peer),
  };
}

/** A change of configuration in words, and whom it is about; nobody where it is about several. */
export interface Change {
  readonly change: string;
  readonly peer: PeerId | null;
}

type Standing = "voter" | "learner" | "none";

const WORDS: Readonly<Record<Standing, Readonly<Record<Standing, string>>>> = {
  none: { none: "no change", learner: "added as learner", voter: "added as voter" },
  learner: { none: "learner removed", learner: "no change", voter: "promoted to voter" },
  voter: { none: "voter removed", learner: "demoted to learner", voter: "no change" },
};

/** What makes `after` of `before`. */
export function changeBetween(before: Configuration, after: Configuration): Change {
  if (before.voters.length === 0) return { change: "founded", peer: after.voters[0] ?? null };
  const members = new Set([...membersOf(before), ...membersOf(after)]);
  const changed = [...members].filter((peer) => standing(before, peer) !== standing(after, peer));
  const [peer] = changed;
  if (peer === undefined || changed.length > 1) return { change: "several changes", peer: null };
  return { change: WORDS[standing(before, peer)][standing(after, peer)], peer };
}

function standing(configuration: Configuration, peer: PeerId): Standing {
  if (configuration.voters.includes(peer)) return "voter";
  return configuration.learners.includes(peer) ? "learner" : "none";
}
