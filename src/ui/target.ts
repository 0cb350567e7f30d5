import type { PeerId } from "../core/peer-id.ts";
import { peerCursor, subjectUnderCursor } from "./content.ts";
import type { Model } from "./model.ts";
import { shownMembers } from "./panels/peer-grid.ts";

/** The peers that a command acts on: the marked ones, else the one under the cursor. */
export function targets(model: Model): readonly PeerId[] {
  const known = new Set([model.view.self.id, ...model.view.peers.map((peer) => peer.id)]);
  const marked = model.state.marks.filter((peer) => known.has(peer));
  if (marked.length > 0) return marked;
  const subject = subjectUnderCursor(model);
  if (subject?.kind === "peer") return [subject.peer];
  if (subject?.kind === "fault") return [targetOfFault(model, subject.id)];
  const cursor = peerCursor(model, shownMembers(model.view, model.names, model.state));
  return cursor === null ? [] : [cursor];
}

function targetOfFault({ view }: Model, id: number): PeerId {
  const target = view.faults.find((fault) => fault.id === id)?.target;
  return target === undefined || target === "everybody" ? view.self.id : target;
}
