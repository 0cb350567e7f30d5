import type { PeerNames } from "../../control/peer-names.ts";
import { mayLead } from "../../core/modes.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { partingWords, rivalryWords } from "../agreement-words.ts";
import { age } from "../format.ts";
import { labelOf } from "../labels.ts";
import { joined, type Line, span, wrap } from "../line.ts";
import type { PanelRow } from "../model.ts";
import { safeText } from "../safe-text.ts";
import type { Style } from "../theme.ts";
import { messageRows } from "./election-messages.ts";
import { packedRows } from "./member-rows.ts";
import { electionRows } from "./raft.ts";
import { collator } from "./store.ts";

const TITLES = { raft: "Raft", bully: "Bully", fixed: "fixed" } as const;

/** Columns of a label among others. */
const LABEL_WIDTH = 12;

/**
 * The Election panel: who leads and since when, whoever else does, who may, and the latest election message by message.
 */
export function electionPanelRows(view: PeerView, names: PeerNames, width: number): readonly PanelRow[] {
  const { election } = view;
  return [
    { line: officeLine(view, names), subject: null },
    ...said("bad", rivalryWords(view, names), width),
    ...said("warn", partingWords(view, names), width),
    ...said("warn", holdWords(view), width),
    ...said("plain", namedWords(view, names), width),
    ...participantRows(view, names, width),
    ...(election.kind === "raft" ? electionRows(view.raft, names) : []),
    ...(election.kind === "fixed" ? [] : messageRows(election, names, width)),
  ];
}

function officeLine({ election, self }: PeerView, names: PeerNames): Line {
  const { kind, role, leader, leaderAgeMs, priority } = election;
  const since = leaderAgeMs === null ? "" : ` for ${age(leaderAgeMs)}`;
  const office: Exclude<Line, string> =
    role === "none"
      ? [
          span("dim", "takes no part"),
          ...(leader === null ? [] : [", leader ", span("strong", labelOf(names, leader))]),
        ]
      : leader === null
        ? [span("strong", role), span("bad", ", no leader")]
        : leader === self.id
          ? [span("title", "leader")]
          : [span("strong", role), span("dim", " of "), span("strong", labelOf(names, leader))];
  const parts: Line[] = [
    [span("strong", ` ${TITLES[kind]} `), ...office, since],
    ...(priority === null ? [] : [[span("dim", "priority "), String(priority)]]),
  ];
  return joined(parts, "  ");
}

/** Why a peer that ranks higher than the leader does not take over. */
function holdWords({ election }: PeerView): string | null {
  const { holdMs } = election;
  return holdMs === null ? null : `lets a lower one lead for another ${age(holdMs)}: it came and went too often itself`;
}

function namedWords({ election }: PeerView, names: PeerNames): string | null {
  const { kind, named, leader } = election;
  if (kind !== "fixed" || named === null) return null;
  const absent = leader === null ? ", which is not here: nobody leads before it is" : "";
  return `named beforehand: ${named} (${safeText(names.labelAt(named), LABEL_WIDTH)})${absent}; nobody else ever leads`;
}

/** Who may lead; where they rank, the highest first. */
function participantRows(view: PeerView, names: PeerNames, width: number): readonly PanelRow[] {
  const { election, self, modes } = view;
  const { kind, priority } = election;
  const own = kind === "bully" && mayLead(self.address, modes.ensemble) ? [{ peer: self.id, priority }] : [];
  const all = [...own, ...election.participants.filter(({ peer }) => own.length === 0 || peer !== self.id)];
  if (all.length === 0 || kind === "fixed") return [];
  const ordered = all.toSorted(
    (a, b) => (b.priority ?? -1) - (a.priority ?? -1) || collator.compare(names.label(a.peer), names.label(b.peer)),
  );
  const parts = ordered.map((each): Line => {
    const style: Style =
      each.peer === election.leader ? "title" : election.rivals.includes(each.peer) ? "bad" : "plain";
    const rank = kind === "bully" ? span("dim", ` priority ${each.priority ?? "?"}`) : "";
    return [
      span(style, labelOf(names, each.peer, LABEL_WIDTH)),
      rank,
      each.peer === self.id ? span("dim", " you") : "",
    ];
  });
  return packedRows("may lead", parts, width);
}

/** A sentence on as many lines as it needs, so that nothing of it is cut. */
function said(style: Style, text: string | null, width: number): readonly PanelRow[] {
  if (text === null) return [];
  return wrap(text, width - 2).map((line) => ({ line: [span(style, ` ${line}`)], subject: null }));
}
