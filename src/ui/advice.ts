import { watchedIn } from "../control/desk/simulation-desk.ts";
import { isLoopback } from "../core/address.ts";
import { addressRanges } from "./describe-event.ts";
import { duration } from "./format.ts";
import { labelsOf } from "./labels.ts";
import type { Model } from "./model.ts";
import { safeText } from "./safe-text.ts";
import type { Style } from "./theme.ts";

/** What to do about an empty or stuck state, in one sentence. */
export interface Advice {
  readonly text: string;
  readonly style: Style;
}

/** How long what was odd at the start stays in view; the details of this peer keep it. */
const NEWS_MS = 60_000;

/** The most urgent thing to know or to do; null where all is well. */
export function adviceOf(model: Model): Advice | null {
  const { view, names, simulation } = model;
  const { self, raft, peers, condition } = view;
  const watched = watchedIn(simulation);
  if (watched?.condition === "down") return down(watched.label, self.phase === "left");
  if (self.phase === "left") return { text: "left the cluster", style: "warn" };
  if (condition.kind === "paused") return { text: "paused: f p on your own row resumes it", style: "bad" };
  if (condition.kind === "crashed")
    return { text: "crashed: f k on your own row recovers it from its disk", style: "bad" };
  if (self.phase === "seeking") return seeking(model);
  const { needed, up, missing } = raft.quorum;
  if (raft.voters.length > 0 && up < needed) {
    const cure = simulation === null ? "Start them, or run p2p-node --fresh" : "Recover them, or heal all";
    const text = `no quorum: ${up} of ${raft.voters.length} voters up; missing ${labelsOf(names, missing)}. ${cure}`;
    return { text, style: "bad" };
  }
  if (peers.every((peer) => peer.status === "left")) {
    const join = isLoopback(self.address) ? "" : ` --join ${self.address}`;
    const text =
      simulation === null ? `alone: start another with npx p2p-node${join}` : "alone: no other peer is known";
    return { text, style: "accent" };
  }
  if (raft.leader === null) {
    const timeout = duration(raft.electionTimeoutMs);
    return {
      text: `no leader in term ${raft.currentTerm}: an election follows within about ${timeout}`,
      style: "warn",
    };
  }
  if (view.notices.length > 0 && view.upMs < NEWS_MS) return { text: view.notices.join(". "), style: "warn" };
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
