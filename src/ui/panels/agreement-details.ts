import type { PeerView } from "../../peer/peer-view.ts";
import { age, duration, size } from "../format.ts";
import { labelOf, labelsOf } from "../labels.ts";
import type { Line } from "../line.ts";
import type { Model } from "../model.ts";
import { safeText } from "../safe-text.ts";
import { type Card, field, wrapField } from "./card.ts";
import { stageOf } from "./log-entries.ts";
import { blockedWords } from "./mutex.ts";
import { entryName } from "./order.ts";

/** Columns of a name, at most. */
const NAME_WIDTH = 1000;

/** How far the order is here. */
export function orderCard({ view, names, columns }: Model): Card {
  const { order } = view;
  const { kind, role, phase, leader, epoch, currentEpoch, snapshotIndex } = order;
  const snapshot =
    snapshotIndex === 0 ? "none yet" : `stands for all up to ${snapshotIndex}, ${size(order.snapshotBytes)}`;
  const reigns: readonly Line[] =
    kind === "zab"
      ? [
          field("accepted", `epoch ${epoch}: none before it is followed any more`),
          field("current", `epoch ${currentEpoch}: the history is of this one`),
        ]
      : [field("term", String(currentEpoch))];
  const slots = order.members.map(({ address, peer, isUp }) => {
    const who = peer === null ? "empty slot" : `${labelOf(names, peer)}${isUp ? "" : ", missing"}`;
    return address === null ? who : `${address} ${who}`;
  });
  return {
    title: "Order",
    lines: [
      field("kind", kind),
      field("role", `${role}, in ${phase}`),
      field("leader", leader === null ? "none" : labelOf(names, leader)),
      ...reigns,
      field("first", `${order.firstIndex}, the oldest entry that is kept`),
      field("applied", `${order.lastApplied}, what has been done here`),
      field("committed", `${entryName(kind, order.committed)}, number ${order.commitIndex}, as far as is known here`),
      field("last", `${entryName(kind, order.last)}, number ${order.lastIndex}, what this peer has`),
      field("snapshot", snapshot),
      field("quorum", `${order.quorum.needed} needed, ${order.quorum.up} up`),
      ...slots.flatMap((slot, index) => wrapField(index === 0 ? "members" : "", safeText(slot), columns)),
    ],
  };
}

/** All of an entry. */
export function orderEntryCard({ view, columns }: Model, index: number): Card {
  const { order } = view;
  const entry = order.tail.find((candidate) => candidate.index === index);
  if (entry === undefined) return { title: `Entry ${index}`, lines: [" It is no longer among the newest entries."] };
  const stage = stageOf(order, index);
  return {
    title: `Entry ${entryName(order.kind, entry.id)}`,
    lines: [
      field(order.kind === "zab" ? "zxid" : "id", entryName(order.kind, entry.id)),
      field("number", `${index} of the order`),
      field("lamport", entry.lamport === null ? "none: it is the order's own business" : String(entry.lamport)),
      field("committed", stage === "appended" ? `not yet, ${order.commitIndex} is` : "yes"),
      field("applied", stage === "applied" ? "yes" : `not yet, ${order.lastApplied} is`),
      ...wrapField("entry", safeText(entry.text, NAME_WIDTH), columns),
    ],
  };
}

/** A message of the latest election. */
export function electionMessageCard({ view, names, columns }: Model, at: number): Card {
  const message = view.election.messages[at];
  if (message === undefined) return { title: "Message", lines: [" Another election has begun since."] };
  return {
    title: `Message ${safeText(message.kind, 24)}`,
    lines: [
      field("from", labelOf(names, message.from)),
      field("to", labelOf(names, message.to)),
      field("election", view.election.kind),
      ...wrapField("says", message.text === "" ? "nothing more" : safeText(message.text), columns),
      field("seen", `${age(message.ageMs)} ago by this peer`),
    ],
  };
}

/** All of a lock. */
export function lockCard({ view, names, columns }: Model, name: string): Card {
  const lock = view.mutex.locks.find((each) => each.name === name);
  const title = `Lock ${safeText(name, 64)}`;
  if (lock === undefined) return { title, lines: [" Nobody holds or wants it any more."] };
  const queue = lock.queue.map(({ peer, timestamp }) => `${labelOf(names, peer)}@${timestamp}`);
  return {
    title,
    lines: [
      ...wrapField("name", safeText(name, NAME_WIDTH), columns),
      field("kind", view.mutex.kind),
      field("here", stateWords(lock)),
      field("holder", lock.holder === null ? "nobody, or not known here" : labelOf(names, lock.holder)),
      field("token", lock.token === null ? "not known here" : `${lock.token}: grows from holder to holder`),
      ...(lock.leaseMs === null
        ? []
        : [field("lease", `ends in ${duration(Math.max(0, lock.leaseMs))} unless it is renewed`)]),
      ...wrapField("queue", queue.length === 0 ? "-" : queue.join("  "), columns),
      ...wrapField("no reply yet", labelsOf(names, lock.repliesOutstanding), columns),
      ...blockedWords(lock, view, names).flatMap((text) => wrapField("", text, columns)),
      field("wait here", `${lock.waitingHere} of programs and of you`),
      ...(lock.tokenAt === null ? [] : [field("token is at", labelOf(names, lock.tokenAt))]),
    ],
  };
}

function stateWords({ state, heldMs }: PeerView["mutex"]["locks"][number]): string {
  return heldMs === null ? state : `${state} for ${age(heldMs)}`;
}
