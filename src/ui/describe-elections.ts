import type { PeerNames } from "../control/peer-names.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { duration } from "./format.ts";
import type { Of, Stories } from "./story.ts";

/** Why an election is held. */
export function electionCause(
  cause: NonNullable<PeerView["raft"]["election"]>["because"],
  asker: PeerId,
  names: PeerNames,
): string {
  const who = names.label(asker);
  switch (cause?.kind) {
    case undefined:
      return "not known here: only the outcome was heard";
    case "founding":
      return `${who} founded the cluster and elected itself`;
    case "link-broke":
      return `${who} lost its link to leader ${names.label(cause.leader)}`;
    case "leader-silent": {
      const silent = duration(cause.silentMs);
      if (cause.leader === null) return `${who} knew of no leader for ${silent}`;
      return cause.leader === asker
        ? `${who} gave up leading, and heard of no other leader for ${silent}`
        : `${who} heard nothing of leader ${names.label(cause.leader)} for ${silent}`;
    }
    case "transfer":
      return `leader ${names.label(cause.leader)} handed over`;
  }
}

/** What happens to leaders, however they are found, and to the majorities that they need. */
export const electionStories: Stories<
  | "election-started"
  | "election-failed"
  | "election-ended"
  | "vote-granted"
  | "leader-elected"
  | "leader-lost"
  | "rival-met"
  | "quorum-lost"
  | "quorum-regained"
  | "transfer-started"
  | "transfer-failed"
  | "left-office"
> = {
  "election-started": (e, names) =>
    "term" in e
      ? {
          about: "self",
          text: `asked for votes in term ${e.term}`,
          because: electionCause(e.because, names.self, names),
          tone: "leader",
        }
      : { about: "self", text: "stood for election", because: STOOD[e.because], tone: "leader" },
  "election-failed": (e) => ({
    about: "self",
    text: `lost the election of term ${e.term}`,
    because: ELECTION_FAILED[e.because],
    tone: "bad",
  }),
  "election-ended": (e, names) => ({
    about: "self",
    text: `${ENDED[e.outcome]}${e.leader === null || e.leader === names.self ? "" : `: ${names.label(e.leader)} leads`}`,
    tone: e.outcome === "no-coordinator" ? "bad" : "plain",
  }),
  "vote-granted": (e, names) => ({ about: "self", text: `voted for ${names.label(e.to)} in term ${e.term}` }),
  "leader-elected": (e, names) => {
    const about = { peer: e.leader };
    if (!("term" in e)) return { about, text: "became the leader", tone: "leader" };
    const because = e.election === null ? null : electionCause(e.election.because, e.election.asker, names);
    return { about, text: `leader of term ${e.term}${tally(e.election)}`, because, tone: "leader" };
  },
  "leader-lost": (e) => ({
    about: { peer: e.leader },
    text: `no longer leader${"term" in e ? ` of term ${e.term}` : ""}`,
    because: LEADER_LOST[e.because],
    tone: "leader",
  }),
  "rival-met": (e, names) => ({
    about: { peer: e.rival },
    text: `claimed to lead too, beside ${e.leader === names.self ? "you" : names.label(e.leader)}`,
    because: "Bully lets each part of a network have a leader",
    tone: "bad",
  }),
  "quorum-lost": (e, names) => ({
    about: "self",
    text: `lost the quorum, ${upOf(e)}`,
    because: `nothing is heard of ${e.missing.map((peer) => names.label(peer)).join(" ")}`,
    tone: "bad",
  }),
  "quorum-regained": (e) => ({ about: "self", text: `regained the quorum, ${upOf(e)}`, tone: "good" }),
  "transfer-started": (e) => ({ about: { peer: e.to }, text: "is to take over as leader", tone: "leader" }),
  "transfer-failed": (e, names) => ({
    about: "self",
    text: `kept the leadership${e.to === null ? "" : ` that ${names.label(e.to)} was to take`}`,
    because: TRANSFER_FAILED[e.because],
    tone: "bad",
  }),
  "left-office": () => ({ about: "self", text: "gave up every office, free to leave" }),
};

const ELECTION_FAILED = {
  "no-majority": "too few voted for us",
  "higher-term": "somebody knew a higher term",
  "leader-found": "there is a leader",
} as const;

/** Why a peer stands in a Bully election. */
const STOOD = {
  "no-leader": "no leader was heard",
  "link-broke": "the link to the leader broke",
  unhealthy: "the leader is unhealthy",
  silent: "nothing was heard of the leader for too long",
  "higher-priority": "a higher one took over",
  left: "the leader left",
  resigned: "the leader resigned",
  "held-down": "a lower one is to be let work",
  "stood-still": "we stood still and another may lead by now",
  forgotten: "the cluster was given up",
  "outranks-leader": "the leader ranks lower",
  asked: "a lower one stands",
  "no-coordinator": "whoever was to lead did not say so",
} as const;

const ENDED = {
  won: "won the election",
  "leader-found": "ended the election",
  "no-coordinator": "ended the election without a leader",
  "held-down": "let a lower one lead for a while",
  "called-off": "called the election off",
} as const;

const LEADER_LOST = {
  "link-broke": "the link to it broke",
  silent: "nothing was heard of it for too long",
  "higher-term": "somebody knew a higher term",
  "quorum-lost": "it could hear no majority of the voters",
  transferred: "it handed over",
  removed: "it is no voter any more",
  unhealthy: "it is unhealthy",
  "higher-priority": "one that ranks higher leads",
  left: "it left the cluster",
  resigned: "it resigned",
  "held-down": "it came and went too often and lets a lower one lead",
  "stood-still": "it stood still for so long that another may lead",
  moved: "another peer lives at the leader's address by now",
  forgotten: "the cluster was given up",
} as const;

const TRANSFER_FAILED = {
  "nobody-fit": "nobody was fit to take it",
  "timed-out": "it was not taken in time",
  "not-leader": "only a leader can hand over",
  "highest-leads": "nobody who ranks higher could lead",
  "leader-is-fixed": "the leader is named beforehand",
} as const;

/** How many of those that decide are up. */
function upOf(e: Of<"quorum-lost">): string {
  const [all, noun] = "voters" in e ? [e.voters, "voters"] : [e.members, "members"];
  return `${all - e.missing.length} of ${all} ${noun} up`;
}

function tally(election: Extract<Of<"leader-elected">, { readonly term: number }>["election"]): string {
  if (election === null) return "";
  const voters = election.yes.length + election.no.length + election.silent.length;
  const took = election.endedAt === null ? "" : ` in ${duration(election.endedAt - election.startedAt)}`;
  return ` (${election.yes.length}/${voters} votes${took})`;
}
