import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";
import type { Peers } from "./arguments.ts";
import type { PeerNames } from "./peer-names.ts";
import { quoted } from "./quoted.ts";

/** A leaving voter costs the others their quorum if it is one of the last that make it. */
export function lossOfLeaving(view: PeerView, names: PeerNames): string | null {
  const lost = quorumLost(view, [view.self.id]);
  return lost === null ? null : `leave ${names.label(view.self.id)}: the others lose their quorum (${lost})`;
}

/** A crash always loses something: what is not on disk. */
export function lossOfCrash(view: PeerView, names: PeerNames, said?: { readonly peers: Peers | null }): string {
  const everybody = [view.self.id, ...view.peers.filter(({ status }) => status !== "left").map(({ id }) => id)];
  const crashing = said === undefined ? [view.self.id] : said.peers === "all" ? everybody : (said.peers ?? everybody);
  const { leader, lastLogIndex, commitIndex } = view.raft;
  const uncommitted = lastLogIndex - commitIndex;
  const lost = quorumLost(view, crashing);
  const losses = [
    ...(leader !== null && crashing.includes(leader) ? ["leader"] : []),
    ...(leader === view.self.id && crashing.includes(leader) && uncommitted > 0
      ? [`${uncommitted} uncommitted ${uncommitted === 1 ? "entry" : "entries"}`]
      : []),
    ...(lost === null ? [] : [`the others lose their quorum (${lost})`]),
    "what is not on disk",
  ];
  return `crash ${crashing.map((peer) => names.label(peer)).join(",")}: ${losses.join(", ")}`;
}

/** A file that is deleted is gone on every peer; of one that is not known here nobody can say how much that is. */
export function lossOfDeletion(
  { files }: PeerView,
  _names: PeerNames,
  said?: { readonly name: string | null },
): string | null {
  const name = said?.name ?? null;
  if (name === null) return null;
  const file = files.recent.find((each) => each.name === name);
  const content = file === undefined ? "what it holds" : `${file.bytes} ${file.bytes === 1 ? "byte" : "bytes"}`;
  return `delete ${quoted(name)}: ${content}, gone on every peer`;
}

/** What remains of the quorum where it is lost with these peers; null where one remains or was lost before. */
function quorumLost({ raft }: PeerView, gone: readonly PeerId[]): string | null {
  const { voters, quorum } = raft;
  const going = voters.filter((peer) => gone.includes(peer) && !quorum.missing.includes(peer));
  const left = quorum.up - going.length;
  if (going.length === 0 || voters.length < 2 || quorum.up < quorum.needed || left >= quorum.needed) return null;
  return `${left} of ${voters.length} voters would be up, ${quorum.needed} needed`;
}
