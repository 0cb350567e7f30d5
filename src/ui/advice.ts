import { watchedIn } from "../control/desk/simulation-desk.ts";
import { isLost, worstQuorum } from "../control/quorum.ts";
import { isLoopback } from "../core/address.ts";
import { isEnded } from "../core/job.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { partingWords, rivalryWords } from "./agreement-words.ts";
import { addressRanges } from "./describe-event.ts";
import { duration, listed } from "./format.ts";
import { stuckCure, stuckWords } from "./job-words.ts";
import { labelOf } from "./labels.ts";
import type { Model } from "./model.ts";
import { safeText } from "./safe-text.ts";
import type { Style } from "./theme.ts";

/** What to do about an empty or stuck state, in one sentence. */
export interface Advice {
  readonly text: string;
  readonly style: Style;
}

/** So long after a change of leader nobody waits any more for what follows from that. */
const SETTLED_MS = 2_000;

/** How long what was odd at the start stays in view; the details of this peer keep it. */
const NEWS_MS = 60_000;

/** The most urgent thing to know or to do; null where all is well. */
export function adviceOf(model: Model): Advice | null {
  const { view, names, simulation } = model;
  const { self, peers, condition } = view;
  const watched = watchedIn(simulation);
  if (watched?.condition === "down") return down(watched.label, self.phase === "left");
  if (self.phase === "left") return { text: "left the cluster", style: "warn" };
  if (condition.kind === "paused") return { text: "paused: f p on your own row resumes it", style: "bad" };
  if (condition.kind === "crashed")
    return { text: "crashed: f k on your own row recovers it from its disk", style: "bad" };
  if (self.phase === "seeking") return seeking(model);
  const troubles = [lostQuorum(model), rivalryWords(view, names)].filter((trouble) => trouble !== null);
  if (troubles.length > 0) return { text: troubles.join(". "), style: "bad" };
  if (peers.every((peer) => peer.status === "left")) {
    const join = isLoopback(self.address) ? "" : ` --join ${self.address}`;
    const text =
      simulation === null ? `alone: start another with npx p2p-node${join}` : "alone: no other peer is known";
    return { text, style: "accent" };
  }
  const unsettled = leaderless(view) ?? partingWords(view, names) ?? poolTrouble(model);
  if (unsettled !== null) return { text: unsettled, style: "warn" };
  if (view.notices.length > 0 && view.upMs < NEWS_MS) return { text: view.notices.join(". "), style: "warn" };
  return null;
}

/** Whose majority is missing, and what to do; null where none is. */
function lostQuorum({ view, names, simulation }: Model): string | null {
  const quorum = worstQuorum(view);
  if (quorum === null || !isLost(quorum)) return null;
  const { noun, size, up, members } = quorum;
  const missing = members
    .filter(({ isUp }) => !isUp)
    .map(({ peer, address }) => (peer === null ? safeText(address ?? "?") : labelOf(names, peer)));
  // The members of an ensemble stay the same: a fresh peer would have to be one of them.
  const start = noun === "voter" ? "Start them, or run p2p-node --fresh" : "Start them";
  const cure = simulation === null ? start : "Recover them, or heal all";
  return `no quorum: ${up} of ${size} ${noun}s up; missing ${listed(missing)}. ${cure}`;
}

/** What nobody leading means, and how that ends; null where somebody does. */
function leaderless({ modes, election, order, raft }: PeerView): string | null {
  if (election.leader !== null) {
    const isWaited = modes.broadcast === "zab" && order.leader === null;
    return isWaited ? `nothing can be committed yet: ZAB is in ${order.phase}` : null;
  }
  switch (election.kind) {
    case "raft":
      return `no leader in term ${raft.currentTerm}: an election follows within about ${duration(raft.electionTimeoutMs)}`;
    case "bully":
      return "no leader: whoever ranks highest will say so within about a second";
    case "fixed":
      return `no leader: ${safeText(election.named ?? "nobody")} is named as the leader and is not here: start it`;
  }
}

/** What keeps the pool from its work for longer than a change of leader takes; null where nothing does. */
function poolTrouble({ view: { vip, broker, election }, names, timeline, state }: Model): string | null {
  if (election.leader === null || (election.leaderAgeMs ?? 0) < SETTLED_MS) return null;
  const attempt = timeline.latest(["address-failed", "address-acquired", "address-lost"])?.event;
  if (attempt?.kind === "address-failed")
    return `${attempt.address} cannot be had here, ${safeText(attempt.because)}: it is tried again; --vip names another`;
  if (vip.address !== null && vip.holder === null)
    return `nobody holds ${vip.address}: its holder left, and ${labelOf(names, election.leader)} is to take it`;
  // The panel of the broker says it of each job.
  if (state.focus === "broker") return null;
  for (const { id, stuck } of broker.jobs.filter((job) => !isEnded(job)))
    if (stuck !== null) return `job ${id} stands still, ${stuckWords(stuck)}: ${stuckCure(stuck)}`;
  return null;
}

/** A peer of a simulation whose process is gone: its last picture stands still. */
function down(label: string, hasLeft: boolean): Advice {
  const what = hasLeft ? "has left" : "is down";
  return { text: safeText(`${label} ${what}: f k or recover ${label} starts it again`), style: "bad" };
}

function seeking({ view, timeline }: Model): Advice {
  const { trying } = view.self;
  const unanswered = timeline.latest(["seeking", "join-unanswered"])?.event;
  if (unanswered?.kind === "join-unanswered")
    return { text: `no answer from ${addressRanges(unanswered.addresses)} yet; retrying`, style: "warn" };
  const where = trying.length === 0 ? "this machine" : addressRanges(trying);
  return { text: safeText(`looking for peers on ${where} ...`), style: "accent" };
}
