import { PeerNames } from "../control/peer-names.ts";
import type { Address } from "../core/address.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { StartError } from "../runtime/start-error.ts";
import { count, size } from "../ui/format.ts";
import { safeText } from "../ui/safe-text.ts";
import { resolveAddress } from "./address.ts";
import { columns } from "./columns.ts";
import { fetchView, noPeer } from "./fetch-view.ts";
import { jsonLine } from "./json-line.ts";

const TIMEOUT_MS = 3000;

/** Data types that are named. */
const MOST_TYPES = 8;

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
  const { self, raft } = view;
  const leader = raft.leader === null ? "no leader" : `leader ${named(raft.leader)}`;
  const missing = raft.quorum.missing.map(named).join(" ");
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
    raft.role,
    "-",
    String(view.lamport),
    String(self.incarnation),
    "-",
  ];
  return [
    `peer ${self.id} at ${self.address}   cluster ${self.clusterId ?? `none (${self.phase})`}`,
    `${raft.role}, term ${raft.currentTerm}, ${leader}   log ${raft.commitIndex}/${raft.lastLogIndex} committed`,
    `voters up ${raft.quorum.up}/${raft.voters.length}, ${raft.quorum.needed} needed${missing === "" ? "" : `; missing ${missing}`}`,
    storeOf(view),
    ...noticesOf(view.notifications),
    "",
    ...columns([["PEER", "ADDRESS", "STATUS", "ROLE", "RTT ms", "LAMPORT", "INC", "LINK"], own, ...rows]),
  ];
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
