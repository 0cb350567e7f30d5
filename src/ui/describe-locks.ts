import type { PeerNames } from "../control/peer-names.ts";
import { quoted } from "../control/quoted.ts";
import type { PeerId } from "../core/peer-id.ts";
import { duration } from "./format.ts";
import type { Stories } from "./story.ts";

/** What happens to locks. */
export const lockStories: Stories<
  "lock-requested" | "lock-acquired" | "lock-released" | "lock-lost" | "lock-blocked" | "lock-freed"
> = {
  "lock-requested": (e) => ({ about: "self", text: `wanted lock ${quoted(e.name)} at Lamport time ${e.timestamp}` }),
  "lock-acquired": (e) => ({
    about: { peer: e.peer },
    text: `got lock ${quoted(e.name)} with token ${e.token} after ${duration(e.waitedMs)}`,
    tone: "good",
  }),
  "lock-released": (e) => ({ about: { peer: e.peer }, text: `released lock ${quoted(e.name)}` }),
  "lock-lost": (e) => ({
    about: { peer: e.peer },
    text: `lost lock ${quoted(e.name)}`,
    because: e.because,
    tone: "bad",
  }),
  "lock-blocked": (e, names) => ({
    about: "self",
    text: `cannot get lock ${quoted(e.name)}`,
    because: `${some(e.by, names)} cannot be reached and may hold it`,
    tone: "bad",
  }),
  "lock-freed": (e) => ({ about: "self", text: `can get lock ${quoted(e.name)} again`, tone: "good" }),
};

/** Peers that a sentence names, at most. */
const MOST_NAMED = 8;

function some(peers: readonly PeerId[], names: PeerNames): string {
  const named = peers.slice(0, MOST_NAMED).map((peer) => names.label(peer));
  const more = peers.length - named.length;
  return more > 0 ? `${named.join(" ")} and ${more} more` : named.join(" ");
}
