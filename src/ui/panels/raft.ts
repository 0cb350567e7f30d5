import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerView, RaftPicture } from "../../peer/peer-view.ts";
import { electionCause } from "../describe-elections.ts";
import { age, duration } from "../format.ts";
import { labelOf, labelsOf } from "../labels.ts";
import { keyOfPanel } from "../layout.ts";
import { joined, type Line, span } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { worstGapMs } from "../worst-gap.ts";
import { memberRows, packedMembers } from "./member-rows.ts";
import { logRow, raftEntryRows } from "./raft-log.ts";
import { raftMembers } from "./raft-members.ts";

/** Where to look where the peers agree in other ways. */
const ELSEWHERE = `Election (${keyOfPanel("election")}) and Order (${keyOfPanel("order")})`;

/** Entries of the log that are worth their room wherever there is room at all. */
const LEAST_ENTRIES = 3;

/**
 * The Raft panel: who leads, the last election as a card, the heartbeat, who votes and who learns and how far their logs
 * are, and the newest end of the own log. In little room the log comes first: the first line of the screen says who leads.
 *
 * @param height lines that it has
 */
export function raftRows(view: PeerView, names: PeerNames, width: number, height: number): readonly PanelRow[] {
  const { raft, modes } = view;
  if (modes.election !== "raft") return [row([span("dim", ` Raft is not in use: see ${ELSEWHERE}`)])];
  const office = row(officeLine(raft, names));
  const heartbeat = row(heartbeatLine(view));
  const election = electionRows(raft, names);
  const followers = raftMembers(view, names);
  const members = memberRows(followers, raft, width);
  const packed = packedMembers(followers, raft, width);
  const log = logRow(raft, width);
  const entries = raftEntryRows(raft);
  const heads: readonly (readonly PanelRow[])[] = [
    [office, ...election, heartbeat, ...members, log],
    [office, ...election, heartbeat, ...packed, log],
    [office, ...election.slice(0, 1), heartbeat, ...packed, log],
  ];
  const head = heads.find(({ length }) => length + Math.min(LEAST_ENTRIES, entries.length) <= height);
  return head === undefined ? [log, ...packed, ...entries, office, heartbeat, ...election] : [...head, ...entries];
}

/** The last election in three lines: when and how it ended, why it was held, who answered what. */
export function electionRows(raft: RaftPicture, names: PeerNames): PanelRow[] {
  const { election } = raft;
  if (election === null) return [{ line: [span("dim", " no election yet")], subject: null }];
  const subject = { kind: "election" } as const;
  if (election.because === null) {
    const line = ` Last election: term ${election.term}, heard of ${age(election.ageMs)} ago`;
    return [{ line: [line, span("dim", ", only its outcome is known here")], subject }];
  }
  const took = election.tookMs === null ? "" : `, ${duration(election.tookMs)}`;
  const votes = [
    span("dim", "  yes "),
    labelsOf(names, election.yes),
    span("dim", "  no "),
    labelsOf(names, election.no),
    span("dim", "  silent "),
    labelsOf(names, election.silent),
  ];
  return [
    {
      line: [` Last election ${age(election.ageMs)} ago, term ${election.term}${took}`, outcomeSpan(election.outcome)],
      subject,
    },
    { line: [span("dim", "   why   "), electionCause(election.because, election.asker, names)], subject },
    { line: [span("dim", "   asked "), labelOf(names, election.asker), ...votes], subject },
  ];
}

function officeLine(raft: RaftPicture, names: PeerNames): Line {
  const since = raft.leaderAgeMs === null ? "" : ` for ${age(raft.leaderAgeMs)}`;
  const role = [span("strong", ` ${raft.role}`)];
  if (raft.leader === null) role.push(span("bad", ", no leader"));
  else if (raft.role !== "leader") role.push(span("dim", " of "), span("strong", labelOf(names, raft.leader)));
  const parts: Line[] = [
    [...role, since],
    [span("dim", "term "), String(raft.currentTerm)],
    [span("dim", "vote "), raft.votedFor === null ? "-" : labelOf(names, raft.votedFor)],
    [span("dim", "standby "), raft.standby === null ? "-" : labelOf(names, raft.standby)],
  ];
  return joined(parts, "  ");
}

/** No countdown that every heartbeat would reset: the worst gap beside the timeout, and the silence once overdue. */
function heartbeatLine(view: PeerView): Line {
  const { raft, self } = view;
  const timeout = duration(raft.electionTimeoutMs);
  const line = [span("dim", " heartbeat "), duration(raft.heartbeatIntervalMs)];
  const silent = view.peers.find((peer) => peer.id === raft.leader)?.heartbeatAgeMs ?? 0;
  if (silent > raft.electionTimeoutMs / 2)
    return [...line, span("warn", `  leader overdue: silent ${duration(silent)} of ${timeout}`)];
  const worst = worstGapMs(view);
  const whose = raft.leader === self.id ? "quorum" : "leader";
  const late = worst !== null && worst > raft.electionTimeoutMs;
  if (worst !== null) line.push(span("dim", `  ${whose} worst gap `), span(late ? "warn" : "plain", duration(worst)));
  return [...line, span("dim", "  timeout "), timeout];
}

function outcomeSpan(outcome: "running" | "won" | "lost" | "unknown") {
  if (outcome === "won") return "";
  return outcome === "unknown" ? span("dim", ", outcome unknown") : span("warn", `, ${outcome}`);
}

function row(line: Line): PanelRow {
  return { line, subject: null };
}
