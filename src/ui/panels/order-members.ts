import type { PeerNames } from "../../control/peer-names.ts";
import type { OrderPicture, PeerView } from "../../peer/peer-view.ts";
import { labelOf } from "../labels.ts";
import { type Span, span } from "../line.ts";
import { safeText } from "../safe-text.ts";
import { LABEL_WIDTH, type LogMember } from "./member-rows.ts";
import { collator } from "./store.ts";

type Slot = OrderPicture["members"][number];
type Progress = OrderPicture["progress"][number];

/** What those are called that decide, and those that only follow; and the state in which a follower should be. */
const WORDS = {
  raft: { decides: "voter", follows: "learner", usual: "replicate" },
  zab: { decides: "member", follows: "observer", usual: "broadcast" },
  none: { decides: "member", follows: "observer", usual: "broadcast" },
} as const;

/** Those whose majority decides, empty slots included, then those that only follow; where this peer leads, without it. */
export function orderMembers(view: PeerView, names: PeerNames): readonly LogMember[] {
  const { order, self } = view;
  const isLeading = order.progress.length > 0;
  const slots = order.members
    .filter(({ peer }) => !isLeading || peer !== self.id)
    .map((slot): readonly [string, LogMember] => [sortName(slot, names), memberAt(slot, view, names)]);
  const members = slots.toSorted(([a], [b]) => collator.compare(a, b)).map(([, member]) => member);
  const others = order.progress
    .filter(({ isMember }) => !isMember)
    .toSorted((a, b) => collator.compare(names.label(a.peer), names.label(b.peer)))
    .map((known) => followerOf(known, view, names));
  return [...members, ...others];
}

function memberAt({ peer, address, isUp }: Slot, view: PeerView, names: PeerNames): LogMember {
  const { order, self } = view;
  const known = order.progress.find((each) => each.peer === peer);
  const isEmpty = peer === null;
  const style = isEmpty || !isUp ? "bad" : peer === order.leader ? "strong" : "plain";
  const note = isEmpty ? "empty slot" : isUp ? "" : "missing";
  const text = peer === null ? safeText(address ?? "?", 2 * LABEL_WIDTH) : labelOf(names, peer, LABEL_WIDTH);
  return {
    peer,
    label: span(style, text),
    as: WORDS[order.kind].decides,
    isUsual: true,
    notes: [...notes(note, "bad"), ...notes(peer === self.id ? "you" : "", "dim")],
    progress: known === undefined ? null : progressOf(known, order.kind),
  };
}

function followerOf(known: Progress, { order }: PeerView, names: PeerNames): LogMember {
  return {
    peer: known.peer,
    label: span("plain", labelOf(names, known.peer, LABEL_WIDTH)),
    as: WORDS[order.kind].follows,
    isUsual: false,
    notes: [],
    progress: progressOf(known, order.kind),
  };
}

function progressOf(known: Progress, kind: OrderPicture["kind"]): LogMember["progress"] {
  const { ackedIndex, sentIndex, snapshotPart, state, responseMs } = known;
  return {
    matchIndex: ackedIndex,
    nextIndex: sentIndex + 1,
    snapshotPart,
    state,
    isUsual: state === WORDS[kind].usual,
    indexes: [span("dim", " acked "), String(ackedIndex), span("dim", " sent "), String(sentIndex)],
    responseMs,
  };
}

function notes(note: string, style: Span["style"]): readonly Span[] {
  return note === "" ? [] : [span(style, ` ${note}`)];
}

/** Whoever is known comes before addresses of nobody. */
function sortName({ peer, address }: Slot, names: PeerNames): string {
  return peer === null ? `~${address}` : names.label(peer);
}
