import { PeerNames } from "../control/peer-names.ts";
import { type Quorum, quorumsOf } from "../control/quorum.ts";
import type { Address } from "../core/address.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { StartError } from "../runtime/start-error.ts";
import { modesWords, reignOf } from "../ui/agreement-words.ts";
import { count, size } from "../ui/format.ts";
import { safeText } from "../ui/safe-text.ts";
import { resolveAddress } from "./address.ts";
import { columns } from "./columns.ts";
import { fetchView, noPeer } from "./fetch-view.ts";
import { jsonLine } from "./json-line.ts";

const TIMEOUT_MS = 3000;

/** Data types that are named. */
const MOST_TYPES = 8;

/** Locks that are named. */
const MOST_LOCKS = 8;

/** Columns of a line, at most. */
const WIDEST_LINE = 400;

/** Prints what the peer at an address sees; the exit code. */
export async function status(text: string, json: boolean): Promise<number> {
  try {
    const address = await resolveAddress(text, "status");
    const view = await fetchView(address, TIMEOUT_MS);
    process.stdout.write(`${json ? jsonLine(view) : linesOf(view, address).join("\n")}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`p2p-node: ${error.message}\n`);
    return 1;
  }
}

/** What answers may be anybody: a picture that cannot be drawn is none, and no part of it is printed as it came. */
function linesOf(view: PeerView, address: Address): readonly string[] {
  try {
    return tableOf(view).map((line) => safeText(line, WIDEST_LINE));
  } catch {
    throw noPeer(address);
  }
}

/** The picture as lines for people. */
export function tableOf(view: PeerView): readonly string[] {
  const names = new PeerNames(view.self, view.peers);
  const named = (id: PeerView["self"]["id"]): string => safeText(names.label(id));
  const { self } = view;
  const rows = view.peers.map((peer) => [
    named(peer.id),
    peer.address,
    `${peer.status} ${peer.livesRemaining}/3`,
    peer.role,
    peer.rttMs === null ? "-" : peer.rttMs.toFixed(1),
    peer.lamport === null ? "-" : String(peer.lamport),
    String(peer.incarnation),
    peer.linked ? "yes" : "no",
  ]);
  const own = [
    named(self.id),
    self.address,
    "you asked it",
    ownRole(view),
    "-",
    String(view.lamport),
    String(self.incarnation),
    "-",
  ];
  return [
    `peer ${self.id} at ${self.address}   cluster ${self.clusterId ?? `none (${self.phase})`}`,
    leadershipOf(view, names),
    ...quorumsOf(view).map((quorum) => quorumLine(quorum, names)),
    storeOf(view),
    ...vipOf(view.vip, named),
    ...poolOf(view.broker, named),
    ...locksOf(view.mutex, named),
    ...noticesOf(view.notifications),
    "",
    ...columns([["PEER", "ADDRESS", "STATUS", "ROLE", "RTT ms", "LAMPORT", "INC", "LINK"], own, ...rows]),
  ];
}

/** What the peer itself is: in the words of Raft where that is in use. */
function ownRole({ modes, election, raft }: PeerView): string {
  return modes.election === "raft" ? raft.role : election.role;
}

/** What a peer is called. */
type Naming = (id: PeerView["self"]["id"]) => string;

/** One line on who leads, in which way, and how far the order is. */
function leadershipOf(view: PeerView, names: PeerNames): string {
  const { modes, election, order } = view;
  const modesSaid = modesWords(modes);
  const reign = reignOf(view);
  const named = (id: PeerView["self"]["id"]): string => safeText(names.label(id));
  const said = [
    ownRole(view),
    ...(reign === null ? [] : [`${reign.noun} ${reign.number}`]),
    election.leader === null ? "no leader" : `leader ${named(election.leader)}`,
    ...election.rivals.map((rival) => `rival leader ${named(rival)}`),
  ].join(", ");
  const progress = order.kind === "none" ? "" : `   log ${order.commitIndex}/${order.lastIndex} committed`;
  return `${modesSaid === "" ? "" : `${modesSaid}: `}${said}${progress}`;
}

/** One line on those whose majority is needed. */
function quorumLine({ noun, size, needed, up, members }: Quorum, names: PeerNames): string {
  const missing = members.flatMap(({ isUp, peer, address }) =>
    isUp ? [] : [peer === null ? (address ?? "?") : safeText(names.label(peer))],
  );
  return `${noun}s up ${up}/${size}, ${needed} needed${missing.length === 0 ? "" : `; missing ${missing.join(" ")}`}`;
}

/** One line on who is in office, where anybody is or an address waits for somebody. */
function vipOf({ address, holder, term, leaseLeftMs }: PeerView["vip"], named: Naming): readonly string[] {
  if (address === null && holder === null) return [];
  const what = address === null ? "office" : `virtual address ${address}`;
  const held = holder === null ? "held by nobody" : `held by ${named(holder)}, term ${term}`;
  return [`${what} ${held}${leaseLeftMs === null ? "" : `, here, for ${Math.round(leaseLeftMs)} ms more`}`];
}

/** A line a job, and one on those who compute where there are any. */
function poolOf({ jobs, workers }: PeerView["broker"], named: Naming): readonly string[] {
  const lines = jobs.map(({ id, size, turn, turns, alive, state, stuck }) => {
    const progress = `turn ${turn}${turns === null ? "" : `/${turns}`}, ${count(alive, "cell")} alive`;
    return `job ${id} ${size} x ${size} ${state}, ${progress}${stuck === null ? "" : `; stuck: ${stuck}`}`;
  });
  if (workers.length === 0) return lines;
  return [
    `workers ${workers.map(({ peer, slices }) => `${named(peer)} (${count(slices, "slice")})`).join(" ")}`,
    ...lines,
  ];
}

/** A line a lock, as far as they are shown. */
function locksOf({ locks }: PeerView["mutex"], named: Naming): readonly string[] {
  return locks.slice(0, MOST_LOCKS).map(({ name, holder, token, queue, blockedBy }) => {
    const held = holder === null ? "free" : `held by ${named(holder)}${token === null ? "" : `, token ${token}`}`;
    const blocked = blockedBy.length === 0 ? "" : `; blocked by ${blockedBy.map(named).join(" ")}`;
    return `lock ${safeText(name)} ${held}, ${queue.length} in line${blocked}`;
  });
}

/** One line on the replicated files and values, and on who asks for them here. */
function storeOf({ files, values, store }: PeerView): string {
  const waiting = store.open === 0 ? "" : `, ${count(store.open, "open request")}`;
  return [
    `files ${files.count}, ${size(files.bytes)}`,
    `values ${values.count}, ${count(values.versions, "version")}, clock ${values.clock}`,
    `store ${size(store.used)} of ${size(store.capacity)}`,
    `${count(store.sessions, "session")}, ${count(store.clients, "client")} here${waiting}`,
  ].join("; ");
}

/** One line on notices where there are any, or anybody who waits for some. */
function noticesOf({
  announced,
  received,
  delivered,
  subscribers,
  types,
}: PeerView["notifications"]): readonly string[] {
  if (announced + received === 0 && subscribers.length === 0) return [];
  const queued = subscribers.reduce((sum, subscriber) => sum + subscriber.queued, 0);
  const named = types.filter(({ here }) => here > 0).map(({ dataType }) => String(dataType));
  const waiting = queued === 0 ? "" : `, ${queued} queued`;
  const here = subscribers.length === 0 ? "" : `; subscribed here: ${named.slice(0, MOST_TYPES).join(" ")}`;
  const more = named.length > MOST_TYPES ? " .." : "";
  return [`notices announced ${announced}, received ${received}, delivered ${delivered}${waiting}${here}${more}`];
}
