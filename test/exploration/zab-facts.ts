/**
 * ZAB's safety (Junqueira, Reed, Serafini 2011, sections II-B and III-C) as what must hold of all that peers ever did:
 * one established leader an epoch, agreement and total order, prefix consistency, primary integrity, and that nothing is
 * delivered that nobody put into the order.
 */
import type { PeerId } from "../../src/core/peer-id.ts";
import { type Entry, entry as entryCodec, type ZabSpeech } from "../../src/protocols/zab/message.ts";
import type { Lived } from "../../src/sim/exploration/setting.ts";
import { nameOf } from "../../src/sim/exploration/standings.ts";
import { encode } from "../../src/wire/codec.ts";
import { StoredHistory } from "../protocols/zab/stored-history.ts";

/** An entry of a history; its place is its index less one. */
interface Placed {
  readonly epoch: number;
  /** The whole entry, to be compared. */
  readonly bytes: string;
  readonly isOperation: boolean;
}

/** What one peer has done in all its lives. */
export interface ZabFacts {
  readonly peer: PeerId | null;
  /** Its history, whether it is on its disk or under way to it. */
  readonly history: readonly Placed[];
  /** All that it ever delivered. */
  readonly delivered: readonly Placed[];
  /** The epochs that it established as their leader, and its history then. */
  readonly led: readonly { readonly epoch: number; readonly history: readonly Placed[] }[];
}

/** A peer that has done nothing. */
export const NO_ZAB_FACTS: ZabFacts = { peer: null, history: [], delivered: [], led: [] };

/** What is remembered of a peer once it has lived through something more. */
export function rememberZab(facts: ZabFacts, { peer, disk, underWay, events }: Lived<ZabSpeech>): ZabFacts {
  const history = new StoredHistory([...disk, ...underWay]).entries.map(placed);
  const delivered = facts.delivered.slice();
  const led = facts.led.slice();
  for (const event of events) {
    if (event.kind === "epoch-established" && event.leader === peer) led.push({ epoch: event.epoch, history });
    if (event.kind !== "delivered") continue;
    for (const { index } of event.entries)
      if (index === delivered.length + 1) delivered.push(history[index - 1] ?? NONE);
  }
  return { peer, history, delivered, led };
}

/** Which property does not hold, and where; null where all hold. */
export function zabFlaw(facts: readonly ZabFacts[]): string | null {
  for (const one of facts)
    for (const other of facts) {
      const flaw = one === other ? null : (twoLeaders(one, other) ?? mismatch(one, other));
      const text = flaw ?? contradiction(one, other) ?? lostEntry(one, other);
      if (text !== null) return text;
    }
  return null;
}

function twoLeaders(one: ZabFacts, other: ZabFacts): string | null {
  const epoch = one.led.find((led) => other.led.some((also) => also.epoch === led.epoch))?.epoch;
  return epoch === undefined ? null : `one leader an epoch: ${name(one)} and ${name(other)} both establish ${epoch}`;
}

function mismatch(one: ZabFacts, other: ZabFacts): string | null {
  const last = one.history.findLastIndex(({ epoch }, i) => other.history[i]?.epoch === epoch);
  const wrong = one.history.slice(0, last + 1).findIndex(({ bytes }, i) => other.history[i]?.bytes !== bytes);
  if (wrong < 0) return null;
  return `prefix consistency: ${name(one)} and ${name(other)} agree at ${last + 1}, but not at ${wrong + 1}`;
}

function contradiction(one: ZabFacts, other: ZabFacts): string | null {
  const wrong = one.delivered.findIndex(({ bytes }, i) => (other.delivered[i]?.bytes ?? bytes) !== bytes);
  if (wrong < 0) return null;
  return `total order and agreement: ${name(one)} and ${name(other)} deliver different entries at ${wrong + 1}`;
}

/** Also where the epoch was established before an entry of an earlier one was delivered. */
function lostEntry(leader: ZabFacts, other: ZabFacts): string | null {
  for (const { epoch, history } of leader.led) {
    const lost = other.delivered.findIndex((entry, i) => entry.epoch < epoch && history[i]?.bytes !== entry.bytes);
    if (lost < 0) continue;
    return `primary integrity: ${name(leader)} establishes ${epoch} without what ${name(other)} delivers at ${lost + 1}`;
  }
  return null;
}

const NONE: Placed = { epoch: 0, bytes: "", isOperation: false };

function placed(entry: Entry): Placed {
  const { epoch, command } = entry;
  return { epoch, bytes: encode(entryCodec, entry).toString("latin1"), isOperation: command !== null };
}

function name({ peer }: ZabFacts): string {
  return peer === null ? "nobody" : nameOf(peer);
}
