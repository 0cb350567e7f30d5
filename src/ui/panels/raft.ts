import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView, RaftPicture } from "../../peer/peer-view.ts";
import { electionCause } from "../describe-event.ts";
import { age, duration } from "../format.ts";
import { labelOf, labelsOf } from "../labels.ts";
import { joined, type Line, span, widthOf } from "../line.ts";
import type { PanelRow } from "../model.ts";

const collator = new Intl.Collator("en", { numeric: true });

/**
 * The Raft panel: who leads, the last election as a card, the heartbeat, who votes and who learns, and the newest end
 * of the log.
 * @param roomy one member a row
 */
export function raftRows(view: PeerView, names: PeerNames, width: number, roomy: boolean): PanelRow[] {
  const { raft } = view;
  return [
    row(officeLine(raft, names)),
    ...electionRows(raft, names),
    row(heartbeatLine(view)),
    ...(roomy ? memberRows(view, names) : packedMembers(view, names, width)),
    row([
      " log  ",
      span("dim", "commit "),
      String(raft.commitIndex),
      span("dim", "  applied "),
      String(raft.lastApplied),
      span("dim", "  last "),
      String(raft.lastLogIndex),
    ]),
    ...raft.tail.toReversed().map(
      ({ index, term, text }): PanelRow => ({
        line: [span("dim", `${String(index).padStart(6)} T${term}  `), text],
        subject: { kind: "log-entry", index },
      }),
    ),
  ];
}

/** The last election in three lines: when and how it ended, why it was held, who answered what. */
function electionRows(raft: RaftPicture, names: PeerNames): PanelRow[] {
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

/**
 * The longest recent silence of whoever this peer depends on: the leader's as a follower; as a leader that of the
 * quorum, the quickest voters that make one. Null where that is nobody.
 */
export function worstGapMs(view: PeerView): number | null {
  const { raft, self } = view;
  const gapOf = (peer: PeerId) => view.peers.find((row) => row.id === peer)?.worstGapMs ?? null;
  if (raft.leader === null) return null;
  if (raft.leader !== self.id) return gapOf(raft.leader);
  const gaps = raft.voters
    .filter((voter) => voter !== self.id)
    .map((voter) => gapOf(voter) ?? Number.POSITIVE_INFINITY);
  const slowest = gaps.sort((a, b) => a - b)[raft.quorum.needed - 2];
  return slowest === undefined || slowest === Number.POSITIVE_INFINITY ? null : slowest;
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

function memberRows(view: PeerView, names: PeerNames): PanelRow[] {
  const { voters, learners } = view.raft;
  const members = [
    ...ordered(voters, names).map((peer) => ({ peer, as: "voter" })),
    ...ordered(learners, names).map((peer) => ({ peer, as: "learner" })),
  ];
  return members.map(({ peer, as }) => ({
    line: [span("dim", ` ${as.padEnd(8)}`), ...memberSpans(view, names, peer)],
    subject: { kind: "peer", peer },
  }));
}

function packedMembers(view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const { raft } = view;
  const rows = packed(" voters   ", raft.voters, view, names, width);
  return raft.learners.length === 0 ? rows : [...rows, ...packed(" learners ", raft.learners, view, names, width)];
}

function packed(title: string, peers: readonly PeerId[], view: PeerView, names: PeerNames, width: number): PanelRow[] {
  const lines: Line[][] = [[]];
  let used = title.length;
  for (const peer of ordered(peers, names)) {
    const member = memberSpans(view, names, peer);
    const wide = widthOf(member) + 3;
    if (used + wide > width && lines.at(-1)?.length !== 0) {
      lines.push([]);
      used = title.length;
    }
    lines.at(-1)?.push(member);
    used += wide;
  }
  return lines.map((line, index) =>
    row([span("dim", index === 0 ? title : " ".repeat(title.length)), ...joined(line, "   ")]),
  );
}

function memberSpans(view: PeerView, names: PeerNames, peer: PeerId) {
  const { raft, self } = view;
  const missing = raft.quorum.missing.includes(peer);
  const progress = raft.progress.find((known) => known.peer === peer);
  const response = progress?.responseMs == null ? "" : ` ${duration(progress.responseMs)}`;
  return [
    span(missing ? "bad" : peer === raft.leader ? "strong" : "plain", labelOf(names, peer, 12)),
    missing ? span("bad", " missing") : "",
    peer === self.id ? span("dim", " you") : "",
    progress === undefined ? "" : span("dim", ` match ${progress.matchIndex}${response}`),
  ];
}

/** By what they are called, ports and numbered names in the order of their numbers. */
function ordered(peers: readonly PeerId[], names: PeerNames): PeerId[] {
  return peers.toSorted((a, b) => collator.compare(names.label(a), names.label(b)));
}

function outcomeSpan(outcome: "running" | "won" | "lost" | "unknown") {
  if (outcome === "won") return "";
  return outcome === "unknown" ? span("dim", ", outcome unknown") : span("warn", `, ${outcome}`);
}

function row(line: Line): PanelRow {
  return { line, subject: null };
}
