import type { PeerNames } from "../../control/peer-names.ts";
import type { MutexPicture, PeerView } from "../../peer/peer-view.ts";
import { age, count, duration } from "../format.ts";
import { labelOf, labelsOf } from "../labels.ts";
import { joined, type Line, span, wrap } from "../line.ts";
import type { Model, PanelRow } from "../model.ts";
import { safeText } from "../safe-text.ts";

/** A lock as this peer sees it. */
type Lock = MutexPicture["locks"][number];

/** Columns of a name, at most, and of a label among others. */
const NAME_WIDTH = 24;
const LABEL_WIDTH = 12;

/** Columns by which the lines about a lock stand behind its name. */
const INDENT = "   ";

/** Peers that a line names, at most. */
const MOST_NAMED = 16;

/** The Mutex panel: of every lock who holds it and who waits for whom; what stands in the way is said in full. */
export function mutexRows({ view, names }: Model, width: number): readonly PanelRow[] {
  const { locks } = view.mutex;
  if (locks.length === 0)
    return wrap("nobody wants a lock: l or :lock printer asks for one", width - 2).map((line) => ({
      line: [span("dim", ` ${line}`)],
      subject: null,
    }));
  return locks.flatMap((lock) => lockRows(lock, view, names, width));
}

/** Lines that the panel would fill; 0 where nobody wants a lock. */
export function mutexLinesWanted({ mutex }: PeerView): number {
  return mutex.locks.reduce((sum, { queue, blockedBy }) => sum + 1 + (queue.length > 0 ? 1 : 0) + blockedBy.length, 0);
}

/** How it is decided whose turn it is, among how many, and what was counted, for the title. */
export function mutexTotals({ mutex }: PeerView): readonly string[] {
  const { kind, participants, counts } = mutex;
  const who = kind === "lease" ? [] : [count(participants.length, "participant")];
  return [kind, ...who, ...Object.entries(counts).map(([name, number]) => `${safeText(name, NAME_WIDTH)} ${number}`)];
}

/** What stands in the way of a lock; one sentence for each peer because of which that is so. */
export function blockedWords(lock: Lock, { mutex, peers }: PeerView, names: PeerNames): readonly string[] {
  return lock.blockedBy.map((peer) => {
    const row = peers.find(({ id }) => id === peer);
    const who = labelOf(names, peer, LABEL_WIDTH);
    const state =
      row === undefined ? "is not known here" : row.status === "unhealthy" ? "is unhealthy" : "is not linked";
    return mutex.kind === "lease"
      ? `blocked: ${who} ${state}`
      : `blocked: ${who} holds or may hold it and ${state}; lease would go on, see --mutex lease`;
  });
}

function lockRows(lock: Lock, view: PeerView, names: PeerNames, width: number): readonly PanelRow[] {
  const line: Line = [
    span("strong", ` ${safeText(lock.name, NAME_WIDTH)}`),
    "  ",
    ...joined(headOf(lock, view, names), "  "),
  ];
  const blocked = blockedWords(lock, view, names).flatMap((text) => wrap(text, width - INDENT.length));
  return [
    { line, subject: { kind: "lock", name: lock.name } },
    ...blocked.map((text) => about([span("fault", text)])),
    ...detailsOf(lock, view, names).map(about),
  ];
}

/** Who holds it, by which token and for how long, and how this peer stands to that. */
function headOf(lock: Lock, { self }: PeerView, names: PeerNames): readonly Line[] {
  const { state, holder, token, heldMs, leaseMs, waitingHere } = lock;
  const since = heldMs === null ? "" : ` for ${age(heldMs)}`;
  const isOwn = holder === self.id ? " (you)" : "";
  const held: Line =
    holder === null
      ? [span("dim", state === "waiting" ? "holder not known" : "free")]
      : [span("dim", "held by "), span("title", labelOf(names, holder, LABEL_WIDTH)), isOwn, since];
  return [
    ...(state === "waiting" ? [[span("warn", "waiting")]] : []),
    held,
    ...(token === null ? [] : [[span("dim", "token "), String(token)]]),
    ...(leaseMs === null ? [] : [[span("dim", "lease ends in "), duration(Math.max(0, leaseMs))]]),
    ...(waitingHere === 0 ? [] : [[String(waitingHere), span("dim", " here wait")]]),
  ];
}

/** Who is next, whose replies are missing, and where the token is. */
function detailsOf(lock: Lock, { self }: PeerView, names: PeerNames): readonly Line[] {
  const { queue, repliesOutstanding, tokenAt } = lock;
  const places = queue.slice(0, MOST_NAMED).map(({ peer, timestamp }): Line => {
    return [labelOf(names, peer, LABEL_WIDTH), span("dim", `@${timestamp}`)];
  });
  const more = queue.length - places.length;
  const token =
    tokenAt === self.id ? "here" : `towards ${tokenAt === null ? "?" : labelOf(names, tokenAt, LABEL_WIDTH)}`;
  return [
    ...(places.length === 0
      ? []
      : [[span("dim", "queue "), ...joined(places, "  "), span("dim", more > 0 ? `  +${more}` : "")]]),
    ...(repliesOutstanding.length === 0
      ? []
      : [[span("dim", "no reply yet of "), labelsOf(names, repliesOutstanding.slice(0, MOST_NAMED))]]),
    ...(tokenAt === null ? [] : [[span("dim", "token is "), token]]),
  ];
}

function about(line: Line): PanelRow {
  return { line: [INDENT, ...joined([line], "")], subject: null };
}
