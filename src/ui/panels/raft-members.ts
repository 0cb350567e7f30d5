import type { PeerNames } from "../../control/peer-names.ts";
import type { PeerId } from "../../core/peer-id.ts";
import type { PeerView } from "../../peer/peer-view.ts";
import { labelOf } from "../labels.ts";
import { type Span, span } from "../line.ts";
import { LABEL_WIDTH, type LogMember } from "./member-rows.ts";
import { collator } from "./store.ts";

type Progress = PeerView["raft"]["progress"][number];

/** Whose logs are to be alike: by what they are called, ports and numbered names in the order of their numbers. */
export function raftMembers(view: PeerView, names: PeerNames): readonly LogMember[] {
  const { raft, self } = view;
  const { progress, voters, learners } = raft;
  const isLeading = progress.length > 0;
  const ordered = (peers: readonly PeerId[], as: "voter" | "learner") =>
    peers
      // How far a leader is itself is what all are measured by.
      .filter((peer) => !isLeading || peer !== self.id)
      .toSorted((a, b) => collator.compare(names.label(a), names.label(b)))
      .map((peer): LogMember => {
        const known = progress.find((each) => each.peer === peer);
        return {
          peer,
          label: labelSpan(view, names, peer),
          as,
          isUsual: as === "voter",
          notes: notesOf(view, peer),
          progress: known === undefined ? null : progressOf(known),
        };
      });
  return [...ordered(voters, "voter"), ...ordered(learners, "learner")];
}

function progressOf(known: Progress): LogMember["progress"] {
  const { matchIndex, nextIndex, state } = known;
  const indexes = [span("dim", " match "), String(matchIndex), span("dim", " next "), String(nextIndex)];
  return { ...known, isUsual: state === "replicate", indexes };
}

function labelSpan({ raft }: PeerView, names: PeerNames, peer: PeerId): Span {
  const isMissing = raft.quorum.missing.includes(peer);
  return span(isMissing ? "bad" : peer === raft.leader ? "strong" : "plain", labelOf(names, peer, LABEL_WIDTH));
}

function notesOf({ raft, self }: PeerView, peer: PeerId): readonly Span[] {
  return [
    ...(raft.quorum.missing.includes(peer) ? [span("bad", " missing")] : []),
    ...(peer === self.id ? [span("dim", " you")] : []),
  ];
}
