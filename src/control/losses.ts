import { isEnded } from "../core/job.ts";
import type { PeerId } from "../core/peer-id.ts";
import type { PeerView } from "../peer/peer-view.ts";
import type { Peers } from "./arguments.ts";
import type { PeerNames } from "./peer-names.ts";
import { isLost, quorumsOf } from "./quorum.ts";
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
  const { leader } = view.election;
  const uncommitted = uncommittedHere(view);
  const lost = quorumLost(view, crashing);
  const losses = [
    ...(leader !== null && crashing.includes(leader) ? ["leader"] : []),
    ...(crashing.includes(view.self.id) && uncommitted > 0
      ? [`${uncommitted} uncommitted ${uncommitted === 1 ? "entry" : "entries"}`]
      : []),
    ...(lost === null ? [] : [`the others lose their quorum (${lost})`]),
    "what is not on disk",
  ];
  return `crash ${crashing.map((peer) => names.label(peer)).join(",")}: ${losses.join(", ")}`;
}

/** Entries that only this peer can still have decided: what it put into the order as its leader and no quorum has yet. */
function uncommittedHere({ self, order }: PeerView): number {
  return order.leader === self.id ? Math.max(0, order.lastIndex - order.commitIndex) : 0;
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

/** A job that is killed is gone everywhere; of one that has ended nothing is lost. */
export function lossOfJob(
  { broker }: PeerView,
  _names: PeerNames,
  said?: { readonly job: number | null },
): string | null {
  if (said === undefined) return null;
  const job = broker.jobs.findLast((each) => (said.job === null ? !isEnded(each) : each.id === said.job));
  if (job === undefined || isEnded(job)) return null;
  return `kill job ${job.id}: a board of ${job.size} x ${job.size} at turn ${job.turn}, gone everywhere`;
}

/** What remains of a quorum that is lost with these peers; null where all remain or were lost before. */
function quorumLost(view: PeerView, gone: readonly PeerId[]): string | null {
  for (const quorum of quorumsOf(view)) {
    const { noun, size, needed, up, members } = quorum;
    const going = members.filter(({ peer, isUp }) => isUp && peer !== null && gone.includes(peer));
    const left = up - going.length;
    const remains = going.length === 0 || size < 2 || isLost(quorum) || left >= needed;
    if (!remains) return `${left} of ${size} ${noun}s would be up, ${needed} needed`;
  }
  return null;
}
