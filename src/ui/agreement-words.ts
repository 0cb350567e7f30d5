import type { PeerNames } from "../control/peer-names.ts";
import { type Modes, mayLead } from "../core/modes.ts";
import type { PeerView } from "../peer/peer-view.ts";
import { labelOf } from "./labels.ts";

/** How the peers agree, where that is not as usual: `bully + zab, raymond locks`; empty where it is. */
export function modesWords({ election, broadcast, mutex }: Modes): string {
  const isRaft = election === "raft" && broadcast === "raft";
  const order = broadcast === "none" ? `${election}, no order` : `${election} + ${broadcast}`;
  const locks = mutex === "lamport" ? [] : [`${mutex} locks`];
  return [...(isRaft ? [] : [order]), ...locks].join(", ");
}

/** A time during which one peer leads, as it is called, with its number; `short`: `T4`. */
interface Reign {
  readonly noun: "term" | "epoch";
  readonly number: number;
  readonly short: string;
}

/** The present one: Raft's term, or the epoch of ZAB's history; null where they have no numbers. */
export function reignOf({ modes, order, raft }: PeerView): Reign | null {
  if (modes.broadcast === "zab") return { noun: "epoch", number: order.currentEpoch, short: `E${order.currentEpoch}` };
  if (modes.election === "raft") return { noun: "term", number: raft.currentTerm, short: `T${raft.currentTerm}` };
  return null;
}

/** That more than one peer leads, and what that means; null where nobody else claims to. */
export function rivalryWords({ election, modes, self }: PeerView, names: PeerNames): string | null {
  const { leader, rivals } = election;
  if (rivals.length === 0) return null;
  const all = [...(leader === null ? [] : [leader]), ...rivals];
  const who = all.map((peer) => labelOf(names, peer, 12) + (peer === self.id ? " (you)" : "")).join(" and ");
  const safe = modes.broadcast === "zab" ? "; only a quorum of ZAB commits" : "";
  const lead =
    leader === null
      ? `${who} claim${rivals.length === 1 ? "s" : ""} to lead`
      : `${NUMBERS[all.length] ?? all.length} lead: ${who}`;
  return `${lead} (Bully lets each part have one${safe})`;
}

const NUMBERS: Readonly<Record<number, string>> = { 2: "two", 3: "three", 4: "four" };

/** That a part of the cluster which is not reached may have a leader of its own; null where it cannot. */
export function partingWords({ election, modes, peers, self }: PeerView, names: PeerNames): string | null {
  const { kind, leader } = election;
  if (kind !== "bully" || leader === null) return null;
  const members = peers.filter(({ status }) => status !== "left");
  const apart = members.filter(({ status, linked }) => status === "unhealthy" || !linked);
  if (!apart.some(({ address }) => mayLead(address, modes.ensemble))) return null;
  const who = leader === self.id ? "" : `${labelOf(names, leader, 12)} `;
  const size = members.length + 1;
  return `${who}leads ${size - apart.length} of ${size}: another part may have a leader of its own`;
}
